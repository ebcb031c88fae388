//! `keyrack scan`: what it finds, where, and how it ends.

use std::fs;
use std::path::Path;
use std::process::Output;

use git2::{Repository, Signature};

use super::{succeed, texts, with_project};
use crate::support::tenant::DEV;
use crate::support::{Process, Server, TestDatabase, keyrack};

/// The well-formed key of product.md, and its mask.
const KEY: &str = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";
const MASK: &str = "sk_0123••••••••7848";

/// Runs it in a folder.
fn scan(folder: &Path, arguments: &[&str]) -> Output {
    keyrack(folder).arg("scan").args(arguments).output().unwrap()
}

/// The lines of a run that found something; none of them has the key.
#[track_caller]
fn found(output: &Output) -> Vec<String> {
    let (stdout, stderr) = texts(output);
    assert_eq!(output.status.code(), Some(1), "{stdout}{stderr}");
    assert!(stderr.starts_with("keyrack: found ") && stderr.lines().count() == 1, "{stderr}");
    assert!(!stdout.contains(&KEY[7..63]) && !stderr.contains(&KEY[7..63]));
    stdout.lines().map(str::to_owned).collect()
}

fn commit(repository: &Repository, message: &str) -> String {
    let mut index = repository.index().unwrap();
    index.add_all(["*"], git2::IndexAddOption::DEFAULT, None).unwrap();
    index.update_all(["*"], None).unwrap();
    index.write().unwrap();
    let tree = repository.find_tree(index.write_tree().unwrap()).unwrap();
    let who = Signature::now("Ada", "ada@example.com").unwrap();
    let parent = repository.head().ok().map(|head| head.peel_to_commit().unwrap());
    repository
        .commit(Some("HEAD"), &who, &who, message, &tree, &parent.iter().collect::<Vec<_>>())
        .unwrap()
        .to_string()[..10]
        .to_owned()
}

#[test]
fn nothing_found_is_silent_success() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("notes"),
        format!("{MASK} {} {}", &KEY[..66], KEY.replace("sk_0", "sk_1")),
    )
    .unwrap();
    assert_eq!(succeed(&scan(folder.path(), &["."])), "");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no database is made");
}

#[test]
fn file_line_and_mask_are_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("src/deep")).unwrap();
    fs::write(
        folder.path().join("src/deep/config.js"),
        format!("// a\n// b\nconst key = \"{KEY}\";\n"),
    )
    .unwrap();
    fs::write(
        folder.path().join("image.bin"),
        [&[0, 255, 10, 0], KEY.as_bytes(), &[0, 10]].concat(),
    )
    .unwrap();
    let lines = found(&scan(folder.path(), &["."]));
    assert_eq!(
        lines,
        [format!("./image.bin:2: {MASK}"), format!("./src/deep/config.js:3: {MASK}")]
    );
    let one = found(&scan(folder.path(), &["src/deep/config.js", "--json"]));
    let line: serde_json::Value = serde_json::from_str(&one[0]).unwrap();
    assert_eq!(line, serde_json::json!({ "path": "src/deep/config.js", "line": 3, "mask": MASK }));
}

#[test]
fn a_key_is_found_at_every_place_of_a_large_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large");
    // Around the border between two parts that are read at once.
    for offset in (256 * 1024 - 70..=256 * 1024 + 70).step_by(7) {
        let mut bytes = vec![b'\n'; offset];
        bytes.extend_from_slice(KEY.as_bytes());
        bytes.extend_from_slice(&vec![b'k'; 600_000]);
        fs::write(&file, bytes).unwrap();
        assert_eq!(
            found(&scan(folder.path(), &["large"])),
            [format!("large:{}: {MASK}", offset + 1)]
        );
    }
}

#[test]
fn what_a_repository_forgot_is_found_in_its_history() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::init(folder.path()).unwrap();
    fs::create_dir(folder.path().join("conf")).unwrap();
    fs::write(folder.path().join("conf/env"), format!("A=1\nKEY={KEY}\n")).unwrap();
    let first = commit(&repository, "with a key");
    fs::write(folder.path().join("conf/env"), "A=1\n").unwrap();
    commit(&repository, "without it");
    let said = commit(&repository, &format!("a message with {KEY}"));
    let lines = found(&scan(folder.path(), &["."]));
    let log = |file: &str| format!("./.git/logs/{file}:3: {MASK}");
    assert_eq!(
        lines,
        [
            format!(".:6: {MASK} in the message of commit {said}"),
            log("HEAD"),
            log("refs/heads/master"),
            format!("./conf/env:2: {MASK} in commit {first}"),
        ]
    );
    let without = scan(folder.path(), &[".", "--no-history"]);
    assert_eq!(succeed(&without), "", "the files as they are have none");
}

