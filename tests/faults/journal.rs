//! Clients that write down what was acknowledged, and what must therefore be true afterwards.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use rand::rngs::StdRng;
use rand::{Rng, RngExt};
use reqwest::Method;

use crate::support::tenant::{self, DEV};
use crate::support::{ApiClient, Page, Process, SignedIn, TestDatabase, Verified, keyrack};

/// A key whose creation was acknowledged.
#[derive(Clone)]
pub(super) struct Noted {
    secret: String,
    name: String,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Living,
    /// A delete was sent: nobody knows.
    Unknown,
    Deleted,
}

/// What all clients have seen.
#[derive(Clone, Default)]
pub(super) struct Journal {
    keys: Arc<Mutex<Vec<Noted>>>,
    names: Arc<AtomicUsize>,
    pub(super) answers: Arc<AtomicUsize>,
    pub(super) failures: Arc<AtomicUsize>,
}

/// Clients at work, until they are told to stop.
pub(super) struct Load {
    stop: Arc<AtomicBool>,
    clients: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    pub(super) async fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        for client in self.clients {
            client.await.unwrap();
        }
    }
}

impl Journal {
    pub(super) fn start(&self, ada: &SignedIn, clients: usize, seed: u64) -> Load {
        let stop = Arc::new(AtomicBool::new(false));
        let clients = (0..clients).map(|number| {
            let (journal, ada, stop) = (self.clone(), ada.clone(), Arc::clone(&stop));
            let mut dice = super::dice(seed * 1000 + number as u64);
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let done = match dice.random_range(0..4) {
                        0 | 1 => journal.create(&ada, &mut dice).await,
                        2 => journal.delete(&ada, &mut dice).await,
                        _ => journal.verify(&ada, &mut dice).await,
                    };
                    let counter = if done.is_some() { &journal.answers } else { &journal.failures };
                    counter.fetch_add(1, Ordering::Relaxed);
                    if done.is_none() {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                }
            })
        });
        let clients = clients.collect();
        Load { stop, clients }
    }

    async fn create(&self, ada: &SignedIn, dice: &mut StdRng) -> Option<()> {
        let name = format!("key-{}", self.names.fetch_add(1, Ordering::Relaxed));
        let mut token = [0; 16];
        dice.fill_bytes(&mut token);
        let fields = [("csrf", ada.csrf.as_str()), ("token", &hex::encode(token)), ("kind", "secret"), ("name", &name)];
        let page = send(ada, Method::POST, DEV, &fields).await?;
        if page.status == 503 {
            return None;
        }
        self.note(&page.expect(200).text("#new-key"), &name);
        Some(())
    }

    /// An acknowledged key.
    pub(super) fn note(&self, secret: &str, name: &str) {
        assert_eq!(secret.trim().len(), 67, "{secret}");
        self.keys.lock().unwrap().push(Noted { secret: secret.to_owned(), name: name.to_owned(), state: State::Living });
    }

    fn any(&self, dice: &mut StdRng) -> Option<(usize, Noted)> {
        let keys = self.keys.lock().unwrap();
        let at = (!keys.is_empty()).then(|| dice.random_range(0..keys.len()))?;
        Some((at, keys[at].clone()))
    }

    async fn delete(&self, ada: &SignedIn, dice: &mut StdRng) -> Option<()> {
        let Some((at, key)) = self.any(dice) else { return Some(()) };
        if key.state != State::Living {
            return Some(());
        }
        let request = ada.browser.client.get(format!("{}/v1/key", ada.browser.origin)).header("X-API-Key", &key.secret);
        let answer = request.send().await.ok()?;
        if answer.status() != 200 {
            return (answer.status() == 401).then_some(()); // somebody else deleted it meanwhile
        }
        let id = answer.json::<serde_json::Value>().await.ok()?["id"].as_str()?.to_owned();
        self.keys.lock().unwrap()[at].state = State::Unknown;
        let fields = [("csrf", ada.csrf.as_str()), ("confirm", &key.name)];
        let page = send(ada, Method::POST, &format!("{DEV}/{id}/delete"), &fields).await?;
        if page.status == 503 {
            return None;
        }
        assert!(page.status == 303 || page.status == 200, "{} {}", page.status, page.body);
        self.keys.lock().unwrap()[at].state = State::Deleted;
        Some(())
    }

    /// No verify that begins after the answer to a create or a delete contradicts it.
    async fn verify(&self, ada: &SignedIn, dice: &mut StdRng) -> Option<()> {
        let Some((at, key)) = self.any(dice) else { return Some(()) };
        let request = ada.browser.client.get(format!("{}/v1/verify", ada.browser.origin)).header("X-API-Key", &key.secret);
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        if status == 503 {
            return None;
        }
        assert!(status == 200 || status == 401, "{status}");
        if status == 401 {
            let answer = answer.json::<serde_json::Value>().await.ok()?;
            assert_eq!(answer["error"], "TOKEN_REVOKED", "{} was acknowledged", key.name);
        }
        let since = self.keys.lock().unwrap().get(at).map_or(State::Unknown, |key| key.state);
        match (key.state, since) {
            (State::Deleted, _) => assert_eq!(status, 401, "the deletion of {} was acknowledged before", key.name),
            (State::Living, State::Living) => assert_eq!(status, 200, "nobody deleted {}", key.name),
            (State::Living | State::Unknown, _) => {}
        }
        Some(())
    }

    /// Everything that was acknowledged is so.
    pub(super) async fn check(&self, origin: &str) -> (usize, usize) {
        let api = ApiClient::new(origin);
        let keys = self.keys.lock().unwrap().clone();
        let (mut living, mut deleted) = (0, 0);
        for key in &keys {
            match (key.state, api.verify(&key.secret).await) {
                (State::Living, Verified::Good(_)) => living += 1,
                (State::Deleted, Verified::Refused(401, error)) if error == "TOKEN_REVOKED" => deleted += 1,
                (State::Unknown, Verified::Good(_)) => {}
                (State::Unknown, Verified::Refused(401, error)) if error == "TOKEN_REVOKED" => {}
                (State::Living, other) => panic!("the acknowledged {} is lost: {other:?}", key.name),
                (State::Deleted, other) => panic!("{} was deleted, and now: {other:?}", key.name),
                (State::Unknown, other) => panic!("{}: {other:?}", key.name),
            }
        }
        (living, deleted)
    }

    /// [`Journal::check`], once the verifier answers again.
    pub(super) async fn check_patiently(&self, origin: &str) -> (usize, usize) {
        let api = ApiClient::new(origin);
        let begun = Instant::now();
        let first = self.keys.lock().unwrap().first().map(|key| key.secret.clone());
        while let Some(key) = &first
            && matches!(api.verify(key).await, Verified::Refused(503, _))
        {
            assert!(begun.elapsed() < Duration::from_secs(5), "verify is not back");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.check(origin).await
    }

    /// Keys that were checked need not be checked each time.
    pub(super) fn forget(&self) {
        self.keys.lock().unwrap().clear();
    }
}

