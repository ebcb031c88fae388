//! Known browsers: strangers who guess passwords don't keep them out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use keyrack::domain::os_rng;
use keyrack::domain::users::{self, known_browsers};
use reqwest::Method;

use crate::support::{Anonymous, PASSWORD, Page, Process, Server};

const ADA: &str = "ada@example.com";
const EVE: &str = "eve@example.com";
const WRONG: &str = "not-the-password-9";
const NEW: &str = "violet-anchor-syrup-62";
/// With this option, a test can come from any address.
const BEHIND_A_PROXY: &[&str] = &["--trusted-proxy", "127.0.0.1"];
/// Where Ada is, and somebody who guesses at her account.
const OFFICE: &str = "203.0.113.7";

async fn sign_in_as(email: &str, password: &str, browser: &Anonymous) -> Page {
    let request = browser.request(Method::POST, "/sign-in").header("X-Forwarded-For", OFFICE);
    Page::of(request.form(&[("email", email), ("password", password)]).send().await.unwrap()).await
}

async fn sign_in(password: &str, browser: &Anonymous) -> Page {
    sign_in_as(ADA, password, browser).await
}

/// A browser in which Ada signed in before.
async fn known(server: &Server) -> Anonymous {
    let browser = server.anonymous();
    sign_in(PASSWORD, &browser).await.expect(303);
    browser
}

