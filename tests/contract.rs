//! The database has a contract number, and a process that does not know it must not answer.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use diesel::connection::{Connection, InstrumentationEvent, SimpleConnection};
use diesel::{PgConnection, SqliteConnection};
use keyrack::db::{DbConnection, Error};
use keyrack::domain::api_keys::Digest;
use keyrack::domain::verification::{Answer, Question, look_up};
use keyrack::model::{AskedFor, KeyState};
use reqwest::Method;

use crate::support::{Server, TestDatabase, Verified, eventually};

const DEV: &str = "/projects/my-blog/dev/api-keys";
const UNKNOWN: &str = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";

/// The first statement of a later Keyrack's migration.
const RAISE: &str = "UPDATE contract SET number = number + 1";

#[tokio::test]
async fn a_process_that_does_not_know_the_contract_answers_nothing_and_is_not_ready() {
    let server = Server::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    let api = server.api();
    let ready = async || api.call(Method::GET, "/readyz", &[]).await.status.as_u16();
    assert_eq!(ready().await, 200);

    server.database.execute(RAISE);
    let before = server.database.dump();
    for environment in ["my-blog/dev", "my-blog/prod", "my-blog/*", "my-blog/nothing", "no/dev"] {
        for key in [&key, UNKNOWN] {
            let answer = api.verify_for(environment, key).await;
            let refused = Verified::Refused(503, "UNAVAILABLE".to_owned());
            assert_eq!(answer, refused, "{environment}");
        }
    }
    ada.post(&format!("{DEV}/{id}/pause"), &[]).await.expect(503);
    ada.delete_key(DEV, &id, "server-key").await.expect(503);
    assert_eq!((ready().await, server.database.dump() == before), (503, true));
    assert_eq!(api.call(Method::GET, "/healthz", &[]).await.status, 200);

    server.database.execute("UPDATE contract SET number = 1");
    assert_eq!((api.verify(&key).await, ready().await), (Verified::Good("admin".to_owned()), 200));
}

#[tokio::test]
async fn a_report_of_a_leak_is_not_accepted_by_a_process_that_could_not_find_the_key() {
    let server = Server::start().await;
    let (key, _) = server.ada().await.create_key(DEV, "secret", "server-key").await;
    server.database.execute(RAISE);
    let before = server.database.dump();
    for key in [&key, UNKNOWN] {
        let report = reqwest::Client::new().post(server.url("/v1/leaks"));
        let answer = report.body(format!(r#"{{"key":"{key}"}}"#)).send().await.unwrap();
        assert_eq!(answer.status(), 503);
    }
    assert_eq!(server.database.dump(), before);
    server.database.execute("UPDATE contract SET number = 1");
}

/// A later Keyrack migrates in front of the `nth` statement of a batch. (Never, if there are not so
/// many.) What was a paused key is one that an older process would take for a good one.
fn answers_while_migrated(
    server: &Server,
    questions: &[Question],
    nth: usize,
) -> (keyrack::db::Result<Vec<Answer>>, bool) {
    let statements = Arc::new(AtomicUsize::new(0));
    let (counted, url) = (Arc::clone(&statements), server.database.url().to_owned());
    let migrate = move |event: InstrumentationEvent<'_>| {
        if matches!(event, InstrumentationEvent::StartQuery { .. })
            && counted.fetch_add(1, Ordering::Relaxed) + 1 == nth
        {
            let later = TestDatabase::at(url.clone());
            later.execute(&format!("BEGIN; {RAISE}; UPDATE api_keys SET paused_at = NULL; COMMIT"));
        }
    };
    let migrate = Mutex::new(Some(migrate));
    let answers = server.db.reader().read(|connection| {
        if let Some(migrate) = migrate.lock().unwrap().take() {
            connection.set_instrumentation(migrate);
        }
        look_up(connection, questions)
    });
    let migrated = statements.load(Ordering::Relaxed) >= nth;
    server.database.execute(
        "BEGIN; UPDATE contract SET number = 1; UPDATE api_keys SET paused_at = created_at; COMMIT",
    );
    (answers, migrated)
}

#[tokio::test]
async fn no_answer_is_from_before_a_migration_by_its_contract_and_from_after_it_by_its_rows() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(DEV, "secret", "server-key").await;
    server.database.execute("UPDATE api_keys SET paused_at = created_at");
    let question = |environment: &str, key: &str| Question {
        asked: Arc::new(AskedFor::parse("my-blog", environment).unwrap()),
        digest: *Digest::of_found(key).bytes(),
    };
    let all = [("dev", &*key), ("prod", &*key), ("*", &*key), ("nothing", &*key), ("dev", UNKNOWN)]
        .map(|(environment, key)| question(environment, key));
    let now = server.clock.now();
    for questions in all.chunks(1).chain([&all[..]]) {
        for nth in 1.. {
            let (answers, migrated) = answers_while_migrated(&server, questions, nth);
            match answers {
                Ok(answers) => {
                    assert!(nth > 1, "all of it was read after the migration");
                    for answer in answers {
                        if let Answer::Here { found, .. } | Answer::Elsewhere { found, .. } = answer
                        {
                            let found = found.unwrap();
                            assert_eq!(found.key.times.state(now), KeyState::Paused, "{nth}");
                        }
                    }
                }
                Err(error) => assert!(matches!(error, Error::Outdated(2)), "{error}"),
            }
            if !migrated {
                break;
            }
        }
    }
}

