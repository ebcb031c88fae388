//! Guessing the code after the password: somebody who has only the password can't guess often, and
//! can't keep the owner out.

use chrono::TimeDelta;
use reqwest::Method;

use crate::support::{
    Anonymous, Authenticator, MailServer, PASSWORD, Page, Process, Server, SignedIn, Temper,
    eventually,
};

const ADA: &str = "ada@example.com";
const NEW: &str = "violet-anchor-syrup-62";
const STEP: &str = "/sign-in/two-step";
/// So that a test can come from any address.
const BEHIND_A_PROXY: &[&str] = &["--trusted-proxy", "127.0.0.1"];

async fn post_from(address: &str, browser: &Anonymous, path: &str, form: &[(&str, &str)]) -> Page {
    let request = browser.request(Method::POST, path).header("X-Forwarded-For", address);
    Page::of(request.form(form).send().await.unwrap()).await
}

/// Gives the password in this browser.
async fn password(browser: &Anonymous, address: &str) {
    let form = [("email", ADA), ("password", PASSWORD)];
    let page = post_from(address, browser, "/sign-in", &form).await.expect(303);
    assert_eq!(page.location(), STEP);
}

/// Gives the password and a code in a browser that nobody knows.
async fn stranger(server: &Server, address: &str, code: &str) -> Page {
    let browser = server.anonymous();
    password(&browser, address).await;
    post_from(address, &browser, STEP, &[("code", code)]).await
}

/// Ada, her phone, her recovery codes, and a browser in which she signed in before.
struct Owner {
    ada: SignedIn,
    app: Authenticator,
    codes: Vec<String>,
}

impl Owner {
    async fn of(server: &Server) -> Self {
        let ada = server.ada().await;
        let (app, codes) = Authenticator::turn_on(server, &ada).await;
        server.clock.advance(TimeDelta::minutes(1));
        Self { ada, app, codes }
    }

    /// Signs out, and in again in the same browser.
    async fn signs_in(&self, server: &Server) {
        let browser = &self.ada.browser;
        let ada = SignedIn::already(browser.clone()).await;
        ada.post("/sign-out", &[]).await.expect(303);
        password(browser, "203.0.113.7").await;
        let code = self.app.code(server);
        post_from("203.0.113.7", browser, STEP, &[("code", &code)]).await.expect(303);
    }

    /// A code that is not one of these days.
    fn wrong(&self, server: &Server) -> String {
        self.app.code_in(server, 86_400 * 30)
    }
}

/// As if there were so many wrong codes in a row already, long ago.
fn after_wrong_codes(server: &Server, count: usize) {
    server.database.execute(&format!("UPDATE two_step SET untrusted_failures = {count}"));
}

fn counted(server: &Server) -> usize {
    server.database.count("SELECT untrusted_failures FROM two_step")
}

#[tokio::test]
async fn waits_grow_with_every_wrong_code_from_wherever_it_comes() {
    let server = Server::start_with(BEHIND_A_PROXY).await;
    let owner = Owner::of(&server).await;
    for number in 0..5 {
        let address = format!("198.51.100.{number}");
        stranger(&server, &address, &owner.wrong(&server)).await.expect(422);
    }
    for (number, wait) in [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600].into_iter().enumerate()
    {
        let address = format!("198.51.100.{number}");
        let right = owner.app.code(&server);
        let page = stranger(&server, &address, &right).await.expect(429);
        let told: i64 = page.header("retry-after").unwrap().parse().unwrap();
        assert!((wait - 9..=wait + 1).contains(&told), "{told} of {wait}");
        assert!(page.text("#code-err").contains("or use a recovery code"));
        server.clock.advance(TimeDelta::seconds(told));
        stranger(&server, &address, &owner.wrong(&server)).await.expect(422);
    }
    assert_eq!(counted(&server), 14, "who has to wait is not counted on");
}

#[tokio::test]
async fn after_a_hundred_wrong_codes_in_a_row_strangers_get_no_further_look() {
    let server = Server::start_with(BEHIND_A_PROXY).await;
    let owner = Owner::of(&server).await;
    after_wrong_codes(&server, 98);
    for _ in 0..2 {
        stranger(&server, "198.51.100.1", &owner.wrong(&server)).await.expect(422);
        server.clock.advance(TimeDelta::hours(2));
    }
    for days in [0, 1, 400] {
        server.clock.advance(TimeDelta::days(days));
        let page = stranger(&server, "198.51.100.2", &owner.app.code(&server)).await.expect(429);
        assert!(page.header("retry-after").is_none(), "waiting does not help");
        assert!(page.text("#code-err").contains("Use a recovery code"), "{}", page.body);
    }
    assert_eq!(counted(&server), 100);
}

