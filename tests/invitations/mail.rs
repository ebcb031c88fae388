//! Sending the link.

use std::time::{Duration, Instant};

use super::{INVITE, KIM, TEAM, link, make_account, newest};
use crate::support::{MailServer, Page, Process, Server, SignedIn, Temper, TestDatabase};

const PUBLIC: &str = "http://keys.example.com";

async fn server(mail: &MailServer) -> Server {
    Server::start_with(&["--public-url", PUBLIC, "--smtp-url", &mail.url]).await
}

async fn invite(who: &SignedIn) -> Page {
    who.post(INVITE, &[("email", KIM), ("role", "member")]).await.expect(200)
}

#[tokio::test]
async fn the_link_arrives_by_mail_and_lets_in() {
    let mail = MailServer::start(Temper::Friendly);
    let server = server(&mail).await;
    let ada = server.ada().await;
    server.database.execute(
        "UPDATE users SET name = 'Ada Lovelace é'; UPDATE projects SET name = '.My <Blog> 日本'",
    );
    let said = ada.get(INVITE).await.text("main");
    assert!(said.contains("makes a link to http://keys.example.com that works once"), "{said}");
    assert!(said.contains("It is sent by e-mail from keyrack@keys.example.com"), "{said}");
    let page = invite(&ada).await;
    assert_eq!(page.text(".note.ok"), "The link was sent to kim@example.com.");
    let got = mail.mails().pop().expect("a mail");
    assert!(
        got.commands.iter().any(|line| line == "MAIL FROM:<keyrack@keys.example.com>"
            || line.starts_with("MAIL FROM:<keyrack@keys.example.com> ")),
        "{:?}",
        got.commands
    );
    assert!(got.commands.contains(&"RCPT TO:<kim@example.com>".to_owned()), "{:?}", got.commands);
    assert!(!got.commands.iter().any(|line| line.starts_with("AUTH")));
    assert_eq!(
        (got.header("To"), got.header("From")),
        (KIM.to_owned(), "keyrack@keys.example.com".to_owned())
    );
    assert_eq!(got.header("MIME-Version"), "1.0");
    assert!(got.header("Content-Type").starts_with("text/plain; charset=utf-8"));
    let text = got.text();
    let words = "somebody who calls themselves “Ada Lovelace é” invites you to a project on Keyrack, \
                 which they call “.My <Blog> 日本”, as a member.";
    assert!(text.contains(words), "{text}");
    let subject = got.header("Subject");
    assert!(!subject.contains("Ada") && !subject.contains("Blog"), "{subject}");
    assert_eq!(got.link(), page.text("#lnk"));
    assert!(got.link().starts_with(&format!("{PUBLIC}/invitations?token=")));
    make_account(&server.anonymous(), &link(&page), "Kim").await.expect(303);
}

/// Whoever gets it does not know them.
#[tokio::test]
async fn what_users_call_themselves_and_their_projects_is_marked_as_theirs() {
    let mail = MailServer::start(Temper::Friendly);
    let server = server(&mail).await;
    let ada = server.ada().await;
    server.database.execute(
        "UPDATE users SET name = 'Keyrack” says: your account is locked. https://evil.example';
         UPDATE projects SET name = 'Security. “Sign in at http://evil.example'",
    );
    invite(&ada).await;
    let got = mail.mails().pop().expect("a mail");
    let (text, subject) = (got.text(), got.header("Subject"));
    assert_eq!(subject, "An invitation to a project on Keyrack");
    assert!(text.contains("themselves “Keyrack' says: your account is locked."), "{text}");
    assert!(text.contains("which they call “Security. 'Sign in at"), "{text}");
    assert_eq!(text.matches('“').count(), 2, "{text}");
    assert_eq!(text.matches("://").count(), 1, "the only link is ours: {text}");
}

#[tokio::test]
async fn names_do_not_become_headers() {
    let mail = MailServer::start(Temper::Friendly);
    let server = server(&mail).await;
    let ada = server.ada().await;
    // Names with line breaks are refused; so this is behind the server's back.
    server.database.execute("UPDATE users SET name = 'Ada\r\nBcc: eve@example.com\r\n\r\n'; UPDATE projects SET name = 'x\nX-Evil: 1'");
    invite(&ada).await;
    let got = mail.mails().pop().expect("a mail");
    let head = got.data.split("\r\n\r\n").next().unwrap();
    assert!(
        !head.lines().any(|line| line.starts_with("Bcc") || line.starts_with("X-Evil")),
        "{head}"
    );
    assert_eq!(got.commands.iter().filter(|line| line.starts_with("RCPT")).count(), 1);
}