/// Another process's connection, which waits for no lock.
fn other(database: &TestDatabase) -> DbConnection {
    if database.is_postgres() {
        let mut connection = PgConnection::establish(database.url()).unwrap();
        connection.batch_execute("SET lock_timeout = 100").unwrap();
        DbConnection::Postgres(connection)
    } else {
        DbConnection::Sqlite(SqliteConnection::establish(database.url()).unwrap())
    }
}

#[tokio::test]
async fn a_migration_waits_for_the_writes_that_are_under_way() {
    let server = Server::start().await;
    server.user("Ada", "ada@example.com");
    let mut migration = other(&server.database);
    server.write(|connection| {
        let raised = migration.batch_execute(RAISE).unwrap_err().to_string();
        assert!(raised.contains("lock timeout") || raised.contains("is locked"), "{raised}");
        connection.batch_execute("UPDATE users SET name = 'Bea'")?;
        Ok::<_, Error>(())
    });
    migration.batch_execute(RAISE).unwrap();
    assert_eq!(server.database.query("SELECT name AS value FROM users"), ["Bea"]);
}

#[tokio::test]
async fn a_write_that_waited_for_a_migration_changes_nothing() {
    let server = Server::start().await;
    server.user("Ada", "ada@example.com");
    let mut migration = other(&server.database);
    migration.batch_execute(&format!("BEGIN; {RAISE}")).unwrap();
    let db = server.db.clone();
    let write = tokio::spawn(async move {
        db.write(|connection| {
            connection.batch_execute("UPDATE users SET name = 'Bea'")?;
            Ok::<_, Error>(())
        })
        .await
    });
    if server.database.is_postgres() {
        let waiting = "SELECT count(*) FROM pg_stat_activity \
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        eventually(|| server.database.count(waiting) == 1).await;
    }
    migration.batch_execute("COMMIT").unwrap();
    assert!(matches!(write.await.unwrap(), Err(Error::Outdated(2))));
    assert_eq!(server.database.query("SELECT name AS value FROM users"), ["Ada"]);
}

#[tokio::test]
async fn a_form_that_is_sent_during_an_update_is_told_so_and_changes_nothing() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let token = ada.form_token(DEV, "secret").await;
    let fields = [("token", token.as_str()), ("kind", "secret"), ("name", "server-key")];
    server.database.execute(RAISE);
    let before = server.database.dump();
    let page = ada.post(DEV, &fields).await.expect(503);
    assert_eq!(page.text("h1"), "Keyrack is being updated");
    assert!(page.text(".lead").starts_with("Nothing was saved. Try again in a moment. Go back"));
    let toast = ada.hx_post(DEV, &fields).await.expect(503);
    let told = "Keyrack is being updated. Nothing was saved. Try again in a moment.";
    assert!(toast.text(".toast[data-unsaved]").starts_with(told), "{}", toast.body);
    for answer in [page, toast] {
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    // Pages may still be read.
    ada.get(DEV).await.expect(200);
    assert_eq!(server.database.dump(), before);

    server.database.execute("UPDATE contract SET number = 1");
    ada.post(DEV, &fields).await.expect(200);
}
