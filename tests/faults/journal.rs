//! Clients that record what was acknowledged, and what must be true afterwards because of it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use rand::rngs::StdRng;
use rand::{Rng, RngExt};
use reqwest::{Method, RequestBuilder};

use super::fate::{self, Fate, State, law};
use super::names::Names;
use super::places::{People, Place};
use crate::support::{ApiClient, Page, Process, SignedIn, TestDatabase, Verified, keyrack};

/// How many of the latest keys are used. Most of the older ones are deleted.
const KEYS: usize = 300;
pub(super) const PLACES: usize = 12;

/// A key whose creation was acknowledged. It belongs to a place, unless the command line made it.
#[derive(Clone)]
pub(super) struct Noted {
    pub(super) secret: String,
    name: String,
    fate: Fate,
    pub(super) place: Option<Place>,
}

impl Noted {
    fn state(&self) -> State {
        self.fate.state().max(self.place.as_ref().map_or(State::Living, Place::state))
    }

    /// What the gateway in front of its API asks for: `{project}/{environment}`.
    fn asked(&self) -> String {
        self.place.as_ref().map_or_else(|| "my-blog/dev".to_owned(), Place::asked)
    }
}

/// What all clients together have seen.
#[derive(Clone, Default)]
pub(super) struct Journal {
    keys: Arc<Mutex<Vec<Noted>>>,
    places: Arc<Mutex<Vec<Place>>>,
    numbers: Arc<AtomicUsize>,
    pub(super) answers: Arc<AtomicUsize>,
    pub(super) failures: Arc<AtomicUsize>,
    /// What the failed requests were, how long each took, and why it failed.
    failed: Arc<Mutex<Vec<String>>>,
    /// The number of environments, projects and members that were removed.
    pub(super) ended: Arc<AtomicUsize>,
    pub(super) names: Names,
}

/// What came in place of an answer: 503, whose reason is in the server's log, or how the connection
/// ended.
pub(super) type Lost = String;

