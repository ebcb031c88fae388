//! Two-step sign-in: a code after the password.

use chrono::TimeDelta;
use reqwest::Method;

use crate::support::{Anonymous, Authenticator, PASSWORD, Page, Process, Server, SignedIn};

const ADA: &str = "ada@example.com";
const WRONG: &str = "not-the-password-9";
const NEW: &str = "violet-anchor-syrup-62";
const STEP: &str = "/sign-in/two-step";
/// So that a test can come from any address.
const BEHIND_A_PROXY: &[&str] = &["--trusted-proxy", "127.0.0.1"];

/// Half signed in: the password was right.
async fn half(server: &Server) -> Anonymous {
    half_from(server, "192.0.2.1").await
}

async fn half_from(server: &Server, address: &str) -> Anonymous {
    let browser = server.anonymous();
    let form = [("email", ADA), ("password", PASSWORD), ("next", "/help")];
    let request =
        browser.request(Method::POST, "/sign-in").header("X-Forwarded-For", address).form(&form);
    let page = Page::of(request.send().await.unwrap()).await.expect(303);
    assert_eq!(page.location(), STEP);
    browser
}

async fn enter(browser: &Anonymous, code: &str) -> Page {
    browser.post(STEP, &[("code", code)]).await
}

async fn enter_from(browser: &Anonymous, address: &str, code: &str) -> Page {
    let request = browser
        .request(Method::POST, STEP)
        .header("X-Forwarded-For", address)
        .form(&[("code", code)]);
    Page::of(request.send().await.unwrap()).await
}

/// A code that is not one of these days.
fn wrong(app: &Authenticator, server: &Server) -> String {
    app.code_in(server, 86_400)
}

/// Ada with an authenticator app, a minute later.
async fn with_app(server: &Server) -> (SignedIn, Authenticator, Vec<String>) {
    let ada = server.ada().await;
    let (app, codes) = Authenticator::turn_on(server, &ada).await;
    server.clock.advance(TimeDelta::minutes(1));
    (ada, app, codes)
}

#[tokio::test]
async fn its_first_code_is_read_as_people_write_it() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let page = ada.get("/account/two-step").await.expect(200);
    let secret = page.attribute("input[name=secret]", "value");
    let code = Authenticator::new(&secret).code(&server);
    let wide = |c: char| char::from_u32(u32::from(c) + 0xfee0).unwrap();
    let typed: String = code[..3].chars().map(wide).chain(['-']).chain(code[3..].chars()).collect();
    let fields = [("secret", secret.as_str()), ("code", &typed), ("password", PASSWORD)];
    ada.post("/account/two-step", &fields).await.expect(200);
}

#[tokio::test]
async fn it_is_turned_on_with_a_first_code_and_the_password() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let page = ada.get("/account/two-step").await.expect(200);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let secret = page.attribute("input[name=secret]", "value");
    assert_eq!(secret.len(), 32);
    assert_eq!(page.text("#secret").replace(' ', ""), secret);
    assert!(page.attribute("svg.qr path", "d").starts_with("M4 4h7v1h-7z"));
    assert_ne!(
        ada.get("/account/two-step").await.attribute("input[name=secret]", "value"),
        secret,
        "a new one each time"
    );
    let app = Authenticator::new(&secret);

    let before = server.database.dump();
    let turn_on = async |secret: &str, code: &str, password: &str| {
        ada.post("/account/two-step", &[("secret", secret), ("code", code), ("password", password)])
            .await
    };
    let page = turn_on(&secret, &wrong(&app, &server), PASSWORD).await.expect(422);
    assert!(page.text("#code-err").contains("not right"));
    assert_eq!(
        page.attribute("input[name=secret]", "value"),
        secret,
        "the one that was scanned stays"
    );
    for code in ["", "12345", "abcdef"] {
        turn_on(&secret, code, PASSWORD).await.expect(422);
    }
    for bad in ["", "GEZDGNBV", "<script>", &secret[1..]] {
        turn_on(bad, &app.code(&server), PASSWORD).await.expect(400);
    }
    assert_eq!(server.database.dump(), before, "nothing was stored");
    let page = turn_on(&secret, &app.code(&server), WRONG).await.expect(422);
    assert_eq!(page.text("#password-err"), "This is not your current password.");
    assert_eq!(server.database.count("SELECT count(*) FROM two_step"), 0);

    let page = turn_on(&secret, &app.code(&server), PASSWORD).await.expect(200);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let codes = page.texts("#codes li");
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|code| code.len() == 11), "{codes:?}");
    let dump = server.database.dump().join("\n");
    for code in &codes {
        assert!(
            !dump.contains(code) && !dump.contains(&code.replace('-', "")),
            "only hashes are kept"
        );
    }
    // Sent once more, as by a reload.
    assert_eq!(
        turn_on(&secret, &app.code(&server), PASSWORD).await.expect(303).location(),
        "/account"
    );
    assert_eq!(ada.get("/account/two-step").await.expect(303).location(), "/account");
    let page = ada.get("/account").await.expect(200);
    assert!(page.body.contains("10 of 10 recovery codes left."));
    assert_eq!(page.texts("td.name")[0], "You turned on two-step sign-in");
}

