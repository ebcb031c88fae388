//! Keys that an issuer removed are soon refused: even after days without calls, and even while the
//! issuer can't be reached.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use serde_json::json;

use super::{
    TOKENS, assert_refused, assert_unavailable, assert_user, call_with, claims, keys, until, with,
};
use crate::support::tokens::{EC, OTHER_EC, Signer};
use crate::support::{Answer, Issuer, Server, eventually};

/// A token that is good for a month.
fn lasting(server: &Server, signer: &Signer, id: &str) -> String {
    let mut claims = claims(server);
    claims["exp"] = json!(server.clock.now().and_utc().timestamp() + 30 * 86_400);
    signer.sign(Some(id), &claims)
}

#[tokio::test]
async fn a_key_that_the_issuer_removed_is_gone_after_a_quarter_of_an_hour_of_use() {
    let issuer = Issuer::start(keys(&[(&EC, "old"), (&OTHER_EC, "new")])).await;
    let (server, _, key) = with(&issuer).await;
    let (old, new) =
        (EC.sign(Some("old"), &claims(&server)), OTHER_EC.sign(Some("new"), &claims(&server)));
    issuer.answer(keys(&[(&OTHER_EC, "new")]));
    server.clock.advance(TimeDelta::minutes(14));
    assert_user(&call_with(&server, &key, &old).await, "auth0|ada");
    assert_eq!(issuer.hits(), 1);
    server.clock.advance(TimeDelta::minutes(2));
    call_with(&server, &key, &new).await;
    eventually(|| issuer.hits() == 2).await;
    until(async || call_with(&server, &key, &old).await.status == 401).await;
}

#[tokio::test]
async fn a_key_that_the_issuer_removed_does_not_pass_once_more_after_idle_time() {
    for idle in [TimeDelta::minutes(61), TimeDelta::days(3)] {
        let issuer = Issuer::start(keys(&[(&EC, "old"), (&OTHER_EC, "new")])).await;
        let (server, _, key) = with(&issuer).await;
        let (old, new) = (lasting(&server, &EC, "old"), lasting(&server, &OTHER_EC, "new"));
        assert_user(&call_with(&server, &key, &old).await, "auth0|ada");
        issuer.answer(keys(&[(&OTHER_EC, "new")]));
        server.clock.advance(idle);
        assert_refused(&call_with(&server, &key, &old).await, "(kid)", "the first call");
        assert_user(&call_with(&server, &key, &new).await, "auth0|ada");
        // Also when the issuer was away at the last call before the pause, and answers late.
        issuer.answer(Answer::Status(503));
        server.clock.advance(TimeDelta::minutes(61));
        assert_user(&call_with(&server, &key, &new).await, "auth0|ada");
        issuer.answer(Answer::Silent);
        server.clock.advance(TimeDelta::hours(3));
        let begun = Instant::now();
        assert_unavailable(&call_with(&server, &key, &new).await, begun);
    }
}

#[tokio::test]
async fn known_keys_are_good_for_a_day_while_the_issuer_is_away_and_not_longer() {
    let issuer = Issuer::start(keys(&[(&EC, "one")])).await;
    let (server, _, key) = with(&issuer).await;
    let token = lasting(&server, &EC, "one");
    issuer.answer(Answer::Status(500));
    for hour in 1..24 {
        server.clock.advance(TimeDelta::hours(1));
        let begun = Instant::now();
        assert_user(&call_with(&server, &key, &token).await, "auth0|ada");
        assert!(begun.elapsed() < Duration::from_millis(800), "hour {hour}");
    }
    server.clock.advance(TimeDelta::hours(1) + TimeDelta::seconds(1));
    for _ in 0..3 {
        let begun = Instant::now();
        assert_unavailable(&call_with(&server, &key, &token).await, begun);
    }
    let ada = server.sign_in("ada@example.com").await;
    let footer = ada.get(TOKENS).await.expect(200).text(".card footer");
    assert!(footer.contains("The last fetch failed: The host answered 500"), "{footer}");
    // It is back, and the keys are good again.
    issuer.answer(keys(&[(&EC, "one")]));
    server.clock.advance(TimeDelta::seconds(11));
    assert_user(&call_with(&server, &key, &token).await, "auth0|ada");
}

#[tokio::test]
async fn nobody_waits_again_and_again_for_an_issuer_that_never_answers() {
    let issuer = Issuer::start(keys(&[(&EC, "one")])).await;
    let (server, _, key) = with(&issuer).await;
    let token = lasting(&server, &EC, "one");
    issuer.answer(Answer::Silent);
    server.clock.advance(TimeDelta::minutes(61));
    let begun = Instant::now();
    assert_unavailable(&call_with(&server, &key, &token).await, begun);
    // That it is away is known when the fetch has failed. From then on the known keys are good.
    until(async || call_with(&server, &key, &token).await.status == 200).await;
    for _ in 0..2 {
        server.clock.advance(TimeDelta::seconds(61));
        let begun = Instant::now();
        assert_user(&call_with(&server, &key, &token).await, "auth0|ada");
        assert!(begun.elapsed() < Duration::from_millis(800));
        // The fetch that this call began fails after five seconds.
        tokio::time::sleep(Duration::from_millis(5200)).await;
    }
}

#[tokio::test]
async fn an_issuer_that_has_no_keys_left_is_not_away() {
    let issuer = Issuer::start(keys(&[(&EC, "one")])).await;
    let (server, _, key) = with(&issuer).await;
    let token = lasting(&server, &EC, "one");
    issuer.answer(Answer::Ok(r#"{"keys":[]}"#.to_owned()));
    server.clock.advance(TimeDelta::minutes(30));
    assert_user(&call_with(&server, &key, &token).await, "auth0|ada");
    server.clock.advance(TimeDelta::minutes(31));
    let begun = Instant::now();
    assert_unavailable(&call_with(&server, &key, &token).await, begun);
}

#[tokio::test]
async fn a_clock_that_is_set_back_makes_no_key_good_for_longer() {
    let issuer = Issuer::start(keys(&[(&EC, "old")])).await;
    let (server, _, key) = with(&issuer).await;
    server.clock.advance(TimeDelta::hours(-2));
    let old = EC.sign(Some("old"), &claims(&server));
    issuer.answer(keys(&[(&OTHER_EC, "new")]));
    assert_refused(&call_with(&server, &key, &old).await, "(kid)", "after the clock was set back");
}