/// The answer, if there is a whole one.
async fn send(ada: &SignedIn, method: Method, path: &str, fields: &[(&str, &str)]) -> Option<Page> {
    let answer = ada.browser.request(method, path).form(fields).send().await.ok()?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    Some(Page { status, headers, body: answer.text().await.ok()? })
}

/// No half rows: every key belongs to an environment, and its creation and deletion are recorded.
pub(super) fn is_whole(database: &TestDatabase) {
    const HALVES: &str = "SELECT count(*) FROM api_keys k WHERE \
        NOT EXISTS (SELECT 1 FROM environments e WHERE e.id = k.environment_id) OR length(k.digest) <> 32 OR \
        (SELECT count(*) FROM activity a WHERE a.subject_id = k.id) <> CASE WHEN k.deleted_at IS NULL THEN 1 ELSE 2 END";
    let count = |sql: &str| diesel::dsl::sql::<diesel::sql_types::BigInt>(sql);
    if let Some(file) = database.file() {
        let mut connection = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
        let report = diesel::dsl::sql::<diesel::sql_types::Text>("PRAGMA integrity_check").get_result::<String>(&mut connection);
        assert_eq!(report.unwrap(), "ok");
        assert_eq!(count(HALVES).get_result::<i64>(&mut connection).unwrap(), 0);
    } else {
        let mut connection = PgConnection::establish(database.url()).unwrap();
        assert_eq!(count(HALVES).get_result::<i64>(&mut connection).unwrap(), 0);
    }
}

/// A server on a port that stays the same, so that sessions survive its restarts; and how long it
/// took from exec to the first good answer of `/readyz`.
pub(super) async fn serve(database: &TestDatabase, port: u16) -> (Process, Duration) {
    let mut command = keyrack(database.folder.path());
    command
        .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--database-url", database.url()])
        .env("KEYRACK_LOG", "warn,keyrack::startup=info");
    let begun = Instant::now();
    let server = Process::spawn(command);
    let ready = reqwest::get(format!("{}/readyz", server.origin)).await.unwrap();
    assert_eq!(ready.status(), 200);
    (server, begun.elapsed())
}

pub(super) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Ada at a server that runs.
pub(super) async fn ada(server: &Process) -> SignedIn {
    tenant::ada(&server.origin).await
}
