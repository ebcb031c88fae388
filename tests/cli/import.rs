//! `keyrack key import`

use keyrack::domain::Act;
use std::fmt::Write;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::{fail, succeed, with_project};
use crate::support::{Process, Server, TestDatabase, Verified, keyrack};

const HEADER: &str = "name,kind,environment,sha256\n";

fn sha(key: &str) -> String {
    hex::encode(Sha256::digest(key))
}

fn import(database: &TestDatabase, csv: impl AsRef<[u8]>, more: &[&str]) -> Output {
    let file = database.folder.path().join("keys.csv");
    std::fs::write(&file, csv).unwrap();
    Process::run(
        database,
        &[&["key", "import", file.to_str().unwrap(), "--project", "my-blog"], more].concat(),
    )
}

fn rows(database: &TestDatabase) -> usize {
    database.count("SELECT count(*) FROM api_keys")
}

#[tokio::test]
async fn keys_of_any_shape_verify_in_a_server_that_runs() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (own, _) = ada.create_key("/projects/my-blog/dev/api-keys", "secret", "own").await;
    let api = server.api();
    let (odd, one, longest) = ("AKIA/old+key=~!", "x", "k".repeat(256));
    let refused = Verified::Refused(401, "INVALID_TOKEN".to_owned());
    for key in [odd, one, &longest] {
        assert_eq!(api.verify(key).await, refused);
    }
    let csv = format!(
        "{HEADER}odd,secret,dev,{}\none,publishable,prod,{}\n\"long, longer\",secret,dev,{}\n",
        sha(odd),
        sha(one),
        sha(&longest).to_uppercase()
    );
    let would = succeed(&import(&server.database, &csv, &["--dry-run"]));
    assert_eq!(
        would,
        "would import 2 secret keys into dev\nwould import 1 publishable key into prod\n"
    );
    assert_eq!(rows(&server.database), 1);
    assert_eq!(
        succeed(&import(&server.database, &csv, &[])),
        would.replace("would import", "imported")
    );
    let started = Instant::now();
    while api.verify(odd).await != Verified::Good("admin".to_owned()) {
        assert!(started.elapsed() < Duration::from_secs(10), "the server does not learn of it");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(api.verify_for("my-blog/prod", one).await, Verified::Good("guest".to_owned()));
    assert_eq!(api.verify(&longest).await, Verified::Good("admin".to_owned()));
    assert_eq!(api.verify(&own).await, Verified::Good("admin".to_owned()));
    // Who mistypes one of another system is not told that keys have the shape of ours.
    let foreign = "This API key is unknown: it is none that was imported, and not one of";
    for (key, message) in [
        ("nonsense", foreign),
        (&own[..66], foreign),
        (&own.replace("sk_", "pk_"), "The checksum does not match"),
        (&"k".repeat(257), foreign),
        ("odd key", foreign),
    ] {
        let page = api
            .call(reqwest::Method::GET, "/v1/verify/my-blog/dev", &[("X-API-Key", key.as_bytes())])
            .await
            .expect(401);
        assert!(
            page.json()["message"].as_str().unwrap().starts_with(message),
            "{key}: {}",
            page.body
        );
    }
    // It is listed by its digest, and a full text that is searched for does not stand in the
    // address.
    let list = "/projects/my-blog/dev/api-keys";
    let mask = format!("sk_imported••••{}", &sha(odd)[..4]);
    assert!(ada.get(list).await.texts("#secret-rows code").contains(&mask));
    let answer = ada.post(&format!("{list}/search"), &[("q", odd)]).await.expect(303);
    let id = server.database.query("SELECT id AS value FROM api_keys WHERE name = 'odd'").remove(0);
    assert_eq!(answer.location(), format!("{list}/{id}"));
    // A restarted server knows from the start; deleting and rotating work as with any key.
    let again = Process::serve(&server.database);
    assert_eq!(
        crate::support::ApiClient::new(&again.origin).verify(odd).await,
        Verified::Good("admin".to_owned())
    );
    let rotation =
        [("token", "0123456789abcdef0123456789abcdef"), ("rotations", "0"), ("overlap", "1h")];
    let new =
        ada.post(&format!("{list}/{id}/rotate"), &rotation).await.expect(200).text("#new-key");
    assert_eq!(api.verify(&new).await, Verified::Good("admin".to_owned()));
    assert_eq!(api.verify(odd).await, Verified::Good("admin".to_owned()));
    // Nor does the one before a rotation, wherever it is searched for.
    let answer = ada.post(&format!("{list}/search"), &[("q", odd)]).await.expect(303);
    assert_eq!(ada.get(answer.location()).await.text("h1"), "odd");
    let asked = [("person", ""), ("what", ""), ("environment", ""), ("time", ""), ("q", odd)];
    let other = ada.post("/projects/my-blog/activity", &asked).await.expect(303);
    assert!(
        ![&answer, &other].iter().any(|answer| answer.location().contains("AKIA")),
        "{} {}",
        answer.location(),
        other.location()
    );
    ada.delete_key(list, &id, "odd").await.expect(303);
    assert_eq!(api.verify(odd).await, Verified::Refused(401, "TOKEN_REVOKED".to_owned()));
    let told = server.database.query(
        "SELECT actor || ': ' || detail AS value FROM activity WHERE action = 'keys.imported'",
    );
    assert_eq!(told, ["the command line: 2 secret in dev, 1 publishable in prod"]);
}

