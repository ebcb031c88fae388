//! Rotate: a new value for the same key, and the overlap.

use chrono::TimeDelta;
use keyrack::db::DbConnection;
use keyrack::domain::api_keys::{self, Digest, FormToken, Id, Overlap, RotateError, Rotation};
use keyrack::domain::{Act, Actor, environments, os_rng, projects, verification};
use keyrack::model::KeyState;

use super::{DEV, names};
use crate::support::{Page, Server, SignedIn, Verified};

fn mask(key: &str) -> String {
    format!("{}••••••••{}", &key[..7], &key[63..])
}

fn good() -> Verified {
    Verified::Good("admin".to_owned())
}

fn revoked() -> Verified {
    Verified::Refused(401, "TOKEN_REVOKED".to_owned())
}

/// Sends a new form.
async fn rotate(who: &SignedIn, id: &str, overlap: &str) -> Page {
    let form = who.get(&format!("{DEV}/{id}/rotate")).await.expect(200);
    let (token, rotations) = (
        form.attribute("input[name=token]", "value"),
        form.attribute("input[name=rotations]", "value"),
    );
    who.post(
        &format!("{DEV}/{id}/rotate"),
        &[("token", &token), ("rotations", &rotations), ("overlap", overlap)],
    )
    .await
}

#[tokio::test]
async fn both_values_work_until_the_overlap_ends_and_then_only_the_new_one() {
    let server = Server::start().await;
    let api = server.api();
    server.ada().await;
    for (overlap, time) in
        [("1h", TimeDelta::hours(1)), ("24h", TimeDelta::hours(24)), ("7d", TimeDelta::days(7))]
    {
        let ada = server.sign_in("ada@example.com").await;
        let name = format!("key-{overlap}");
        let (old, id) = ada.create_key(DEV, "secret", &name).await;
        let page = rotate(&ada, &id, overlap).await.expect(200);
        let new = page.text("#new-key");
        assert_ne!(new, old);
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert!(
            page.text(".reveal").contains(&format!("The old value {} works until", mask(&old)))
        );
        for key in [&old, &new] {
            let answer = api
                .call(reqwest::Method::GET, "/v1/key/my-blog/dev", &[("X-API-Key", key.as_bytes())])
                .await
                .expect(200);
            assert_eq!(
                (answer.json()["id"].as_str(), answer.json()["name"].as_str()),
                (Some(id.as_str()), Some(name.as_str()))
            );
        }
        // The list and the search find both values.
        let row = format!("#{id}");
        let page = ada.get(DEV).await;
        assert_eq!(
            (page.text(&format!("{row} .badge")), page.text(&format!("{row} code"))),
            ("Rotating".to_owned(), mask(&new))
        );
        for typed in [&mask(&new), &mask(&old)] {
            let found = ada.post(&format!("{DEV}/search"), &[("q", typed)]).await.expect(303);
            assert_eq!(
                names(&ada.get(found.location()).await, "secret"),
                std::slice::from_ref(&name)
            );
        }
        let page = ada.get(&format!("{DEV}/{id}")).await;
        let note = page.text("main .note");
        assert!(
            note.starts_with("Rotating.")
                && note.contains(&mask(&old))
                && note.contains(&mask(&new)),
            "{note}"
        );
        assert_eq!(page.text("main .why"), "To rotate this key again, end the overlap first.");

        server.clock.advance(time - TimeDelta::seconds(20));
        assert_eq!((api.verify(&old).await, api.verify(&new).await), (good(), good()));
        server.clock.advance(TimeDelta::seconds(21));
        assert_eq!((api.verify(&old).await, api.verify(&new).await), (revoked(), good()));
        let ada = server.sign_in("ada@example.com").await;
        assert!(!ada.get(DEV).await.has(&format!("{row} .badge")));
        // Once it is noted, no clock brings it back, and the old mask is forgotten.
        server.write(|c| api_keys::upkeep(c, server.clock.now(), server.clock.lower_bound()));
        server.clock.advance(-time);
        assert_eq!((api.verify(&old).await, api.verify(&new).await), (revoked(), good()));
        assert!(names(&ada.get(&format!("{DEV}?q={}", &mask(&old))).await, "secret").is_empty());
        server.clock.advance(time);
    }
    let told = server
        .database
        .query("SELECT detail AS value FROM activity WHERE action = 'key.rotated' ORDER BY id");
    assert_eq!(told, ["overlap 1 hour", "overlap 24 hours", "overlap 7 days"]);
}

