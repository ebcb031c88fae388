//! Many people use one link at once, or the inviter cancels it meanwhile.

use super::{INVITE, KIM, TEAM, invite, join, make_account, members, newest, token};
use crate::support::{Anonymous, Process, Server, SignedIn, tenant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_is_used_by_many_at_once_makes_one_member() {
    let server = Server::start().await;
    let ada = server.ada().await;
    server.user("Kim", KIM);
    let link = invite(&ada, KIM, "member").await;
    let kim = server.sign_in(KIM).await;
    let mut joining = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (kim, link) = (kim.clone(), link.clone());
        joining.spawn(async move { join(&kim, &link).await.status.as_u16() });
    }
    let mut statuses = joining.join_all().await;
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (303, &[410; 19][..]));
    assert_eq!(
        (
            members(&server),
            server.database.count("SELECT count(*) FROM activity WHERE action = 'member.joined'")
        ),
        (2, 1)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_accounts_at_once_one_is_made_also_in_two_processes() {
    let database = crate::support::TestDatabase::new();
    tenant::settle(&database);
    let servers = [Process::serve(&database), Process::serve(&database)];
    let ada =
        SignedIn::new(Anonymous::new(&servers[0].origin), tenant::EMAIL, crate::support::PASSWORD)
            .await;
    let link = invite(&ada, KIM, "member").await;
    let mut made = 0;
    for _ in 0..2 {
        let mut making = tokio::task::JoinSet::new();
        for number in 0..12 {
            let (visitor, link) = (Anonymous::new(&servers[number % 2].origin), link.clone());
            making.spawn(async move {
                make_account(&visitor, &link, &format!("Kim {number}")).await.status.as_u16()
            });
        }
        for status in making.join_all().await {
            match status {
                303 => made += 1,
                // The link was used, or there was no slot in the queue for passwords.
                410 | 429 => {}
                other => panic!("{other}"),
            }
        }
    }
    assert_eq!(made, 1);
    assert_eq!(database.count("SELECT count(*) FROM users"), 2);
    assert_eq!(database.count("SELECT count(*) FROM members"), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joining_and_cancelling_at_once_end_in_one_of_the_two() {
    let server = Server::start().await;
    let ada = server.ada().await;
    for round in 0..6 {
        let email = format!("kim{round}@example.com");
        server.user("Kim", &email);
        let link = invite(&ada, &email, "member").await;
        let id = newest(&server);
        let kim = server.sign_in(&email).await;
        let path =
            format!("{TEAM}/invitations/{id}/{}", if round % 2 == 0 { "cancel" } else { "renew" });
        let before = members(&server);
        let (joined, ended) = tokio::join!(join(&kim, &link), ada.post(&path, &[]));
        let outcome = (joined.status.as_u16(), ended.status.as_u16(), members(&server) - before);
        assert!(
            [(303, 409, 1), (410, if round % 2 == 0 { 303 } else { 200 }, 0)].contains(&outcome),
            "{outcome:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_is_invited_once() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let mut inviting = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let ada = ada.clone();
        inviting.spawn(async move {
            ada.post(INVITE, &[("email", KIM), ("role", "member")]).await.status.as_u16()
        });
    }
    let mut statuses = inviting.join_all().await;
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (200, &[422; 7][..]));
    let id = newest(&server);
    let mut renewing = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (ada, path) = (ada.clone(), format!("{TEAM}/invitations/{id}/renew"));
        renewing.spawn(async move { ada.post(&path, &[]).await.status.as_u16() });
    }
    let mut statuses = renewing.join_all().await;
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (200, &[409; 7][..]));
    assert_eq!(server.database.count("SELECT count(*) FROM invitations WHERE ended IS NULL"), 1);
}

#[tokio::test]
async fn neither_link_nor_password_of_the_mail_server_is_in_the_log() {
    use crate::support::{MailServer, Temper, keyrack};
    let database = crate::support::TestDatabase::new();
    tenant::settle(&database);
    let mail = MailServer::start(Temper::Friendly);
    let url = mail.url.replace("smtp://", "smtp://kim:canary-4711@");
    let mut command = keyrack(database.folder.path());
    command.args([
        "--listen",
        "127.0.0.1:0",
        "--database-url",
        database.url(),
        "--public-url",
        "http://keys.example.com",
    ]);
    command.env("KEYRACK_SMTP_URL", &url).env("KEYRACK_LOG", "trace");
    let mut process = Process::spawn(command);
    let ada = tenant::ada(&process.origin).await;
    let link = invite(&ada, KIM, "member").await;
    let visitor = Anonymous::new(&process.origin);
    visitor.get(&link).await.expect(200);
    mail.become_(Temper::Refuses);
    ada.post(INVITE, &[("email", "lin@example.com"), ("role", "viewer")]).await.expect(200);
    make_account(&visitor, &link, "Kim").await.expect(303);
    visitor.get(&link).await.expect(410);
    process.terminate();
    let log = process.stderr.lock().unwrap().clone();
    assert!(log.contains("an invitation was not sent") && log.contains("550"), "{log}");
    for secret in [token(&link), "canary", crate::support::PASSWORD, KIM, "lin@example.com"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}
