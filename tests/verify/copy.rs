//! The verifier reads a copy of each key: a table on SQLite, and an index on PostgreSQL. Every
//! other test also checks at its end that the table agrees with the keys.

use std::time::{Duration, Instant};

use super::DEV;
use crate::support::{Server, Verified};

#[tokio::test]
async fn whatever_changes_a_key_changes_what_the_verifier_reads() {
    let server = Server::start().await;
    let database = &server.database;
    if database.is_postgres() {
        return;
    }
    let (_, id) = server.ada().await.create_key(DEV, "secret", "server-key").await;
    let read =
        || database.query("SELECT key_id || ' ' || hex(digest) AS value FROM verification_keys");
    let before = read();
    assert!(before.len() == 1 && before[0].starts_with(&id));
    let columns =
        database.query("SELECT name AS value FROM pragma_table_info('verification_keys')");
    for column in columns.iter().filter(|name| {
        !["number", "digest", "key_id", "environment_id", "kind"].contains(&name.as_str())
    }) {
        database.execute(&format!("UPDATE api_keys SET {column} = '7'"));
        assert_eq!(
            database
                .query(&format!("SELECT CAST({column} AS TEXT) AS value FROM verification_keys")),
            ["7"],
            "{column}"
        );
    }
    assert_eq!(read(), before);
    database.execute("UPDATE api_keys SET digest = zeroblob(32)");
    assert_eq!(read(), [format!("{id} {}", "0".repeat(64))]);
    assert_eq!(database.stale().unwrap(), [""; 0]);
    // Another key in its place.
    let others =
        database.query("SELECT group_concat(name) AS value FROM pragma_table_info('api_keys') WHERE name NOT IN ('id', 'form_token')");
    let replace = format!(
        "INSERT OR REPLACE INTO api_keys (id, {0}) SELECT 'key_2', {0} FROM api_keys",
        others[0]
    );
    database.execute(&replace);
    assert_eq!(read(), [format!("key_2 {}", "0".repeat(64))]);
    database.execute("DELETE FROM key_terms; DELETE FROM api_keys");
    assert!(read().is_empty());
}

#[tokio::test]
async fn a_key_whose_number_another_one_has_is_found_and_deleted_all_the_same() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    // As if another key with the same first digits was there first.
    server.database.execute(if server.database.is_postgres() {
        "INSERT INTO api_keys (id, environment_id, project_id, kind, name, name_folded, mask, digest, created_at)
         SELECT 'key_other', environment_id, project_id, 'publishable', name, name_folded, mask, substr(digest, 1, 8) || decode(repeat('00', 24), 'hex'), created_at
         FROM api_keys"
    } else {
        "UPDATE verification_keys SET digest = zeroblob(32), key_id = 'key_other'"
    });
    assert_eq!(server.api().verify(&key).await, Verified::Good("admin".to_owned()));
    ada.delete_key(DEV, &id, "server-key").await.expect(303);
    assert_eq!(server.api().verify(&key).await, Verified::Refused(401, "TOKEN_REVOKED".to_owned()));
    if !server.database.is_postgres() {
        server.database.execute(
            "DELETE FROM verification_keys; INSERT INTO verification_keys SELECT * FROM keys_for_verification",
        );
    }
}

/// The planner is kept from everything else, so that this holds for few keys, too.
#[tokio::test]
async fn on_postgresql_keys_are_found_in_the_index_that_has_everything() {
    let server = Server::start().await;
    if !server.database.is_postgres() {
        return;
    }
    let (key, _) = server.ada().await.create_key(DEV, "secret", "server-key").await;
    let found = || {
        server.database.count(
            "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'api_keys_for_verification'",
        )
    };
    let begun = Instant::now();
    // A connection tells what it counted about once a second.
    while found() == 0 {
        assert_eq!(server.api().verify(&key).await, Verified::Good("admin".to_owned()));
        assert!(begun.elapsed() < Duration::from_secs(20), "it is not used");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let by_digest = server
        .database
        .count("SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'api_keys_digest'");
    assert_eq!(by_digest, 0, "a good key takes one query");
}

/// PostgreSQL compiles statements that it takes for dear, which makes each lookup wait for a tenth of
/// a second. The quickest of many tells, also on a machine that is busy.
#[tokio::test]
async fn on_postgresql_a_lookup_is_not_compiled() {
    let server = Server::start().await;
    let (key, _) = server.ada().await.create_key(DEV, "secret", "server-key").await;
    let mut quickest = Duration::MAX;
    for _ in 0..40 {
        let begun = Instant::now();
        assert_eq!(server.api().verify(&key).await, Verified::Good("admin".to_owned()));
        quickest = quickest.min(begun.elapsed());
    }
    assert!(quickest < Duration::from_millis(40), "{quickest:?}");
}