#[tokio::test]
async fn without_an_overlap_the_old_value_is_refused_at_once() {
    let server = Server::start().await;
    let (ada, api) = (server.ada().await, server.api());
    let (old, id) = ada.create_key(DEV, "secret", "server-key").await;
    let page = rotate(&ada, &id, "0").await.expect(200);
    assert!(page.text(".reveal").contains("is refused from now on"));
    let new = page.text("#new-key");
    assert_eq!((api.verify(&old).await, api.verify(&new).await), (revoked(), good()));
    assert!(!ada.get(DEV).await.has("#secret-rows .badge"));
    // After that, it can be rotated again.
    let newest = rotate(&ada, &id, "0").await.expect(200).text("#new-key");
    assert_eq!(
        (api.verify(&old).await, api.verify(&new).await, api.verify(&newest).await),
        (revoked(), revoked(), good())
    );
    let dump = server.database.dump().join("\n");
    for key in [old, new, newest] {
        assert!(!dump.contains(&key[7..63]), "only digests and masks are kept");
    }
}

#[tokio::test]
async fn the_overlap_can_be_ended_now() {
    let server = Server::start().await;
    let (ada, api) = (server.ada().await, server.api());
    let (old, id) = ada.create_key(DEV, "secret", "server-key").await;
    let new = rotate(&ada, &id, "7d").await.expect(200).text("#new-key");
    let page = ada.get(&format!("{DEV}/{id}")).await;
    let action = page.attribute("main .note a.btn", "href");
    let ask = ada.get(&action).await.expect(200);
    assert_eq!(ask.text("h1"), "End the overlap of secret key server-key in dev?");
    assert!(
        ask.text("#safe").contains("nothing has called the new one yet"),
        "{}",
        ask.text("#safe")
    );
    assert_eq!(ask.attribute("main form", "action"), action);
    assert_eq!(api.verify(&old).await, good(), "asking changes nothing");
    assert_eq!(ada.post(&action, &[]).await.expect(303).location(), format!("{DEV}/{id}"));
    assert_eq!((api.verify(&old).await, api.verify(&new).await), (revoked(), good()));
    assert!(
        ada.get(&format!("{DEV}/{id}")).await.text(".note.ok").contains("the overlap has ended")
    );
    assert_eq!(
        ada.get(&action).await.expect(303).location(),
        format!("{DEV}/{id}"),
        "there is nothing to ask"
    );
    ada.post(&action, &[]).await.expect(303);
    assert!(ada.get(&format!("{DEV}/{id}")).await.text(".note.ok").contains("over already"));
    assert_eq!(
        server.database.count("SELECT count(*) FROM activity WHERE action = 'key.overlap_ended'"),
        1
    );
}

