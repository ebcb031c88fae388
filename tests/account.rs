//! The user's own account: `/account`.

use chrono::TimeDelta;
use reqwest::Method;

use crate::support::{Anonymous, PASSWORD, Page, Server, SignedIn};

const ADA: &str = "ada@example.com";
const WRONG: &str = "not-the-password-9";
const NEW: &str = "violet-anchor-syrup-62";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0";
const SAFARI: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/604.1";
/// With this option, a test can come from any address.
const BEHIND_A_PROXY: &[&str] = &["--trusted-proxy", "127.0.0.1"];

/// Signs in with this browser, from this address.
async fn with_browser(server: &Server, agent: &str, address: &str) -> SignedIn {
    let browser = server.anonymous();
    let request = browser
        .request(Method::POST, "/sign-in")
        .header("User-Agent", agent)
        .header("X-Forwarded-For", address);
    let form = [("email", ADA), ("password", PASSWORD)];
    Page::of(request.form(&form).send().await.unwrap()).await.expect(303);
    SignedIn::already(browser).await
}

async fn sign_in(visitor: &Anonymous, email: &str, password: &str) -> Page {
    visitor.post("/sign-in", &[("email", email), ("password", password)]).await
}

/// The activity of the account in words: "You signed in".
async fn told(who: &SignedIn) -> Vec<String> {
    who.get("/account").await.expect(200).texts("td.name")
}

fn user(server: &Server) -> Vec<String> {
    server.database.query(
        "SELECT name || ' ' || email || ' ' || password_hash AS value FROM users ORDER BY id",
    )
}

#[tokio::test]
async fn a_new_name_is_shown_from_then_on() {
    let server = Server::start().await;
    let ada = server.ada().await;
    assert_eq!(
        ada.post("/account/name", &[("name", "  Ada Lovelace ")]).await.expect(303).location(),
        "/account"
    );
    let page = ada.get("/account").await.expect(200);
    assert_eq!(page.text(".who"), "Ada Lovelaceada@example.com");
    assert_eq!(page.text("main .note"), "Your name is saved.");
    assert_eq!(page.texts("td.name")[0], "You changed the name: Ada to Ada Lovelace");
    assert!(!ada.get("/account").await.has("main .note"), "told once");
    for (bad, why) in [
        ("", "Enter a name."),
        (" \u{200b}", "Enter a name."),
        ("a\u{202e}b", "invisible"),
        (&"x".repeat(65), "at most 64"),
    ] {
        let page = ada.post("/account/name", &[("name", bad)]).await.expect(422);
        assert!(page.text("#name-err").contains(why), "{bad:?}");
        assert_eq!(page.attribute("#name", "value"), bad, "what was typed is kept");
    }
    let page =
        ada.post("/account/name", &[("name", "<script>alert(1)</script>")]).await.expect(303);
    assert_eq!(page.location(), "/account");
    assert!(!ada.get("/account").await.body.contains("<script>alert"));
}

#[tokio::test]
async fn a_new_address_needs_the_password_and_is_the_one_to_sign_in_with() {
    let server = Server::start().await;
    let ada = server.ada().await;
    server.user("Bob", "Bob@example.com");
    let before = user(&server);
    let change = async |email: &str, password: &str| {
        ada.post("/account/email", &[("email", email), ("password", password)]).await
    };
    let page = change("lovelace@example.com", WRONG).await.expect(422);
    assert_eq!(page.text("#email-password-err"), "This is not your current password.");
    assert_eq!(page.attribute("#email", "value"), "lovelace@example.com", "what was typed is kept");
    assert!(!page.body.contains(WRONG), "but for the password");
    assert_eq!(
        change("not an address", PASSWORD).await.expect(422).text("#email-err"),
        "Enter an e-mail address like ada@example.com."
    );
    for taken in ["bob@example.com", "BOB@EXAMPLE.COM"] {
        let page = change(taken, PASSWORD).await.expect(422);
        assert_eq!(page.text("#email-err"), "Another account has this e-mail address.");
    }
    assert_eq!(user(&server), before);

    change("Lovelace@example.com", PASSWORD).await.expect(303);
    assert_eq!(
        told(&ada).await[0],
        "You changed the e-mail address: ada@example.com to Lovelace@example.com"
    );
    sign_in(&server.anonymous(), ADA, PASSWORD).await.expect(422);
    sign_in(&server.anonymous(), "lovelace@example.com", PASSWORD).await.expect(303);
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions_and_gives_this_one_a_new_key() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let elsewhere = server.sign_in(ADA).await;
    let login = sign_in(&server.anonymous(), ADA, PASSWORD).await.expect(303);
    let old = login.cookie("keyrack");
    let with = async |cookie: &str, method: Method, path: &str, fields: &[(&str, &str)]| {
        let request =
            server.anonymous().request(method, path).header("Cookie", cookie).form(fields);
        Page::of(request.send().await.unwrap()).await
    };
    let csrf = with(&old, Method::GET, "/account", &[])
        .await
        .expect(200)
        .attribute("input[name=csrf]", "value");
    let fields = [("csrf", csrf.as_str()), ("current", PASSWORD), ("new", NEW)];
    let changed = with(&old, Method::POST, "/account/password", &fields).await.expect(303);
    let new = changed.cookie("keyrack");
    assert_ne!(old, new);
    with(&new, Method::GET, "/account", &[]).await.expect(200);
    with(&old, Method::GET, "/account", &[]).await.expect(303);
    for other in [&ada, &elsewhere] {
        other.get("/projects").await.expect(303);
        other.post("/projects", &[("name", "Late")]).await.expect(401);
    }
    assert_eq!(server.database.count("SELECT count(*) FROM sessions"), 1);
    sign_in(&server.anonymous(), ADA, PASSWORD).await.expect(422);
    let again = SignedIn::new(server.anonymous(), ADA, NEW).await;
    let told = told(&again).await;
    assert_eq!(
        told[..3],
        ["You signed in", "Somebody could not sign in: wrong password", "You changed the password"]
    );
}