#[tokio::test]
async fn until_the_code_is_there_nothing_opens() {
    let server = Server::start().await;
    let (ada, app, _) = with_app(&server).await;
    ada.post("/sign-out", &[]).await.expect(303);
    let browser = half(&server).await;
    assert_eq!(
        server.database.count("SELECT count(*) FROM sessions"),
        0,
        "there is no session that could open anything"
    );
    for path in [
        "/",
        "/projects",
        "/projects/my-blog/dev/api-keys",
        "/account",
        "/account/two-step/off",
        "/help",
    ] {
        assert!(browser.get(path).await.expect(303).location().starts_with("/sign-in"), "{path}");
    }
    for (path, fields) in [
        ("/projects", vec![("name", "Mine")]),
        ("/account/password", vec![("current", PASSWORD), ("new", NEW)]),
        ("/account/two-step/off", vec![("password", PASSWORD)]),
        ("/sign-out", vec![]),
    ] {
        browser.post(path, &fields).await.expect(401);
    }
    let page = browser.get(STEP).await.expect(200);
    assert_eq!(page.attribute("#code", "autocomplete"), "one-time-code");
    let page = enter(&browser, &app.code(&server)).await.expect(303);
    assert_eq!(page.location(), "/help", "where one wanted to go");
    browser.get("/account").await.expect(200);
    assert_eq!(browser.get(STEP).await.expect(303).location(), "/sign-in", "the half is gone");
}

#[tokio::test]
async fn a_code_is_typed_with_or_without_blanks_and_is_good_once() {
    let server = Server::start().await;
    let (_, app, _) = with_app(&server).await;
    let code = app.code(&server);
    enter(&half(&server).await, &format!(" {} {} ", &code[..3], &code[3..])).await.expect(303);
    let again = half(&server).await;
    let page = enter(&again, &code).await.expect(422);
    assert!(page.text("#code-err").contains("was used before"), "{}", page.text("#code-err"));
    assert_eq!(page.attribute("#code", "value"), "");
    // Nor the one before it, which nobody used.
    enter(&again, &app.code_in(&server, -30)).await.expect(422);
    server.clock.advance(TimeDelta::seconds(30));
    enter(&again, &app.code(&server)).await.expect(303);
    let told = SignedIn::already(again).await.get("/account").await.texts("td.name");
    assert_eq!(told[1..3], ["Somebody could not sign in: a code that was used before"; 2]);
}

#[tokio::test]
async fn the_code_that_turned_it_on_is_used_up() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let secret =
        ada.get("/account/two-step").await.expect(200).attribute("input[name=secret]", "value");
    // This very one: half a minute later the app shows another.
    let code = Authenticator::new(&secret).code(&server);
    let fields = [("secret", secret.as_str()), ("code", &code), ("password", PASSWORD)];
    ada.post("/account/two-step", &fields).await.expect(200);
    enter(&half(&server).await, &code).await.expect(422);
}

