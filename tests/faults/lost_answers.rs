//! The connection to PostgreSQL is lost during a commit: nobody knows how it ended, and sending the
//! same form again is safe either way.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::support::tenant::{self, DEV};
use crate::support::{ApiClient, Postgres, Process, TestDatabase, Verified};

const PASS: u8 = 0;
/// The next COMMIT does not reach PostgreSQL.
const LOSE_COMMIT: u8 = 1;
/// The next COMMIT does, and its answer is lost.
const LOSE_ANSWER: u8 = 2;
const ANSWER_COMES: u8 = 3;

/// Between Keyrack and PostgreSQL; gives its port.
fn proxy(to: u16, mode: Arc<AtomicU8>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let Ok(server) = TcpStream::connect(("127.0.0.1", to)) else { continue };
            for (from, to, upwards) in [(&client, &server, true), (&server, &client, false)] {
                let (from, to, mode) =
                    (from.try_clone().unwrap(), to.try_clone().unwrap(), Arc::clone(&mode));
                std::thread::spawn(move || {
                    copy(&from, &to, upwards, &mode);
                    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
                });
            }
        }
    });
    port
}

fn copy(mut from: &TcpStream, mut to: &TcpStream, upwards: bool, mode: &AtomicU8) {
    let mut buffer = [0; 65536];
    loop {
        let Ok(length @ 1..) = from.read(&mut buffer) else { return };
        let part = &buffer[..length];
        if upwards && part.windows(6).any(|window| window == b"COMMIT") {
            match mode.load(Ordering::SeqCst) {
                LOSE_COMMIT => return mode.store(PASS, Ordering::SeqCst),
                LOSE_ANSWER => mode.store(ANSWER_COMES, Ordering::SeqCst),
                _ => {}
            }
        }
        if !upwards && mode.load(Ordering::SeqCst) == ANSWER_COMES {
            return mode.store(PASS, Ordering::SeqCst);
        }
        if to.write_all(part).is_err() {
            return;
        }
    }
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

    // And a delete whose answer was lost has happened.
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