#[tokio::test]
async fn a_password_is_changed_with_the_current_one_to_a_good_one_only() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let before = user(&server);
    let change = async |current: &str, new: &str| {
        ada.post("/account/password", &[("current", current), ("new", new)]).await
    };
    assert_eq!(
        change(WRONG, NEW).await.expect(422).text("#current-err"),
        "This is not your current password."
    );
    let both = change(WRONG, "short").await.expect(422);
    assert!(both.has("#current-err") && both.has("#new-err"), "both are told at once");
    for (bad, why) in [
        ("short", "at least 12"),
        ("password1234", "easy to guess"),
        (ADA, "e-mail address"),
        ("", "at least 12"),
    ] {
        let page = change(PASSWORD, bad).await.expect(422);
        assert!(page.text("#new-err").contains(why), "{}", page.text("#new-err"));
        assert_eq!(page.attribute("#new", "value"), "");
    }
    assert_eq!(user(&server), before);
    ada.get("/projects").await.expect(200);
}

#[tokio::test]
async fn of_two_new_passwords_at_once_one_wins_and_the_other_is_signed_out() {
    let server = Server::start_with(BEHIND_A_PROXY).await;
    server.ada().await;
    for round in 0..3 {
        server.database.execute("DELETE FROM sign_in_failures");
        let current = if round == 0 { PASSWORD.to_owned() } else { format!("{NEW}-{}", round - 1) };
        let mut people = Vec::new();
        for _ in 0..4 {
            people.push(SignedIn::new(server.anonymous(), ADA, &current).await);
        }
        let mut tries = Vec::new();
        for (place, one) in people.into_iter().enumerate() {
            let (current, new) = (current.clone(), format!("{NEW}-{round}"));
            tries.push(tokio::spawn(async move {
                let form = [("csrf", one.csrf.as_str()), ("current", &current), ("new", &new)];
                let request = one
                    .browser
                    .request(Method::POST, "/account/password")
                    .header("X-Forwarded-For", format!("192.0.2.{place}"));
                request.form(&form).send().await.unwrap().status().as_u16()
            }));
        }
        let mut answers = Vec::new();
        for one in tries {
            answers.push(one.await.unwrap());
        }
        answers.sort_unstable();
        assert_eq!(answers[0], 303, "{answers:?}");
        // Too late: the session had ended, or the current password was the new one by then.
        assert!(answers[1..].iter().all(|status| [401, 422].contains(status)), "{answers:?}");
        assert_eq!(server.database.count("SELECT count(*) FROM sessions"), 1);
    }
}

#[tokio::test]
async fn a_session_that_began_with_an_older_password_is_none() {
    let server = Server::start().await;
    let ada = server.ada().await;
    server.database.execute("UPDATE users SET generation = generation + 1");
    ada.get("/projects").await.expect(303);
    ada.post("/account/name", &[("name", "Late")]).await.expect(401);
}

