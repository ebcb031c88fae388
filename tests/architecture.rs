//! The direction of the layers: web → domain → db.

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
fn files_stay_small() {
    for (path, text) in sources("src") {
        assert!(
            text.lines().count() <= 430,
            "{} has grown past 430 lines: split it by verb",
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
            for call in ["icon(\"", "icon_as(\""] {
                for rest in text.split(call).skip(1) {
                    let icon = rest.split('"').next().unwrap();
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