#[tokio::test]
async fn a_form_that_is_sent_again_rotates_once_and_shows_nothing_twice() {
    let server = Server::start().await;
    let (ada, api) = (server.ada().await, server.api());
    let (_, id) = ada.create_key(DEV, "secret", "server-key").await;
    for overlap in ["24h", "0"] {
        let form = ada.get(&format!("{DEV}/{id}/rotate")).await.expect(200);
        let (token, rotations) = (
            form.attribute("input[name=token]", "value"),
            form.attribute("input[name=rotations]", "value"),
        );
        let fields = [("token", token.as_str()), ("rotations", &rotations), ("overlap", overlap)];
        let new =
            ada.post(&format!("{DEV}/{id}/rotate"), &fields).await.expect(200).text("#new-key");
        for _ in 0..2 {
            let page = ada.post(&format!("{DEV}/{id}/rotate"), &fields).await.expect(409);
            assert_eq!(
                page.text("h1"),
                "The key was rotated, but its new value can't be shown again"
            );
            assert!(!page.body.contains(&new));
        }
        assert_eq!(api.verify(&new).await, good());
        ada.post(&format!("{DEV}/{id}/end-overlap"), &[]).await.expect(303);
    }
    assert_eq!(server.database.count("SELECT count(*) FROM rotated_secrets"), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_rotations_at_once_one_wins_and_the_others_are_told() {
    let server = Server::start().await;
    let (ada, api) = (server.ada().await, server.api());
    for overlap in ["0", "24h"] {
        let (old, id) = ada.create_key(DEV, "secret", &format!("key-{overlap}")).await;
        let mut forms = Vec::new();
        for _ in 0..12 {
            let form = ada.get(&format!("{DEV}/{id}/rotate")).await.expect(200);
            forms.push((
                form.attribute("input[name=token]", "value"),
                form.attribute("input[name=rotations]", "value"),
            ));
        }
        let held = server.database.hold_keys_until(4);
        let mut sent = tokio::task::JoinSet::new();
        for (token, rotations) in forms {
            let (who, path) = (ada.clone(), format!("{DEV}/{id}/rotate"));
            sent.spawn(async move {
                who.post(
                    &path,
                    &[("token", &token), ("rotations", &rotations), ("overlap", overlap)],
                )
                .await
            });
        }
        let answers = sent.join_all().await;
        held.join().unwrap();
        let (won, lost): (Vec<_>, Vec<_>) =
            answers.into_iter().partition(|page| page.status == 200);
        assert_eq!(won.len(), 1, "one wins");
        let expected = if overlap == "0" {
            "Somebody rotated this key meanwhile"
        } else {
            "The last rotation is not over"
        };
        for page in lost {
            assert_eq!((page.status.as_u16(), page.text("h1").as_str()), (409, expected));
        }
        assert_eq!(api.verify(&won[0].text("#new-key")).await, good());
        assert_eq!(api.verify(&old).await, if overlap == "0" { revoked() } else { good() });
    }
    assert_eq!(server.database.count("SELECT count(*) FROM rotated_secrets"), 2);
}

/// Two processes at once: the second looks for the token before the first has committed it.
#[tokio::test]
async fn of_two_keys_that_one_form_rotates_at_once_one_is_rotated() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let mut ids = Vec::new();
    for name in ["one", "other"] {
        ids.push(Id::parse(&ada.create_key(DEV, "secret", name).await.1).unwrap());
    }
    let dev = server.write(|c| -> Result<_, keyrack::db::Error> {
        let project = projects::find(c, "my-blog")?.unwrap();
        Ok(environments::list(c, &project.id)?.remove(0))
    });
    let rotation = Rotation {
        form_token: FormToken::parse("0123456789abcdef0123456789abcdef").unwrap(),
        overlap: Overlap::None,
        rotations: 0,
    };
    let now = server.clock.now();
    let rotate = |c: &mut DbConnection, id: &Id| {
        api_keys::rotate(
            c,
            &mut Act::new(&Actor::CommandLine { says: None }, now, &mut os_rng()),
            &dev,
            id,
            &rotation,
        )
    };
    let (send, rotated) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| {
            server.db.write_blocking(|c| {
                let done = rotate(c, &ids[0])?;
                send.send(()).unwrap();
                std::thread::sleep(std::time::Duration::from_millis(300));
                Ok::<_, RotateError>(done)
            })
        });
        rotated.recv().unwrap();
        let second = server.db.write_blocking(|c| rotate(c, &ids[1]));
        assert!(matches!(second, Err(RotateError::ForeignToken)), "{second:?}");
        assert!(first.join().unwrap().is_ok());
    });
    let rotated = server.database.query("SELECT key_id AS value FROM rotated_secrets");
    assert_eq!(rotated, [ids[0].to_string()]);
}