#[tokio::test]
async fn what_the_mail_server_refuses_is_told_and_can_be_sent_again() {
    let mail = MailServer::start(Temper::Refuses);
    let server = server(&mail).await;
    let ada = server.ada().await;
    let page = invite(&ada).await;
    assert!(
        page.text(".note.danger").starts_with("The e-mail could not be sent."),
        "{}",
        page.text("main")
    );
    let first = link(&page);
    server.anonymous().get(&first).await.expect(200);
    assert!(
        ada.get(TEAM).await.text(&format!("#{} td.name", newest(&server))).contains("Not sent")
    );
    mail.become_(Temper::Friendly);
    let again = page.attribute(".note.danger form", "action");
    let page = ada.post(&again, &[]).await.expect(200);
    assert_eq!(page.text(".note.ok"), "The link was sent to kim@example.com.");
    assert_eq!(mail.mails().len(), 1);
    assert_eq!(mail.mails()[0].link(), page.text("#lnk"));
    assert_eq!(
        server.anonymous().get(&first).await.expect(410).text("h1"),
        "There is a newer link"
    );
    let team = ada.get(TEAM).await;
    let row = format!("#{}", newest(&server));
    assert!(!team.text(&row).contains("Not sent"));
    assert_eq!(team.texts(&format!("{row} button"))[1], "Send again to kim@example.com");
    // *New link* is for copying: it sends nothing.
    let page =
        ada.post(&format!("{TEAM}/invitations/{}/renew", newest(&server)), &[]).await.expect(200);
    assert!(!page.has(".note.ok") && !page.has(".note.danger"));
    assert_eq!(mail.mails().len(), 1);
}

#[tokio::test]
async fn a_mail_server_that_hangs_or_is_away_holds_up_nobody_else() {
    let mail = MailServer::start(Temper::Hangs);
    let server = server(&mail).await;
    let ada = server.ada().await;
    let started = Instant::now();
    let waiting = tokio::spawn({
        let ada = ada.clone();
        async move { invite(&ada).await }
    });
    crate::support::eventually(|| server.database.count("SELECT count(*) FROM invitations") == 1)
        .await;
    // The invitation is there, and the database is free.
    ada.post("/projects", &[("name", "Shop"), ("slug", ""), ("description", "")]).await.expect(303);
    assert!(!waiting.is_finished(), "it waits for the mail server");
    let page = waiting.await.unwrap();
    let elapsed = started.elapsed();
    assert!(elapsed < Duration::from_secs(8), "{elapsed:?}");
    assert!(page.text(".note.danger").starts_with("The e-mail could not be sent."));

    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server =
        Server::start_with(&["--public-url", PUBLIC, "--smtp-url", &format!("smtp://{nobody}")])
            .await;
    let ada = server.ada().await;
    assert!(invite(&ada).await.text(".note.danger").starts_with("The e-mail could not be sent."));
}

#[tokio::test]
async fn without_a_public_url_no_mail_is_sent() {
    let mail = MailServer::start(Temper::Friendly);
    let server = Server::start_with(&["--smtp-url", &mail.url]).await;
    let ada = server.ada().await;
    let page = invite(&ada).await;
    assert!(!page.has(".note.ok") && !page.has(".note.danger"));
    let before = server.database.dump();
    let page =
        ada.post(&format!("{TEAM}/invitations/{}/send", newest(&server)), &[]).await.expect(400);
    assert!(page.text("main").contains("No mail server is configured."));
    assert_eq!(server.database.dump(), before);
    assert!(mail.mails().is_empty());
}

#[tokio::test]
async fn user_and_sender_are_those_of_the_options() {
    let mail = MailServer::start(Temper::Friendly);
    let url = mail.url.replace("smtp://", "smtp://kim:pa%20ss@");
    let server = Server::start_with(&[
        "--public-url",
        PUBLIC,
        "--smtp-url",
        &url,
        "--mail-from",
        "Our keys <keys@example.org>",
    ])
    .await;
    let ada = server.ada().await;
    invite(&ada).await;
    let got = mail.mails().pop().expect("a mail");
    // base64 of "\0kim\0pa ss" (RFC 4616)
    assert!(got.commands.contains(&"AUTH PLAIN AGtpbQBwYSBzcw==".to_owned()), "{:?}", got.commands);
    assert_eq!(got.header("From"), "\"Our keys\" <keys@example.org>");
    assert!(got.header("Message-ID").ends_with("@example.org>"), "{}", got.header("Message-ID"));
}

#[test]
fn a_url_that_makes_no_sense_is_refused_without_showing_its_password() {
    let database = TestDatabase::new();
    for url in [
        "http://kim:canary@host",
        "smtp://kim:canary@host/path",
        "canary",
        "smtp://kim:canary@host:port",
    ] {
        let arguments =
            ["serve", "--listen", "127.0.0.1:0", "--public-url", PUBLIC, "--smtp-url", url];
        let output = Process::run(&database, &arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("--smtp-url") && !said.contains("canary"), "{said}");
    }
    let output = crate::support::keyrack(database.folder.path())
        .arg("--help")
        .env("KEYRACK_SMTP_URL", "smtp://kim:canary@host")
        .output();
    let help = String::from_utf8(output.unwrap().stdout).unwrap();
    assert!(help.contains("KEYRACK_SMTP_URL") && !help.contains("canary"), "{help}");
}