#[tokio::test]
async fn many_wrong_codes_at_once_in_two_processes_are_looked_at_one_by_one() {
    let server = Server::start_with(BEHIND_A_PROXY).await;
    let owner = Owner::of(&server).await;
    let other = Process::serve_with(&server.database, BEHIND_A_PROXY);
    let mut tries = Vec::new();
    for number in 0..24 {
        let origin = if number % 2 == 0 { &server.origin } else { &other.origin };
        let (browser, address) = (Anonymous::new(origin), format!("198.51.100.{number}"));
        password(&browser, &address).await;
        let code = owner.wrong(&server);
        tries.push(tokio::spawn(async move {
            post_from(&address, &browser, STEP, &[("code", &code)]).await.status.as_u16()
        }));
    }
    let mut looks = 0;
    for one in tries {
        match one.await.unwrap() {
            422 => looks += 1,
            429 => {}
            other => panic!("{other}"),
        }
    }
    assert_eq!((looks, counted(&server)), (5, 5));
}

#[tokio::test]
async fn whoever_has_the_password_alone_does_not_lock_the_owner_out() {
    let server = Server::start_with(BEHIND_A_PROXY).await;
    let owner = Owner::of(&server).await;
    // Everything that strangers can do: wrong codes until none are looked at, and wrong recovery
    // codes from many networks until each has to wait.
    after_wrong_codes(&server, 99);
    stranger(&server, "198.51.100.1", &owner.wrong(&server)).await.expect(422);
    for number in 0..6 {
        let address = format!("2001:db8:{number:x}::1");
        stranger(&server, &address, "00000-00000").await.expect(422);
    }
    for attempt in 1..=6 {
        let page = stranger(&server, "198.51.100.1", "00000-00000").await;
        assert_eq!(page.status.as_u16(), if attempt <= 5 { 422 } else { 429 }, "{attempt}");
    }
    stranger(&server, "198.51.100.2", &owner.app.code(&server)).await.expect(429);
    // In a browser in which she signed in before, and with a recovery code in any other.
    owner.signs_in(&server).await;
    assert_eq!(counted(&server), 100, "which gives strangers no further hundred");
    server.clock.advance(TimeDelta::minutes(1));
    stranger(&server, "203.0.113.7", &owner.codes[0]).await.expect(303);
    // That was a sign-in in a browser that nobody knew: what came before it is over.
    assert_eq!(counted(&server), 0);
    stranger(&server, "203.0.113.8", &owner.app.code(&server)).await.expect(303);
}

#[tokio::test]
async fn a_known_browser_has_ten_wrong_codes_and_passwords_and_is_then_like_any_other() {
    let server = Server::start_with(BEHIND_A_PROXY).await;
    let owner = Owner::of(&server).await;
    after_wrong_codes(&server, 100);
    let browser = &owner.ada.browser;
    owner.ada.post("/sign-out", &[]).await.expect(303);
    let address = "203.0.113.7";
    for _ in 0..4 {
        let form = [("email", ADA), ("password", "not-the-password-9")];
        post_from(address, browser, "/sign-in", &form).await.expect(422);
    }
    for _ in 0..6 {
        // The right password takes nothing back of what was tried before.
        password(browser, address).await;
        let code = owner.wrong(&server);
        post_from(address, browser, STEP, &[("code", &code)]).await.expect(422);
    }
    let right = owner.app.code(&server);
    server.clock.advance(TimeDelta::minutes(16));
    password(browser, address).await;
    post_from(address, browser, STEP, &[("code", &right)]).await.expect(429);
}

