//! Starting to serve.

use std::fs::Permissions;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Stdio;
use std::time::{Duration, Instant};

use reqwest::{Client, Method};

use crate::support::{
    Anonymous, ApiClient, Guarded, PASSWORD, Page, Process, TestDatabase, Verified, keyrack,
    unprivileged,
};

#[test]
fn a_port_in_use_is_said_in_one_line() {
    let database = TestDatabase::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for listen in [address.as_str(), "nonsense", "127.0.0.1", "127.0.0.1:99999", "203.0.113.1:80"] {
        let output = Process::run(&database, &["serve", "--listen", listen]);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(
            stderr.starts_with(&format!("keyrack: can't listen on {listen}: "))
                && stderr.lines().count() == 1,
            "{stderr}"
        );
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn what_cannot_be_read_in_the_environment_is_not_guessed() {
    let database = TestDatabase::new();
    for (name, value, status) in [
        ("KEYRACK_LOG", "bogus", 1),
        ("KEYRACK_LOG", "foo=bar=baz", 1),
        ("KEYRACK_LOG_FORMAT", "xml", 1),
        ("KEYRACK_ALLOW_PRIVATE_JWKS", "maybe", 2),
        ("KEYRACK_TRUSTED_PROXIES", "10.0.0.1/8", 2),
    ] {
        let output = keyrack(database.folder.path())
            .env(name, value)
            .args(["serve", "--listen", "nonsense"])
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{name}={value}: {stderr}");
        assert!(!stderr.contains("can't listen"), "{name}={value}: {stderr}");
    }
    for (name, value) in [
        ("KEYRACK_LOG", ""),
        ("KEYRACK_LOG", "WARN"),
        ("KEYRACK_LOG", "keyrack=debug,warn"),
        ("KEYRACK_LOG_FORMAT", ""),
        ("KEYRACK_LOG_FORMAT", "json\n"),
        ("KEYRACK_ALLOW_PRIVATE_JWKS", ""),
    ] {
        let output = keyrack(database.folder.path())
            .env(name, value)
            .args(["serve", "--listen", "nonsense"])
            .output()
            .unwrap();
        assert!(
            String::from_utf8(output.stderr).unwrap().contains("can't listen"),
            "{name}={value}"
        );
    }
}

/// A secret that was made with `echo`: a file of that name would be a new, empty database.
#[tokio::test]
async fn white_space_around_a_variable_is_left_out_with_a_word() {
    let database = TestDatabase::migrated();
    let mut command = keyrack(database.folder.path());
    command
        .env("DATABASE_URL", format!("{}\n", database.url()))
        .env("KEYRACK_LISTEN", " 127.0.0.1:0\n")
        .env("KEYRACK_PUBLIC_URL", "\thttps://keys.example.com\r\n")
        .env("KEYRACK_TRUSTED_PROXIES", "10.0.0.1, 127.0.0.0/16,\n")
        .env("KEYRACK_ALLOW_PRIVATE_JWKS", "false\n")
        .env("KEYRACK_LOG", "info\n")
        .env("KEYRACK_MAIL_FROM", "\n");
    let before: Vec<_> = files(&database);
    let process = Process::spawn(command);
    let log = process.stderr.lock().unwrap().clone();
    let told = log.lines().filter(|line| line.contains("white space around"));
    assert_eq!(told.filter(|line| line.contains("WARN")).count(), 6, "{log}");
    assert!(log.contains("\"variable\":\"DATABASE_URL\""), "{log}");
    assert!(log.contains("https://keys.example.com/setup?token="), "{log}");
    let page = ApiClient::new(&process.origin)
        .call(reqwest::Method::GET, "/readyz", &[("X-Forwarded-For", b"198.51.100.7, 10.0.0.1")])
        .await;
    assert_eq!(page.status, 200);
    let is_log = |name: &String| name.ends_with("-wal") || name.ends_with("-shm");
    let now: Vec<_> = files(&database).into_iter().filter(|name| !is_log(name)).collect();
    assert_eq!(now, before, "no other database");
}

fn files(database: &TestDatabase) -> Vec<String> {
    let entries = std::fs::read_dir(database.folder.path()).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_range_of_trusted_peers_that_others_may_be_in_is_told_of() {
    let database = TestDatabase::new();
    let options = ["--trusted-proxy", "10.0.0.0/8,127.0.0.0/16", "--trusted-gateway", "fd00::/8"];
    let process = Process::serve_with(&database, &options);
    let log = process.stderr.lock().unwrap().clone();
    let told: Vec<&str> =
        log.lines().filter(|line| line.contains("everyone in this wide range")).collect();
    assert_eq!(told.len(), 2, "{log}");
    assert!(told[0].contains("WARN") && told[0].contains("10.0.0.0/8"), "{told:?}");
    assert!(told[1].contains("fd00::/8"), "{told:?}");
}

#[tokio::test]
async fn without_a_command_it_serves_and_takes_its_options_from_the_environment() {
    let database = TestDatabase::new();
    let mut command = keyrack(database.folder.path());
    command.env("KEYRACK_LISTEN", "127.0.0.1:0").env("DATABASE_URL", database.url());
    command
        .env("KEYRACK_PUBLIC_URL", "https://keys.example.com")
        .env("KEYRACK_TRUSTED_PROXIES", "10.0.0.1,127.0.0.0/16");
    let process = Process::spawn(command);
    assert!(process.stderr.lock().unwrap().contains("https://keys.example.com/setup?token="));
    let page = ApiClient::new(&process.origin)
        .call(reqwest::Method::GET, "/healthz", &[("X-Forwarded-For", b"198.51.100.7, 10.0.0.1")])
        .await;
    assert!(page.header("strict-transport-security").is_some());
    crate::support::eventually(|| {
        process.stderr.lock().unwrap().contains("\"client\":\"198.51.100.7\"")
    })
    .await;
}

#[tokio::test]
async fn two_processes_that_start_at_once_on_an_empty_database_share_everything() {
    let database = TestDatabase::new();
    let (first, second) = std::thread::scope(|scope| {
        let (one, two) =
            (scope.spawn(|| Process::serve(&database)), scope.spawn(|| Process::serve(&database)));
        (one.join().unwrap(), two.join().unwrap())
    });
    let user = ["user", "add", "--email", "ada@example.com", "--name", "Ada"];
    assert!(Process::run_with_input(&database, &user, PASSWORD).status.success());
    let ada =
        crate::support::SignedIn::new(Anonymous::new(&first.origin), "ada@example.com", PASSWORD)
            .await;
    ada.post("/projects", &[("name", "My Blog")]).await.expect(303);
    let dev = "/projects/my-blog/dev/api-keys";
    let (key, id) = ada.create_key(dev, "secret", "server-key").await;
    let (here, there) = (ApiClient::new(&first.origin), ApiClient::new(&second.origin));
    assert_eq!(there.verify(&key).await, Verified::Good("admin".to_owned()));
    // The session is good there too: cookies have no port.
    let elsewhere = crate::support::SignedIn {
        browser: Anonymous { origin: second.origin.clone(), ..ada.browser.clone() },
        csrf: ada.csrf.clone(),
    };
    elsewhere.delete_key(dev, &id, "server-key").await.expect(303);
    for api in [here, there] {
        assert_eq!(api.verify(&key).await, Verified::Refused(401, "TOKEN_REVOKED".to_owned()));
    }
}

#[tokio::test]
async fn keys_and_sessions_outlive_a_restart() {
    let database = TestDatabase::migrated();
    let user = ["user", "add", "--email", "ada@example.com", "--name", "Ada"];
    assert!(Process::run_with_input(&database, &user, PASSWORD).status.success());
    assert!(
        Process::run(
            &database,
            &["project", "add", "--name", "My Blog", "--owner", "ada@example.com"]
        )
        .status
        .success()
    );
    let process = Process::serve(&database);
    let ada =
        crate::support::SignedIn::new(Anonymous::new(&process.origin), "ada@example.com", PASSWORD)
            .await;
    let (key, _) = ada.create_key("/projects/my-blog/dev/api-keys", "secret", "server-key").await;
    drop(process); // killed
    let process = Process::serve(&database);
    assert_eq!(
        ApiClient::new(&process.origin).verify(&key).await,
        Verified::Good("admin".to_owned())
    );
    let again = Anonymous { origin: process.origin.clone(), ..ada.browser.clone() };
    again.get("/projects").await.expect(200);
}

#[tokio::test]
async fn the_binary_runs_alone_from_an_empty_folder() {
    let database = TestDatabase::new();
    let folder = tempfile::TempDir::new().unwrap();
    let binary = folder.path().join("keyrack");
    // By another process: whatever this one has open for writing, a child of another test may hold
    // a moment longer, and what is open for writing can't be run.
    assert!(
        std::process::Command::new("cp")
            .arg(env!("CARGO_BIN_EXE_keyrack"))
            .arg(&binary)
            .status()
            .unwrap()
            .success()
    );
    let mut command = std::process::Command::new(&binary);
    command.env_clear().current_dir(folder.path()).args([
        "--listen",
        "127.0.0.1:0",
        "--database-url",
        database.url(),
    ]);
    let process = Process::spawn(command);
    let visitor = Anonymous::new(&process.origin);
    let css = visitor.get("/").await.expect(403).attribute("link[rel=stylesheet]", "href");
    assert!(visitor.get(&css).await.expect(200).body.len() > 1000);
    visitor.get("/readyz").await.expect(200);
}

#[tokio::test]
async fn until_a_postgres_is_there_answers_have_the_headers_that_they_have_later() {
    let folder = tempfile::tempdir().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let mut command = keyrack(folder.path());
    command.args([
        "serve",
        "--listen",
        &address,
        "--database-url",
        "postgres://127.0.0.1:1/keyrack",
    ]);
    let _child = Guarded(command.stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap());
    let (client, origin) = (Client::new(), format!("http://{address}"));
    let ask = async |method: &str, path: &str| {
        let answer = client
            .request(Method::from_bytes(method.as_bytes()).unwrap(), format!("{origin}{path}"))
            .send()
            .await;
        Some(Page::of(answer.ok()?).await)
    };
    let begun = Instant::now();
    while ask("GET", "/healthz").await.is_none() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it does not listen");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for (method, path, status) in [
        ("GET", "/healthz", 200),
        ("HEAD", "/healthz", 200),
        ("GET", "/readyz", 503),
        ("POST", "/v1/verify/my-blog/dev", 503),
        ("GET", "/", 503),
    ] {
        let page = ask(method, path).await.unwrap();
        assert_eq!(page.status, status, "{method} {path}");
        assert_eq!(page.header("retry-after"), (status == 503).then_some("1"), "{method} {path}");
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
        ] {
            assert_eq!(page.header(name), Some(value), "{method} {path}");
        }
        assert!(page.header("content-security-policy").is_some(), "{method} {path}");
    }
}

/// What is in memory at a crash shall not end up in a file. (Of a process of which no core is made
/// only root may look into `/proc`: prctl(2), `PR_SET_DUMPABLE`.)
#[test]
fn no_core_is_made_of_the_process() {
    let database = TestDatabase::migrated();
    let folder = database.folder.path();
    std::fs::set_permissions(folder, Permissions::from_mode(0o777)).unwrap();
    if let Some(file) = database.file() {
        std::fs::set_permissions(file, Permissions::from_mode(0o666)).unwrap();
    }
    let mut serve = keyrack(folder);
    serve.args(["serve", "--listen", "127.0.0.1:0", "--database-url", database.url()]);
    let unprivileged = unprivileged(&serve);
    let process = Process::spawn(unprivileged.command);
    let of = |file: &str| format!("/proc/{}/{file}", process.child.id());
    let limits = std::fs::read_to_string(of("limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
    assert_eq!(std::fs::metadata(of("environ")).unwrap().uid(), 0, "it is dumpable");
}
