//! E-mail addresses with letters beyond ASCII in their domain: they are one account, however they
//! are typed.

use std::process::Output;

use crate::support::{MailServer, PASSWORD, Process, Server, SignedIn, Temper, TestDatabase};

const SHOWN: &str = "ida@müller.example";
const ASCII: &str = "ida@xn--mller-kva.example";

fn add(database: &TestDatabase, email: &str) -> Output {
    Process::run_with_input(database, &["user", "add", "--email", email, "--name", "Ida"], PASSWORD)
}

async fn may_sign_in(server: &Server, email: &str) -> bool {
    let fields = [("email", email), ("password", PASSWORD)];
    server.anonymous().post("/sign-in", &fields).await.status == 303
}

#[tokio::test]
async fn all_spellings_are_one_account_and_people_see_the_readable_one() {
    for first in [SHOWN, ASCII] {
        let server = Server::start().await;
        assert!(add(&server.database, first).status.success());
        for typed in [SHOWN, ASCII, "IDA@MÜLLER.example", "ida@mu\u{308}ller.Example"] {
            assert!(may_sign_in(&server, typed).await, "{first}, {typed}");
            let again = add(&server.database, typed);
            let said = String::from_utf8(again.stderr).unwrap();
            assert!(said.contains("somebody has this e-mail address already"), "{said}");
        }
        assert!(!may_sign_in(&server, "ida@muller.example").await);
        let ida = SignedIn::new(server.anonymous(), ASCII, PASSWORD).await;
        let page = ida.get("/account").await.expect(200);
        assert!(page.body.contains(SHOWN) && !page.body.contains("xn--"));
    }
}

#[tokio::test]
async fn mail_goes_to_the_spelling_that_every_mail_server_understands() {
    let mail = MailServer::start(Temper::Friendly);
    let options = ["--public-url", "http://keys.example.com", "--smtp-url", &mail.url];
    let from = ["--mail-from", "Schlüssel <keys@müller.example>"];
    let server = Server::start_with(&[&options[..], &from].concat()).await;
    let ada = server.ada().await;
    let invite = [("email", SHOWN), ("role", "member")];
    let page = ada.post("/projects/my-blog/team/invite", &invite).await.expect(200);
    assert_eq!(page.text(".note.ok"), format!("The link was sent to {SHOWN}."));
    let got = mail.mails().pop().expect("a mail");
    assert!(got.commands.contains(&format!("RCPT TO:<{ASCII}>")), "{:?}", got.commands);
    assert!(!got.commands.iter().any(|line| line.contains("SMTPUTF8")), "{:?}", got.commands);
    assert!(got.commands.iter().all(|line| line.is_ascii()), "{:?}", got.commands);
    assert_eq!(got.header("To"), ASCII);
    assert!(got.header("From").ends_with("<keys@xn--mller-kva.example>"), "{}", got.header("From"));
    // A second one in the other spelling is the same.
    let again = [("email", ASCII), ("role", "member")];
    ada.post("/projects/my-blog/team/invite", &again).await.expect(422);
}

/// As they were stored before: as they were typed.
fn stored_as_typed(database: &TestDatabase, from: &str, email: &str) {
    database.execute(&format!(
        "UPDATE users SET email = '{email}', email_folded = '{email}' WHERE email = '{from}'"
    ));
}

#[tokio::test]
async fn accounts_and_invitations_of_before_are_brought_to_that_form() {
    let server = Server::start().await;
    let ada = server.ada().await;
    server.user("Ida", SHOWN);
    stored_as_typed(&server.database, SHOWN, SHOWN);
    let invite = [("email", "kim@straße.example"), ("role", "member")];
    ada.post("/projects/my-blog/team/invite", &invite).await.expect(200);
    server.database.execute("UPDATE invitations SET email_folded = email");
    assert!(!may_sign_in(&server, ASCII).await, "as it was");
    let migrated = Process::run(&server.database, &["migrate"]);
    assert!(migrated.status.success() && migrated.stderr.is_empty());
    assert!(may_sign_in(&server, ASCII).await && may_sign_in(&server, SHOWN).await);
    ada.post("/projects/my-blog/team/invite", &invite).await.expect(422);
}

#[tokio::test]
async fn of_two_accounts_with_one_address_the_one_that_could_sign_in_keeps_it_and_the_log_tells() {
    let database = TestDatabase::migrated();
    for email in ["ida@one.example", SHOWN] {
        assert!(add(&database, email).status.success());
    }
    stored_as_typed(&database, "ida@one.example", "ida@MÜLLER.example");
    let left = "SELECT id AS value FROM users WHERE email = 'ida@MÜLLER.example'";
    let left = database.query(left).remove(0);
    let before = database.query("SELECT email_folded AS value FROM users ORDER BY id");
    let process = Process::serve(&database);
    assert_eq!(database.query("SELECT email_folded AS value FROM users ORDER BY id"), before);
    let log = process.log();
    let line = log.lines().find(|line| line.contains("in another spelling")).unwrap();
    assert!(line.contains("\"WARN\"") && line.contains(&left), "{line}");
    let said = Process::run(&database, &["migrate"]);
    let text = String::from_utf8(said.stderr).unwrap();
    assert!(said.status.success() && text.contains(&left) && text.lines().count() == 1, "{text}");
}