#[tokio::test]
async fn codes_of_another_minute_are_refused_with_what_to_do() {
    let server = Server::start().await;
    let (_, app, _) = with_app(&server).await;
    let browser = half(&server).await;
    for seconds in [-90, 90, 3_600] {
        let page = enter(&browser, &app.code_in(&server, seconds)).await.expect(422);
        assert!(page.text("#code-err").contains("check your phone's clock"), "{seconds}");
    }
    // Half a minute fast is fine.
    enter(&browser, &app.code_in(&server, 30)).await.expect(303);
}

#[tokio::test]
async fn what_is_no_code_is_told_so_and_not_counted() {
    let server = Server::start().await;
    let (_, app, _) = with_app(&server).await;
    let browser = half(&server).await;
    for bad in ["", "12345", "1234567", "abc", "１２３４５", "١٢٣٤٥٦", "\u{0}"] {
        assert_eq!(
            enter(&browser, bad).await.expect(422).text("#code-err"),
            "A code has six digits.",
            "{bad:?}"
        );
    }
    let page = browser.post(STEP, &[("code", "x"), ("with", "recovery-code")]).await.expect(422);
    assert!(page.text("#code-err").contains("ten letters and digits"));
    for fields in [vec![], vec![("code", "123456"), ("user", "1")]] {
        browser.post(STEP, &fields).await.expect(400);
    }
    assert_eq!(server.database.count("SELECT count(*) FROM sign_in_failures"), 0);
    enter(&browser, &app.code(&server)).await.expect(303);
}

#[tokio::test]
async fn a_recovery_code_signs_in_once() {
    let server = Server::start().await;
    let (ada, _, codes) = with_app(&server).await;
    let browser = half(&server).await;
    let page = browser.get(&format!("{STEP}?with=recovery-code")).await.expect(200);
    assert_eq!(page.text("label"), "Recovery code");
    let typed = codes[3].to_uppercase().replace('-', " ");
    browser.post(STEP, &[("code", &typed), ("with", "recovery-code")]).await.expect(303);
    let page = ada.get("/account").await.expect(200);
    assert!(page.body.contains("9 of 10 recovery codes left."));
    assert_eq!(page.texts("td.name")[0], "You signed in: with a recovery code");
    let page = half(&server)
        .await
        .post(STEP, &[("code", &codes[3]), ("with", "recovery-code")])
        .await
        .expect(422);
    assert!(page.text("#code-err").contains("already used"));
    enter(&half(&server).await, &codes[4]).await.expect(303);
}

#[tokio::test]
async fn one_code_at_several_places_at_once_lets_one_in() {
    let server = Server::start_with(BEHIND_A_PROXY).await;
    let (ada, app, codes) = with_app(&server).await;
    for code in [app.code(&server), codes[0].clone(), codes[1].clone()] {
        let sessions = server.database.count("SELECT count(*) FROM sessions");
        let mut tries = Vec::new();
        for place in 0..6 {
            let address = format!("198.51.100.{place}");
            let (browser, code) = (half_from(&server, &address).await, code.clone());
            tries.push(tokio::spawn(async move {
                enter_from(&browser, &address, &code).await.status.as_u16()
            }));
        }
        let mut answers = Vec::new();
        for one in tries {
            answers.push(one.await.unwrap());
        }
        answers.sort_unstable();
        assert_eq!(answers, [303, 422, 422, 422, 422, 422]);
        assert_eq!(server.database.count("SELECT count(*) FROM sessions"), sessions + 1);
    }
    ada.get("/account").await.expect(200);
}

