//! An SQLite file that can't be read, is missing, or was replaced: calls are refused until it is
//! back.

use std::fs;
use std::time::Instant;

use rand::RngExt;
use reqwest::Method;

use super::SECOND;
use crate::support::tenant::{self, DEV};
use crate::support::{ApiClient, Process, TestDatabase, Verified};

fn good() -> Verified {
    Verified::Good("admin".to_owned())
}

async fn is_refused(api: &ApiClient, key: &str, what: &str) {
    for _ in 0..10 {
        let begun = Instant::now();
        assert_eq!(
            api.verify(key).await,
            Verified::Refused(503, "UNAVAILABLE".to_owned()),
            "{what}"
        );
        assert!(begun.elapsed() < SECOND, "{what}: {:?}", begun.elapsed());
    }
    assert_eq!(api.call(Method::GET, "/healthz", &[]).await.status, 200);
    let begun = Instant::now();
    assert_eq!(api.call(Method::GET, "/readyz", &[]).await.status, 503, "{what}");
    assert!(begun.elapsed() < SECOND, "{what}: {:?}", begun.elapsed());
}

/// Puts another file in the place of the database, as `mv` does, without its write-ahead log.
fn replace(database: &TestDatabase, bytes: &[u8]) {
    let (file, next) = (database.file().unwrap(), database.folder.path().join("next"));
    fs::write(&next, bytes).unwrap();
    fs::rename(&next, &file).unwrap();
    for suffix in ["-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{suffix}", file.display()));
    }
}

#[tokio::test]
async fn a_file_that_is_removed_is_not_verified_from_and_not_made_anew() {
    let database = TestDatabase::sqlite();
    tenant::settle(&database);
    let key = tenant::add_key(&database, "server-key");
    let server = Process::serve(&database);
    let (api, ada) = (ApiClient::new(&server.origin), tenant::ada(&server.origin).await);
    assert_eq!(api.verify(&key).await, good());
    let (threads, files) = (server.threads(), server.open_files());
    let (file, aside) = (database.file().unwrap(), database.folder.path().join("aside.db"));
    let log = database.folder.path().join("keyrack.db-wal");
    assert!(fs::metadata(&log).unwrap().len() > 0, "the last writes are in the log only");

    fs::rename(&file, &aside).unwrap();
    is_refused(&api, &key, "removed").await;
    assert!(ada.get(DEV).await.expect(503).body.contains("answer right now"));
    // No key must be acknowledged that is in a file which nobody will find.
    let fields =
        [("token", "0123456789abcdef0123456789abcdef"), ("kind", "secret"), ("name", "lost")];
    ada.post(DEV, &fields).await.expect(503);
    assert!(!file.exists(), "a server that runs makes no new file");

    fs::create_dir(&file).unwrap();
    is_refused(&api, &key, "a folder").await;
    fs::remove_dir(&file).unwrap();
    let whole = fs::read(&aside).unwrap();
    for (what, bytes) in [
        ("an empty file", &b""[..]),
        ("another file", &[b'x'; 5000]),
        ("a cut file", &whole[..whole.len() / 2]),
    ] {
        fs::write(&file, bytes).unwrap();
        is_refused(&api, &key, what).await;
        ada.get(DEV).await.expect(503);
        fs::remove_file(&file).unwrap();
        assert!(fs::metadata(&log).unwrap().len() > 0, "the log of our file is left alone");
    }

    fs::rename(&aside, &file).unwrap();
    let begun = Instant::now();
    while api.verify(&key).await != good() {
        assert!(begun.elapsed() < SECOND);
    }
    ada.get(DEV).await.expect(200);
    let now = (server.threads(), server.open_files());
    assert!(
        now.0 <= threads + 4 && now.1 <= files + 12,
        "{now:?}, before {threads} threads and {files} files"
    );
}

#[tokio::test]
async fn a_database_that_replaces_ours_is_believed_from_then_on() {
    let (database, other) = (TestDatabase::sqlite(), TestDatabase::sqlite());
    tenant::settle(&database);
    tenant::settle(&other);
    let (key, key_of_other) =
        (tenant::add_key(&database, "server-key"), tenant::add_key(&other, "server-key"));
    let server = Process::serve(&database);
    let api = ApiClient::new(&server.origin);
    assert_eq!(api.verify(&key).await, good());
    replace(&database, &fs::read(other.file().unwrap()).unwrap());
    assert_eq!(api.verify(&key_of_other).await, good());
    assert_eq!(api.verify(&key).await, Verified::Refused(401, "INVALID_TOKEN".to_owned()));
}

/// One byte of the file is changed, at many places in turn: no wrong key is accepted, nothing
/// panics, and a good file works again.
#[tokio::test]
async fn a_flipped_byte_lets_no_wrong_key_in() {
    let (database, elsewhere) = (TestDatabase::sqlite(), TestDatabase::sqlite());
    tenant::settle(&database);
    tenant::settle(&elsewhere);
    let (key, deleted) =
        (tenant::add_key(&database, "good"), tenant::add_key(&database, "deleted"));
    let foreign = tenant::add_key(&elsewhere, "foreign");
    let server = Process::serve(&database);
    let (api, ada) = (ApiClient::new(&server.origin), tenant::ada(&server.origin).await);
    let known = api
        .call(Method::GET, "/v1/key/my-blog/dev", &[("X-API-Key", deleted.as_bytes())])
        .await
        .json();
    ada.delete_key(DEV, known["id"].as_str().unwrap(), "deleted").await.expect(303);
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    let whole = fs::read(database.file().unwrap()).unwrap();
    let (mut dice, mut answers) = (super::dice(14), [0; 3]);
    for _ in 0..super::rounds("SOAK_FLIPS", 150) {
        let mut bytes = whole.clone();
        let at = dice.random_range(0..bytes.len());
        bytes[at] ^= 1 << dice.random_range(0..8u8);
        replace(&database, &bytes);
        match api.verify(&key).await {
            Verified::Good(_) => answers[0] += 1,
            Verified::Refused(401, _) => answers[1] += 1,
            Verified::Refused(status, _) => {
                assert_eq!(status, 503, "byte {at}");
                answers[2] += 1;
            }
        }
        for bad in [&deleted, &foreign] {
            assert!(
                !matches!(api.verify(bad).await, Verified::Good(_)),
                "byte {at} of {}",
                bytes.len()
            );
        }
    }
    println!(
        "with a flipped bit the good key was good, refused, not to be asked about: {answers:?}"
    );
    replace(&database, &whole);
    assert_eq!(api.verify(&key).await, good());
    assert!(!server.log().contains("panicked"), "{}", server.log());
}