#[tokio::test]
async fn what_happens_to_the_key_happens_to_its_old_value() {
    let server = Server::start().await;
    let (ada, api) = (server.ada().await, server.api());
    let (old, id) = ada.create_key(DEV, "secret", "server-key").await;
    let new = rotate(&ada, &id, "7d").await.expect(200).text("#new-key");
    let both = async || (api.verify(&old).await, api.verify(&new).await);
    ada.post(&format!("{DEV}/{id}/pause"), &[]).await.expect(303);
    let refused = |error: &str| {
        (Verified::Refused(401, error.to_owned()), Verified::Refused(401, error.to_owned()))
    };
    assert_eq!(both().await, refused("TOKEN_PAUSED"));
    ada.post(&format!("{DEV}/{id}/resume"), &[]).await.expect(303);
    assert_eq!(both().await, (good(), good()));
    let soon = server.clock.now() + TimeDelta::hours(1);
    server.database.execute(&format!("UPDATE api_keys SET expires_at = '{soon}'"));
    assert_eq!(both().await, (good(), good()));
    server.clock.advance(TimeDelta::hours(2));
    assert_eq!(both().await, refused("TOKEN_EXPIRED"));
    ada.delete_key(DEV, &id, "server-key").await.expect(303);
    assert_eq!(both().await, (revoked(), revoked()));
}

#[tokio::test]
async fn a_key_that_is_paused_deleted_or_rotating_is_not_rotated() {
    let server = Server::start().await;
    let (ada, api) = (server.ada().await, server.api());
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    let path = format!("{DEV}/{id}/rotate");
    let fresh = || api_keys::FormToken::new(&mut keyrack::domain::os_rng()).to_string();
    let refused = async |rotations: &str, title: &str| {
        let before = server.database.dump();
        assert_eq!(ada.get(&path).await.expect(409).text("h1"), title);
        assert_eq!(
            ada.post(&path, &[("token", &fresh()), ("rotations", rotations), ("overlap", "0")])
                .await
                .expect(409)
                .text("h1"),
            title
        );
        assert_eq!(server.database.dump(), before);
    };
    ada.post(&format!("{DEV}/{id}/pause"), &[]).await.expect(303);
    refused("0", "This key is paused").await;
    ada.post(&format!("{DEV}/{id}/resume"), &[]).await.expect(303);
    for (rotations, overlap, status) in
        [("0", "2h", 400), ("0", "", 400), ("", "0", 400), ("1", "0", 409), ("-1", "0", 409)]
    {
        ada.post(&path, &[("token", &fresh()), ("rotations", rotations), ("overlap", overlap)])
            .await
            .expect(status);
    }
    ada.post(&path, &[("token", "x"), ("rotations", "0"), ("overlap", "0")]).await.expect(403);
    assert_eq!(api.verify(&key).await, good());
    rotate(&ada, &id, "1h").await.expect(200);
    refused("1", "The last rotation is not over").await;
    ada.delete_key(DEV, &id, "server-key").await.expect(303);
    refused("1", "This key is deleted").await;
    ada.get(&format!("/projects/my-blog/prod/api-keys/{id}/rotate")).await.expect(404);
}

#[tokio::test]
async fn the_identity_tells_which_value_was_called() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (old, id) = ada.create_key(DEV, "secret", "server-key").await;
    let new = rotate(&ada, &id, "24h").await.expect(200).text("#new-key");
    for (key, is_old) in [(&old, true), (&new, false)] {
        let digest = *Digest::of_presented(key.as_bytes()).unwrap().bytes();
        let found = server.db.read_blocking(|c| verification::find_all(c, &digest)).unwrap();
        let times = found[0].key.times;
        assert_eq!(
            (times.state(server.clock.now()), times.valid_until.is_some()),
            (KeyState::Active, is_old)
        );
    }
}

#[tokio::test]
async fn who_may_not_end_an_overlap_sees_the_button_disabled() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, id) = ada.create_key(DEV, "secret", "server-key").await;
    rotate(&ada, &id, "24h").await.expect(200);
    let bob = server.user("Bob", "bob@example.com");
    server.member("my-blog", &bob, "viewer");
    let page =
        server.sign_in("bob@example.com").await.get(&format!("{DEV}/{id}")).await.expect(200);
    assert_eq!(page.texts("main .note button[disabled]"), ["End overlap now"]);
    assert!(!page.has("main form") && !page.has("main .note a.btn") && page.has("main .why"));
}
