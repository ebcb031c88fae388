//! What a key may do, from where, how often and until when, changed while the key is in use.

use chrono::TimeDelta;

use super::DEV;
use crate::support::{Page, Process, Server, SignedIn, Verified};

fn good() -> Verified {
    Verified::Good("admin".to_owned())
}

fn refused(status: u16, error: &str) -> Verified {
    Verified::Refused(status, error.to_owned())
}

/// Saves limits that differ from those on the page in this.
async fn save(ada: &SignedIn, id: &str, changed: &[(&str, &str)]) -> Page {
    let address = format!("{DEV}/{id}/limits");
    let form = ada.get(&address).await.expect(200);
    let value = |field: &str| form.attribute(&format!("#{field}"), "value");
    let seen = form.attribute("input[name=seen]", "value");
    let (rate, burst) = (value("rate"), value("burst"));
    let (scopes, from) = (form.text("#scopes"), form.text("#from"));
    let mut fields = vec![
        ("scopes", scopes.as_str()),
        ("from", from.as_str()),
        ("rate", rate.as_str()),
        ("burst", burst.as_str()),
        ("expires", "keep"),
        ("seen", seen.as_str()),
    ];
    fields.retain(|(name, _)| !changed.iter().any(|(other, _)| other == name));
    fields.extend(changed);
    ada.post(&address, &fields).await
}

#[tokio::test]
async fn a_change_holds_from_the_next_call_on_and_stands_in_the_activity() {
    let server = Server::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    let api = server.api();
    assert_eq!(api.verify(&key).await, good());
    save(&ada, &id, &[("scopes", "posts:read")]).await.expect(303);
    assert_eq!(api.verify(&key).await, refused(403, "SCOPE_INSUFFICIENT"));
    save(&ada, &id, &[("scopes", "posts:*")]).await.expect(303);
    assert_eq!(api.verify(&key).await, good());
    save(&ada, &id, &[("scopes", ""), ("from", "192.0.2.0/24")]).await.expect(303);
    assert_eq!(api.verify(&key).await, refused(403, "PERMISSION_DENIED"));
    save(&ada, &id, &[("from", ""), ("rate", "1"), ("burst", "2")]).await.expect(303);
    assert_eq!([api.verify(&key).await, api.verify(&key).await], [good(), good()]);
    assert_eq!(api.verify(&key).await, refused(429, "RATE_LIMITED"));
    save(&ada, &id, &[("rate", ""), ("burst", "")]).await.expect(303);
    assert_eq!(api.verify(&key).await, good());
    save(&ada, &id, &[]).await.expect(303); // nothing changed
    let told = server
        .database
        .query("SELECT detail AS value FROM activity WHERE action = 'key.restricted' ORDER BY id");
    assert_eq!(
        told,
        [
            "scopes: none to posts:read",
            "scopes: posts:read to posts:*",
            "scopes: posts:* to none; addresses: none to 192.0.2.0/24",
            "addresses: 192.0.2.0/24 to none; rate: none to 1 a second, 2 at once",
            "rate: 1 a second, 2 at once to none",
        ]
    );
}

#[tokio::test]
async fn an_expired_key_works_again_with_a_later_expiry() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    save(&ada, &id, &[("expires", "7")]).await.expect(303);
    server.clock.advance(TimeDelta::days(8));
    let ada = server.sign_in("ada@example.com").await;
    assert_eq!(server.api().verify(&key).await, refused(401, "TOKEN_EXPIRED"));
    // Also when the end has been noted.
    server.write(|c| {
        keyrack::domain::api_keys::upkeep(c, server.clock.now(), server.clock.lower_bound())
    });
    save(&ada, &id, &[("scopes", "posts:*")]).await.expect(303);
    assert_eq!(server.api().verify(&key).await, refused(401, "TOKEN_EXPIRED"));
    save(&ada, &id, &[("expires", "30")]).await.expect(303);
    assert_eq!(server.api().verify(&key).await, good());
    save(&ada, &id, &[("expires", "")]).await.expect(303);
    assert!(ada.get(&format!("{DEV}/{id}")).await.expect(200).text("main").contains("Never"));
    let past = save(&ada, &id, &[("expires", "date"), ("expires_on", "2020-01-01")]).await;
    assert!(past.expect(422).body.contains("Choose a day that is not over yet."));
}

