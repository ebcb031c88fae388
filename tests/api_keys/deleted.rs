//! Keys that were deleted recently, and what is left of them later.

use chrono::TimeDelta;
use keyrack::domain::api_keys;

use super::DEV;
use crate::support::{Server, Verified};

#[tokio::test]
async fn keys_of_the_last_thirty_days_are_listed_with_who_and_when() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let page = ada.get(&format!("{DEV}/deleted")).await.expect(200);
    assert!(page.text(".empty").contains("No key was deleted in the last 30 days."));
    assert!(
        !ada.get(DEV).await.has("a[href$='/deleted']"),
        "a link is there once there is something to see"
    );
    for (name, days) in [("first", 20), ("second", 9), ("third", 0)] {
        let (_, id) = ada.create_key(DEV, "secret", name).await;
        ada.delete_key(DEV, &id, name).await.expect(303);
        server.database.execute(&format!(
            "UPDATE api_keys SET deleted_at = '{}' WHERE id = '{id}'",
            server.clock.now() - TimeDelta::days(days)
        ));
    }
    ada.create_key(DEV, "secret", "living").await;
    assert!(ada.get(DEV).await.has("a[href$='/deleted']"));
    for page in ["", "?page=0", "?page=-1", "?page=1000000000000", "?page=x"] {
        let page = ada.get(&format!("{DEV}/deleted{page}")).await.expect(200);
        assert_eq!(page.texts("td.name .clamp"), ["third", "second", "first"]);
        assert!(page.text("td.name .sub").ends_with("by Ada"));
        assert!(page.text("td.k code").starts_with("sk_"));
    }
    server.clock.advance(TimeDelta::days(11));
    let ada = server.sign_in("ada@example.com").await;
    assert_eq!(
        ada.get(&format!("{DEV}/deleted")).await.texts("td.name .clamp"),
        ["third", "second"]
    );
    assert!(
        !ada.get("/projects/my-blog/prod/api-keys/deleted").await.has("td.name"),
        "each environment has its own"
    );
}

#[tokio::test]
async fn after_thirty_days_only_digest_ids_and_times_are_left() {
    let server = Server::start().await;
    let (ada, api) = (server.ada().await, server.api());
    let (old, id) = ada.create_key(DEV, "secret", "quokka-key").await;
    ada.post(&format!("{DEV}/{id}/edit"), &[("name", "quokka-key"), ("note", "ask the wombat")])
        .await
        .expect(303);
    let rotation =
        [("token", "0123456789abcdef0123456789abcdef"), ("rotations", "0"), ("overlap", "7d")];
    let new = ada.post(&format!("{DEV}/{id}/rotate"), &rotation).await.expect(200).text("#new-key");
    ada.delete_key(DEV, &id, "quokka-key").await.expect(303);
    let rows = || {
        let keys = server
            .database
            .dump()
            .into_iter()
            .filter(|row| !row.starts_with("activity"))
            .collect::<Vec<_>>()
            .join("\n");
        [
            keys.contains("quokka"),
            keys.contains("wombat"),
            keys.contains(&old[..7]),
            keys.contains(&new[..7]),
        ]
    };
    server.clock.advance(TimeDelta::days(30) - TimeDelta::minutes(1));
    server.write(|c| api_keys::upkeep(c, server.clock.now(), server.clock.lower_bound()));
    assert_eq!(rows(), [true; 4]);
    server.clock.advance(TimeDelta::minutes(2));
    server.write(|c| api_keys::upkeep(c, server.clock.now(), server.clock.lower_bound()));
    assert_eq!(rows(), [false; 4]);
    assert_eq!(server.database.count("SELECT count(*) FROM key_terms"), 0);
    for key in [&old, &new] {
        assert_eq!(
            api.verify(key).await,
            Verified::Refused(401, "TOKEN_REVOKED".to_owned()),
            "known for ever"
        );
    }
    let ada = server.sign_in("ada@example.com").await;
    let page = ada.get(&format!("{DEV}/{id}")).await.expect(200);
    assert_eq!(page.text("h1"), "Deleted key");
    assert!(page.text("main .note.danger").starts_with("Deleted"));
    // If the clock jumps back, what was forgotten is not shown again.
    server.clock.advance(-TimeDelta::days(20));
    assert!(
        !server
            .sign_in("ada@example.com")
            .await
            .get(&format!("{DEV}/deleted"))
            .await
            .has("td.name")
    );
}
