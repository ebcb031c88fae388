//! Keys of another project: neither the answers nor the queries differ from those for unknown keys.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::Connection;
use diesel::connection::InstrumentationEvent;
use futures_util::future::join_all;
use keyrack::db::{DbConnection, Error};
use keyrack::domain::api_keys::Digest;
use keyrack::domain::verification::{Answer, Question, look_up};
use keyrack::model::AskedFor;
use reqwest::Method;

use super::{DEV, told};
use crate::support::{ApiClient, Page, Server};

/// Well-formed keys of somebody's, from `first` on.
fn made_up(first: usize, count: usize) -> Vec<String> {
    let key = |n: usize| {
        let body = format!("sk_{n:056x}");
        let checksum = crc32fast::hash(body.as_bytes());
        format!("{body}{checksum:08x}")
    };
    (first..first + count).map(key).collect()
}

fn digest(key: &str) -> [u8; 32] {
    *Digest::of_presented(key.as_bytes()).unwrap().bytes()
}

/// My Blog with a good key, and Shop with 400.
async fn two_projects() -> (Server, String, Vec<String>) {
    let server = Server::start_bare(crate::support::TestDatabase::migrated(), &[]).await;
    let (good, _) = server.ada().await.create_key(DEV, "secret", "good").await;
    let bob = server.user("Bob", "bob@example.com");
    server.project("Shop", &bob);
    let foreign = made_up(1, 400);
    let blob = if server.database.is_postgres() { "'\\x" } else { "x'" };
    let rows = foreign.iter().enumerate().map(|(n, key)| {
        let digest = hex::encode(digest(key));
        format!("('key_{n:032x}', 'key {n}', {blob}{digest}')")
    });
    let digest = if server.database.is_postgres() { "digest::bytea" } else { "digest" };
    server.database.execute(&format!(
        "WITH made (id, name, digest) AS (VALUES {}) \
         INSERT INTO api_keys (id, environment_id, project_id, kind, name, name_folded, mask, digest, created_at) \
         SELECT made.id, e.id, p.id, 'secret', made.name, made.name, 'sk_', {digest}, e.created_at \
         FROM made, environments e JOIN projects p ON p.id = e.project_id WHERE p.slug = 'shop' AND e.name = 'dev'",
        rows.collect::<Vec<_>>().join(", ")
    ));
    (server, good, foreign)
}

async fn ask(api: &ApiClient, key: &str) -> Page {
    api.call(Method::GET, "/v1/verify/my-blog/dev", &[("X-API-Key", key.as_bytes())]).await
}

#[tokio::test]
async fn four_hundred_foreign_keys_among_good_ones_are_answered_like_one_that_nobody_has() {
    let (server, good, foreign) = two_projects().await;
    let api = server.api();
    let nobody = told(&ask(&api, &made_up(1_000_000, 1)[0]).await);
    assert_eq!(nobody.0, 401);
    for wave in foreign.chunks(40) {
        let calls = wave.iter().flat_map(|key| [ask(&api, key), ask(&api, &good)]);
        for (nth, page) in join_all(calls).await.into_iter().enumerate() {
            if nth % 2 == 0 {
                assert_eq!(told(&page), nobody);
            } else {
                page.expect(200);
            }
        }
    }
    // They are keys all the same, of the other project.
    let shop = [("X-API-Key", foreign[0].as_bytes())];
    api.call(Method::GET, "/v1/verify/shop/dev", &shop).await.expect(200);
}

/// What is looked up, and with how many statements.
fn look_up_counted(connection: &mut DbConnection, keys: &[&str]) -> (Vec<Answer>, usize) {
    let asked = Arc::new(AskedFor::parse("my-blog", "dev").unwrap());
    let mut questions: Vec<Question> =
        keys.iter().map(|key| Question { asked: asked.clone(), digest: digest(key) }).collect();
    questions.sort_by_key(|question| question.digest);
    let statements = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&statements);
    connection.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    });
    let answers = look_up(connection, &questions).unwrap();
    connection.set_instrumentation(|_: InstrumentationEvent<'_>| {});
    (answers, statements.load(Ordering::Relaxed))
}

#[tokio::test]
async fn a_foreign_key_takes_as_many_statements_as_one_that_nobody_has() {
    let (server, good, foreign) = two_projects().await;
    let unknown = made_up(1_000_000, 400);
    let counts = |connection: &mut DbConnection| {
        let mut counted = |keys: &[String], with_good: bool| {
            let mut keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            keys.extend(with_good.then_some(good.as_str()));
            let (answers, statements) = look_up_counted(connection, &keys);
            let good = answers.iter().filter(|answer| matches!(answer, Answer::Here { .. }));
            assert_eq!(good.count(), usize::from(with_good));
            assert!(statements > 0, "nothing is counted");
            statements
        };
        // Alone, beside a good one, and all of them at once.
        for size in [1, 2, 400] {
            for with_good in [false, true] {
                let (foreign, unknown) = (&foreign[..size], &unknown[..size]);
                let (foreign, unknown) = (counted(foreign, with_good), counted(unknown, with_good));
                assert_eq!(foreign, unknown, "{size} {with_good}");
            }
        }
        Ok::<_, Error>(())
    };
    server.db.read_blocking(counts).unwrap();
}