#[test]
fn a_repository_whose_git_folder_is_a_link_is_searched_too() {
    let folder = tempfile::tempdir().unwrap();
    let work = folder.path().join("work");
    let repository = Repository::init(&work).unwrap();
    fs::write(work.join("env"), KEY).unwrap();
    let first = commit(&repository, "with a key");
    fs::write(work.join("env"), "").unwrap();
    commit(&repository, "without it");
    fs::rename(work.join(".git"), folder.path().join("elsewhere")).unwrap();
    std::os::unix::fs::symlink("../elsewhere", work.join(".git")).unwrap();
    assert_eq!(
        found(&scan(folder.path(), &["work"])),
        [format!("work/env:1: {MASK} in commit {first}")]
    );
}

#[test]
fn bare_repositories_and_what_no_branch_leads_to_are_searched_too() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::init_bare(folder.path().join("store.git")).unwrap();
    let id = repository.blob(format!("x\n{KEY}").as_bytes()).unwrap().to_string();
    let lines = found(&scan(folder.path(), &["."]));
    assert!(
        lines[0].ends_with(&format!(
            ":2: {MASK} in object {}, which no branch or tag leads to",
            &id[..10]
        )),
        "{lines:?}"
    );
}

#[test]
fn with_a_database_it_says_whose_key_it_is() {
    let database = with_project();
    let key = |name: &str| {
        let add = [
            "key",
            "add",
            "--project",
            "my-blog",
            "--environment",
            "prod",
            "--kind",
            "secret",
            "--name",
            name,
        ];
        succeed(&Process::run(&database, &add)).trim().to_owned()
    };
    let (living, deleted) = (key("server"), key("old"));
    let id = |name: &str| {
        database.query(&format!("SELECT id AS value FROM api_keys WHERE name = '{name}'")).remove(0)
    };
    succeed(&Process::run(&database, &["key", "delete", "--id", &id("old")]));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("env"), format!("{living}\n{deleted}\n{KEY}\n")).unwrap();
    let lines = found(&scan(folder.path(), &["env", "--lookup", "--database-url", database.url()]));
    assert!(
        lines[0].ends_with(&format!(", living key 'server' of prod: {}", id("server"))),
        "{lines:?}"
    );
    assert!(
        lines[1].ends_with(&format!(", deleted key 'old' of prod: {}", id("old"))),
        "{lines:?}"
    );
    assert!(lines[2].ends_with(", unknown to this database"), "{lines:?}");
}

#[tokio::test]
async fn a_value_that_was_rotated_away_is_no_living_key() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (old, id) = ada.create_key(DEV, "secret", "server").await;
    let rotation =
        [("token", "0123456789abcdef0123456789abcdef"), ("rotations", "0"), ("overlap", "0")];
    ada.post(&format!("{DEV}/{id}/rotate"), &rotation).await.expect(200);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("env"), old).unwrap();
    let output = scan(folder.path(), &["env", "--lookup", "--database-url", server.database.url()]);
    let lines = found(&output);
    assert!(
        lines[0].ends_with(&format!(", former value of key 'server' of dev: {id}")),
        "{lines:?}"
    );
    let advice = texts(&output).1;
    assert!(
        advice.starts_with("keyrack: found 1 key, which works no more"),
        "who deletes it ends the good value: {advice}"
    );
}

