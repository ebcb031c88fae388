//! The mail to owners and admins.

use chrono::TimeDelta;
use keyrack::domain::api_keys;

use super::{DEV, leak, report};
use crate::support::{MailServer, Server, SignedIn, Temper, TestDatabase, eventually};

const PUBLIC: &str = "http://keys.example.com";

fn options(mail: &MailServer) -> [&str; 4] {
    ["--public-url", PUBLIC, "--smtp-url", &mail.url]
}

/// Ada, owner; Kim, admin; Bob and Zoe, who manage nothing.
async fn team(server: &Server) -> SignedIn {
    let ada = server.ada().await;
    for (name, role) in [("Kim", "admin"), ("Bob", "member"), ("Zoe", "viewer")] {
        let user = server.user(name, &format!("{}@example.com", name.to_lowercase()));
        server.member("my-blog", &user, role);
    }
    ada
}

fn receivers(mail: &MailServer) -> Vec<String> {
    let mut to: Vec<String> = mail.mails().iter().map(|mail| mail.header("To")).collect();
    to.sort();
    to
}

#[tokio::test]
async fn a_leak_is_told_to_owners_and_admins_once_and_by_the_mask() {
    let mail = MailServer::start(Temper::Friendly);
    let server = Server::start_with(&options(&mail)).await;
    let ada = team(&server).await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    leak(&server, &key).await;
    eventually(|| mail.mails().len() == 2).await;
    report(&server, &key).await.expect(202);
    assert_eq!(receivers(&mail), ["ada@example.com", "kim@example.com"]);
    for got in mail.mails() {
        assert_eq!(got.header("Subject"), "A key of My Blog was reported leaked");
        let text = got.text();
        assert!(
            text.contains(&format!("server-key ({}••••••••{}) in dev", &key[..7], &key[63..])),
            "{text}"
        );
        assert!(
            text.contains("paused at once") && text.contains(&format!("{PUBLIC}{DEV}/{id}")),
            "{text}"
        );
        assert!(!got.data.contains(&key[..20]));
    }
}

#[tokio::test]
async fn a_mail_server_that_hangs_holds_up_neither_the_pause_nor_the_database() {
    let mail = MailServer::start(Temper::Hangs);
    let server = Server::start_with(&options(&mail)).await;
    let ada = team(&server).await;
    let (key, _) = ada.create_key(DEV, "secret", "server-key").await;
    leak(&server, &key).await;
    ada.create_key(DEV, "secret", "other").await;
    assert_eq!(
        server.database.count("SELECT count(*) FROM api_keys WHERE paused_at IS NOT NULL"),
        1
    );
}

#[tokio::test]
async fn an_expiry_is_told_fourteen_days_and_one_day_before_once_each() {
    let server = Server::start().await;
    let ada = server.ada().await;
    for (name, days) in [("short", 7), ("long", 30), ("fortnight", 14)] {
        ada.create_key(DEV, "secret", name).await;
        let now = server.clock.now();
        let at = now + TimeDelta::days(days);
        server.database.execute(&format!(
            "UPDATE api_keys SET created_at = '{now}', expires_at = '{at}' WHERE name = '{name}'"
        ));
    }
    let told = |after: TimeDelta| -> Vec<String> {
        server.clock.advance(after);
        let due = server
            .db
            .read_blocking(|c| api_keys::is_expiry_notice_due(c, server.clock.now()))
            .unwrap();
        let notices = server.write(|c| api_keys::claim_expiry_notices(c, server.clock.now()));
        assert!(due || notices.is_empty());
        notices.into_iter().flat_map(|notice| notice.keys).map(|(key, _)| key.name).collect()
    };
    let none: [&str; 0] = [];
    assert_eq!(told(TimeDelta::zero()), none, "whoever made a key for a week knows");
    assert_eq!(told(TimeDelta::days(6) + TimeDelta::minutes(1)), ["short"], "its last day");
    assert_eq!(told(TimeDelta::days(1)), none, "it is over");
    assert_eq!(
        told(TimeDelta::days(6)),
        ["fortnight"],
        "its last day, and not the day on which it was made"
    );
    assert_eq!(told(TimeDelta::days(3)), ["long"]);
    assert_eq!(told(TimeDelta::zero()), none, "once");
    assert_eq!(told(-TimeDelta::days(30)), none, "a clock that jumps back repeats nothing");
    assert_eq!(told(TimeDelta::days(43)), ["long"]);
    assert_eq!(told(TimeDelta::hours(1)), none);
}

#[tokio::test]
async fn of_several_processes_one_sends_and_only_where_mail_is_configured() {
    let mail = MailServer::start(Temper::Friendly);
    let server = Server::start().await;
    let ada = team(&server).await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    let (made, at) =
        (server.clock.now() - TimeDelta::days(60), server.clock.now() + TimeDelta::days(10));
    server
        .database
        .execute(&format!("UPDATE api_keys SET created_at = '{made}', expires_at = '{at}'"));
    let again = || TestDatabase::at(server.database.url().to_owned());
    // Without a mail server nothing is noted as told.
    let _silent = Server::start_on(again(), &["--smtp-url", &mail.url]).await;
    let told = || server.database.count("SELECT count(*) FROM api_keys WHERE expiry_told = 14");
    let begin = options(&mail);
    let _others = tokio::join!(
        Server::start_on(again(), &begin),
        Server::start_on(again(), &begin),
        Server::start_on(again(), &begin)
    );
    eventually(|| told() == 1 && mail.mails().len() >= 2).await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await; // what must not come
    assert_eq!(receivers(&mail), ["ada@example.com", "kim@example.com"]);
    let got = mail.mails().remove(0);
    assert_eq!(got.header("Subject"), "A key of My Blog expires soon");
    let text = got.text();
    assert!(
        text.contains(&at.format("%-d %b %Y, %H:%M UTC").to_string())
            && text.contains(&format!("{PUBLIC}{DEV}/{id}")),
        "{text}"
    );
    assert!(text.contains("server-key (sk_") && !got.data.contains(&key[..20]), "{text}");
}
