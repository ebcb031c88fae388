//! Changing the e-mail address: the new one counts once somebody follows the link that was sent to
//! it.

use chrono::TimeDelta;

use crate::support::{MailServer, PASSWORD, Page, Process, Server, SignedIn, Temper, eventually};

const ADA: &str = "ada@example.com";
const LOVELACE: &str = "lovelace@example.com";
const NEW: &str = "violet-anchor-syrup-62";
const PUBLIC: &str = "http://keys.example.com";

async fn server(mail: &MailServer) -> Server {
    Server::start_with(&["--public-url", PUBLIC, "--smtp-url", &mail.url]).await
}

async fn ask(who: &SignedIn, email: &str) -> Page {
    who.post("/account/email", &[("email", email), ("password", PASSWORD)]).await
}

/// The newest link that was sent, without the origin.
fn link(mail: &MailServer) -> String {
    let mails = mail.mails();
    let with_link = mails.iter().rfind(|mail| mail.text().contains("?token="));
    with_link.expect("a link").link().replace(PUBLIC, "")
}

/// Opens a link and says yes.
async fn follow(who: &SignedIn, link: &str) -> Page {
    let (path, token) = link.split_once("?token=").unwrap();
    who.post(path, &[("token", token)]).await
}

async fn can_sign_in(server: &Server, email: &str) -> bool {
    let form = [("email", email), ("password", PASSWORD)];
    server.anonymous().post("/sign-in", &form).await.status == 303
}

fn received_by(mail: &MailServer, to: &str) -> Vec<String> {
    let mails = mail.mails().into_iter().filter(|mail| mail.header("To") == to);
    mails.map(|mail| mail.header("Subject")).collect()
}

#[tokio::test]
async fn it_counts_once_its_link_is_followed() {
    let mail = MailServer::start(Temper::Friendly);
    let server = server(&mail).await;
    let ada = server.ada().await;
    assert!(
        ada.get("/account/email")
            .await
            .text("main")
            .contains("once you open the link that is sent to it")
    );
    ask(&ada, LOVELACE).await.expect(303);
    let page = ada.get("/account").await.expect(200);
    let note = page.texts("main .note").join(" ");
    assert!(note.contains("lovelace@example.com was sent a link"), "{note}");
    assert!(note.contains("lovelace@example.com becomes your"), "{note}");
    assert!(page.texts("dd").join(" ").contains(ADA), "the present address stays");
    assert_eq!(
        page.texts("td.name")[0],
        "You asked to change the e-mail address: ada@example.com to lovelace@example.com"
    );
    assert!(can_sign_in(&server, ADA).await && !can_sign_in(&server, LOVELACE).await);

    // Programs that read mail open links: that changes nothing.
    let (link, before) = (link(&mail), server.database.dump());
    let (_, token) = link.split_once("token=").unwrap();
    assert!(!before.join("\n").contains(token), "only its hash is kept");
    let page = ada.get(&link).await.expect(200);
    assert_eq!(page.text("h1"), "Change your e-mail address?");
    assert_eq!(page.text("h2"), LOVELACE);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(server.database.dump(), before);

    follow(&ada, &link).await.expect(303);
    let page = ada.get("/account").await.expect(200);
    assert!(page.text("main .note").starts_with("Your e-mail address is changed."));
    assert!(page.texts("dd").join(" ").contains(LOVELACE));
    assert!(!page.body.contains("the link we sent"));
    assert!(!can_sign_in(&server, ADA).await && can_sign_in(&server, LOVELACE).await);
    // Once.
    follow(&ada, &link).await.expect(410);
    assert_eq!(ada.get(&link).await.expect(410).text("h1"), "This link no longer works");
    eventually(|| received_by(&mail, ADA).len() == 2).await;
    assert_eq!(
        received_by(&mail, ADA),
        [
            "Your Keyrack e-mail address is about to change",
            "Your Keyrack e-mail address was changed"
        ]
    );
    assert_eq!(received_by(&mail, LOVELACE), ["Confirm your new e-mail address"]);
}

#[tokio::test]
async fn the_link_is_for_whoever_asked_and_is_signed_in() {
    let mail = MailServer::start(Temper::Friendly);
    let server = server(&mail).await;
    let ada = server.ada().await;
    server.user("Eve", "eve@example.com");
    let eve = server.sign_in("eve@example.com").await;
    ask(&ada, LOVELACE).await.expect(303);
    let link = link(&mail);
    let page = eve.get(&link).await.expect(410);
    assert!(!page.body.contains(LOVELACE) && !page.body.contains(ADA), "whose it is, is not told");
    follow(&eve, &link).await.expect(410);
    let to = server.anonymous().get(&link).await.expect(303).location().to_owned();
    assert!(to.starts_with("/sign-in?next=%2Faccount%2Femail%2Fconfirm%3Ftoken%3D"), "{to}");
    let mut mistyped = link.clone();
    mistyped.pop();
    for bad in [&mistyped, "/account/email/confirm?token=", "/account/email/confirm?token=%C3%A4"] {
        ada.get(bad).await.expect(410);
        follow(&ada, bad).await.expect(410);
    }
    assert!(can_sign_in(&server, ADA).await);
    follow(&ada, &link).await.expect(303);
}