/// Clients that work until they are stopped.
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
    pub(super) fn start(&self, people: &People, clients: usize, seed: u64) -> Load {
        let stop = Arc::new(AtomicBool::new(false));
        let clients = (0..clients).map(|number| {
            let (journal, people, stop) = (self.clone(), people.clone(), Arc::clone(&stop));
            let mut dice = super::dice(seed * 1000 + number as u64);
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let begun = Instant::now();
                    // This happens seldom, because all keys of a place end with it, and few would
                    // be left to check.
                    let (what, done) = match dice.random_range(0..96) {
                        0 => ("end of a place", journal.end_something(&people, &mut dice).await),
                        1..40 => ("create", journal.create(&people, &mut dice).await),
                        40..60 => ("delete", journal.delete(&people, &mut dice).await),
                        60..68 => ("names", journal.change_names(&people, &mut dice).await),
                        68..80 => ("elsewhere", journal.verify_elsewhere(&people, &mut dice).await),
                        _ => ("verify", journal.verify(&people, &mut dice).await),
                    };
                    let counter = if done.is_ok() { &journal.answers } else { &journal.failures };
                    counter.fetch_add(1, Ordering::Relaxed);
                    if let Err(why) = done {
                        journal
                            .failed
                            .lock()
                            .unwrap()
                            .push(format!("{what} {:?}: {why}", begun.elapsed()));
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                }
            })
        });
        let clients = clients.collect();
        Load { stop, clients }
    }

    /// The first of those that were lost.
    pub(super) fn first_failures(&self) -> Vec<String> {
        self.failed.lock().unwrap().iter().take(40).cloned().collect()
    }

    pub(super) fn places(&self) -> MutexGuard<'_, Vec<Place>> {
        self.places.lock().unwrap()
    }

    pub(super) fn number(&self) -> usize {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// Ada or Bob creates a key somewhere. Nothing must be created where a deletion was answered
    /// before.
    async fn create(&self, people: &People, dice: &mut StdRng) -> Result<(), Lost> {
        let Some(place) = any(&self.places(), PLACES, dice) else { return Ok(()) };
        let (who, may) = somebody(people, &place, dice);
        let name = format!("key-{}", self.number());
        let mut token = [0; 16];
        dice.fill_bytes(&mut token);
        let before = place.state().max(may.state());
        let fields =
            [("token", hex::encode(token)), ("kind", "secret".to_owned()), ("name", name.clone())];
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        let page = send(who, Method::POST, &place.keys(), &fields).await?;
        match page.status.as_u16() {
            200 => self.add(&page.text("#new-key"), &name, Some(place.clone())),
            status => assert_eq!(status, 404, "{}", page.body),
        }
        law(
            before,
            page.status == 200,
            place.state().max(may.state()),
            &format!("the place of {name}"),
        );
        Ok(())
    }

    /// An acknowledged key that nobody deletes.
    pub(super) fn note(&self, secret: &str, name: &str) {
        self.add(secret, name, None);
    }

    pub(super) fn any_key(&self, dice: &mut StdRng) -> Option<Noted> {
        any(&self.keys.lock().unwrap(), KEYS, dice)
    }

    pub(super) fn add(&self, secret: &str, name: &str, place: Option<Place>) {
        assert_eq!(secret.trim().len(), 67, "{secret}");
        self.keys.lock().unwrap().push(Noted {
            secret: secret.to_owned(),
            name: name.to_owned(),
            fate: Fate::default(),
            place,
        });
    }

    async fn delete(&self, people: &People, dice: &mut StdRng) -> Result<(), Lost> {
        let Some(key) = self.any_key(dice) else { return Ok(()) };
        let may_end = |place: &&Place| key.state() == State::Living && !place.is_named();
        let Some(place) = key.place.as_ref().filter(may_end) else { return Ok(()) };
        let (who, may) = somebody(people, place, dice);
        let request = who
            .browser
            .client
            .get(format!("{}/v1/key/{}", who.browser.origin, key.asked()))
            .header("X-API-Key", &key.secret);
        let answer = answered(request).await?;
        if answer.status != 200 {
            assert_eq!(answer.status, 401, "{}", answer.body); // somebody else deleted it meanwhile
            return Ok(());
        }
        let id = answer.json()["id"].as_str().unwrap().to_owned();
        let above = [&place.fate, &place.project_fate, may];
        self.end(
            &key.fate,
            &above,
            who,
            &format!("{}/{id}/delete", place.keys()),
            &[("confirm", &key.name)],
        )
        .await
    }

    /// Deletes something, unless somebody else is doing that. It is possible as long as everything
    /// in `above` exists.
    pub(super) async fn end(
        &self,
        fate: &Fate,
        above: &[&Fate],
        who: &SignedIn,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Result<(), Lost> {
        let before = fate::of(above);
        if !fate.claim() {
            return Ok(());
        }
        let page = send(who, Method::POST, path, fields).await?;
        match page.status.as_u16() {
            200 | 303 => fate.set(State::Deleted), // 200: it went this moment, with what it hangs in
            status => {
                assert_eq!(status, 404, "{path}: {}", page.body);
                fate.set(State::Living); // whoever asked may not, so it lives as long as what it hangs in
            }
        }
        law(before, page.status != 404, fate::of(above), path);
        if !path.contains("/api-keys/") && page.status == 303 {
            self.ended.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    async fn verify(&self, people: &People, dice: &mut StdRng) -> Result<(), Lost> {
        let Some(key) = self.any_key(dice) else { return Ok(()) };
        let before = key.state();
        let ada = &people.ada.browser;
        let request = ada.client.get(format!("{}/v1/verify/{}", ada.origin, key.asked()));
        let answer = answered(request.header("X-API-Key", &key.secret)).await?;
        if answer.status != 200 {
            let error = answer.json()["error"].clone();
            assert_eq!(
                (answer.status.as_u16(), error.as_str()),
                (401, Some("TOKEN_REVOKED")),
                "{} was acknowledged",
                key.name
            );
        }
        law(before, answer.status == 200, key.state(), &key.name);
        Ok(())
    }

    /// Checks that everything that was acknowledged holds, even while clients go on. Returns how
    /// many keys were good and how many were not.
    pub(super) async fn check(&self, origin: &str) -> (usize, usize) {
        let (api, mut counts) = (ApiClient::new(origin), (0, 0));
        let keys = self.keys.lock().unwrap().clone();
        for key in &keys {
            let before = key.state();
            let good = match patiently(&api, &key.asked(), &key.secret).await {
                Verified::Good(_) => true,
                Verified::Refused(401, error) if error == "TOKEN_REVOKED" => false,
                other => panic!("the acknowledged {} is lost: {other:?}", key.name),
            };
            law(before, good, key.state(), &key.name);
            *(if good { &mut counts.0 } else { &mut counts.1 }) += 1;
        }
        counts
    }

    /// Forgets the keys that were checked, so that they are not checked each time.
    pub(super) fn forget(&self) {
        self.keys.lock().unwrap().clear();
    }

    /// The same for the first `checked` keys, because clients went on meanwhile.
    pub(super) fn forget_first(&self, checked: usize) {
        self.keys.lock().unwrap().drain(..checked);
    }

    /// Goes on with another database.
    pub(super) fn move_on(&self) {
        self.forget();
        self.places().clear();
        self.names.clear();
    }
}

/// Asks until there is an answer. The verifier recovers by itself, but after a fault that may take
/// a moment.
async fn patiently(api: &ApiClient, asked: &str, secret: &str) -> Verified {
    let begun = Instant::now();
    loop {
        match api.verify_for(asked, secret).await {
            Verified::Refused(503, _) => {
                assert!(begun.elapsed() < Duration::from_secs(5), "verify is not back")
            }
            answer => return answer,
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// One of the latest items.
pub(super) fn any<T: Clone>(all: &[T], latest: usize, dice: &mut StdRng) -> Option<T> {
    let first = all.len().saturating_sub(latest);
    (!all.is_empty()).then(|| all[dice.random_range(first..all.len())].clone())
}

/// Ada, who may always do it, or Bob, as long as he is in the project.
fn somebody<'a>(
    people: &'a People,
    place: &'a Place,
    dice: &mut StdRng,
) -> (&'a SignedIn, &'a Fate) {
    if dice.random_range(0..3) > 0 {
        (&people.ada, &place.fate)
    } else {
        (&people.bob, &place.membership)
    }
}

/// A request of the dashboard, as [`answered`].
pub(super) async fn send(
    who: &SignedIn,
    method: Method,
    path: &str,
    fields: &[(&str, &str)],
) -> Result<Page, Lost> {
    let request = who.browser.request(method.clone(), path);
    let fields: Vec<_> = [("csrf", who.csrf.as_str())].iter().chain(fields).copied().collect();
    answered(if method == Method::POST { request.form(&fields) } else { request }).await
}

/// The answer, if it is complete and not 503.
pub(super) async fn answered(request: RequestBuilder) -> Result<Page, Lost> {
    let ended = |error: reqwest::Error| format!("{error:?}");
    let answer = request.send().await.map_err(ended)?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = answer.text().await.map_err(ended)?;
    if status == 503 { Err("503".to_owned()) } else { Ok(Page { status, headers, body }) }
}

/// Checks that nothing is half done: every key belongs to an environment and its project, its
/// creation and deletion are recorded, and nothing exists in something that was deleted.
pub(super) fn is_whole(database: &TestDatabase) {
    const HALVES: &str = "SELECT count(*) FROM api_keys k \
        LEFT JOIN environments e ON e.id = k.environment_id LEFT JOIN projects p ON p.id = e.project_id \
        WHERE p.id IS NULL OR k.project_id <> p.id OR length(k.digest) <> 32 \
        OR (k.deleted_at IS NULL AND e.deleted_at IS NOT NULL) OR (e.deleted_at IS NULL AND p.deleted_at IS NOT NULL) \
        OR (SELECT count(*) FROM activity a WHERE a.project_id = p.id AND a.subject_id = k.id) \
            <> CASE WHEN k.deleted_at IS NULL THEN 1 ELSE 2 END";
    let count = |sql: &str| diesel::dsl::sql::<diesel::sql_types::BigInt>(sql);
    if let Some(file) = database.file() {
        let mut connection = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
        let report = diesel::dsl::sql::<diesel::sql_types::Text>("PRAGMA integrity_check")
            .get_result::<String>(&mut connection);
        assert_eq!(report.unwrap(), "ok");
        assert_eq!(count(HALVES).get_result::<i64>(&mut connection).unwrap(), 0);
    } else {
        let mut connection = PgConnection::establish(database.url()).unwrap();
        assert_eq!(count(HALVES).get_result::<i64>(&mut connection).unwrap(), 0);
    }
}

/// Starts a server on a fixed port, so that sessions survive its restarts. Also returns the time
/// from exec to the first good answer of `/readyz`.
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