#[tokio::test]
async fn half_a_sign_in_ends_after_ten_minutes() {
    let server = Server::start().await;
    let (_, app, _) = with_app(&server).await;
    let browser = half(&server).await;
    server.clock.advance(TimeDelta::minutes(9));
    browser.get(STEP).await.expect(200);
    server.clock.advance(TimeDelta::minutes(2));
    assert_eq!(browser.get(STEP).await.expect(303).location(), "/sign-in");
    let page = enter(&browser, &app.code(&server)).await.expect(422);
    assert!(page.text("[role=alert]").contains("Enter your password again"));
    let nobody = server.anonymous();
    assert_eq!(nobody.get(STEP).await.expect(303).location(), "/sign-in");
    enter(&nobody, &app.code(&server)).await.expect(422);
    let request = nobody
        .request(Method::POST, STEP)
        .header("Cookie", "keyrack-two-step=made-up")
        .form(&[("code", app.code(&server))]);
    Page::of(request.send().await.unwrap()).await.expect(422);
    assert_eq!(server.database.count("SELECT count(*) FROM sign_in_failures"), 0);
}

/// A backup has the key of sealed cookies and the secret of the app; it must not be worth more than
/// the password.
#[tokio::test]
async fn half_a_sign_in_is_known_to_the_database_by_its_hash_and_good_once() {
    let server = Server::start().await;
    let (_, app, _) = with_app(&server).await;
    let browser = half(&server).await;
    assert_eq!(server.database.count("SELECT count(*) FROM pending_sign_ins"), 1);
    server.database.execute("DELETE FROM pending_sign_ins");
    assert_eq!(
        browser.get(STEP).await.expect(303).location(),
        "/sign-in",
        "a cookie that nobody noted is none"
    );
    enter(&browser, &app.code(&server)).await.expect(422);
    let browser = half(&server).await;
    enter(&browser, &app.code(&server)).await.expect(303);
    assert_eq!(server.database.count("SELECT count(*) FROM pending_sign_ins"), 0);
    // Those that nobody went on with are swept away by the next.
    half(&server).await;
    server.clock.advance(TimeDelta::minutes(11));
    half(&server).await;
    assert_eq!(server.database.count("SELECT count(*) FROM pending_sign_ins"), 1);
}

#[tokio::test]
async fn half_a_sign_in_with_a_password_that_was_changed_meanwhile_is_none() {
    let server = Server::start().await;
    let (ada, app, _) = with_app(&server).await;
    let browser = half(&server).await;
    let fields = [("current", PASSWORD), ("new", NEW), ("code", &app.code(&server))];
    ada.post("/account/password", &fields).await.expect(303);
    let page = enter(&browser, &app.code_in(&server, 30)).await.expect(422);
    assert!(page.text("[role=alert]").contains("Enter your password again"));
    browser.get("/projects").await.expect(303);
}

#[tokio::test]
async fn signing_in_gives_a_new_session_whatever_the_browser_came_with() {
    let server = Server::start().await;
    let (_, app, _) = with_app(&server).await;
    let browser = half(&server).await;
    let half = browser.get(STEP).await.expect(200);
    assert!(half.header("set-cookie").is_none());
    let request = browser.request(Method::POST, STEP).form(&[("code", app.code(&server))]);
    let page = Page::of(request.send().await.unwrap()).await.expect(303);
    let cookies: Vec<_> =
        page.headers.get_all("set-cookie").iter().map(|c| c.to_str().unwrap().to_owned()).collect();
    assert!(
        cookies.iter().any(|c| c.starts_with("keyrack=") && c.contains("HttpOnly")),
        "{cookies:?}"
    );
    assert!(
        cookies.iter().any(|c| c.starts_with("keyrack-two-step=;") && c.contains("Max-Age=0")),
        "{cookies:?}"
    );
}

