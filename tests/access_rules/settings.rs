//! The verifier follows the stored policy at once, in every process, and is never looser than it.

use super::{DEV, RULES, assert_forbidden, behind_a_gateway, call, original, original_in};
use crate::support::{Server, TestDatabase};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_that_starts_after_a_change_was_answered_is_judged_by_the_old_rules() {
    let server = behind_a_gateway().await;
    let ada = server.ada().await;
    let replica = Server::start_on(
        TestDatabase::at(server.database.url().to_owned()),
        &["--trusted-proxy", "127.0.0.1"],
    )
    .await;
    let (web, _) = ada.create_key(DEV, "publishable", "web").await;
    for round in 0..10 {
        let open = round % 2 == 0;
        let rights: &[(&str, &str)] =
            if open { &[("guest-delete", "on")] } else { &[("guest-read", "on")] };
        ada.save_rules(RULES, rights).await.expect(303);
        for at in [&server, &replica] {
            let answers = futures_util::future::join_all(
                (0..16).map(|_| original(at, &web, "DELETE", "/v1/data/posts/1")),
            )
            .await;
            for page in answers {
                assert_eq!(page.status.as_u16(), if open { 200 } else { 403 }, "round {round}");
            }
        }
    }
}

/// With versions that count up, both would have been the first one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_that_come_after_a_restore_are_not_taken_for_those_before_it() {
    let server = behind_a_gateway().await;
    let ada = server.ada().await;
    let (web, _) = ada.create_key(DEV, "publishable", "web").await;
    for round in 0..3 {
        // Before anything was saved: what a backup has.
        server.database.execute("DELETE FROM policies");
        let delete = [("guest-delete", "on")];
        let read = [("guest-read", "on")];
        let (rights, expected) = if round % 2 == 0 { (&delete, 200) } else { (&read, 403) };
        ada.save_rules(RULES, rights).await.expect(303);
        let page = original(&server, &web, "DELETE", "/v1/data/posts/1").await;
        assert_eq!(page.status.as_u16(), expected, "round {round}");
    }
    let tags = server.database.query("SELECT tag AS value FROM policies");
    assert!(tags.len() == 1 && tags[0].len() == 32, "{tags:?}");
}

#[tokio::test]
async fn a_policy_that_cannot_be_read_lets_nobody_in() {
    let server = behind_a_gateway().await;
    let ada = server.ada().await;
    let (web, _) = ada.create_key(DEV, "publishable", "web").await;
    ada.save_rules(RULES, &[("guest-read", "on")]).await.expect(303);
    for (tag, settings) in ["", "{}x", "{\"rules\":{}}", "{\"unknown\":1}"].iter().enumerate() {
        server
            .database
            .execute(&format!("UPDATE policies SET tag = '{tag}', settings = '{settings}'"));
        for headers in [&[][..], &[("Origin", "https://a.example")]] {
            let page = call(&server, &web, headers).await.expect(503);
            assert_eq!(page.json()["error"], "UNAVAILABLE", "{settings:?}");
        }
    }
    ada.get(RULES).await.expect(503);
    // Another environment has nothing to do with it.
    let (staging, _) =
        ada.create_key("/projects/my-blog/staging/api-keys", "publishable", "web").await;
    assert_eq!(
        original_in(&server, "staging", &staging, "GET", "/v1/data/posts").await.status,
        200
    );
    assert_forbidden(
        &original_in(&server, "staging", &staging, "POST", "/v1/data/posts").await,
        "PERMISSION_DENIED",
        "create posts",
        "staging",
    );
}

#[tokio::test]
async fn a_form_that_was_shown_for_another_environment_is_not_saved_into_the_one_that_has_its_name_now()
 {
    let server = behind_a_gateway().await;
    let ada = server.ada().await;
    let tokens = "/projects/my-blog/dev/access-tokens";
    let (rules, issuers) = (ada.get(RULES).await.expect(200), ada.get(tokens).await.expect(200));
    let shown = rules.attribute("input[name=environment]", "value");
    assert_eq!(issuers.attribute("form[method=post] input[name=environment]", "value"), shown);
    let ids = server.database.query("SELECT id AS value FROM environments ORDER BY name");
    for (id, name) in ids.iter().zip(["dev-old", "dev"]) {
        let edit = format!("/projects/my-blog/environments/{id}/edit");
        let seen = ada.get(&edit).await.expect(200).attribute("input[name=seen]", "value");
        let fields = [("name", name), ("seen", &seen), ("former", &ids[0])];
        ada.post(&edit, &fields).await.expect(303);
    }
    let before = server.database.dump();
    let fields = [
        ("environment", shown.as_str()),
        ("version", ""),
        ("base_path", "/hijack"),
        ("elsewhere", "everybody"),
        ("origins", ""),
    ];
    ada.post(RULES, &fields).await.expect(409);
    let fields = [
        ("environment", shown.as_str()),
        ("version", ""),
        ("issuer", ""),
        ("audience", ""),
        ("url", ""),
        ("keys", ""),
    ];
    ada.post(tokens, &fields).await.expect(409);
    let fields = [("environment", shown.as_str()), ("version", ""), ("turn", "on")];
    ada.post(&format!("{RULES}/check-keys-only"), &fields).await.expect(409);
    assert_eq!(server.database.dump(), before);
}
