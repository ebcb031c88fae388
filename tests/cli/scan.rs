//! `keyrack scan`: what it finds, where it looks, and its exit status.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Output;

use git2::{Repository, Signature};

use super::{succeed, texts, with_project};
use crate::support::tenant::DEV;
use crate::support::{Process, Server, TestDatabase, keyrack};

/// A well-formed key, and its mask.
const KEY: &str = "sk_fedcba9876543210fedcba9876543210fedcba9876543210fedcba98837b382e";
const MASK: &str = "sk_fedc••••••••382e";
/// The key of the documentation.
const SAMPLE: &str = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";

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
        format!("{MASK} {} {} {SAMPLE}", &KEY[..66], KEY.replace("sk_f", "sk_1")),
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
    let json = found(&scan(folder.path(), &[".", "--json"]));
    let place =
        |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["history"].clone();
    assert_eq!(place(&json[0])["kind"], "commit_message");
    assert_eq!(place(&json[3])["kind"], "commit");
    assert_eq!(place(&json[3])["id"].as_str().unwrap().len(), 40);
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
    let look_up = ["env", "--lookup", "--database-url", database.url()];
    let lines = found(&scan(folder.path(), &[&look_up[..], &["--all"]].concat()));
    let told = |name: &str, state: &str| format!(", {state} key '{name}' of prod: {}", id(name));
    assert!(lines[0].ends_with(&told("server", "active")), "{lines:?}");
    assert!(lines[1].ends_with(&told("old", "deleted")), "{lines:?}");
    assert!(lines[2].ends_with(", unknown to this database"), "{lines:?}");
    // Without --all only those that work, or may work elsewhere.
    assert_eq!(found(&scan(folder.path(), &look_up)), [&lines[0][..], &lines[2]]);
    let json = found(&scan(folder.path(), &[&look_up[..], &["--json"]].concat()));
    let line: serde_json::Value = serde_json::from_str(&json[0]).unwrap();
    let project = database.query("SELECT id AS value FROM projects").remove(0);
    let key = serde_json::json!({
        "id": id("server"), "name": "server", "project": project, "environment": "prod", "state": "active"
    });
    assert_eq!(line["keys"], serde_json::json!([key]));
    // A key that works no more fails no build.
    fs::write(folder.path().join("env"), deleted).unwrap();
    assert_eq!(succeed(&scan(folder.path(), &look_up)), "");
}

#[test]
fn a_key_is_found_in_utf16_as_powershell_writes_it() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("\u{feff}# Schlüssel\r\n$env:KEY = '{KEY}'\r\n# {KEY} keyrack:ignore\r\n");
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    fs::write(folder.path().join("big.ps1"), big).unwrap();
    fs::write(folder.path().join("little.ps1"), little).unwrap();
    assert_eq!(
        found(&scan(folder.path(), &["."])),
        [format!("./big.ps1:2: {MASK}"), format!("./little.ps1:2: {MASK}")]
    );
}

#[test]
fn a_line_or_a_baseline_may_say_that_a_key_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::init(folder.path()).unwrap();
    fs::write(folder.path().join("env"), format!("A={KEY} # keyrack:ignore\n{SAMPLE}\n")).unwrap();
    commit(&repository, "excused");
    assert_eq!(succeed(&scan(folder.path(), &["."])), "");
    fs::write(folder.path().join("env"), format!("# keyrack:ignore\nA={KEY}\n")).unwrap();
    assert_eq!(found(&scan(folder.path(), &["."])), [format!("./env:2: {MASK}")]);
    let baseline = [".", "--baseline", "known-keys"];
    assert_eq!(succeed(&scan(folder.path(), &[&baseline[..], &["--write-baseline"]].concat())), "");
    let written = fs::read_to_string(folder.path().join("known-keys")).unwrap();
    assert!(written.contains(MASK) && !written.contains(&KEY[7..63]), "{written}");
    assert_eq!(succeed(&scan(folder.path(), &baseline)), "");
    let other = "pk_fedcba9876543210fedcba9876543210fedcba9876543210fedcba9838af363d";
    fs::write(folder.path().join("other"), other).unwrap();
    assert_eq!(found(&scan(folder.path(), &baseline)).len(), 1, "one that is not in it");
    fs::write(folder.path().join("known-keys"), "nonsense\n").unwrap();
    let (stdout, stderr) = texts(&scan(folder.path(), &baseline));
    assert_eq!(
        (stdout.as_str(), stderr.as_str()),
        ("", "keyrack: known-keys:1: no SHA-256 of a key\n")
    );
}