/// Whether passwords for this account are still checked from this browser, at an address where
/// those of strangers are not.
async fn is_known(server: &Server, browser: &Anonymous) -> bool {
    while sign_in(WRONG, &server.anonymous()).await.status == 422 {}
    match sign_in(PASSWORD, browser).await.status.as_u16() {
        303 => true,
        429 => false,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn failures_of_strangers_at_the_same_address_do_not_keep_it_out() {
    let server = Server::start_with(BEHIND_A_PROXY).await;
    server.user("Ada", ADA);
    let browser = known(&server).await;
    assert!(is_known(&server, &browser).await);
    assert!(!is_known(&server, &server.anonymous()).await);
    // Nor do failures at all accounts from there.
    let visitor = server.anonymous();
    for number in 0..60 {
        sign_in_as(&format!("user{number}@example.com"), WRONG, &visitor).await;
    }
    sign_in(PASSWORD, &server.anonymous()).await.expect(429);
    sign_in(PASSWORD, &browser).await.expect(303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundreds_of_addresses_do_not_shut_the_door_for_it() {
    let server = Server::start_with(BEHIND_A_PROXY).await;
    server.user("Ada", ADA);
    let browser = known(&server).await;
    let stop = Arc::new(AtomicBool::new(false));
    let crowd: Vec<_> = (0..300)
        .map(|number: u32| {
            let (visitor, stop) = (server.anonymous(), Arc::clone(&stop));
            tokio::spawn(async move {
                let address = format!("10.{}.{}.1", number / 250, number % 250);
                let mut full = 0;
                while !stop.load(Ordering::Relaxed) {
                    let request = visitor
                        .request(Method::POST, "/sign-in")
                        .header("X-Forwarded-For", &address)
                        .form(&[("email", "user@example.com"), ("password", WRONG)]);
                    match request.send().await.map(|answer| answer.status().as_u16()) {
                        Ok(422) => {}
                        Ok(429) => {
                            full += 1;
                            // This leaves the processor to the server.
                            tokio::time::sleep(Duration::from_millis(20)).await;
                        }
                        Ok(503) => {} // a deadline that was missed beside other work
                        Ok(other) => panic!("{other}"),
                        Err(_) => {} // so many connections are more than this machine likes
                    }
                }
                full
            })
        })
        .collect();
    let mut known = sign_in(PASSWORD, &browser).await.cookie("keyrack-browser");
    let mut came_in = 0;
    while came_in < 10 {
        // On a new connection each: an old one may end while it waits among so many.
        let request = server
            .anonymous()
            .request(Method::POST, "/sign-in")
            .header("X-Forwarded-For", OFFICE)
            .header("Cookie", &known)
            .form(&[("email", ADA), ("password", PASSWORD)]);
        let page = Page::of(request.send().await.unwrap()).await;
        if page.status != 503 {
            known = page.expect(303).cookie("keyrack-browser");
            came_in += 1;
        }
    }
    stop.store(true, Ordering::Relaxed);
    let mut full = 0;
    for one in crowd {
        full += one.await.unwrap();
    }
    assert!(full > 300, "the queue was full for strangers: {full}");
}

#[tokio::test]
async fn it_is_known_to_its_own_account_only() {
    let server = Server::start_with(BEHIND_A_PROXY).await;
    server.user("Ada", ADA);
    server.user("Eve", EVE);
    let eve = server.anonymous();
    sign_in_as(EVE, PASSWORD, &eve).await.expect(303);
    assert!(!is_known(&server, &eve).await, "which gives no look at Ada's");
    // Once Ada signs in there too, it is known to both.
    server.database.execute("DELETE FROM sign_in_failures");
    sign_in(PASSWORD, &eve).await.expect(303);
    assert!(is_known(&server, &eve).await);
    while sign_in_as(EVE, WRONG, &server.anonymous()).await.status == 422 {}
    sign_in_as(EVE, PASSWORD, &eve).await.expect(303);
}

/// The cookie says which account a token belongs to, but the server does not trust that.
#[tokio::test]
async fn a_token_is_of_the_account_that_it_was_made_for() {
    let server = Server::start().await;
    server.user("Ada", ADA);
    let (eve, now) = (server.user("Eve", EVE), server.clock.now());
    let known = server.write(|c| -> keyrack::db::Result<_> {
        let eve = users::find(c, &eve)?.unwrap();
        let token = known_browsers::remember(c, &eve, None, now, &mut os_rng())?;
        Ok([EVE, ADA, ""].map(|email| known_browsers::is_known(c, &token, email, now).unwrap()))
    });
    assert_eq!(known, [true, false, false]);
}

#[tokio::test]
async fn after_ten_failures_it_is_like_any_other() {
    let server = Server::start_with(BEHIND_A_PROXY).await;
    server.user("Ada", ADA);
    let browser = known(&server).await;
    for _ in 0..9 {
        sign_in(WRONG, &browser).await.expect(422);
    }
    assert!(is_known(&server, &browser).await, "the tenth was right, and they count anew");
    for _ in 0..10 {
        sign_in(WRONG, &browser).await.expect(422);
    }
    sign_in(PASSWORD, &browser).await.expect(429);
    server.clock.advance(TimeDelta::minutes(16));
    sign_in(PASSWORD, &browser).await.expect(303);
    assert!(is_known(&server, &browser).await, "it signed in");
}

#[tokio::test]
async fn of_many_guesses_of_it_at_once_ten_are_looked_at() {
    let server = Server::start_with(BEHIND_A_PROXY).await;
    server.user("Ada", ADA);
    let browser = known(&server).await;
    let cookie = sign_in(PASSWORD, &browser).await.cookie("keyrack-browser");
    while sign_in(WRONG, &server.anonymous()).await.status == 422 {}
    let mut looks = 0;
    // If the queue is full, the password was not checked, so the client tries again.
    for _ in 0..6 {
        let guesses: Vec<_> = (0..12)
            .map(|_| {
                let request = server
                    .anonymous()
                    .request(Method::POST, "/sign-in")
                    .header("X-Forwarded-For", OFFICE)
                    .header("Cookie", &cookie)
                    .form(&[("email", ADA), ("password", WRONG)]);
                tokio::spawn(async move { request.send().await.unwrap().status().as_u16() })
            })
            .collect();
        for guess in guesses {
            looks += usize::from(guess.await.unwrap() == 422);
        }
    }
    assert_eq!(looks, 10);
}

#[tokio::test]
async fn a_new_password_ends_that_but_for_the_browser_in_which_it_was_chosen() {
    let server = Server::start_with(BEHIND_A_PROXY).await;
    let ada = server.ada().await;
    let other = known(&server).await;
    ada.post("/account/password", &[("current", PASSWORD), ("new", NEW)]).await.expect(303);
    while sign_in(WRONG, &server.anonymous()).await.status == 422 {}
    sign_in(NEW, &other).await.expect(429);
    sign_in(NEW, &ada.browser).await.expect(303);
    let reset = ["user", "reset-password", "--email", ADA];
    assert!(Process::run_with_input(&server.database, &reset, PASSWORD).status.success());
    while sign_in(WRONG, &server.anonymous()).await.status == 422 {}
    sign_in(PASSWORD, &ada.browser).await.expect(429);
}

#[tokio::test]
async fn whatever_ends_sessions_by_their_generation_ends_that_too() {
    let server = Server::start_with(BEHIND_A_PROXY).await;
    server.user("Ada", ADA);
    let browser = known(&server).await;
    server.database.execute("UPDATE users SET generation = generation + 1");
    assert!(!is_known(&server, &browser).await);
}

#[tokio::test]
async fn ten_browsers_of_an_account_are_known_and_each_for_half_a_year() {
    let server = Server::start_with(BEHIND_A_PROXY).await;
    server.user("Ada", ADA);
    let mut browsers = Vec::new();
    for _ in 0..11 {
        browsers.push(known(&server).await);
        server.clock.advance(TimeDelta::seconds(1));
    }
    assert_eq!(server.database.count("SELECT count(*) FROM known_browsers"), 10);
    assert!(!is_known(&server, &browsers[0]).await, "the one that signed in first");
    assert!(is_known(&server, &browsers[1]).await);
    server.clock.advance(TimeDelta::days(181));
    assert!(!is_known(&server, &browsers[10]).await);
    server.clock.advance(TimeDelta::minutes(16));
    known(&server).await;
    assert_eq!(server.database.count("SELECT count(*) FROM known_browsers"), 1, "others are gone");
}

#[tokio::test]
async fn what_it_is_known_by_is_replaced_at_every_sign_in_and_stored_as_a_hash() {
    let server = Server::start_with(BEHIND_A_PROXY).await;
    server.user("Ada", ADA);
    let browser = server.anonymous();
    let first = sign_in(PASSWORD, &browser).await.cookie("keyrack-browser");
    let second = sign_in(PASSWORD, &browser).await.cookie("keyrack-browser");
    assert_ne!(first, second);
    assert_eq!(server.database.count("SELECT count(*) FROM known_browsers"), 1);
    while sign_in(WRONG, &server.anonymous()).await.status == 422 {}
    for (cookie, status) in [
        (first.as_str(), 429),
        ("keyrack-browser=made-up", 429),
        (&second[..second.len() - 4], 429),
        (&second, 303),
    ] {
        let request = server
            .anonymous()
            .request(Method::POST, "/sign-in")
            .header("X-Forwarded-For", OFFICE)
            .header("Cookie", cookie)
            .form(&[("email", ADA), ("password", PASSWORD)]);
        assert_eq!(request.send().await.unwrap().status().as_u16(), status, "{cookie}");
    }
}

#[tokio::test]
async fn a_known_browser_follows_its_account_to_another_address() {
    let server = Server::start_with(BEHIND_A_PROXY).await;
    let ada = server.ada().await;
    let fields = [("email", "lovelace@example.com"), ("password", PASSWORD)];
    ada.post("/account/email", &fields).await.expect(303);
    let lovelace = async |password: &str, browser: &Anonymous| {
        sign_in_as("lovelace@example.com", password, browser).await
    };
    while lovelace(WRONG, &server.anonymous()).await.status == 422 {}
    lovelace(PASSWORD, &ada.browser).await.expect(303);
}
