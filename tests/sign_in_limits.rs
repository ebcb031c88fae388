//! Signing in while somebody guesses passwords.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use reqwest::Method;

use crate::support::{Anonymous, PASSWORD, Page, Process, Server, TestDatabase, Verified};

const ADA: &str = "ada@example.com";
const WRONG: &str = "not-the-password-9";
/// So that a test can come from any address.
const BEHIND_A_PROXY: &[&str] = &["--trusted-proxy", "127.0.0.1"];

async fn sign_in_from(address: &str, visitor: &Anonymous, email: &str, password: &str) -> Page {
    let request = visitor.request(Method::POST, "/sign-in").header("X-Forwarded-For", address);
    Page::of(
        request
            .form(&[("email", email), ("password", password), ("next", "/projects")])
            .send()
            .await
            .unwrap(),
    )
    .await
}

async fn sign_in(visitor: &Anonymous, email: &str, password: &str) -> Page {
    sign_in_from("192.0.2.1", visitor, email, password).await
}

/// Wrong passwords in turn; gives the last answer.
async fn guess(times: usize, visitor: &Anonymous, email: &str) -> Page {
    for _ in 1..times {
        sign_in(visitor, email, WRONG).await.expect(422);
    }
    sign_in(visitor, email, WRONG).await.expect(422)
}

fn failures(server: &Server) -> usize {
    server.database.count("SELECT count(*) FROM sign_in_failures")
}

#[tokio::test]
async fn after_five_wrong_passwords_not_even_the_right_one_is_looked_at() {
    let server = Server::start().await;
    server.user("Ada", ADA);
    let visitor = server.anonymous();
    guess(5, &visitor, ADA).await;
    let page = sign_in(&visitor, ADA, PASSWORD).await.expect(429);
    let wait: u32 = page.header("retry-after").unwrap().parse().unwrap();
    assert!((800..=901).contains(&wait), "{wait}");
    assert!(page.text("[role=alert]").contains("Wait 15 minutes"), "{}", page.body);
    assert_eq!(page.attribute("#email", "value"), ADA, "what was typed stays");
    assert_eq!(page.attribute("#password", "value"), "", "but for the password");
    assert_eq!(page.attribute("input[name=next]", "value"), "/projects");
    assert_eq!(
        failures(&server),
        5,
        "who is refused is not counted on, or nobody would ever get in again"
    );
}

#[tokio::test]
async fn an_unknown_account_is_told_the_same_at_every_step() {
    let server = Server::start_with(BEHIND_A_PROXY).await;
    server.user("Ada", ADA);
    let visitor = server.anonymous();
    for attempt in 1..=7 {
        let known = sign_in_from("192.0.2.1", &visitor, ADA, WRONG).await;
        for (stranger, address) in
            [("eve@example.com", "192.0.2.2"), ("not an address", "192.0.2.3")]
        {
            let unknown = sign_in_from(address, &visitor, stranger, WRONG).await;
            assert_eq!(unknown.status, known.status, "try {attempt}");
            assert_eq!(unknown.body.replace(stranger, ADA), known.body, "try {attempt}");
            assert_eq!(
                unknown.header("retry-after").is_some(),
                known.header("retry-after").is_some()
            );
        }
        assert_eq!(known.status.as_u16(), if attempt <= 5 { 422 } else { 429 });
    }
}

#[tokio::test]
async fn the_owner_gets_in_from_another_address_all_the_while() {
    let server = Server::start_with(BEHIND_A_PROXY).await;
    server.user("Ada", ADA);
    let attackers: Vec<_> = (0..40)
        .map(|_| {
            let visitor = server.anonymous();
            tokio::spawn(async move { sign_in(&visitor, ADA, WRONG).await.status.as_u16() })
        })
        .collect();
    for round in 0..3 {
        sign_in_from("198.51.100.7", &server.anonymous(), ADA, PASSWORD).await.expect(303);
        sign_in_from(&format!("2001:db8:{round}::1"), &server.anonymous(), ADA, PASSWORD)
            .await
            .expect(303);
    }
    for attacker in attackers {
        assert!([422, 429].contains(&attacker.await.unwrap()));
    }
    sign_in(&server.anonymous(), ADA, PASSWORD).await.expect(429);
    sign_in_from("198.51.100.7", &server.anonymous(), ADA, PASSWORD).await.expect(303);
}

#[tokio::test]
async fn only_a_trusted_proxy_may_say_where_a_request_comes_from() {
    let server = Server::start().await;
    server.user("Ada", ADA);
    for last in 1..=5 {
        sign_in_from(&format!("192.0.2.{last}"), &server.anonymous(), ADA, WRONG).await.expect(422);
    }
    sign_in_from("192.0.2.6", &server.anonymous(), ADA, WRONG).await.expect(429);
}

#[tokio::test]
async fn an_ipv6_network_is_one_address() {
    let server = Server::start_with(BEHIND_A_PROXY).await;
    server.user("Ada", ADA);
    for last in 1..=5 {
        sign_in_from(&format!("2001:db8:0:7:{last}::{last}"), &server.anonymous(), ADA, WRONG)
            .await
            .expect(422);
    }
    sign_in_from("2001:db8:0:7:ffff::1", &server.anonymous(), ADA, PASSWORD).await.expect(429);
    sign_in_from("2001:db8:0:8::1", &server.anonymous(), ADA, PASSWORD).await.expect(303);
}