/// What a repository's files say is not believed: not that something lies elsewhere, and not that
/// it ends.
#[test]
fn a_repository_leads_neither_out_of_its_folder_nor_to_what_never_ends() {
    let folder = tempfile::tempdir().unwrap();
    let (work, elsewhere) = (folder.path().join("work"), folder.path().join("elsewhere"));
    let repository = Repository::init(&work).unwrap();
    fs::write(work.join("env"), KEY).unwrap();
    let first = commit(&repository, "with a key");
    fs::write(work.join("env"), "").unwrap();
    commit(&repository, "without it");
    let pipe = |path: &Path| {
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    };
    let in_time = |path: &str| {
        let mut command = std::process::Command::new("timeout");
        let keyrack = keyrack(folder.path());
        command.args(["-s", "KILL", "60"]).arg(keyrack.get_program()).args(["scan", path]);
        command.env_clear().current_dir(folder.path()).output().unwrap()
    };
    let config = work.join(".git/config");
    pipe(&work.join("pipe"));
    fs::write(&config, "[include]\n\tpath = ../pipe\n").unwrap();
    let there = format!("work/env:1: {MASK} in commit {first}");
    assert_eq!(found(&in_time("work")), [there.as_str()]);

    Repository::init_bare(&elsewhere).unwrap().blob(KEY.as_bytes()).unwrap();
    let alternates = work.join(".git/objects/info/alternates");
    fs::write(&alternates, format!("{}\n", elsewhere.join("objects").display())).unwrap();
    let (stdout, stderr) = texts(&in_time("work"));
    assert!(stdout.is_empty(), "{stdout}");
    assert!(stderr.contains("the history of work: some of its objects are elsewhere"), "{stderr}");
    assert!(found(&in_time(".")).contains(&format!("./{there}")), "a folder that has both");
    fs::remove_file(&alternates).unwrap();

    for place in ["objects/info/alternates", "objects/aa/pipe", "packed-refs"] {
        let place = work.join(".git").join(place);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        pipe(&place);
        let output = in_time("work");
        let (stdout, said) = texts(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("is neither a file nor a folder"), "{said}");
        // What can be read is told of all the same.
        assert_eq!(stdout.is_empty(), place.starts_with(work.join(".git/objects")), "{stdout}");
        fs::remove_file(&place).unwrap();
    }
}

/// A small object may be kept as what differs from a huge one.
#[test]
fn an_object_that_needs_too_much_memory_is_told_of_and_hides_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::init_bare(folder.path()).unwrap();
    repository.blob(KEY.as_bytes()).unwrap();
    let pack = pack_of_a_huge_base_and_a_small_delta(&KEY.replace("sk_", "x"));
    let into = folder.path().join("objects/pack");
    let mut indexer = git2::Indexer::new(None, &into, 0, true).unwrap();
    indexer.write_all(&pack).unwrap();
    indexer.commit().unwrap();
    let output = scan(folder.path(), &["."]);
    let (stdout, stderr) = texts(&output);
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
    assert!(stderr.contains("found 1 key"), "{stderr}");
    let large = "it, or what it is read with, is larger than 256 MiB";
    assert!(stderr.contains(large) && stderr.contains("and 1 more"), "{stderr}");
}

/// gitformat-pack(5)
fn pack_of_a_huge_base_and_a_small_delta(text: &str) -> Vec<u8> {
    const HUGE: usize = 257 << 20;
    let size = |mut n: usize, first: u32, kind: u8| {
        let mut bytes = vec![kind << 4 | (n & ((1 << first) - 1)) as u8];
        n >>= first;
        while n > 0 {
            *bytes.last_mut().unwrap() |= 0x80;
            bytes.push((n & 0x7f) as u8);
            n >>= 7;
        }
        bytes
    };
    let deflate = |bytes: &[u8]| {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let (blob, offset_delta) = (3, 6);
    let base = [size(HUGE, 4, blob), deflate(&vec![0; HUGE])].concat();
    let insert = [&[text.len() as u8], text.as_bytes()].concat();
    let delta = [size(HUGE, 7, 0), size(text.len(), 7, 0), insert].concat();
    // How far back the base begins.
    let mut back = vec![(base.len() & 0x7f) as u8];
    let mut rest = base.len() >> 7;
    while rest > 0 {
        rest -= 1;
        back.insert(0, 0x80 | (rest & 0x7f) as u8);
        rest >>= 7;
    }
    let head = [&b"PACK"[..], &2_u32.to_be_bytes(), &2_u32.to_be_bytes()].concat();
    let dependent = [size(delta.len(), 4, offset_delta), back, deflate(&delta)].concat();
    let mut pack = [head, base, dependent].concat();
    let sum = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, &pack);
    pack.extend_from_slice(sum.as_ref());
    pack
}

#[test]
fn a_history_that_takes_too_long_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::init(folder.path()).unwrap();
    fs::write(folder.path().join("env"), "nothing").unwrap();
    commit(&repository, "nothing");
    let output = scan(folder.path(), &[".", "--minutes", "0"]);
    let said = texts(&output).1;
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("takes longer than --minutes says, in the history of ."), "{said}");
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
    let look_up = ["env", "--lookup", "--database-url", server.database.url()];
    assert_eq!(succeed(&scan(folder.path(), &look_up)), "");
    let output = scan(folder.path(), &[&look_up[..], &["--all"]].concat());
    let lines = found(&output);
    assert!(lines[0].ends_with(&format!(", rotated key 'server' of dev: {id}")), "{lines:?}");
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