#[tokio::test]
async fn wrong_current_passwords_count_as_wrong_sign_ins() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let forms: [(&str, &[(&str, &str)]); 5] = [
        ("/account/email", &[("email", ADA), ("password", WRONG)]),
        ("/account/password", &[("current", WRONG), ("new", NEW)]),
        ("/account/email", &[("email", "b@example.com"), ("password", WRONG)]),
        ("/account/password", &[("current", ""), ("new", NEW)]),
        ("/account/password", &[("current", WRONG), ("new", NEW)]),
    ];
    // There are ten, because this is a known browser. After that, it is like any other.
    for (path, fields) in forms.iter().chain(&forms) {
        ada.post(path, fields).await.expect(422);
    }
    let page =
        ada.post("/account/password", &[("current", PASSWORD), ("new", NEW)]).await.expect(429);
    assert!(page.text("#current-err").contains("Wait 15 minutes"), "{}", page.text("#current-err"));
    assert!((800..=901).contains(&page.header("retry-after").unwrap().parse::<u32>().unwrap()));
    ada.post("/account/email", &[("email", ADA), ("password", PASSWORD)]).await.expect(429);
    sign_in(&server.anonymous(), ADA, PASSWORD).await.expect(429);
    ada.get("/projects").await.expect(200);
    server.clock.advance(TimeDelta::minutes(16));
    ada.post("/account/password", &[("current", PASSWORD), ("new", NEW)]).await.expect(303);
    assert_eq!(
        server.database.count("SELECT count(*) FROM sign_in_failures"),
        0,
        "a right one clears the count"
    );
}

#[tokio::test]
async fn sessions_are_listed_with_browser_and_place_and_end_one_by_one_or_all() {
    let server = Server::start_with(BEHIND_A_PROXY).await;
    server.ada().await.post("/sign-out", &[]).await.expect(303);
    let here = with_browser(&server, FIREFOX, "192.0.2.1").await;
    server.clock.advance(TimeDelta::minutes(5));
    let phone = with_browser(&server, SAFARI, "2001:db8::7").await;
    let third = with_browser(&server, "curl/8.5.0", "192.0.2.3").await;

    let page = here.get("/account").await.expect(200);
    let rows = page.texts(".list li");
    assert_eq!(rows.len(), 3);
    let this = rows.iter().find(|row| row.contains("This one")).unwrap();
    assert!(this.starts_with("Firefox on Linux") && this.contains("192.0.2.1, since"), "{this}");
    assert!(!this.ends_with("End"), "one signs out of this one");
    let other = rows.iter().find(|row| row.starts_with("Safari on iOS")).unwrap();
    assert!(other.contains("2001:db8::7"), "{other}");

    let sessions =
        server.database.query("SELECT name AS value FROM sessions WHERE browser = 'Safari on iOS'");
    here.post("/account/sessions/end", &[("session", &sessions[0])]).await.expect(303);
    assert_eq!(here.get("/account").await.text("main .note"), "Safari on iOS is signed out.");
    phone.get("/projects").await.expect(303);
    third.get("/projects").await.expect(200);
    here.post("/account/sessions/end", &[("session", &sessions[0])]).await.expect(303);
    assert_eq!(here.get("/account").await.text("main .note"), "That session had ended already.");

    here.post("/account/sessions/end-others", &[]).await.expect(303);
    third.post("/projects", &[("name", "Late")]).await.expect(401);
    let page = here.get("/account").await.expect(200);
    assert_eq!(page.texts(".list li").len(), 1);
    let told = page.texts("td.name");
    assert_eq!(
        told[..2],
        ["You ended sessions: all others, 1 in number", "You ended sessions: Safari on iOS"]
    );
    assert!(!page.body.contains("End all others"));
}

#[tokio::test]
async fn nobody_ends_or_sees_the_sessions_of_others() {
    let server = Server::start().await;
    let ada = server.ada().await;
    server.user("Eve", "eve@example.com");
    let eve = server.sign_in("eve@example.com").await;
    let name = server.database.query("SELECT s.name AS value FROM sessions s JOIN users u ON u.id = user_id WHERE u.name = 'Ada'");
    assert!(!eve.get("/account").await.expect(200).body.contains(&name[0]));
    eve.post("/account/sessions/end", &[("session", &name[0])]).await.expect(303);
    eve.post("/account/sessions/end-others", &[]).await.expect(303);
    ada.get("/projects").await.expect(200);
    assert_eq!(told(&eve).await, ["You signed in"]);
}

#[tokio::test]
async fn a_session_that_is_over_is_not_listed() {
    let server = Server::start().await;
    server.ada().await;
    server.clock.advance(TimeDelta::hours(13));
    let again = server.sign_in(ADA).await;
    assert_eq!(again.get("/account").await.texts(".list li").len(), 1);
}

