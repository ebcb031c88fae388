//! Starting where that is not possible, and stopping while something is under way.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::journal;
use crate::support::tenant::{self, DEV};
use crate::support::{ApiClient, Postgres, Process, TestDatabase, Verified, keyrack, unprivileged};

const TEN: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_signals_let_what_is_in_flight_finish_and_end_it_with_status_0() {
    for signal in ["TERM", "INT"] {
        let database = TestDatabase::new();
        tenant::settle(&database);
        let mut server = Process::serve(&database);
        let address = server.origin.strip_prefix("http://").unwrap().to_owned();
        // A form of which half has arrived, and clients that keep their connections busy or idle.
        let body =
            format!("email={}&password=wrong-wrong-wrong&next=", tenant::EMAIL.replace('@', "%40"));
        let mut slow = TcpStream::connect(&address).unwrap();
        let head = format!(
            "POST /sign-in HTTP/1.1\r\nHost: {address}\r\nSec-Fetch-Site: same-origin\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        slow.write_all(head.as_bytes()).unwrap();
        slow.write_all(&body.as_bytes()[..10]).unwrap();
        let _idle: Vec<TcpStream> = (0..5).map(|_| TcpStream::connect(&address).unwrap()).collect();
        let busy: Vec<_> = (0..4)
            .map(|_| {
                std::thread::spawn({
                    let address = address.clone();
                    move || until_told_to_close(&address)
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(200)).await;
        let begun = Instant::now();
        server.signal(signal);
        tokio::time::sleep(Duration::from_millis(700)).await;
        assert!(
            TcpStream::connect(&address).is_err() || server.child.try_wait().unwrap().is_none()
        );
        slow.write_all(&body.as_bytes()[10..]).unwrap();
        let mut answer = String::new();
        slow.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 422"), "SIG{signal}: {answer}");
        let status = server.ended_within(TEN).expect("it ends within 10 s");
        println!("SIG{signal}: ended after {:?} with {status}", begun.elapsed());
        assert_eq!(status.code(), Some(0));
        assert!(begun.elapsed() < TEN);
        for client in busy {
            assert!(client.join().unwrap() > 10, "SIG{signal}");
        }
    }
}

/// Sends request after request over one connection, each of which must be answered; gives how many.
fn until_told_to_close(address: &str) -> usize {
    let mut stream = BufReader::new(TcpStream::connect(address).unwrap());
    for requests in 1.. {
        stream
            .get_mut()
            .write_all(
                format!("HEAD /v1/verify/my-blog/dev HTTP/1.1\r\nHost: {address}\r\n\r\n")
                    .as_bytes(),
            )
            .unwrap();
        let (mut answer, mut line) = (String::new(), String::new());
        while line != "\r\n" {
            line.clear();
            assert!(
                stream.read_line(&mut line).unwrap() > 0,
                "request {requests} was lost after: {answer}"
            );
            answer.push_str(&line);
        }
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
        if answer.to_ascii_lowercase().contains("connection: close") {
            return requests;
        }
    }
    unreachable!()
}

#[tokio::test]
async fn it_stops_in_time_though_the_database_hangs() {
    let Some(postgres) = Postgres::started("") else { return };
    let database = postgres.database();
    tenant::settle(&database);
    let mut server = Process::serve(&database);
    let ada = tenant::ada(&server.origin).await;
    ada.get(DEV).await.expect(200);
    postgres.freeze();
    let pages: Vec<_> = (0..6)
        .map(|_| {
            tokio::spawn({
                let ada = ada.clone();
                async move { ada.browser.request(reqwest::Method::GET, DEV).send().await.is_ok() }
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let begun = Instant::now();
    server.signal("TERM");
    let status = server.ended_within(Duration::from_secs(11));
    println!("ended after {:?}", begun.elapsed());
    postgres.thaw();
    assert_eq!(status.expect("it ends within 10 s").code(), Some(0));
    for page in pages {
        let _ = page.await;
    }
}

/// What `keyrack serve` says when it ends by itself: one line, status 1.
fn refuses(command: &mut Command) -> String {
    let begun = Instant::now();
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(begun.elapsed() < TEN);
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("keyrack: ")).collect();
    let [line] = lines[..] else { panic!("one line: {text}") };
    assert!(output.stdout.is_empty() && !line.contains("panicked"));
    line.to_owned()
}

fn serve(database: &TestDatabase) -> Command {
    let mut command = keyrack(database.folder.path());
    command.args(["serve", "--listen", "127.0.0.1:0", "--database-url", database.url()]);
    command
}

#[test]
fn a_database_that_can_not_be_used_is_said_so_in_one_line() {
    let database = TestDatabase::sqlite();
    let file = database.file().unwrap();

    fs::create_dir(&file).unwrap();
    let line = refuses(&mut serve(&database));
    assert!(line.contains("keyrack.db") && line.contains("is a folder"), "{line}");
    fs::remove_dir(&file).unwrap();

    fs::write(&file, "Dear diary, ".repeat(500)).unwrap();
    let line = refuses(&mut serve(&database));
    assert!(line.contains("file is not a database"), "{line}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "Dear diary, ".repeat(500), "it is left alone");
    fs::remove_file(&file).unwrap();

    tenant::settle(&database);
    read_only(&database);
    database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('20991231000001')");
    let line = refuses(&mut serve(&database));
    assert!(line.contains("newer Keyrack") && line.contains("20991231000001"), "{line}");

    let elsewhere = TestDatabase::at(
        database.folder.path().join("no/such/keyrack.db").to_str().unwrap().to_owned(),
    );
    let line = refuses(&mut serve(&elsewhere));
    let folder = database.folder.path().join("no/such");
    assert!(line.contains(&format!("there is no folder {}", folder.display())), "{line}");
}

fn read_only(database: &TestDatabase) {
    use std::os::unix::fs::PermissionsExt;
    let file = database.file().unwrap();
    let folder = database.folder.path();
    // The file.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    let line = refuses(&mut unprivileged(&serve(database)).command);
    assert!(line.contains("keyrack.db") && line.contains("can't be written"), "{line}");
    // The folder alone.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o555)).unwrap();
    let line = refuses(&mut unprivileged(&serve(database)).command);
    let said = format!("the folder {} can't be written", folder.display());
    assert!(line.contains(&said), "{line}");
    // The folder, and there is no file yet.
    let absent = TestDatabase::at(folder.join("new.db").to_str().unwrap().to_owned());
    let line = refuses(&mut unprivileged(&serve(&absent)).command);
    assert!(line.contains(&said), "{line}");
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn a_port_in_use_is_said_so_in_one_line() {
    let database = TestDatabase::sqlite();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut command = keyrack(database.folder.path());
    let line =
        refuses(command.args(["serve", "--listen", &address, "--database-url", database.url()]));
    assert!(line.contains(&address) && line.contains("in use"), "{line}");
}

#[tokio::test]
async fn a_postgres_that_comes_later_is_waited_for() {
    let Some(postgres) = Postgres::new("") else { return };
    let database = postgres.database();
    let port = journal::free_port();
    let begin = || {
        let mut command = keyrack(database.folder.path());
        command.args([
            "serve",
            "--listen",
            &format!("127.0.0.1:{port}"),
            "--database-url",
            database.url(),
        ]);
        command.stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap()
    };
    let status = async |path: &str| {
        Some(reqwest::get(format!("http://127.0.0.1:{port}{path}")).await.ok()?.status().as_u16())
    };
    let until = async |path: &str, expected: u16, time: Duration| {
        let begun = Instant::now();
        while status(path).await != Some(expected) {
            assert!(begun.elapsed() < time, "{path}: not {expected} after {time:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    // It can be stopped while it waits.
    let mut child = begin();
    until("/healthz", 200, TEN).await;
    crate::support::kill("TERM", child.id());
    let begun = Instant::now();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(begun.elapsed() < TEN);

    let mut child = begin();
    until("/readyz", 503, TEN).await;
    assert_eq!(
        (status("/healthz").await, status("/v1/verify/my-blog/dev").await, status("/").await),
        (Some(200), Some(503), Some(503))
    );
    postgres.start();
    until("/readyz", 200, TEN).await;
    tenant::settle(&database);
    let key = tenant::add_key(&database, "server-key");
    let api = ApiClient::new(&format!("http://127.0.0.1:{port}"));
    assert_eq!(api.verify(&key).await, Verified::Good("admin".to_owned()));
    crate::support::kill("TERM", child.id());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