#[tokio::test]
async fn it_is_turned_off_with_the_password_and_a_code() {
    let server = Server::start().await;
    let (ada, app, _) = with_app(&server).await;
    let page = ada.get("/account/two-step/off").await.expect(200);
    assert_eq!(page.texts("label"), ["Your password", "Code"]);
    let turn_off = async |password: &str, code: &str| {
        ada.post("/account/two-step/off", &[("password", password), ("code", code)]).await
    };
    let code = app.code(&server);
    let page = turn_off(WRONG, &code).await.expect(422);
    assert_eq!(page.text("#password-err"), "This is not your current password.");
    assert!(!page.has("#code-err"));
    for (code, why) in [
        ("", "six digits"),
        ("x", "six digits"),
        (&wrong(&app, &server), "Wrong code."),
        ("00000-00000", "That recovery code is wrong"),
    ] {
        let page = turn_off(PASSWORD, code).await.expect(422);
        assert!(page.text("#code-err").contains(why), "{code:?}: {}", page.text("#code-err"));
        assert_eq!(page.attribute("#code", "value"), "");
    }
    ada.post("/account/two-step/off", &[("password", PASSWORD)]).await.expect(422);
    half(&server).await;
    turn_off(PASSWORD, &code).await.expect(303);
    assert_eq!(ada.get("/account").await.texts("td.name")[0], "You turned off two-step sign-in");
    assert_eq!(
        server.database.count(
            "SELECT (SELECT count(*) FROM two_step) + (SELECT count(*) FROM recovery_codes)"
        ),
        0
    );
    server.sign_in(ADA).await;
    for path in ["/account/two-step/off", "/account/recovery-codes"] {
        assert_eq!(ada.get(path).await.expect(303).location(), "/account");
        ada.post(path, &[("password", PASSWORD)]).await.expect(303);
        assert_eq!(ada.get("/account").await.text("main .note"), "Two-step sign-in is off.");
    }
}

#[tokio::test]
async fn whoever_lost_the_phone_turns_it_off_with_a_recovery_code() {
    let server = Server::start().await;
    let (ada, _, codes) = with_app(&server).await;
    let fields = [("password", PASSWORD), ("code", codes[0].as_str())];
    ada.post("/account/two-step/off", &fields).await.expect(303);
    server.sign_in(ADA).await;
}

#[tokio::test]
async fn new_recovery_codes_need_a_code_and_end_the_old_ones() {
    let server = Server::start().await;
    let (ada, app, old) = with_app(&server).await;
    ada.get("/account/recovery-codes").await.expect(200);
    let renew = async |password: &str, code: &str| {
        ada.post("/account/recovery-codes", &[("password", password), ("code", code)]).await
    };
    renew(WRONG, &app.code(&server)).await.expect(422);
    renew(PASSWORD, "").await.expect(422);
    let page = renew(PASSWORD, &app.code(&server)).await.expect(200);
    let new = page.texts("#codes li");
    assert!(new.len() == 10 && new.iter().all(|code| !old.contains(code)));
    assert_eq!(ada.get("/account").await.texts("td.name")[0], "You made new recovery codes");
    enter(&half(&server).await, &old[0]).await.expect(422);
    enter(&half(&server).await, &new[0]).await.expect(303);
}

#[tokio::test]
async fn a_new_password_or_address_needs_a_code() {
    let server = Server::start().await;
    let (ada, app, codes) = with_app(&server).await;
    assert!(ada.get("/account/email").await.expect(200).has("#email-code"));
    assert!(ada.get("/account/password").await.expect(200).has("#password-code"));
    let account = "SELECT email || password_hash AS value FROM users";
    let before = server.database.query(account);
    let (used, bad) = (app.code(&server), wrong(&app, &server));
    enter(&half(&server).await, &used).await.expect(303);
    for code in ["", &bad, &used] {
        let fields = [("email", "lovelace@example.com"), ("password", PASSWORD), ("code", code)];
        let page = ada.post("/account/email", &fields).await.expect(422);
        assert!(page.has("#email-code-err") && !page.has("#password-code-err"), "{code:?}");
        assert_eq!(page.attribute("#email", "value"), "lovelace@example.com", "is kept");
        let fields = [("current", PASSWORD), ("new", NEW), ("code", code)];
        let page = ada.post("/account/password", &fields).await.expect(422);
        assert!(page.has("#password-code-err") && !page.has("#email-code-err"), "{code:?}");
    }
    // What is not changed in the end uses no code up.
    server.user("Bob", "bob@example.com");
    let recovery = codes[0].as_str();
    let taken = [("email", "bob@example.com"), ("password", PASSWORD), ("code", recovery)];
    ada.post("/account/email", &taken).await.expect(422);
    assert_eq!(server.database.query(account)[0], before[0]);
    let fields = [("email", "lovelace@example.com"), ("password", PASSWORD), ("code", recovery)];
    ada.post("/account/email", &fields).await.expect(303);
    ada.post("/account/email", &taken).await.expect(422);
    server.clock.advance(TimeDelta::minutes(1));
    let fields = [("current", PASSWORD), ("new", NEW), ("code", &app.code(&server))];
    ada.post("/account/password", &fields).await.expect(303);
}