#[test]
fn names_of_files_can_neither_forge_nor_hide_a_finding() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let evil = "a\u{1b}[2K\nfine.txt:1: nothing\u{202e}";
    fs::write(folder.path().join(evil), KEY).unwrap();
    fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"b\xff")), KEY).unwrap();
    let lines = found(&scan(folder.path(), &["."]));
    assert_eq!(
        lines,
        [
            format!("./a\\u{{1b}}[2K\\u{{a}}fine.txt:1: nothing\\u{{202e}}:1: {MASK}"),
            format!("./b\u{fffd}:1: {MASK}")
        ]
    );
    let lines = found(&scan(folder.path(), &[".", "--json"]));
    let path = |line: &str| {
        serde_json::from_str::<serde_json::Value>(line).unwrap()["path"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!([path(&lines[0]), path(&lines[1])], [format!("./{evil}"), "./b\u{fffd}".to_owned()]);
    let (_, stderr) = texts(&scan(folder.path(), &["gone\u{1b}[2K"]));
    assert!(stderr.contains("gone\\u{1b}[2K") && !stderr.contains('\u{1b}'), "{stderr:?}");
}

#[test]
fn what_can_not_be_read_is_no_success() {
    let folder = tempfile::tempdir().unwrap();
    let output = scan(folder.path(), &["gone"]);
    let (stdout, stderr) = texts(&output);
    assert_eq!((output.status.code(), stdout.as_str()), (Some(1), ""));
    assert!(
        stderr.starts_with("keyrack: can't read ")
            && stderr.contains("gone")
            && stderr.lines().count() == 1,
        "{stderr}"
    );
    for device in ["/dev/null", "/dev/stdin"] {
        let output = scan(folder.path(), &[device]);
        assert_eq!(output.status.code(), Some(1), "{device}");
        assert_eq!(
            texts(&output).1,
            format!("keyrack: can't read {device}: it is neither a file nor a folder\n")
        );
    }
    let repository = Repository::init(folder.path().join("broken")).unwrap();
    let id = repository.blob(b"x").unwrap().to_string();
    let object = folder.path().join("broken/.git/objects").join(&id[..2]).join(&id[2..]);
    fs::remove_file(&object).unwrap();
    fs::write(&object, "nonsense").unwrap();
    let (_, stderr) = texts(&scan(folder.path(), &["broken"]));
    assert!(stderr.contains("the history of"), "{stderr}");
    let database = TestDatabase::new();
    let (_, stderr) = texts(&scan(folder.path(), &["--lookup", "--database-url", database.url()]));
    assert!(stderr.contains("required"), "{stderr}");
}

#[test]
fn a_damaged_repository_hides_nothing_that_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::init(folder.path()).unwrap();
    fs::write(folder.path().join("env"), KEY).unwrap();
    let first = commit(&repository, "with a key");
    fs::write(folder.path().join("env"), "nothing").unwrap();
    commit(&repository, "without it");
    let git = folder.path().join(".git");
    fs::write(git.join("refs/heads/broken"), "0123456789012345678901234567890123456789\n").unwrap();
    fs::create_dir_all(git.join("objects/01")).unwrap();
    fs::write(git.join("objects/01/23456789012345678901234567890123456789"), "").unwrap();
    let output = scan(folder.path(), &["."]);
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stdout, format!("./env:1: {MASK} in commit {first}\n"));
    assert!(
        stderr.contains("found 1 key") && stderr.contains("can't read object 0123456789"),
        "{stderr}"
    );
}

#[test]
fn keys_are_told_of_also_when_the_database_does_not_say_which() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("env"), KEY).unwrap();
    let output = scan(folder.path(), &["--lookup", "--database-url", "nowhere.db", "env"]);
    let (stdout, stderr) = texts(&output);
    assert_eq!((output.status.code(), stdout), (Some(1), format!("env:1: {MASK}\n")));
    assert!(
        stderr.contains("found 1 key")
            && stderr.contains("can't read which keys they are: there is no database nowhere.db"),
        "{stderr}"
    );
}

#[test]
fn a_link_that_was_named_is_followed() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("clean")).unwrap();
    fs::create_dir(at("found")).unwrap();
    fs::write(at("found/env"), KEY).unwrap();
    for (from, to) in [
        ("clean", "to-clean"),
        ("found", "to-found"),
        ("found/env", "to-file"),
        ("nowhere", "to-nothing"),
    ] {
        std::os::unix::fs::symlink(at(from), at(to)).unwrap();
    }
    assert_eq!(succeed(&scan(folder.path(), &["to-clean"])), "");
    assert_eq!(found(&scan(folder.path(), &["to-found"])), [format!("to-found/env:1: {MASK}")]);
    assert_eq!(found(&scan(folder.path(), &["to-file"])), [format!("to-file:1: {MASK}")]);
    assert!(!scan(folder.path(), &["to-nothing"]).status.success());
}

#[test]
fn a_repository_of_any_depth_hides_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::init(folder.path().join("deep")).unwrap();
    let blob = repository.blob(KEY.as_bytes()).unwrap();
    let mut tree = repository.treebuilder(None).unwrap();
    tree.insert("key", blob, 0o100_644).unwrap();
    let mut id = tree.write().unwrap();
    for _ in 0..12_000 {
        let mut tree = repository.treebuilder(None).unwrap();
        tree.insert("d", id, 0o040_000).unwrap();
        id = tree.write().unwrap();
    }
    let who = Signature::now("Ada", "ada@example.com").unwrap();
    repository
        .commit(Some("HEAD"), &who, &who, "deep", &repository.find_tree(id).unwrap(), &[])
        .unwrap();
    fs::write(folder.path().join("leak"), KEY).unwrap();
    let lines = found(&scan(folder.path(), &["."]));
    assert_eq!(lines.len(), 2, "in the history and in the file");
    assert!(
        lines.iter().any(|line| line.contains("/d/d/key:1:"))
            && lines.iter().any(|line| line.starts_with("./leak:1:"))
    );
}

#[test]
fn what_is_no_object_is_searched_beside_the_objects() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["objects", "refs"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    fs::write(folder.path().join("HEAD"), "ref: refs/heads/main\n").unwrap();
    fs::write(folder.path().join("objects/plain"), KEY).unwrap();
    let (stdout, _) = texts(&scan(folder.path(), &["."]));
    assert_eq!(stdout, format!("./objects/plain:1: {MASK}\n"));
}