#[tokio::test]
async fn a_link_is_good_for_a_day_and_until_there_is_a_newer_one() {
    let mail = MailServer::start(Temper::Friendly);
    let server = server(&mail).await;
    let ada = server.ada().await;
    ask(&ada, LOVELACE).await.expect(303);
    let first = link(&mail);
    ask(&ada, "countess@example.com").await.expect(303);
    let second = link(&mail);
    ada.get(&first).await.expect(410);
    follow(&ada, &first).await.expect(410);
    let page = ada.get("/account").await.expect(200);
    assert!(page.text("main").contains("countess@example.com becomes your"));
    ada.get(&second).await.expect(200);
    assert_eq!(server.database.count("SELECT count(*) FROM email_changes"), 1);
    server.clock.advance(TimeDelta::hours(24));
    let ada = server.sign_in(ADA).await;
    ada.get(&second).await.expect(410);
    follow(&ada, &second).await.expect(410);
    assert!(!ada.get("/account").await.body.contains("the link we sent"));
}

#[tokio::test]
async fn it_can_be_cancelled() {
    let mail = MailServer::start(Temper::Friendly);
    let server = server(&mail).await;
    let ada = server.ada().await;
    ask(&ada, LOVELACE).await.expect(303);
    ada.post("/account/email/cancel", &[]).await.expect(303);
    let page = ada.get("/account").await.expect(200);
    assert!(page.text("main .note").contains("stays as it is"), "{}", page.text("main .note"));
    assert_eq!(
        page.texts("td.name")[0],
        "You cancelled the change of the e-mail address: lovelace@example.com"
    );
    follow(&ada, &link(&mail)).await.expect(410);
    ada.post("/account/email/cancel", &[]).await.expect(303);
    assert!(ada.get("/account").await.text("main .note").contains("not pending"));
    assert!(can_sign_in(&server, ADA).await);
}

#[tokio::test]
async fn a_new_password_ends_it() {
    let mail = MailServer::start(Temper::Friendly);
    let server = server(&mail).await;
    let ada = server.ada().await;
    ask(&ada, LOVELACE).await.expect(303);
    let first = link(&mail);
    ada.post("/account/password", &[("current", PASSWORD), ("new", NEW)]).await.expect(303);
    follow(&ada, &first).await.expect(410);
    let fields = [("email", LOVELACE), ("password", NEW)];
    ada.post("/account/email", &fields).await.expect(303);
    let second = link(&mail);
    let reset = ["user", "reset-password", "--email", ADA];
    assert!(Process::run_with_input(&server.database, &reset, PASSWORD).status.success());
    let ada = server.sign_in(ADA).await;
    follow(&ada, &second).await.expect(410);
    assert!(!ada.get("/account").await.body.contains("the link we sent"));
}

#[tokio::test]
async fn an_address_that_somebody_took_meanwhile_stays_theirs() {
    let mail = MailServer::start(Temper::Friendly);
    let server = server(&mail).await;
    let ada = server.ada().await;
    server.user("Eve", "eve@example.com");
    for taken in ["eve@example.com", "EVE@example.com"] {
        let page = ask(&ada, taken).await.expect(422);
        assert_eq!(page.text("#email-err"), "Another account has this e-mail address.");
    }
    assert!(mail.mails().is_empty(), "nobody gets a link for it");
    ask(&ada, LOVELACE).await.expect(303);
    server.user("Bob", "Lovelace@example.com");
    let page = follow(&ada, &link(&mail)).await.expect(409);
    assert_eq!(page.text("h1"), "Your e-mail address did not change");
    assert!(page.text("main").contains("Another account has this e-mail address."));
    assert!(can_sign_in(&server, ADA).await);
    let page = ask(&ada, ADA).await.expect(422);
    assert_eq!(page.text("#email-err"), "This is your e-mail address already.");
}

#[tokio::test]
async fn a_link_that_was_not_sent_is_told_and_leaves_nothing_behind() {
    let mail = MailServer::start(Temper::Refuses);
    let server = server(&mail).await;
    let ada = server.ada().await;
    let page = ask(&ada, LOVELACE).await.expect(422);
    assert!(page.text("#email-err").starts_with("The e-mail could not be sent."));
    assert_eq!(page.attribute("#email", "value"), LOVELACE, "is kept");
    assert!(!page.body.contains("the link we sent"));
    assert_eq!(server.database.count("SELECT count(*) FROM email_changes"), 0);
}