#[tokio::test]
async fn a_new_password_from_the_command_line_does_not_skip_the_code() {
    let server = Server::start().await;
    let (_, app, _) = with_app(&server).await;
    let reset = ["user", "reset-password", "--email", ADA, "--as", "Dana & <b>"];
    let output = Process::run_with_input(&server.database, &reset, NEW);
    assert!(output.status.success(), "{output:?}");
    let browser = server.anonymous();
    let page = browser.post("/sign-in", &[("email", ADA), ("password", NEW)]).await.expect(303);
    assert_eq!(page.location(), STEP);
    browser.get("/projects").await.expect(303);
    enter(&browser, &app.code(&server)).await.expect(303);
    let told = SignedIn::already(browser).await.get("/account").await.texts("td.name");
    assert_eq!(told[1], "The command line, says Dana & <b> set a new password");
}

#[tokio::test]
async fn the_administrator_of_the_machine_can_turn_it_off() {
    let server = Server::start().await;
    let (ada, _, _) = with_app(&server).await;
    for _ in 0..2 {
        let output = Process::run(
            &server.database,
            &["user", "disable-two-step", "--email", "ADA@example.com", "--as", "Dana"],
        );
        assert!(
            output.status.success() && output.stdout.is_empty() && output.stderr.is_empty(),
            "{output:?}"
        );
    }
    server.sign_in(ADA).await;
    let told = ada.get("/account").await.texts("td.name");
    assert_eq!(told[1], "The command line, says Dana turned off two-step sign-in");
    assert_eq!(told.iter().filter(|line| line.contains("turned off")).count(), 1);
    let output = Process::run(
        &server.database,
        &["user", "disable-two-step", "--email", "nobody@example.com"],
    );
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "keyrack: nobody has this e-mail address\n"
    );
    assert_eq!(output.status.code(), Some(1));
}

#[tokio::test]
async fn neither_the_secret_nor_a_code_is_logged() {
    let database = crate::support::TestDatabase::new();
    crate::support::tenant::settle(&database);
    let mut command = crate::support::keyrack(database.folder.path());
    command
        .args(["--listen", "127.0.0.1:0", "--database-url", database.url()])
        .env("KEYRACK_LOG", "debug");
    let process = Process::spawn(command);
    let ada = crate::support::tenant::ada(&process.origin).await;
    let secret =
        ada.get("/account/two-step").await.expect(200).attribute("input[name=secret]", "value");
    let now =
        || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let app = Authenticator::new(&secret);
    let (first, second) = (app.at(now()), app.at(now() + 30));
    let codes = ada
        .post("/account/two-step", &[("secret", &secret), ("code", &first), ("password", PASSWORD)])
        .await
        .expect(200)
        .texts("#codes li");
    for code in [&second, &codes[0]] {
        let browser = Anonymous::new(&process.origin);
        browser.post("/sign-in", &[("email", ADA), ("password", PASSWORD)]).await.expect(303);
        enter(&browser, code).await.expect(303);
    }
    let log = process.log();
    assert!(log.contains("/sign-in/two-step"));
    for text in [&secret, &first, &second, &codes[0]] {
        assert!(
            !log.contains(&format!("\"{text}\"")) && !log.contains(&format!("={text}")),
            "{text} is in the log"
        );
    }
    assert!(!log.contains(&secret) && !log.contains(&codes[0]));
}
