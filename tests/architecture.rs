//! Rules for the source itself: which layer may use which (web → domain → db), line widths, file
//! sizes, and the files that come from elsewhere.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push((path.clone(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut found);
    assert!(!found.is_empty());
    found
}

#[track_caller]
fn never_mentions(folder: &str, words: &[&str]) {
    for (path, text) in sources(folder) {
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap();
            for word in words {
                assert!(
                    !code.contains(word),
                    "{}:{}: {word} has no place here: {line}",
                    path.display(),
                    number + 1
                );
            }
        }
    }
}

#[test]
fn the_nouns_know_nothing_of_the_house() {
    let house = ["crate::db", "crate::domain", "crate::web", "crate::cli", "actix", "askama"];
    never_mentions("src/model", &house);
}

#[test]
fn the_database_layer_knows_nothing_above_it() {
    never_mentions("src/db", &["crate::domain", "crate::web", "actix", "askama"]);
}

#[test]
fn the_domain_knows_neither_http_nor_sql() {
    never_mentions("src/domain", &["crate::web", "actix", "askama", "diesel", "async fn", "tokio"]);
}

#[test]
fn the_web_knows_no_sql() {
    never_mentions("src/web", &["diesel"]);
}

/// Which parts of `src/web` may not use which others.
#[test]
fn the_rooms_of_the_web_lean_one_way() {
    let features = [
        "access_rules",
        "access_tokens",
        "account",
        "activity",
        "api_keys",
        "environments",
        "help",
        "home",
        "instance",
        "invitations",
        "members",
        "projects",
        "protect",
        "search",
        "setup",
        "sign_in",
        "theme",
    ]
    .map(|feature| format!("dashboard::{feature}"));
    let features: Vec<&str> = features.iter().map(String::as_str).collect();
    let with = |more: &[&'static str]| [&features[..], more].concat();

    // The dashboard and the API don't use each other.
    never_mentions("src/web/api", &["web::dashboard", "askama"]);
    never_mentions("src/web/dashboard", &["web::api", "api::v1"]);
    // These are below both.
    for room in ["src/web/http", "src/web/mail"] {
        never_mentions(
            room,
            &["web::dashboard", "web::api", "crate::web::middleware", "web::routes"],
        );
    }
    // The work behind the verifier does not depend on the endpoints.
    never_mentions("src/web/api/verifier", &["api::v1", "web::routes", "crate::web::middleware"]);
    // The tools of the dashboard do not know its features.
    let above = ["crate::web::routes", "crate::web::middleware"];
    never_mentions("src/web/dashboard/http", &with(&["dashboard::page", "dashboard::credentials"]));
    never_mentions("src/web/dashboard/page", &with(&["dashboard::credentials"]));
    never_mentions("src/web/dashboard/credentials", &with(&above));
    never_mentions("src/web/dashboard", &above);
}

/// Every feature must be in the list above, so that a new one is checked, too.
#[test]
fn the_dashboard_has_no_room_that_the_arrows_do_not_know() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file!())).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/dashboard");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let room = path.file_stem().unwrap().to_str().unwrap();
        if !["http", "page", "credentials", "mod"].contains(&room) {
            assert!(text.contains(&format!("\"{room}\"")), "{room} is not among the features");
        }
    }
}

