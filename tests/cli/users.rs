//! `keyrack user add | reset-password`

use super::{fail, misused, succeed, with_project};
use crate::support::{
    Authenticator, MailServer, PASSWORD, Process, Server, SignedIn, Temper, TestDatabase,
};

fn add(database: &TestDatabase, email: &str, name: &str, input: &str) -> std::process::Output {
    Process::run_with_input(database, &["user", "add", "--email", email, "--name", name], input)
}

#[tokio::test]
async fn the_password_comes_from_standard_input_without_one_final_newline() {
    let server = Server::start().await;
    let sign_in = async |email: &str, password: &str| {
        server
            .anonymous()
            .post("/sign-in", &[("email", email), ("password", password)])
            .await
            .status
            .as_u16()
    };
    for (number, (input, password)) in [
        (PASSWORD.to_owned(), PASSWORD.to_owned()),
        (format!("{PASSWORD}\n"), PASSWORD.to_owned()),
        (format!("{PASSWORD}\r\n"), PASSWORD.to_owned()),
        (format!("  {PASSWORD} \n"), format!("  {PASSWORD} ")),
        ("ключ-на-полке-семь\n".to_owned(), "ключ-на-полке-семь".to_owned()),
    ]
    .into_iter()
    .enumerate()
    {
        let email = format!("user{number}@example.com");
        let printed = succeed(&add(&server.database, &email, "Ada", &input));
        assert!(printed.starts_with("usr_") && printed.lines().count() == 1, "{printed:?}");
        assert_eq!(sign_in(&email, &password).await, 303, "{input:?}");
    }
    assert_eq!(sign_in("user0@example.com", &format!("{PASSWORD}\n")).await, 422);
}

#[test]
fn bad_users_are_refused_in_one_line() {
    let database = with_project();
    let before = database.dump();
    for (email, name, input, why) in [
        ("ada@example.com", "Ada", PASSWORD, "somebody has this e-mail address already"),
        ("ADA@Example.com", "Ada", PASSWORD, "somebody has this e-mail address already"),
        ("bob@example.com", "Bob", "", "no password on standard input"),
        ("bob@example.com", "Bob", "\n", "no password on standard input"),
        ("bob@example.com", "Bob", "short", "at least 12 characters"),
        ("bob@example.com", "Bob", "plum-orbit-cable-41\nplum-orbit-cable-41\n", "send it once"),
        ("bob@example.com", "Bob", "password1234", "easy to guess"),
        ("bob@example.com", "Bob", "bob@example.com", "e-mail address"),
    ] {
        let said = fail(&add(&database, email, name, input));
        assert!(said.contains(why), "{said}");
        assert!(input.len() < 9 || why.contains("e-mail") || !said.contains(input), "{said}");
    }
    for (email, name, why) in [
        ("bob", "Bob", "--email"),
        ("", "Bob", "--email"),
        ("bob@example.com", " ", "--name: Enter a name."),
    ] {
        let said = misused(&add(&database, email, name, PASSWORD));
        assert!(said.contains(why), "{said}");
    }
    assert_eq!(database.dump(), before);
}

#[tokio::test]
async fn a_password_with_nul_in_it_is_kept_whole() {
    let server = Server::start().await;
    let password = "plum-orbit-cable\u{0}second-half";
    succeed(&add(&server.database, "ada@example.com", "Ada", password));
    let sign_in = async |password: &str| {
        server
            .anonymous()
            .post("/sign-in", &[("email", "ada@example.com"), ("password", password)])
            .await
            .status
            .as_u16()
    };
    assert_eq!(sign_in("plum-orbit-cable\u{0}").await, 422);
    assert_eq!(sign_in("plum-orbit-cable").await, 422);
    assert_eq!(sign_in(password).await, 303);
}

#[tokio::test]
async fn a_new_password_ends_all_sessions_of_the_user_and_nobody_elses() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let again = server.sign_in("ada@example.com").await;
    server.user("Bob", "bob@example.com");
    let bob = server.sign_in("bob@example.com").await;
    let reset = ["user", "reset-password", "--email", "Ada@example.com"];
    assert_eq!(
        succeed(&Process::run_with_input(&server.database, &reset, "another-good-password-7\n")),
        ""
    );
    for session in [&ada, &again] {
        session.get("/projects").await.expect(303);
    }
    bob.get("/projects").await.expect(200);
    let sign_in = async |password: &str| {
        server
            .anonymous()
            .post("/sign-in", &[("email", "ada@example.com"), ("password", password)])
            .await
            .status
            .as_u16()
    };
    assert_eq!((sign_in(PASSWORD).await, sign_in("another-good-password-7").await), (422, 303));
    let nobody = ["user", "reset-password", "--email", "nobody@example.com"];
    assert_eq!(
        fail(&Process::run_with_input(&server.database, &nobody, PASSWORD)),
        "keyrack: nobody has this e-mail address\n"
    );
    assert!(
        fail(&Process::run_with_input(&server.database, &reset, "short"))
            .contains("at least 12 characters")
    );
}

#[tokio::test]
async fn who_signs_in_otherwise_from_now_on_is_told_by_mail() {
    let server = Server::start().await;
    let ada = server.ada().await;
    Authenticator::turn_on(&server, &ada).await;
    let mail = MailServer::start(Temper::Friendly);
    let run = |url: &str, command: &str, input: &str| {
        let options = ["--smtp-url", url, "--public-url", "http://keys.example.com"];
        let command = ["user", command, "--email", "ada@example.com"];
        Process::run_with_input(&server.database, &[&command[..], &options].concat(), input)
    };
    assert_eq!(succeed(&run(&mail.url, "reset-password", "another-good-password-7\n")), "");
    assert_eq!(succeed(&run(&mail.url, "disable-two-step", "")), "");
    // It is off already.
    assert_eq!(succeed(&run(&mail.url, "disable-two-step", "")), "");
    let mails = mail.mails();
    let subjects: Vec<String> = mails.iter().map(|mail| mail.header("Subject")).collect();
    assert_eq!(subjects, ["Your Keyrack password was changed", "Two-step sign-in is off"]);
    for got in &mails {
        assert_eq!(got.header("To"), "ada@example.com");
        let text = got.text();
        assert!(text.contains("Whoever runs your Keyrack server"), "{text}");
        assert!(text.contains("http://keys.example.com/account"), "{text}");
        assert!(!text.contains("another-good-password-7"));
    }
    // What the mail server refuses is done all the same, and said.
    let refuses = MailServer::start(Temper::Refuses);
    let done = run(&refuses.url, "reset-password", "a-third-good-password-8\n");
    assert!(done.status.success());
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(said.starts_with("keyrack: done, but ada@example.com was not told: "), "{said}");
    SignedIn::new(server.anonymous(), "ada@example.com", "a-third-good-password-8").await;
}