#[test]
fn bad_rows_are_named_with_their_lines_and_nothing_is_half_imported() {
    let database = with_project();
    let known = succeed(&Process::run(
        &database,
        &[
            "key",
            "add",
            "--project",
            "my-blog",
            "--environment",
            "dev",
            "--kind",
            "secret",
            "--name",
            "Known",
        ],
    ));
    let before = database.dump();
    let mut csv = HEADER.to_owned();
    for row in [
        format!("good,secret,dev,{}", sha("1")),
        format!(",secret,dev,{}", sha("2")),
        format!("kind,admin,dev,{}", sha("3")),
        format!("place,secret,qa,{}", sha("4")),
        "short,secret,dev,abc".to_owned(),
        format!("few,secret,{}", sha("5")),
        format!("good,publishable,dev,{}", sha("1")),
        format!("GOOD,secret,dev,{}", sha("6")),
        format!("known,secret,dev,{}", sha("7")),
        format!("digest,secret,dev,{}", sha(known.trim())),
        format!("\"two\nlines\",secret,dev,{}", sha("8")),
        format!("Good,secret,dev,{}", sha("10")),
        format!("after,secret,nowhere,{}", sha("9")),
    ] {
        writeln!(csv, "{row}").unwrap();
    }
    for more in [&[][..], &["--dry-run"]] {
        let said = fail(&import(&database, &csv, more));
        for part in [
            "keyrack: nothing was imported: line 3: Enter a name.;",
            "line 4: a kind is publishable or secret;",
            "line 5: there is no such environment in the project;",
            "line 6: a sha256 is 64 digits of 0-9 a-f;",
            "line 7: it has 3 fields and not 4;",
            "line 8: it has the sha256 of line 2;",
            "line 9: it has the name of line 2;",
            "line 10: 'known' is the name of another key;",
            "line 11: the project has a key with this sha256 already;",
            "and 2 more",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert_eq!(database.dump(), before);
    }
    for (csv, why) in [
        (String::new(), "the first line must be name,kind,environment,sha256"),
        (format!("a,secret,dev,{}\n", sha("1")), "the first line must be"),
        ("name,kind,environment,sha256,more\n".to_owned(), "the first line must be"),
        ("name,kind,environment\n".to_owned(), "the first line must be"),
    ] {
        assert!(fail(&import(&database, csv, &[])).contains(why));
    }
    let latin =
        [HEADER.as_bytes(), b"caf\xe9,secret,dev,".as_slice(), sha("1").as_bytes(), b"\n"].concat();
    assert!(fail(&import(&database, latin, &[])).contains("line 2: it is not in UTF-8"));
    let missing =
        Process::run(&database, &["key", "import", "nowhere.csv", "--project", "my-blog"]);
    assert!(fail(&missing).starts_with("keyrack: nowhere.csv: "));
    assert_eq!(database.dump(), before);
}

#[test]
fn lines_are_those_that_an_editor_shows() {
    let database = with_project();
    let (good, bad) = (format!("good,secret,dev,{}", sha("1")), "bad,secret,dev,zz");
    for (csv, line) in [
        (format!("{HEADER}{good}\n{bad}"), 3),
        (format!("{HEADER}{good}\n\n\n{bad}\n"), 5),
        (format!("{HEADER}{good}\n{bad}\n").replace('\n', "\r\n"), 3),
        (format!("\u{feff}{HEADER}\n{good}\n\n{bad}\n\n").replace('\n', "\r\n"), 5),
        (
            format!("{HEADER}\"two\nlines\",secret,dev,{}\n{bad}\n", sha("2"))
                .replace('\n', "\r\n"),
            4,
        ),
    ] {
        let said = fail(&import(&database, &csv, &["--dry-run"]));
        assert!(
            said.contains(&format!("line {line}: a sha256 is 64 digits of 0-9 a-f")),
            "{said} of {csv:?}"
        );
    }
    let twice = format!("{HEADER}{good}\nother,secret,dev,{}\n", sha("1")).replace('\n', "\r\n");
    assert!(fail(&import(&database, twice, &[])).contains("line 3: it has the sha256 of line 2"));
}

#[test]
fn a_byte_order_mark_crlf_and_another_order_of_columns_are_fine() {
    let database = with_project();
    let csv = format!(
        "\u{feff}sha256,environment,name,kind\r\n{},staging,\"ключ, 1\",secret\r\n\r\n{},dev,two,publishable",
        sha("a"),
        sha("b")
    );
    assert_eq!(
        succeed(&import(&database, csv, &[])),
        "imported 1 publishable key into dev\nimported 1 secret key into staging\n"
    );
    assert_eq!(
        database.query("SELECT name AS value FROM api_keys ORDER BY name"),
        ["two", "ключ, 1"]
    );
    assert_eq!(
        succeed(&import(&database, HEADER, &[])),
        "imported nothing: there is no key in the file\n"
    );
    // The same file again: every digest exists.
    let again = fail(&import(&database, format!("{HEADER}three,secret,dev,{}\n", sha("a")), &[]));
    assert!(again.contains("line 2: the project has a key with this sha256 already"), "{again}");
}

#[test]
fn a_digest_that_a_rotation_replaced_is_known_too() {
    let database = with_project();
    succeed(&import(&database, format!("{HEADER}old,secret,dev,{}\n", sha("old")), &[]));
    database.execute(&format!(
        "INSERT INTO rotated_secrets (digest, project_id, key_id, mask, form_token, rotated_at, valid_until)
         SELECT {}, project_id, id, mask, 'x', created_at, created_at FROM api_keys",
        if database.is_postgres() {
            format!("decode('{}', 'hex')", sha("older"))
        } else {
            format!("x'{}'", sha("older"))
        }
    ));
    let said = fail(&import(&database, format!("{HEADER}new,secret,dev,{}\n", sha("older")), &[]));
    assert!(said.contains("line 2: the project has a key with this sha256 already"), "{said}");
}

#[test]
fn the_longest_life_holds_for_imported_keys() {
    let database = with_project();
    database.execute("UPDATE projects SET secret_key_days = 30");
    succeed(&import(
        &database,
        format!("{HEADER}a,secret,dev,{}\nb,publishable,dev,{}\n", sha("a"), sha("b")),
        &[],
    ));
    assert_eq!(
        database.count(
            "SELECT count(*) FROM api_keys WHERE expires_at IS NOT NULL AND kind = 'secret'"
        ),
        1
    );
    assert_eq!(database.count("SELECT count(*) FROM api_keys WHERE expires_at IS NOT NULL"), 1);
}

#[test]
fn thousands_of_rows_are_all_imported_or_none() {
    let database = with_project();
    let mut csv = HEADER.to_owned();
    for number in 0..3_000 {
        writeln!(csv, "key {number},secret,dev,{}", sha(&number.to_string())).unwrap();
    }
    let bad = format!("{csv}key 7,secret,dev,{}\n", sha("other"));
    assert!(fail(&import(&database, bad, &[])).contains("line 3002: it has the name of line 9"));
    assert_eq!(rows(&database), 0);
    assert_eq!(succeed(&import(&database, csv, &[])), "imported 3000 secret keys into dev\n");
    assert_eq!(rows(&database), 3_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_stays_useful_while_many_keys_are_imported() {
    let server = Server::start().await;
    let (ada, api) = (server.ada().await, server.api());
    let list = "/projects/my-blog/dev/api-keys";
    let (key, id) = ada.create_key(list, "secret", "own").await;
    let file = server.database.folder.path().join("keys.csv");
    let mut csv = HEADER.to_owned();
    for number in 0..60_000 {
        writeln!(csv, "key {number},secret,dev,{}", sha(&number.to_string())).unwrap();
    }
    std::fs::write(&file, csv).unwrap();
    let mut import = keyrack(server.database.folder.path())
        .args([
            "--database-url",
            server.database.url(),
            "key",
            "import",
            "keys.csv",
            "--project",
            "my-blog",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut slowest = Duration::ZERO;
    let mut verified = 0;
    while import.try_wait().unwrap().is_none() {
        let asked = Instant::now();
        assert_eq!(api.verify(&key).await, Verified::Good("admin".to_owned()));
        slowest = slowest.max(asked.elapsed());
        verified += 1;
        ada.get(list).await.expect(200);
        // Who wants to change something is told at once or a little later.
        let answer = ada
            .post(
                &format!("{list}/{id}/edit"),
                &[("name", "own"), ("note", &format!("note-{verified}"))],
            )
            .await;
        assert!([303, 503].contains(&answer.status.as_u16()), "{}", answer.status);
    }
    assert_eq!(
        succeed(&import.wait_with_output().unwrap()),
        "imported 60000 secret keys into dev\n"
    );
    assert!(verified > 0 && slowest < Duration::from_secs(1), "{slowest:?}");
    ada.post(&format!("{list}/{id}/edit"), &[("name", "own"), ("note", "afterwards")])
        .await
        .expect(303);
    assert_eq!(rows(&server.database), 60_001);
}

#[test]
fn what_spreadsheets_write_is_taken_or_named() {
    let database = with_project();
    let row =
        |name: &str, between: char| [name, "Secret", "dev", &sha(name)].join(&between.to_string());
    for (nth, between) in [';', '\t', ','].into_iter().enumerate() {
        let name = format!("key {nth}");
        let head = ["Name", "Kind", "ENVIRONMENT", "Sha256"].join(&between.to_string());
        let csv = format!("\u{feff}{head}\r\n{}\r\n", row(&name, between));
        assert_eq!(succeed(&import(&database, csv, &[])), "imported 1 secret key into dev\n");
    }
    let csv = format!("{HEADER}{}\n", row("other", ','));
    for bytes in [
        format!("\u{feff}{csv}").encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(),
        csv.encode_utf16().flat_map(u16::to_be_bytes).collect(),
    ] {
        let said = fail(&import(&database, bytes, &[]));
        assert_eq!(said, "keyrack: the file is in UTF-16: save it as UTF-8\n");
    }
    assert_eq!(rows(&database), 3);
    let from_stdin = ["key", "import", "-", "--project", "my-blog"];
    let output = Process::run_with_input(&database, &from_stdin, &csv);
    assert_eq!(succeed(&output), "imported 1 secret key into dev\n");
}

#[test]
fn a_file_without_lines_is_not_read_to_its_end() {
    let database = with_project();
    let run =
        |file: &str| Process::run(&database, &["key", "import", file, "--project", "my-blog"]);
    assert!(fail(&run("/dev/zero")).contains("line 1 is longer than 64 KiB"));
    let long = format!("{HEADER}{}\n{}\n", "x".repeat(64 * 1024), "y".repeat(64 * 1024 + 1));
    assert!(fail(&import(&database, long, &[])).contains("line 3 is longer than 64 KiB"));
}

/// What somebody does between the check and the adding is noticed, and what does not fit is named.
#[test]
fn keys_that_come_between_the_check_and_the_adding_are_not_run_over() {
    use keyrack::db::CommandDb;
    use keyrack::domain::api_keys::{Import, ImportError, KeyName, Kind, Narrowed, NewKey, create};
    use keyrack::domain::{Actor, Clock, environments, os_rng, projects};
    let database = with_project();
    let db = CommandDb::new(&database.url().parse().unwrap(), || ());
    let now = Clock::default().now();
    let (project, list) = db
        .read(|c| -> Result<_, keyrack::db::Error> {
            let project = projects::find(c, "my-blog")?.unwrap();
            let list = environments::list(c, &project.id)?;
            Ok((project, list))
        })
        .unwrap();
    let csv = format!("{HEADER}first,secret,dev,{}\nsecond,secret,dev,{}\n", sha("1"), sha("2"));
    let mut import = Import::read(project, list.clone(), csv.as_bytes()).unwrap();
    db.read(|c| import.check(c)).unwrap();
    let add = |import: &Import| {
        db.write_many(|c| {
            import.add(c, &mut Act::new(&Actor::CommandLine { says: None }, now, &mut os_rng()))
        })
    };
    let named = |name: &str| NewKey {
        kind: Kind::Secret,
        name: KeyName::parse(name).unwrap(),
        form_token: None,
        narrowed: Narrowed::default(),
        expiry: None,
    };
    db.write(|c| {
        create(
            c,
            &mut Act::new(&Actor::CommandLine { says: None }, now, &mut os_rng()),
            &list[0],
            &named("Second"),
        )
    })
    .unwrap();
    let before = database.dump();
    assert!(matches!(add(&import), Err(ImportError::Changed)));
    assert_eq!(
        db.read(|c| import.check(c)).unwrap_err().to_string(),
        "nothing was imported: line 3: 'second' is the name of another key"
    );
    assert_eq!(database.dump(), before);
    // A value that a rotation replaced meanwhile, and an environment that went.
    database.execute("UPDATE api_keys SET name = 'x', name_folded = 'x'");
    let digest = if database.is_postgres() {
        format!("decode('{}', 'hex')", sha("1"))
    } else {
        format!("x'{}'", sha("1"))
    };
    database.execute(&format!(
        "INSERT INTO rotated_secrets (digest, project_id, key_id, mask, form_token, rotated_at, valid_until) SELECT {digest}, project_id, id, mask, 'x', created_at, created_at FROM api_keys"
    ));
    assert!(matches!(add(&import), Err(ImportError::Changed)));
    assert!(
        db.read(|c| import.check(c))
            .unwrap_err()
            .to_string()
            .contains("line 2: the project has a key with this sha256 already")
    );
    database.execute("DELETE FROM rotated_secrets; UPDATE environments SET deleted_at = created_at WHERE name = 'dev'");
    assert!(matches!(add(&import), Err(ImportError::Changed)));
    database.execute("UPDATE environments SET deleted_at = NULL");
    assert_eq!(rows(&database), 1);
    add(&import).unwrap();
    assert_eq!(rows(&database), 3);
}

#[test]
#[ignore = "takes half a minute with a release binary in KEYRACK_TEST_BINARY, longer with a debug one; 60,000 rows are tried always"]
fn a_million_rows_work() {
    let database = with_project();
    let mut csv = HEADER.to_owned();
    for number in 0..1_000_000 {
        writeln!(csv, "key {number},secret,dev,{}", sha(&number.to_string())).unwrap();
    }
    let started = Instant::now();
    assert_eq!(succeed(&import(&database, csv, &[])), "imported 1000000 secret keys into dev\n");
    println!("{:?}", started.elapsed());
}
