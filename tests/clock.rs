//! Somebody sets the clock of the machine while the server runs. Nothing that was over is revived,
//! and once the clock is right again, what was done meanwhile does not block anybody for years.

use chrono::TimeDelta;
use keyrack::domain::users;

use crate::support::{PASSWORD, Server, SignedIn, TestDatabase, Verified, eventually};

const DEV: &str = "/projects/my-blog/dev/api-keys";
const YEARS: TimeDelta = TimeDelta::days(3650);

fn good() -> Verified {
    Verified::Good("admin".to_owned())
}

fn refused(error: &str) -> Verified {
    Verified::Refused(401, error.to_owned())
}

async fn create(who: &SignedIn, name: &str, days: &str) -> String {
    let token = who.form_token(DEV, "secret").await;
    let fields = [("token", token.as_str()), ("kind", "secret"), ("name", name), ("expires", days)];
    who.post(DEV, &fields).await.expect(200).text("#new-key")
}

/// Waits until the database has noted that this many keys have expired.
async fn noted(server: &Server, keys: usize) {
    eventually(|| {
        server.database.count("SELECT count(*) FROM api_keys WHERE expired_at IS NOT NULL") == keys
    })
    .await;
}

#[tokio::test]
async fn a_key_that_was_refused_stays_refused_when_the_clock_jumps_back() {
    let server = Server::start().await;
    let (ada, api) = (server.ada().await, server.api());
    let (short, other) = (create(&ada, "short", "7").await, create(&ada, "other", "7").await);
    let (old, id) = ada.create_key(DEV, "secret", "rotated").await;
    let rotation =
        [("token", "0123456789abcdef0123456789abcdef"), ("rotations", "0"), ("overlap", "1h")];
    let new = ada.post(&format!("{DEV}/{id}/rotate"), &rotation).await.expect(200).text("#new-key");
    for jump in [TimeDelta::hours(1), TimeDelta::days(7)] {
        server.clock.jump(jump);
        assert_eq!(api.verify(&old).await, refused("TOKEN_REVOKED"), "{jump}");
        assert_eq!(
            api.verify(&short).await,
            if jump < TimeDelta::days(7) { good() } else { refused("TOKEN_EXPIRED") }
        );
        server.clock.jump(-jump);
        assert_eq!(api.verify(&old).await, refused("TOKEN_REVOKED"), "{jump}");
    }
    assert_eq!(api.verify(&short).await, refused("TOKEN_EXPIRED"));
    noted(&server, 2).await;
    assert_eq!(
        (api.verify(&other).await, api.verify(&new).await),
        (refused("TOKEN_EXPIRED"), good()),
        "both ended at that time"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_asks_in_the_moment_in_which_the_end_is_noted_is_refused_too() {
    let server = Server::start().await;
    let ada = server.ada().await;
    for round in 1..=25 {
        let key = create(&ada, &format!("short-{round}"), "7").await;
        server.clock.jump(TimeDelta::days(7));
        assert_eq!(server.api().verify(&key).await, refused("TOKEN_EXPIRED"));
        server.clock.jump(TimeDelta::days(-7));
        let mut askers = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (api, key) = (server.api(), key.clone());
            askers.spawn(async move {
                for _ in 0..20 {
                    assert_eq!(
                        api.verify(&key).await,
                        refused("TOKEN_EXPIRED"),
                        "in round {round}"
                    );
                }
            });
        }
        while let Some(asked) = askers.join_next().await {
            asked.unwrap();
        }
        noted(&server, round).await;
    }
}

#[tokio::test]
async fn a_start_notes_what_came_to_its_end_meanwhile() {
    let server = Server::start().await;
    let key = create(&server.ada().await, "short", "7").await;
    // As if the server was started after eight days and nobody had asked it anything.
    server.database.execute("UPDATE api_keys SET expires_at = '2020-01-01 00:00:00'");
    let next = Server::start_on(TestDatabase::at(server.database.url().to_owned()), &[]).await;
    assert_eq!(
        next.database.count("SELECT count(*) FROM api_keys WHERE expired_at IS NOT NULL"),
        1
    );
    next.clock.jump(-YEARS);
    assert_eq!(next.api().verify(&key).await, refused("TOKEN_EXPIRED"));
}

#[tokio::test]
async fn ten_years_ahead_and_back_cost_only_what_was_refused_meanwhile() {
    let server = Server::start().await;
    let (ada, api) = (server.ada().await, server.api());
    let (lasting, _) = ada.create_key(DEV, "secret", "lasting").await;
    let (_, gone) = ada.create_key(DEV, "secret", "gone").await;
    ada.delete_key(DEV, &gone, "gone").await.expect(303);
    let short = create(&ada, "short", "30").await;
    // A jump without any request has no effect.
    server.clock.jump(YEARS);
    server.clock.jump(-YEARS);
    assert_eq!((api.verify(&short).await, api.verify(&lasting).await), (good(), good()));

    server.clock.jump(YEARS);
    assert_eq!(
        (api.verify(&short).await, api.verify(&lasting).await),
        (refused("TOKEN_EXPIRED"), good())
    );
    noted(&server, 1).await;
    server.clock.jump(-YEARS);
    assert_eq!(
        (api.verify(&short).await, api.verify(&lasting).await),
        (refused("TOKEN_EXPIRED"), good())
    );
    let later = create(&ada, "later", "7").await;
    assert_eq!(
        api.verify(&later).await,
        good(),
        "what is made afterwards is judged by the clock as it is now"
    );
    assert_eq!(
        ada.get(&format!("{DEV}/deleted")).await.texts("td.name .clamp"),
        ["gone"],
        "nothing was forgotten"
    );
}

#[tokio::test]
async fn a_session_that_was_over_stays_so_and_one_of_the_future_ends_in_time() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let asleep = server.sign_in("ada@example.com").await;
    server.clock.jump(YEARS);
    ada.get("/projects").await.expect(303);
    let early = server.sign_in("ada@example.com").await;
    early.get("/projects").await.expect(200);
    server.clock.jump(-YEARS);
    ada.get("/projects").await.expect(303);
    assert_eq!(
        server.database.count("SELECT count(*) FROM sessions"),
        1,
        "signing in removed those that were over"
    );
    asleep.get("/projects").await.expect(303);
    server.write(|c| users::pull_back(c, server.clock.now()));
    early.get("/projects").await.expect(200);
    server.clock.advance(TimeDelta::hours(12) + TimeDelta::minutes(1));
    early.get("/projects").await.expect(303);
}

#[tokio::test]
async fn nobody_is_kept_out_for_years_after_wrong_passwords_of_the_future() {
    let server = Server::start().await;
    server.ada().await;
    let visitor = server.anonymous();
    let sign_in = async |password: &str| {
        let fields = [("email", "ada@example.com"), ("password", password), ("next", "/projects")];
        visitor.post("/sign-in", &fields).await.status.as_u16()
    };
    server.clock.jump(YEARS);
    for _ in 0..5 {
        assert_eq!(sign_in("not-the-password-9").await, 422);
    }
    server.clock.jump(-YEARS);
    assert!(server.db.read_blocking(|c| users::is_any_in_future(c, server.clock.now())).unwrap());
    server.write(|c| users::pull_back(c, server.clock.now()));
    assert!(!server.db.read_blocking(|c| users::is_any_in_future(c, server.clock.now())).unwrap());
    assert_eq!(sign_in(PASSWORD).await, 429, "they count as of now");
    server.clock.advance(TimeDelta::minutes(16));
    assert_eq!(sign_in(PASSWORD).await, 303);
}
