//! While the database can't be reached, the log says so, but not once for each call.

use reqwest::Method;
use serde_json::Value;

use crate::support::tenant;
use crate::support::{ApiClient, Postgres, Process, TestDatabase, Verified, eventually};

/// Many more calls than lines that may be logged.
const CALLS: usize = 200;

struct Stage {
    server: Process,
    api: ApiClient,
    key: String,
}

impl Stage {
    async fn new(database: &TestDatabase) -> Self {
        tenant::settle(database);
        let key = tenant::add_key(database, "server-key");
        let server = Process::serve(database);
        let stage = Self { api: ApiClient::new(&server.origin), server, key };
        assert!(stage.is_good().await);
        stage
    }

    async fn is_good(&self) -> bool {
        self.api.verify(&self.key).await == Verified::Good("admin".to_owned())
    }

    async fn is_refused_often(&self) {
        for _ in 0..CALLS {
            let answer = self.api.verify(&self.key).await;
            assert_eq!(answer, Verified::Refused(503, "UNAVAILABLE".to_owned()));
        }
        // Pages of strangers ask, too.
        for _ in 0..4 {
            let page = self.api.call(Method::GET, "/setup?token=x", &[]).await;
            assert!([403, 503].contains(&page.status.as_u16()), "{}", page.status);
        }
    }

    fn lines(&self) -> Vec<Value> {
        let log = self.server.log();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter(|line| line["level"] != "INFO").collect()
    }

    /// The number of look-ups that the end of the outage reports.
    fn told(&self) -> u64 {
        let over = |line: &&Value| line["message"] == "keys are looked up again";
        self.lines().iter().filter(over).map(|line| line["look_ups"].as_u64().unwrap()).sum()
    }

    async fn was_told_once_and_is_over(&self) {
        let lines = self.lines();
        assert!(lines.len() < 10, "{} lines: {lines:?}", lines.len());
        let begins =
            |line: &&Value| line["message"].as_str().unwrap().contains("can't be looked up");
        // Each worker has a connection of its own.
        let workers = std::thread::available_parallelism().unwrap().get();
        assert!((1..=workers).contains(&lines.iter().filter(begins).count()), "{lines:?}");
        let over = async {
            while self.told() < CALLS as u64 {
                // Each call has a new connection, so that every worker gets some.
                let _ = ApiClient::new(&self.server.origin).verify(&self.key).await;
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), over).await.unwrap();
        eventually(|| self.lines().len() < 15).await;
        assert!(self.is_good().await);
    }
}

#[tokio::test]
async fn a_file_that_is_away_is_told_of_once_and_when_it_is_back() {
    let database = TestDatabase::sqlite();
    let stage = Stage::new(&database).await;
    let (file, aside) = (database.file().unwrap(), database.folder.path().join("aside.db"));
    std::fs::rename(&file, &aside).unwrap();
    stage.is_refused_often().await;
    std::fs::rename(&aside, &file).unwrap();
    stage.was_told_once_and_is_over().await;
}

#[tokio::test]
async fn a_postgresql_that_is_away_is_told_of_once_and_when_it_is_back() {
    let Some(postgres) = Postgres::started("") else { return };
    let stage = Stage::new(&postgres.database()).await;
    postgres.stop();
    stage.is_refused_often().await;
    postgres.start();
    stage.was_told_once_and_is_over().await;
}

/// Like a pooler with too few connections: pages get one, and verifications get none.
#[tokio::test]
async fn a_process_that_can_not_verify_is_not_ready_though_its_pages_are() {
    let Some(postgres) = Postgres::started("") else { return };
    let stage = Stage::new(&postgres.database()).await;
    let ready = async || stage.api.call(Method::GET, "/readyz", &[]).await.status.as_u16();
    assert_eq!(ready().await, 200);
    let mut other = postgres.connect();
    diesel::connection::SimpleConnection::batch_execute(
        &mut other,
        "BEGIN; LOCK TABLE api_keys IN ACCESS EXCLUSIVE MODE",
    )
    .unwrap();
    assert!(!stage.is_good().await);
    assert_eq!(stage.api.call(Method::GET, "/sign-in", &[]).await.status, 200);
    assert_eq!(ready().await, 503);
    drop(other);
    while ready().await != 200 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
