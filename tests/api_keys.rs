//! The API Keys page and the life of a key: `/projects/{project}/{environment}/api-keys`.

mod counted;
mod create;
mod delete;
mod deleted;
mod expiry;
mod find;
mod find_all;
mod foreign;
mod fragments;
mod imported_text;
mod input;
mod key_page;
mod limits;
mod list;
mod names;
mod once;
mod page;
mod pasted;
mod pause;
mod replace;
mod rotate;
mod search;
mod secrecy;
mod stale;
mod state;

use crate::support::{Page, Server, SignedIn, Verified};

pub const DEV: &str = "/projects/my-blog/dev/api-keys";

/// The names in a card, from top to bottom.
fn names(page: &Page, kind: &str) -> Vec<String> {
    page.texts(&format!("#{kind}-rows td.name .clamp"))
}

/// Sends *Create* with a new form, as without JavaScript.
async fn create(who: &SignedIn, kind: &str, name: &str) -> Page {
    let token = who.form_token(DEV, kind).await;
    who.post(DEV, &[("token", &token), ("kind", kind), ("name", name)]).await
}

/// How many keys were ever made.
fn made(server: &Server) -> usize {
    server.database.count("SELECT count(*) FROM api_keys")
}

#[tokio::test]
async fn a_deleted_key_is_refused_at_once() {
    let server = Server::start().await;
    let (ada, api) = (server.ada().await, server.api());
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    assert_eq!(api.verify(&key).await, Verified::Good("admin".to_owned()));
    let page = ada.delete_key(DEV, &id, "server-key").await.expect(303);
    assert_eq!(page.location(), DEV);
    assert_eq!(api.verify(&key).await, Verified::Refused(401, "TOKEN_REVOKED".to_owned()));
}
