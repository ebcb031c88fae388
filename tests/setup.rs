//! The first account: `/setup?token=`, and what can't be used until it exists.

use chrono::TimeDelta;
use reqwest::Method;

use crate::support::{Anonymous, PASSWORD, Page, Process, Server, SignedIn, TestDatabase};

/// The link's path, as printed.
fn link(server: &Server) -> String {
    server
        .setup_link
        .as_ref()
        .unwrap()
        .strip_prefix(&server.origin)
        .expect("links use the address it listens on")
        .to_owned()
}

fn token(server: &Server) -> String {
    link(server).strip_prefix("/setup?token=").unwrap().to_owned()
}

async fn complete(browser: &Anonymous, token: &str, email: &str) -> Page {
    let fields = [
        ("token", token),
        ("name", "Ada"),
        ("email", email),
        ("password", PASSWORD),
        ("project", "My Blog"),
    ];
    browser.post("/setup", &fields).await
}

#[tokio::test]
async fn the_link_makes_the_first_user_and_a_project_and_lands_on_its_keys() {
    let server = Server::start().await;
    let browser = server.anonymous();
    let page = browser.get(&link(&server)).await.expect(200);
    assert_eq!(page.texts("label"), ["Name", "E-mail", "Password", "Project name"]);
    assert_eq!(page.text("main button[type=submit]"), "Create account");
    let token = page.attribute("input[name=token]", "value");
    let done = complete(&browser, &token, "ada@example.com").await.expect(303);
    assert_eq!(done.location(), "/projects/my-blog/dev/api-keys");
    let keys = browser.get(done.location()).await.expect(200);
    assert_eq!(keys.text("title"), "API Keys · dev · My Blog");
    let environments = server
        .database
        .query("SELECT name || ' ' || CASE WHEN protected THEN 'protected' ELSE '' END AS value FROM environments ORDER BY name");
    assert_eq!(environments, ["dev ", "prod protected", "staging "]);
    assert_eq!(server.database.query("SELECT role AS value FROM members"), ["owner"]);
    let ada = SignedIn::already(browser).await;
    ada.create_key("/projects/my-blog/prod/api-keys", "secret", "server-key").await;
    // The same words open it again later.
    server.sign_in("ada@example.com").await;
}

#[tokio::test]
async fn the_link_works_once() {
    let server = Server::start().await;
    let token = token(&server);
    complete(&server.anonymous(), &token, "ada@example.com").await.expect(303);
    let before = server.database.dump();
    let page = server.anonymous().get(&link(&server)).await.expect(403);
    assert_eq!(page.text("h1"), "This setup link is used or too old");
    complete(&server.anonymous(), &token, "eve@example.com").await.expect(403);
    assert_eq!(server.database.dump(), before);
}

#[tokio::test]
async fn a_link_is_good_for_twenty_four_hours() {
    let server = Server::start().await;
    server.clock.advance(TimeDelta::hours(24) - TimeDelta::seconds(60));
    server.anonymous().get(&link(&server)).await.expect(200);
    server.clock.advance(TimeDelta::seconds(61));
    server.anonymous().get(&link(&server)).await.expect(403);
    complete(&server.anonymous(), &token(&server), "ada@example.com").await.expect(403);
    assert_eq!(server.database.count("SELECT count(*) FROM users"), 0);
}

#[tokio::test]
async fn other_tokens_open_nothing_and_only_a_hash_is_stored() {
    let server = Server::start().await;
    let good = token(&server);
    assert!(good.len() >= 32);
    for bad in [
        String::new(),
        "x".to_owned(),
        good[1..].to_owned(),
        good.to_uppercase() + "0",
        format!("{good}0"),
        format!("%20{good}"),
    ] {
        server.anonymous().get(&format!("/setup?token={bad}")).await.expect(403);
        complete(&server.anonymous(), &bad, "ada@example.com").await.expect(403);
    }
    server.anonymous().get("/setup").await.expect(403);
    assert!(!server.database.dump().join("\n").contains(&good));
    assert_eq!(server.database.count("SELECT count(*) FROM users"), 0);
}

#[tokio::test]
async fn every_link_that_was_printed_works_until_there_is_a_user() {
    let database = TestDatabase::new();
    let (first, second) = (Process::serve(&database), Process::serve(&database));
    let token = |process: &Process| {
        let stderr = process.stderr.lock().unwrap().clone();
        stderr.split("/setup?token=").nth(1).unwrap().split_whitespace().next().unwrap().to_owned()
    };
    let (one, two) = (token(&first), token(&second));
    assert_ne!(one, two);
    for token in [&one, &two] {
        Anonymous::new(&first.origin).get(&format!("/setup?token={token}")).await.expect(200);
    }
    complete(&Anonymous::new(&second.origin), &one, "ada@example.com").await.expect(303);
    for (process, token) in [(&first, &one), (&first, &two), (&second, &two)] {
        Anonymous::new(&process.origin).get(&format!("/setup?token={token}")).await.expect(403);
    }
    // The other process noticed too, and a new one prints no link.
    assert_eq!(
        Anonymous::new(&first.origin).get("/projects").await.expect(303).location(),
        "/sign-in?next=%2Fprojects"
    );
    assert!(!Process::serve(&database).stderr.lock().unwrap().contains("/setup"));
}

