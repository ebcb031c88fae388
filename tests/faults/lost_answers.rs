//! The connection to PostgreSQL is lost during a commit. Nobody knows whether it was done, and
//! sending the same form again is safe in both cases.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use crate::support::tenant::{self, DEV};
use crate::support::{ApiClient, Postgres, Process, TestDatabase, Verified};

const PASS: u8 = 0;
/// The COMMIT after the next event of a key does not reach PostgreSQL.
const LOSE_COMMIT: u8 = 1;
/// That COMMIT reaches it, but its answer is lost.
const LOSE_ANSWER: u8 = 2;

/// The texts by which the transactions of this test are recognized. Others commit meanwhile on
/// their own connections (counts, gateways), and are let through.
const KEY_EVENTS: [&[u8]; 2] = [b"key.created", b"key.deleted"];

/// A proxy between Keyrack and PostgreSQL. Returns its port.
fn proxy(to: u16, mode: Arc<AtomicU8>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let Ok(server) = TcpStream::connect(("127.0.0.1", to)) else { continue };
            let lost = Arc::new(AtomicBool::new(false));
            let (up, down) = (clones(&client, &server), clones(&server, &client));
            let (mode, lost_too) = (Arc::clone(&mode), Arc::clone(&lost));
            std::thread::spawn(move || {
                copy_up(&up.0, &up.1, &mode, &lost_too);
                shut(&up);
            });
            std::thread::spawn(move || {
                copy_down(&down.0, &down.1, &lost);
                shut(&down);
            });
        }
    });
    port
}

fn clones(from: &TcpStream, to: &TcpStream) -> (TcpStream, TcpStream) {
    (from.try_clone().unwrap(), to.try_clone().unwrap())
}

fn shut((from, to): &(TcpStream, TcpStream)) {
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

fn copy_up(mut from: &TcpStream, mut to: &TcpStream, mode: &AtomicU8, answer_is_lost: &AtomicBool) {
    let (mut buffer, mut transaction) = ([0; 65536], Vec::new());
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        let part = &buffer[..length];
        transaction.extend_from_slice(part);
        if holds(&transaction, b"COMMIT") {
            if KEY_EVENTS.iter().any(|event| holds(&transaction, event)) {
                match mode.swap(PASS, Ordering::SeqCst) {
                    LOSE_COMMIT => return,
                    LOSE_ANSWER => answer_is_lost.store(true, Ordering::SeqCst),
                    _ => {}
                }
            }
            transaction.clear();
        }
        if to.write_all(part).is_err() {
            return;
        }
    }
}

fn copy_down(mut from: &TcpStream, mut to: &TcpStream, answer_is_lost: &AtomicBool) {
    let mut buffer = [0; 65536];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        if answer_is_lost.load(Ordering::SeqCst) || to.write_all(&buffer[..length]).is_err() {
            return;
        }
    }
}

fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

#[tokio::test]
async fn a_create_whose_commit_was_lost_can_be_sent_again() {
    let Some(postgres) = Postgres::started("") else { return };
    tenant::settle(&postgres.database());
    let mode = Arc::new(AtomicU8::new(PASS));
    let port = proxy(postgres.port(), Arc::clone(&mode));
    let server =
        Process::serve(&TestDatabase::at(format!("postgres://keyrack@127.0.0.1:{port}/postgres")));
    let (ada, api) = (tenant::ada(&server.origin).await, ApiClient::new(&server.origin));

    let token = ada.form_token(DEV, "secret").await;
    let fields = [("token", token.as_str()), ("kind", "secret"), ("name", "not-made")];
    mode.store(LOSE_COMMIT, Ordering::SeqCst);
    ada.post(DEV, &fields).await.expect(503);
    let key = ada.post(DEV, &fields).await.expect(200).text("#new-key");
    assert_eq!(api.verify(&key).await, Verified::Good("admin".to_owned()));

    let token = ada.form_token(DEV, "secret").await;
    let fields = [("token", token.as_str()), ("kind", "secret"), ("name", "made")];
    mode.store(LOSE_ANSWER, Ordering::SeqCst);
    ada.post(DEV, &fields).await.expect(503);
    let again = ada.post(DEV, &fields).await.expect(409);
    assert!(again.body.contains("was created"), "{}", again.body);
    assert_eq!(ada.get(DEV).await.expect(200).texts("#secret-rows tr").len(), 2, "one each");

    // A deletion whose answer was lost has happened.
    let id = api
        .call(reqwest::Method::GET, "/v1/key/my-blog/dev", &[("X-API-Key", key.as_bytes())])
        .await
        .json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    mode.store(LOSE_ANSWER, Ordering::SeqCst);
    ada.delete_key(DEV, &id, "not-made").await.expect(503);
    assert_eq!(api.verify(&key).await, Verified::Refused(401, "TOKEN_REVOKED".to_owned()));
    ada.delete_key(DEV, &id, "not-made").await.expect(200);
}