#[tokio::test]
async fn what_happens_to_an_account_is_told_there_and_in_no_project() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let visitor = server.anonymous();
    sign_in(&visitor, "ADA@example.com", WRONG).await.expect(422);
    sign_in(&visitor, "hunter2-canary@example.com", WRONG).await.expect(422);
    sign_in(&visitor, "hunter2-canary", WRONG).await.expect(422);
    server.sign_in(ADA).await.post("/sign-out", &[]).await.expect(303);
    let page = ada.get("/account").await.expect(200);
    assert_eq!(
        page.texts("td.name"),
        [
            "You signed out",
            "You signed in",
            "Somebody could not sign in: wrong password",
            "You signed in"
        ]
    );
    let from = page.texts("td[data-label=From]");
    assert!(from[0].starts_with("127.0.0.1session ") && from[2] == "127.0.0.1", "{from:?}");
    assert_eq!(from[0], from[1], "the session that began is the one that ended");
    let project = ada.get("/projects/my-blog/activity?time=always").await.expect(200);
    assert_eq!(project.texts("td.name"), ["The command line created project My Blog"]);
    assert!(!project.texts("#what option").contains(&"Accounts".to_owned()));
    assert!(
        !server.database.dump().join("\n").contains("canary"),
        "what was typed for nobody is kept nowhere"
    );
    // The same work for an address that nobody has.
    assert_eq!(
        server
            .database
            .count("SELECT count(*) FROM activity WHERE action = 'user.sign-in-refused'"),
        3
    );
}

#[tokio::test]
async fn guessing_does_not_fill_the_activity() {
    let server = Server::start().await;
    server.ada().await;
    for number in 0..70 {
        sign_in(&server.anonymous(), &format!("user{number}@example.com"), WRONG).await;
        sign_in(&server.anonymous(), ADA, WRONG).await;
    }
    let refused = server
        .database
        .count("SELECT count(*) FROM activity WHERE action = 'user.sign-in-refused'");
    assert_eq!(refused, 50, "as many as were looked at");
}

#[tokio::test]
async fn old_entries_are_on_further_pages() {
    let server = Server::start().await;
    let ada = server.ada().await;
    for number in 0..44 {
        ada.post("/account/name", &[("name", &format!("Ada {number}"))]).await.expect(303);
    }
    let mut seen = Vec::new();
    let mut address = "/account".to_owned();
    for pages in 1.. {
        let page = ada.get(address.split('#').next().unwrap()).await.expect(200);
        seen.extend(page.texts("td.name"));
        if !page.has("footer a.btn") {
            assert_eq!(pages, 3);
            break;
        }
        address = page.attribute("footer a.btn", "href");
    }
    assert_eq!(seen.len(), 45);
    assert_eq!(
        (seen[0].as_str(), seen[44].as_str()),
        ("You changed the name: Ada 42 to Ada 43", "You signed in")
    );
    for before in ["nonsense", "act_00000000000000000000000000000000"] {
        ada.get(&format!("/account?before={before}")).await.expect(200);
    }
}

#[tokio::test]
async fn forms_of_the_account_have_no_field_too_many() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let before = server.database.dump();
    for (path, fields) in [
        ("/account/name", vec![("name", "Eve"), ("email", "eve@example.com")]),
        ("/account/name", vec![]),
        ("/account/email", vec![("email", "eve@example.com")]),
        (
            "/account/email",
            vec![("email", "eve@example.com"), ("password", PASSWORD), ("user_id", "1")],
        ),
        ("/account/password", vec![("new", NEW)]),
        ("/account/password", vec![("current", PASSWORD), ("new", NEW), ("generation", "7")]),
        ("/account/sessions/end", vec![("session", "x"), ("user_id", "1")]),
        ("/account/sessions/end-others", vec![("session", "x")]),
        ("/account/two-step", vec![("code", "123456"), ("password", PASSWORD)]),
        ("/account/two-step/off", vec![("password", PASSWORD), ("user_id", "1")]),
        ("/account/email/confirm", vec![]),
        ("/account/email/confirm", vec![("token", "x"), ("user_id", "1")]),
        ("/account/email/cancel", vec![("user_id", "1")]),
    ] {
        ada.post(path, &fields).await.expect(400);
    }
    assert_eq!(server.database.dump(), before);
}

#[tokio::test]
async fn the_account_is_for_whoever_is_signed_in() {
    let server = Server::start().await;
    server.ada().await;
    for path in
        ["/account", "/account/two-step", "/account/two-step/off", "/account/recovery-codes"]
    {
        let location = server.anonymous().get(path).await.expect(303).location().to_owned();
        assert_eq!(location, format!("/sign-in?next={}", path.replace('/', "%2F")));
    }
}

#[tokio::test]
async fn what_is_no_name_of_a_session_ends_none() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let before = server.database.dump();
    for session in ["a\0b", "", "0123456789ABCDEF", "0123456789abcde", "' OR name <> '", "é"] {
        ada.post("/account/sessions/end", &[("session", session)]).await.expect(303);
        assert_eq!(ada.get("/account").await.text("main .note"), "That session had ended already.");
    }
    assert_eq!(server.database.dump(), before);
}