#[tokio::test]
async fn a_leaked_key_is_not_revived() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    save(&ada, &id, &[("expires", "7")]).await.expect(303);
    server
        .database
        .execute(&format!("UPDATE api_keys SET leaked_at = created_at WHERE id = '{id}'"));
    server.clock.advance(TimeDelta::days(8));
    let ada = server.sign_in("ada@example.com").await;
    let page = save(&ada, &id, &[("expires", "30")]).await.expect(422);
    assert!(page.text(".note").contains("This key leaked, so it can't be revived."));
    assert_eq!(server.api().verify(&key).await, refused(401, "TOKEN_EXPIRED"));
}

#[tokio::test]
async fn the_longest_life_counts_from_the_making_of_the_value() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, id) = ada.create_key(DEV, "secret", "server-key").await;
    server.clock.advance(TimeDelta::hours(11));
    let days = [("days", "10")];
    ada.post("/projects/my-blog/settings/key-life", &days).await.expect(303);
    for _ in 0..15 {
        server.clock.advance(TimeDelta::hours(11));
        ada.get("/projects").await;
    }
    // Seven days are over.
    let ada = server.sign_in("ada@example.com").await;
    let page = save(&ada, &id, &[("expires", "7")]).await.expect(422);
    assert!(page.body.contains("Secret keys of this project live 10 days at most."));
    save(&ada, &id, &[("expires", "")]).await.expect(422);
    save(&ada, &id, &[("expires", "2")]).await.expect(303);
}

#[tokio::test]
async fn nobody_overwrites_what_they_have_not_seen_and_all_mistakes_are_told_at_once() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, id) = ada.create_key(DEV, "secret", "server-key").await;
    let address = format!("{DEV}/{id}/limits");
    let seen = ada.get(&address).await.expect(200).attribute("input[name=seen]", "value");
    save(&ada, &id, &[("rate", "5")]).await.expect(303);
    let old = [("scopes", "posts:read"), ("rate", ""), ("burst", ""), ("expires", "keep")];
    let page = ada.post(&address, &[&old[..], &[("seen", seen.as_str())]].concat()).await;
    assert!(page.expect(409).text(".note").contains("Somebody changed this key meanwhile."));
    let wrong = [("scopes", "posts"), ("from", "300.0.0.1"), ("rate", "0"), ("burst", "many")];
    let page = save(&ada, &id, &wrong).await.expect(422);
    for field in ["scopes", "from", "rate", "burst"] {
        assert!(page.has(&format!("#{field}-err")), "{field}");
    }
    let burst = save(&ada, &id, &[("rate", ""), ("burst", "3")]).await.expect(422);
    assert!(burst.text("#rate-err").contains("need a number of calls per second"));
    // Publishable keys are used from everywhere.
    let (_, web) = ada.create_key(DEV, "publishable", "web").await;
    let form = ada.get(&format!("{DEV}/{web}/limits")).await.expect(200);
    assert!(!form.has("#from"));
    let seen = form.attribute("input[name=seen]", "value");
    let fields = [
        ("scopes", ""),
        ("from", "192.0.2.1"),
        ("rate", ""),
        ("burst", ""),
        ("expires", "keep"),
        ("seen", seen.as_str()),
    ];
    let page = ada.post(&format!("{DEV}/{web}/limits"), &fields).await.expect(422);
    assert!(page.text(".note").contains("Publishable keys are used from everywhere."));
}

#[tokio::test]
async fn the_command_line_changes_what_it_names_and_leaves_the_rest() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    let edit = |more: &[&str]| {
        Process::run(&server.database, &[&["key", "edit", id.as_str()], more].concat())
    };
    assert!(edit(&["--scope", "posts:read", "--scope", "users:*", "--rate", "9"]).status.success());
    assert!(edit(&["--expires", "30d", "--note", "ask dana"]).status.success());
    let page = ada.get(&format!("{DEV}/{id}/limits")).await.expect(200);
    assert_eq!(page.text("#scopes"), "posts:read users:*");
    assert_eq!(page.attribute("#rate", "value"), "9");
    assert!(page.texts("#expires-secret option")[0].starts_with("As it is: on "));
    assert_eq!(server.api().verify(&key).await, refused(403, "SCOPE_INSUFFICIENT"));
    assert!(edit(&["--scope", "", "--rate", "0", "--expires", "never"]).status.success());
    assert_eq!(server.api().verify(&key).await, good());
    for wrong in [&[][..], &["--scope", "posts"], &["--expires", "soon"], &["--rate", "200000"]] {
        assert_eq!(edit(wrong).status.code(), Some(2), "{wrong:?}");
    }
}
