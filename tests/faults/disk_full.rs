//! The disk is full: writes fail cleanly, keys are still verified, and all is well once there is
//! space again.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::journal;
use crate::support::tenant::{self, DEV};
use crate::support::{ApiClient, Process, SignedIn, TestDatabase, Verified, keyrack};

fn token(number: usize) -> String {
    format!("{number:032x}")
}

async fn create(ada: &SignedIn, number: usize) -> crate::support::Page {
    let name = format!("key-{number}-{}", "x".repeat(48));
    ada.post(DEV, &[("token", &token(number)), ("kind", "secret"), ("name", &name)]).await
}

/// Creates keys until that fails, and checks that those that were created are complete and good.
async fn until_full(database: &TestDatabase, server: &Process, ada: &SignedIn) -> usize {
    let api = ApiClient::new(&server.origin);
    let mut made: Vec<String> = Vec::new();
    let failed = loop {
        let page = create(ada, made.len()).await;
        if page.status != 200 {
            break page.expect(503);
        }
        made.push(page.text("#new-key"));
        assert!(made.len() < 5000, "it never gets full");
    };
    assert!(failed.body.contains("answer right now"), "{}", failed.body);
    assert!(!made.is_empty());
    for _ in 0..3 {
        create(ada, made.len()).await.expect(503);
        for key in made.iter().rev().take(5) {
            assert_eq!(api.verify(key).await, Verified::Good("admin".to_owned()));
        }
    }
    ada.get(DEV).await.expect(200);
    journal::is_whole(database);
    made.len()
}

/// Checks that the form that failed works now, without a restart.
async fn with_space_again(server: &Process, ada: &SignedIn, made: usize) {
    let begun = Instant::now();
    let page = loop {
        let page = create(ada, made).await;
        if page.status != 503 {
            break page.expect(200);
        }
        assert!(begun.elapsed() < super::SECOND);
    };
    let key = page.text("#new-key");
    assert_eq!(
        ApiClient::new(&server.origin).verify(&key).await,
        Verified::Good("admin".to_owned())
    );
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

#[tokio::test]
async fn beyond_the_limit_for_file_sizes_writes_fail_and_keys_still_verify() {
    let database = TestDatabase::sqlite();
    tenant::settle(&database);
    let inner = keyrack(database.folder.path());
    let mut command = Command::new("prlimit");
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .current_dir(database.folder.path())
        .stdin(Stdio::null());
    command.arg("--fsize=400000:unlimited").arg(inner.get_program());
    command.args(["serve", "--listen", "127.0.0.1:0", "--database-url", database.url()]);
    let mut server = Process::spawn(command);
    let ada = tenant::ada(&server.origin).await;
    let made = until_full(&database, &server, &ada).await;
    assert!(server.child.try_wait().unwrap().is_none(), "SIGXFSZ must not end it");
    let more = Command::new("prlimit")
        .args([&format!("--pid={}", server.pid()), "--fsize=unlimited:unlimited"])
        .status();
    assert!(more.unwrap().success());
    with_space_again(&server, &ada, made).await;
    journal::is_whole(&database);
}

/// Mounted for a test; unmounted when dropped.
struct Tmpfs(PathBuf);

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test]
async fn on_a_full_disk_writes_fail_and_keys_still_verify() {
    let folder = tempfile::TempDir::new().unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"])
        .arg(folder.path())
        .stderr(Stdio::null())
        .status();
    if !mounted.is_ok_and(|status| status.success()) {
        println!("not run: a tmpfs can't be mounted here");
        return;
    }
    let disk = Tmpfs(folder.path().to_owned());
    let database = TestDatabase::at(disk.0.join("keyrack.db").to_str().unwrap().to_owned());
    tenant::settle(&database);
    let server = Process::serve(&database);
    let ada = tenant::ada(&server.origin).await;
    let filler = disk.0.join("filler");
    // All but about 100 KiB.
    let mut size = 1_900_000;
    while fs::write(&filler, vec![1; size]).is_err() {
        size -= 50_000;
    }
    File::options().write(true).open(&filler).unwrap().set_len(size as u64 - 100_000).unwrap();
    let made = until_full(&database, &server, &ada).await;
    fs::remove_file(&filler).unwrap();
    with_space_again(&server, &ada, made).await;
    journal::is_whole(&database);
}

#[tokio::test]
async fn a_log_that_can_not_be_written_stops_nothing() {
    let database = TestDatabase::sqlite();
    tenant::settle(&database);
    let key = tenant::add_key(&database, "server-key");
    let address = format!("127.0.0.1:{}", journal::free_port());
    let mut command = keyrack(database.folder.path());
    command.args(["serve", "--listen", &address, "--database-url", database.url()]);
    command.stderr(File::options().write(true).open("/dev/full").unwrap()).stdout(Stdio::null());
    let mut child = command.spawn().unwrap();
    let begun = Instant::now();
    while std::net::TcpStream::connect(&address).is_err() {
        assert!(child.try_wait().unwrap().is_none(), "it ended");
        assert!(begun.elapsed() < Duration::from_secs(10));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let api = ApiClient::new(&format!("http://{address}"));
    let answer = api.verify(&key).await;
    let (_, _) = (child.kill(), child.wait());
    assert_eq!(answer, Verified::Good("admin".to_owned()));
}