#[tokio::test]
async fn wrong_codes_for_a_change_of_the_account_count_like_those_of_signing_in() {
    let server = Server::start_with(BEHIND_A_PROXY).await;
    let owner = Owner::of(&server).await;
    // Somebody took the session, but not what the browser is known by.
    let login = server.anonymous();
    password(&login, "203.0.113.7").await;
    let code = owner.app.code(&server);
    let page = post_from("203.0.113.7", &login, STEP, &[("code", &code)]).await.expect(303);
    let (stolen, csrf) = (page.cookie("keyrack"), SignedIn::already(login).await.csrf);
    let turn_off = async |code: &str| {
        let request = server
            .anonymous()
            .request(Method::POST, "/account/two-step/off")
            .header("Cookie", &stolen)
            .form(&[("csrf", csrf.as_str()), ("password", PASSWORD), ("code", code)]);
        Page::of(request.send().await.unwrap()).await
    };
    server.clock.advance(TimeDelta::minutes(1));
    for _ in 0..5 {
        turn_off(&owner.wrong(&server)).await.expect(422);
    }
    let page = turn_off(&owner.app.code(&server)).await.expect(429);
    assert!(page.text("#code-err").contains("Too many wrong codes."), "{}", page.body);
    assert!(page.header("retry-after").is_some());
    stranger(&server, "198.51.100.2", &owner.app.code(&server)).await.expect(429);
}

#[tokio::test]
async fn a_new_password_starts_to_count_anew() {
    let server = Server::start_with(BEHIND_A_PROXY).await;
    let owner = Owner::of(&server).await;
    after_wrong_codes(&server, 100);
    let fields = [("current", PASSWORD), ("new", NEW), ("code", &owner.app.code(&server))];
    owner.ada.post("/account/password", &fields).await.expect(303);
    assert_eq!(counted(&server), 0);
    after_wrong_codes(&server, 100);
    let reset = ["user", "reset-password", "--email", ADA];
    assert!(Process::run_with_input(&server.database, &reset, PASSWORD).status.success());
    assert_eq!(counted(&server), 0);
}

#[tokio::test]
async fn a_clock_that_was_ahead_makes_nobody_wait_for_years() {
    let server = Server::start_with(BEHIND_A_PROXY).await;
    let owner = Owner::of(&server).await;
    server.clock.jump(TimeDelta::days(3_650));
    for _ in 0..5 {
        stranger(&server, "198.51.100.1", &owner.wrong(&server)).await.expect(422);
    }
    server.clock.jump(TimeDelta::days(-3_650));
    stranger(&server, "198.51.100.1", &owner.app.code(&server)).await.expect(429);
    let now = server.clock.now();
    server.write(|c| keyrack::domain::users::pull_back(c, now));
    server.clock.advance(TimeDelta::minutes(1));
    stranger(&server, "198.51.100.1", &owner.app.code(&server)).await.expect(303);
}

#[tokio::test]
async fn the_owner_is_told_by_mail_after_five_wrong_codes_and_when_there_were_a_hundred() {
    let mail = MailServer::start(Temper::Friendly);
    let options =
        [&["--public-url", "http://keys.example.com", "--smtp-url", &mail.url], BEHIND_A_PROXY];
    let server = Server::start_with(&options.concat()).await;
    let owner = Owner::of(&server).await;
    eventually(|| mail.mails().len() == 1).await; // two-step sign-in is on
    // Of both kinds, from anywhere.
    for number in 0..5 {
        assert_eq!(mail.mails().len(), 1, "not before the fifth");
        let code = if number % 2 == 0 { owner.wrong(&server) } else { "00000-00000".to_owned() };
        stranger(&server, &format!("198.51.100.{number}"), &code).await.expect(422);
    }
    eventually(|| mail.mails().len() == 2).await;
    let got = mail.mails()[1].clone();
    assert_eq!(got.header("To"), ADA);
    assert_eq!(got.header("Subject"), "Wrong codes for your Keyrack account");
    let text = got.text();
    assert!(text.contains("198.51.100.4") && text.contains("change your password"), "{text}");
    assert!(text.contains("http://keys.example.com/account"), "{text}");
    after_wrong_codes(&server, 99);
    stranger(&server, "198.51.100.9", &owner.wrong(&server)).await.expect(429);
    server.clock.advance(TimeDelta::hours(1));
    stranger(&server, "198.51.100.9", &owner.wrong(&server)).await.expect(422);
    eventually(|| mail.mails().len() == 3).await;
    assert!(mail.mails()[2].text().contains("a hundred in a row"), "{}", mail.mails()[2].text());
}
