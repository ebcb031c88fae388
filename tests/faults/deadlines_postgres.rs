//! A PostgreSQL that does not answer: a verification gets 503 within a second, and never 200.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use futures_util::future::join_all;
use reqwest::Method;

use super::SECOND;
use crate::support::tenant::{self, DEV};
use crate::support::{ApiClient, Postgres, Process, SignedIn, Verified};

struct Stage {
    server: Process,
    api: ApiClient,
    ada: SignedIn,
    key: String,
}

async fn stage(postgres: &Postgres) -> Stage {
    let database = postgres.database();
    tenant::settle(&database);
    let key = tenant::add_key(&database, "server-key");
    let server = Process::serve(&database);
    let (api, ada) = (ApiClient::new(&server.origin), tenant::ada(&server.origin).await);
    let stage = Stage { server, api, ada, key };
    stage.is_good().await;
    stage.ada.get(DEV).await.expect(200);
    stage
}

impl Stage {
    async fn is_good(&self) {
        assert_eq!(self.api.verify(&self.key).await, Verified::Good("admin".to_owned()));
    }

    /// Many ask at once for a while: all are refused in time.
    async fn is_refused(&self, what: &str) {
        let mut slowest = Duration::ZERO;
        for round in 0..3 {
            let asked = (0..20).map(|_| async {
                let begun = Instant::now();
                let headers: &[(&str, &[u8])] = &[("X-API-Key", self.key.as_bytes())];
                (
                    self.api.call(Method::GET, "/v1/verify/my-blog/dev", headers).await,
                    begun.elapsed(),
                )
            });
            for (page, time) in join_all(asked).await {
                assert_eq!(page.status, 503, "{what}, round {round}");
                assert_eq!(page.json()["error"], "UNAVAILABLE");
                assert!(page.header("retry-after").is_some() && page.header("x-key-id").is_none());
                slowest = slowest.max(time);
            }
        }
        println!("{what}: the slowest of 60 refusals took {slowest:?}");
        assert!(slowest < SECOND, "{what}: {slowest:?}");
    }

    async fn probes_and_pages(&self, what: &str) {
        for (path, status) in [("/healthz", 200), ("/readyz", 503)] {
            let begun = Instant::now();
            let page = self.api.call(Method::GET, path, &[]).await;
            assert_eq!(page.status, status, "{what}: {path}");
            assert!(begun.elapsed() < SECOND, "{what}: {path} {:?}", begun.elapsed());
        }
        let begun = Instant::now();
        let page = self.ada.get(DEV).await.expect(503);
        assert!(
            page.body.contains("answer right now") && page.header("retry-after").is_some(),
            "{}",
            page.body
        );
        println!("{what}: a page took {:?}", begun.elapsed());
        assert!(begun.elapsed() < 3 * SECOND, "{what}: {:?}", begun.elapsed());
    }

    /// The verifier, the pages and `/readyz` are back, each within a second.
    async fn comes_back(&self, what: &str) {
        let begun = Instant::now();
        loop {
            match self.api.verify(&self.key).await {
                Verified::Good(_) => break,
                Verified::Refused(status, error) => {
                    assert_eq!((status, error.as_str()), (503, "UNAVAILABLE"), "{what}")
                }
            }
            assert!(
                begun.elapsed() < SECOND,
                "{what}: verify is not back after {:?}",
                begun.elapsed()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let verify = begun.elapsed();
        while self.ada.get(DEV).await.status != 200 {
            assert!(
                begun.elapsed() < SECOND,
                "{what}: pages are not back after {:?}",
                begun.elapsed()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        println!("{what}: verify back after {verify:?}, pages after {:?}", begun.elapsed());
        assert_eq!(self.api.call(Method::GET, "/readyz", &[]).await.status, 200, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_that_hangs_locks_fills_up_or_restarts_means_503_and_is_forgiven() {
    let Some(postgres) = Postgres::started("-c max_connections=30") else { return };
    let stage = stage(&postgres).await;
    let threads = stage.server.threads();

    postgres.freeze();
    stage.is_refused("stopped").await;
    stage.probes_and_pages("stopped").await;
    // Many people wait for pages that hang, but there is not a thread for each.
    let crowd = (0..100).map(|_| {
        let ada = stage.ada.clone();
        tokio::spawn(async move { ada.get(DEV).await.status })
    });
    let crowd: Vec<_> = crowd.collect();
    tokio::time::sleep(Duration::from_millis(700)).await;
    let busy = stage.server.threads();
    assert!(busy < threads + 24, "{busy} threads, {threads} before");
    for answer in crowd {
        assert_eq!(answer.await.unwrap(), 503);
    }
    stage.is_refused("stopped for longer").await;
    postgres.thaw();
    stage.comes_back("stopped").await;

    let mut other = postgres.connect();
    other.batch_execute("BEGIN; LOCK TABLE api_keys IN ACCESS EXCLUSIVE MODE").unwrap();
    stage.is_refused("locked").await;
    // Only the keys are locked, but nothing can be verified without them.
    assert_eq!(stage.api.call(Method::GET, "/readyz", &[]).await.status, 503);
    stage.ada.get(DEV).await.expect(503);
    other.batch_execute("ROLLBACK").unwrap();
    stage.comes_back("locked").await;

    // Keyrack's own connections are closed, and others take all of them.
    other.batch_execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'keyrack'").unwrap();
    let mut crowd = vec![other];
    while let Ok(another) = PgConnection::establish(&postgres.url("postgres")) {
        crowd.push(another);
    }
    stage.is_refused("out of connections").await;
    stage.probes_and_pages("out of connections").await;
    drop(crowd);
    stage.comes_back("out of connections").await;

    postgres.stop();
    stage.is_refused("down").await;
    stage.probes_and_pages("down").await;
    postgres.start();
    stage.comes_back("restarted").await;

    // What was opened meanwhile is closed again. (A thread that waits for work ends after 10 s.) A
    // worker's batcher has one connection each, the pools four and four.
    let begun = Instant::now();
    let mut now = (stage.server.threads(), postgres.connections());
    while (now.0 > threads + 2 || now.1 > 12) && begun.elapsed() < Duration::from_secs(20) {
        tokio::time::sleep(Duration::from_millis(100)).await;
        now = (stage.server.threads(), postgres.connections());
    }
    println!("threads {threads}, and afterwards threads and connections {now:?}");
    assert!(now.0 <= threads + 2 && now.1 <= 12, "{now:?}");
    stage.is_good().await;
}