#[tokio::test]
async fn fifty_failures_are_all_an_address_gets_whatever_the_accounts() {
    let server = Server::start_with(BEHIND_A_PROXY).await;
    server.user("Ada", ADA);
    let visitor = server.anonymous();
    for number in 0..50 {
        sign_in(&visitor, &format!("user{number}@example.com"), WRONG).await.expect(422);
    }
    sign_in(&visitor, ADA, PASSWORD).await.expect(429);
    sign_in_from("192.0.2.2", &visitor, ADA, PASSWORD).await.expect(303);
}

#[tokio::test]
async fn a_right_password_clears_the_count() {
    let server = Server::start().await;
    server.user("Ada", ADA);
    for _ in 0..2 {
        guess(4, &server.anonymous(), ADA).await;
        sign_in(&server.anonymous(), ADA, PASSWORD).await.expect(303);
        assert_eq!(failures(&server), 0);
    }
}

#[tokio::test]
async fn a_right_password_does_not_clear_what_was_done_to_others() {
    let server = Server::start().await;
    server.user("Ada", ADA);
    server.user("Eve", "eve@example.com");
    guess(5, &server.anonymous(), ADA).await;
    sign_in(&server.anonymous(), "eve@example.com", PASSWORD).await.expect(303);
    sign_in(&server.anonymous(), ADA, WRONG).await.expect(429);
}

#[tokio::test]
async fn failures_count_for_a_quarter_of_an_hour_and_are_then_forgotten() {
    let server = Server::start().await;
    server.user("Ada", ADA);
    guess(5, &server.anonymous(), ADA).await;
    server.clock.advance(TimeDelta::minutes(14));
    let page = sign_in(&server.anonymous(), ADA, PASSWORD).await.expect(429);
    assert!(page.text("[role=alert]").contains("Wait 1 minute,"), "{}", page.body);
    server.clock.advance(TimeDelta::minutes(1));
    guess(1, &server.anonymous(), ADA).await;
    assert_eq!(failures(&server), 1, "the old ones are gone");
    sign_in(&server.anonymous(), ADA, PASSWORD).await.expect(303);
}

#[tokio::test]
async fn a_new_password_from_the_command_line_starts_anew() {
    let server = Server::start().await;
    server.user("Ada", ADA);
    guess(5, &server.anonymous(), ADA).await;
    let new = "violet-anchor-syrup-62";
    let output =
        Process::run_with_input(&server.database, &["user", "reset-password", "--email", ADA], new);
    assert!(output.status.success(), "{output:?}");
    sign_in(&server.anonymous(), ADA, new).await.expect(303);
}

#[tokio::test]
async fn a_hundred_guesses_at_once_in_two_processes_get_five_looks() {
    let database = TestDatabase::migrated();
    let output = Process::run_with_input(
        &database,
        &["user", "add", "--email", ADA, "--name", "Ada"],
        PASSWORD,
    );
    assert!(output.status.success(), "{output:?}");
    let servers = [Process::serve(&database), Process::serve(&database)];
    let mut looks = 0;
    // Who finds the line full has had no look and comes again.
    for _ in 0..4 {
        let guesses: Vec<_> = (0..100)
            .map(|number| {
                let visitor = Anonymous::new(&servers[number % 2].origin);
                tokio::spawn(async move { sign_in(&visitor, ADA, WRONG).await.status.as_u16() })
            })
            .collect();
        for guess in guesses {
            match guess.await.unwrap() {
                422 => looks += 1,
                429 => {}
                other => panic!("{other}"),
            }
        }
    }
    assert_eq!(looks, 5);
    assert_eq!(database.count("SELECT count(*) FROM sign_in_failures"), 5);
}

#[tokio::test]
async fn five_hundred_sign_ins_at_once_leave_the_verifier_alone() {
    let server = Server::start_with(BEHIND_A_PROXY).await;
    let (ada, api) = (server.ada().await, server.api());
    let (key, _) = ada.create_key("/projects/my-blog/dev/api-keys", "secret", "server-key").await;
    let crowd: Vec<_> = (0..500)
        .map(|number: u32| {
            let visitor = server.anonymous();
            tokio::spawn(async move {
                let address = format!("10.{}.{}.1", number / 250, number % 250);
                let request = visitor
                    .request(Method::POST, "/sign-in")
                    .header("X-Forwarded-For", address)
                    .form(&[("email", ADA), ("password", WRONG), ("next", "/projects")]);
                // Where other work runs beside this test, a connection may wait until it is closed.
                Some(Page::of(request.send().await.ok()?).await)
            })
        })
        .collect();
    let (mut good, mut late) = (0, 0);
    while !crowd.iter().all(tokio::task::JoinHandle::is_finished) {
        match api.verify(&key).await {
            Verified::Good(_) => good += 1,
            // In the same way, an answer may miss its deadline.
            Verified::Refused(503, _) => late += 1,
            other @ Verified::Refused(..) => panic!("{other:?}"),
        }
    }
    assert!(good > 10 * late, "{good} good, {late} late");
    let mut answers = BTreeMap::new();
    for one in crowd {
        let Some(page) = one.await.unwrap() else { continue };
        *answers.entry(page.status.as_u16()).or_insert(0) += 1;
        if page.status == 429 {
            assert_eq!(page.header("retry-after"), Some("2"));
            assert!(page.text("[role=alert]").contains("Wait a few seconds"), "{}", page.body);
            assert_eq!(page.attribute("#email", "value"), ADA);
        }
    }
    answers.remove(&503); // a deadline that was missed
    assert_eq!(answers.keys().copied().collect::<Vec<_>>(), [422, 429], "{answers:?}");
    assert!(answers[&422] >= 17, "the line was not used: {answers:?}");
}