#[tokio::test]
async fn ten_links_an_hour_are_enough() {
    let mail = MailServer::start(Temper::Friendly);
    let server = server(&mail).await;
    let ada = server.ada().await;
    for number in 0..10 {
        ask(&ada, &format!("user{number}@example.com")).await.expect(303);
    }
    let page = ask(&ada, LOVELACE).await.expect(422);
    assert!(page.text("#email-err").contains("10 links within an hour"), "{}", page.body);
    server.clock.advance(TimeDelta::minutes(61));
    ask(&ada, LOVELACE).await.expect(303);
}

#[tokio::test]
async fn without_mail_it_counts_at_once_and_ends_a_link_from_before() {
    let mail = MailServer::start(Temper::Friendly);
    let with_mail = server(&mail).await;
    let ada = with_mail.ada().await;
    ask(&ada, LOVELACE).await.expect(303);
    let process = Process::serve(&with_mail.database);
    let browser = crate::support::Anonymous::new(&process.origin);
    let there = SignedIn::new(browser, ADA, PASSWORD).await;
    assert!(
        !there
            .get("/account/email")
            .await
            .text("main")
            .contains("once you open the link that is sent to it")
    );
    ask(&there, "countess@example.com").await.expect(303);
    assert!(can_sign_in(&with_mail, "countess@example.com").await);
    follow(&ada, &link(&mail)).await.expect(410);
}

#[tokio::test]
async fn of_two_that_follow_it_at_once_one_makes_the_change() {
    let mail = MailServer::start(Temper::Friendly);
    let server = server(&mail).await;
    let ada = server.ada().await;
    ask(&ada, LOVELACE).await.expect(303);
    let link = link(&mail);
    let tries: Vec<_> = (0..6)
        .map(|_| {
            let (ada, link) = (ada.clone(), link.clone());
            tokio::spawn(async move { follow(&ada, &link).await.status.as_u16() })
        })
        .collect();
    let mut answers = Vec::new();
    for one in tries {
        answers.push(one.await.unwrap());
    }
    answers.sort_unstable();
    assert_eq!(answers, [303, 410, 410, 410, 410, 410]);
}

#[tokio::test]
async fn changes_of_the_account_are_told_by_mail() {
    let mail = MailServer::start(Temper::Friendly);
    let server = server(&mail).await;
    let ada = server.ada().await;
    let (app, _) = crate::support::Authenticator::turn_on(&server, &ada).await;
    let code = || {
        server.clock.advance(TimeDelta::minutes(1));
        app.code(&server)
    };
    let fields = [("password", PASSWORD), ("code", &code())];
    ada.post("/account/recovery-codes", &fields).await.expect(200);
    let fields = [("current", PASSWORD), ("new", NEW), ("code", &code())];
    ada.post("/account/password", &fields).await.expect(303);
    let fields = [("password", NEW), ("code", &code())];
    ada.post("/account/two-step/off", &fields).await.expect(303);
    eventually(|| mail.mails().len() == 4).await;
    let mut subjects = received_by(&mail, ADA);
    subjects.sort();
    assert_eq!(
        subjects,
        [
            "Two-step sign-in is off",
            "Two-step sign-in is on",
            "You have new recovery codes",
            "Your Keyrack password was changed",
        ]
    );
    for got in mail.mails() {
        let text = got.text();
        assert!(text.starts_with("Hello Ada,") && text.contains("from 127.0.0.1"), "{text}");
        assert!(text.contains("If it wasn't you"), "{text}");
        assert!(!text.contains(PASSWORD) && !text.contains(NEW));
    }
}

#[tokio::test]
async fn the_link_is_not_logged() {
    let mail = MailServer::start(Temper::Friendly);
    let database = crate::support::TestDatabase::new();
    crate::support::tenant::settle(&database);
    let mut command = crate::support::keyrack(database.folder.path());
    command
        .args(["--listen", "127.0.0.1:0", "--database-url", database.url()])
        .args(["--public-url", PUBLIC, "--smtp-url", &mail.url])
        .env("KEYRACK_LOG", "debug");
    let process = Process::spawn(command);
    let ada = crate::support::tenant::ada(&process.origin).await;
    ask(&ada, LOVELACE).await.expect(303);
    let link = link(&mail);
    crate::support::Anonymous::new(&process.origin).get(&link).await.expect(303);
    ada.get(&link).await.expect(200);
    follow(&ada, &link).await.expect(303);
    let log = process.log();
    let (path, token) = link.split_once("?token=").unwrap();
    assert!(log.contains(path) && !log.contains(token) && !log.contains(LOVELACE));
}