/// `web` may use the handle of the database, and the stored words and ids. Everything else goes
/// through the domain. The only exception is the store of actix-session.
#[test]
fn the_web_asks_the_database_for_nothing_by_itself() {
    let tables: Vec<String> = sources("src/db")
        .into_iter()
        .map(|(path, _)| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .filter(|name| !["mod", "access", "connection", "error", "url"].contains(&name.as_str()))
        .collect();
    for (path, text) in sources("src/web") {
        if path.ends_with("dashboard/http/session.rs") {
            continue;
        }
        let imports = text.split("use crate::db::").skip(1);
        let imported = imports.map(|rest| rest.split(';').next().unwrap());
        let no_name = |c: char| !c.is_alphanumeric() && c != '_';
        let paths = text.split(" db::").skip(1).map(|rest| rest.split(no_name).next().unwrap());
        for imported in imported.chain(paths) {
            for word in imported.split(no_name) {
                assert!(
                    !tables.iter().any(|table| table == word),
                    "{}: db::{word} has no place here",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn no_template_turns_escaping_off() {
    fn walk(folder: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path);
            } else {
                let text = fs::read_to_string(&path).unwrap();
                assert!(
                    !text.contains("|safe") && !text.contains("escape none"),
                    "{}",
                    path.display()
                );
            }
        }
    }
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"));
}

#[test]
fn the_lines_of_templates_are_short_enough_to_read() {
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    for entry in walkdir::WalkDir::new(templates) {
        let path = entry.unwrap().into_path();
        if path.is_dir() {
            continue;
        }
        for (number, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            let width = line.chars().count();
            assert!(width <= 120, "{}:{}: {width} wide", path.display(), number + 1);
        }
    }
}

#[test]
fn the_words_of_the_glossary_are_in_the_code() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let glossary = fs::read_to_string(root.join("docs/glossary.md")).unwrap();
    let code: String = sources("src").into_iter().map(|(_, text)| text).collect();
    let mut rows = 0;
    for row in glossary.lines().skip(6) {
        let places = row.split('|').nth(2).unwrap();
        for place in places.split('`').skip(1).step_by(2) {
            let known = if place.contains('/') {
                root.join("src").join(place).exists()
            } else {
                code.contains(&format!(" {}", place.rsplit("::").next().unwrap()))
            };
            assert!(known, "{place} is not in the code");
        }
        rows += 1;
    }
    assert!(rows > 25);
}

#[test]
fn files_stay_small() {
    for (path, text) in sources("src") {
        assert!(
            text.lines().count() <= 420,
            "{} has grown past 420 lines: split it by verb",
            path.display()
        );
    }
}

#[test]
fn the_icons_that_templates_name_are_in_the_sprite() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sprite = fs::read_to_string(root.join("static/icons.svg")).unwrap();
    let mut named = 0;
    let mut folders = vec![root.join("templates")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            // The position of the icon among the quoted texts after each macro's name.
            for (call, nth) in
                [("icon(\"", 0), ("icon_as(\"", 0), ("ui::note(\"", 2), ("ui::tile(", 1)]
            {
                for rest in text.split(call).skip(1) {
                    let icon = rest.split('"').nth(nth).unwrap();
                    assert!(
                        sprite.contains(&format!("id=\"{icon}\"")),
                        "{} names {icon}",
                        path.display()
                    );
                    named += 1;
                }
            }
        }
    }
    assert!(named > 20);
}

#[test]
fn what_is_vendored_is_what_its_table_says() {
    use sha2::{Digest, Sha256};
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (table, rows) in [("static/VENDOR.md", 3), ("tests/assets/README.md", 1)] {
        let text = fs::read_to_string(root.join(table)).unwrap();
        let mut checked = 0;
        for line in text.lines().filter(|line| line.starts_with("| `")) {
            let quoted: Vec<&str> = line.split('`').skip(1).step_by(2).collect();
            let file = root.join(table).with_file_name(quoted[0]);
            assert_eq!(
                hex::encode(Sha256::digest(fs::read(&file).unwrap())),
                quoted[1],
                "{}",
                file.display()
            );
            let licence = quoted
                .iter()
                .find(|name| name.to_lowercase().contains("licen"))
                .expect("the text of the licence");
            assert!(root.join(table).with_file_name(licence).exists(), "{licence}");
            checked += 1;
        }
        assert_eq!(checked, rows, "{table}");
    }
}

#[test]
fn the_files_that_comments_and_documents_name_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let homes =
        ["", "src", "src/web", "src/web/dashboard", "src/domain", "src/db", "tests", "templates"];
    let code = sources("src").into_iter().chain(sources("tests")).map(|(path, text)| {
        let comments = text.lines().filter_map(|line| Some(line.split_once("//")?.1.to_owned()));
        (path, comments.collect::<Vec<_>>().join("\n"))
    });
    let documents = fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let documents = documents.filter(|path| path.extension().is_some_and(|end| end == "md"));
    let documents = documents.chain([root.join("README.md")]).map(|path| {
        let text = fs::read_to_string(&path).unwrap();
        (path, text)
    });
    let mut named = 0;
    for (path, text) in code.chain(documents) {
        for word in text.split('`').skip(1).step_by(2) {
            let is_file = [".rs", ".md", ".html"].iter().any(|end| word.ends_with(end));
            if !is_file || !word.contains('/') || word.contains([' ', '*', ':', '{', '<', '\n']) {
                continue;
            }
            let beside = path.parent().unwrap().join(word);
            let exists = homes.iter().any(|home| root.join(home).join(word).exists());
            assert!(exists || beside.exists(), "{} names {word}, which is gone", path.display());
            named += 1;
        }
    }
    assert!(named > 20, "{named}");
}