#[tokio::test]
async fn until_then_pages_are_closed_and_say_where_the_link_is() {
    let server = Server::start().await;
    let visitor = server.anonymous();
    for path in [
        "/",
        "/sign-in",
        "/projects",
        "/projects/my-blog/dev/api-keys",
        "/help",
        "/nowhere",
        "/setup/",
        "/v2/verify",
    ] {
        let page = visitor.get(path).await.expect(403);
        assert_eq!(page.text("h1"), "Keyrack is not set up yet", "{path}");
        assert!(
            page.text(".lead")
                .contains("Open the setup link that keyrack printed when it started."),
            "{path}"
        );
        assert!(
            visitor.post(path, &[("email", "a@b.c"), ("password", PASSWORD)]).await.status == 403,
            "{path}"
        );
    }
    for (path, status) in [
        ("/healthz", 200),
        ("/readyz", 200),
        ("/v1/verify/my-blog/dev", 401),
        ("/v1/verify/x", 404),
        ("/v1/key/my-blog/dev", 401),
        ("/v1/other", 404),
    ] {
        assert_eq!(visitor.get(path).await.status, status, "{path}");
    }
    let css = visitor.get("/").await.attribute("link[rel=stylesheet]", "href");
    visitor.get(&css).await.expect(200);
    visitor.get("/static/none.css").await.expect(404);
}

#[tokio::test]
async fn the_command_line_works_before_and_its_first_user_closes_setup() {
    let server = Server::start().await;
    let user = ["user", "add", "--email", "ada@example.com", "--name", "Ada"];
    assert!(Process::run_with_input(&server.database, &user, PASSWORD).status.success());
    server.anonymous().get(&link(&server)).await.expect(403);
    complete(&server.anonymous(), &token(&server), "eve@example.com").await.expect(403);
    assert_eq!(
        server.anonymous().get("/projects").await.expect(303).location(),
        "/sign-in?next=%2Fprojects"
    );
    let ada = server.sign_in("ada@example.com").await;
    assert_eq!(ada.get("/").await.expect(303).location(), "/projects");
    assert!(ada.get("/projects").await.text("main").contains("You are not in any project yet."));
}

#[tokio::test]
async fn bad_fields_keep_what_was_typed_but_for_the_password() {
    let server = Server::start().await;
    let token = token(&server);
    let browser = server.anonymous();
    let long = "x".repeat(65);
    let good = [
        ("token", token.as_str()),
        ("name", "Ada"),
        ("email", "ada@example.com"),
        ("password", PASSWORD),
        ("project", "My Blog"),
    ];
    let too_long = "correct horse battery staple ".repeat(36);
    let cases = [
        (1, "", "#name-err", "Enter a name."),
        (1, &long, "#name-err", "Use at most 64 characters."),
        (1, "A\u{202e}da", "#name-err", "invisible control character"),
        (2, "", "#email-err", ""),
        (2, "ada", "#email-err", ""),
        (2, "ada@", "#email-err", ""),
        (2, "a b@example.com", "#email-err", ""),
        (3, "", "#password-err", "Use at least 12 characters."),
        (3, "plum-orbit1", "#password-err", "Use at least 12 characters."),
        (3, &too_long[..1025], "#password-err", "Use at most 1,024 bytes."),
        (3, "password1234", "#password-err", "easy to guess"),
        (3, "qwertyuiop12", "#password-err", "easy to guess"),
        (3, "Ada@example.com", "#password-err", "Don't use your name or e-mail address"),
        (4, " ", "#project-err", "Enter a name."),
        (4, &long, "#project-err", "Use at most 64 characters."),
    ];
    for (field, value, error, message) in cases {
        let mut fields = good;
        fields[field].1 = value;
        let page = browser.post("/setup", &fields).await.expect(422);
        assert!(page.text(error).contains(message), "{value:?}: {}", page.text(error));
        assert_eq!(page.texts(".error").len(), 1, "{value:?}: one field is wrong");
        for (name, typed) in [fields[0], fields[1], fields[2], fields[4]] {
            assert_eq!(
                page.attribute(&format!("input[name={name}]"), "value"),
                typed,
                "{name} is kept"
            );
        }
        assert_eq!(page.attribute("#password", "value"), "");
    }
    let wrong = [good[0], ("name", ""), ("email", ""), ("password", ""), ("project", "")];
    assert_eq!(
        browser.post("/setup", &wrong).await.expect(422).texts(".error").len(),
        4,
        "all at once"
    );
    assert_eq!(server.database.count("SELECT count(*) FROM users"), 0);
    let longest = [good[0], good[1], good[2], ("password", &too_long[..1024]), good[4]];
    browser.post("/setup", &longest).await.expect(303);
    let sign_in = async |password: &str| {
        server
            .anonymous()
            .post("/sign-in", &[("email", "ada@example.com"), ("password", password)])
            .await
            .status
    };
    assert_eq!(sign_in(&too_long[..1024]).await, 303);
    assert_eq!(sign_in(&too_long[..1023]).await, 422, "every byte counts");
    assert_eq!(sign_in(&too_long[..1025]).await, 422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_racing_setups_one_makes_a_user() {
    let server = Server::start().await;
    let token = token(&server);
    let mut racing = tokio::task::JoinSet::new();
    for number in 0..8 {
        let (browser, token) = (server.anonymous(), token.clone());
        racing.spawn(async move {
            complete(&browser, &token, &format!("user{number}@example.com")).await.status.as_u16()
        });
    }
    let mut statuses = racing.join_all().await;
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (303, &[403; 7][..]));
    assert_eq!(server.database.count("SELECT count(*) FROM users"), 1);
    assert_eq!(server.database.count("SELECT count(*) FROM projects"), 1);
}

#[tokio::test]
async fn the_link_uses_the_public_url_when_there_is_one() {
    let server = Server::start_with(&["--public-url", "https://keys.example.com/"]).await;
    assert!(
        server.setup_link.as_ref().unwrap().starts_with("https://keys.example.com/setup?token=")
    );
    let page =
        Page::of(server.anonymous().request(Method::GET, "/nowhere").send().await.unwrap()).await;
    assert_eq!(page.status, 403);
}
