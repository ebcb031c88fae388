//! Which names are accepted, which count as the same, and how they are shown.

use super::{DEV, create, made, names};
use crate::support::Server;

#[tokio::test]
async fn names_of_one_to_sixty_four_characters_are_shown_as_text() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (longest, emoji) = ("x".repeat(64), "🔑".repeat(64));
    let good = [
        "a",
        &longest,
        &emoji,
        "مفتاح الخادم",
        "ключ",
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "it's \"quoted\" & <b>bold</b>",
        "{{ 7 * 7 }}",
        "'; DROP TABLE api_keys; --",
        "100%_\\",
        "👩‍👩‍👧",
        "a+b&c=d",
        "=1+1",
    ];
    for name in good {
        let page = create(&ada, "secret", name).await.expect(200);
        assert_eq!(page.text(".reveal .sub strong"), name);
    }
    let page = ada.get(DEV).await;
    let shown = names(&page, "secret");
    assert_eq!(shown, good.iter().rev().copied().collect::<Vec<_>>());
    assert!(
        !page.has("main script") && !page.has("main img") && !page.has("main b"),
        "a name became markup"
    );
    // In the confirmation too, where the name is an attribute and a pattern as well.
    let html = scraper::Html::parse_document(&page.body);
    let rows = scraper::Selector::parse("#secret-rows tr[id]").unwrap();
    for (row, name) in html.select(&rows).zip(good.iter().rev()) {
        let id = row.value().id().unwrap();
        let confirm = ada.get(&format!("{DEV}/{id}/delete")).await.expect(200);
        assert_eq!(confirm.attribute("#confirm", "title"), *name);
        assert!(!confirm.has("main script") && !confirm.has("main img"));
        ada.delete_key(DEV, id, name).await.expect(303);
    }
    assert_eq!(names(&ada.get(DEV).await, "secret").len(), 0);
}

#[tokio::test]
async fn bad_names_are_refused_and_kept_in_the_form() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let too_long = ["x".repeat(65), "🔑".repeat(65)];
    let control =
        "Use letters, digits and punctuation only: this has an invisible control character.";
    let hidden =
        "This has a character that can't be seen. Type the name, or paste it without that.";
    let bad = [
        ("", "Enter a name."),
        (" \t ", "Enter a name."),
        ("\u{a0}\u{2003}", "Enter a name."),
        ("\u{200b}\u{feff}", "Enter a name."),
        (too_long[0].as_str(), "Use at most 64 characters."),
        (&too_long[1], "Use at most 64 characters."),
        ("a\u{0}b", control),
        ("a\nb", control),
        ("a\u{1b}[31mb", control),
        ("a\u{7f}", control),
        ("a\u{85}b", control),
        ("server\u{202e}yek", control),
        ("a\u{2067}b", control),
        ("a\u{2028}b", control),
        ("server\u{200b}-key", hidden),
        ("server-key\u{feff}", hidden),
        ("ser\u{ad}ver", hidden),
        ("\u{3164}a", hidden),
        ("server\u{200d}key", hidden),
        ("\u{200e}a", hidden),
    ];
    for (name, message) in bad {
        for kind in ["publishable", "secret"] {
            let page = create(&ada, kind, name).await.expect(422);
            assert_eq!(page.text(&format!("#{kind}-rows .error")), message, "{name:?}");
            let kept = page.attribute(&format!("#{kind}-rows input[name=name]"), "value");
            // HTML itself can't hold NUL.
            assert_eq!(kept.replace('\u{fffd}', "\0"), name, "what was typed is kept");
        }
    }
    assert_eq!(made(&server), 0);
}

#[tokio::test]
async fn what_nobody_sees_of_a_name_is_not_kept() {
    let server = Server::start().await;
    let ada = server.ada().await;
    ada.create_key(DEV, "secret", " prod \u{a0}  api\u{3000}2 ").await;
    assert_eq!(server.database.query("SELECT name AS value FROM api_keys"), ["prod api 2"]);
    assert_eq!(
        create(&ada, "secret", "prod  api 2").await.expect(422).text("#secret-rows .error strong"),
        "prod api 2"
    );
    ada.post("/projects", &[("name", "My  Shop"), ("slug", "")]).await.expect(303);
    assert_eq!(
        server.database.query("SELECT name AS value FROM projects WHERE slug = 'my-shop'"),
        ["My Shop"]
    );
    ada.post("/projects", &[("name", "My\u{200b}Shop"), ("slug", "")]).await.expect(422);
}

/// The names are from before they were refused.
#[tokio::test]
async fn a_name_of_which_not_all_is_seen_is_deleted_by_typing_what_is() {
    let server = Server::start().await;
    let ada = server.ada().await;
    for (name, typed) in [
        ("prod  api", "prod api"),
        ("prod\u{2011}api \u{2013} it\u{2019}s", "prod-api - it's"),
        ("ser\u{ad}ver\u{200b}-key", "server-key"),
        ("\u{ff53}erver \u{fb01}le", "server file"),
        ("👩\u{200d}👩\u{200d}👧 keys", "👩👩👧 keys"),
        ("prod  api", "prod  api"),
    ] {
        let (_, id) = ada.create_key(DEV, "secret", "to-be-renamed").await;
        server
            .database
            .execute(&format!("UPDATE api_keys SET name = '{}' WHERE id = '{id}'", name));
        ada.delete_key(DEV, &id, &typed[..4]).await.expect(422);
        ada.delete_key(DEV, &id, typed).await.expect(303);
        server
            .database
            .execute(&format!("UPDATE projects SET name = '{}' WHERE slug = 'my-blog'", name));
        let delete = "/projects/my-blog/settings/delete";
        ada.post(delete, &[("confirm", "My Blog")]).await.expect(422);
    }
    ada.post("/projects/my-blog/settings/delete", &[("confirm", "prod api")]).await.expect(303);
}

#[tokio::test]
async fn a_taken_name_shows_the_other_key_and_proposes_a_free_one() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(DEV, "secret", "Café-Key").await;
    ada.create_key(DEV, "secret", "café-key-2").await;
    let mask = format!("{}••••••••{}", &key[..7], &key[63..]);
    for (same, free) in [
        ("Café-Key", "Café-Key-3"),
        ("CAFÉ-KEY", "CAFÉ-KEY-3"),
        ("cafe\u{301}-key", "cafe\u{301}-key-3"),
        (" café-key ", "café-key-3"),
    ] {
        let page = create(&ada, "secret", same).await.expect(422);
        let error = page.text("#secret-rows .error");
        assert_eq!(error, format!("Café-Key {mask} already has this name. “{free}” is free."));
        assert_eq!(page.attribute("#secret-rows input[name=name]", "value"), same);
        create(&ada, "secret", free).await.expect(200);
        let id = ada.get(DEV).await.attribute("#secret-rows tr", "id");
        ada.delete_key(DEV, &id, free).await.expect(303);
    }
    assert_eq!(names(&ada.get(DEV).await, "secret"), ["café-key-2", "Café-Key"]);
}

#[tokio::test]
async fn a_name_is_free_in_the_other_kind_the_other_environment_and_after_deletion() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, id) = ada.create_key(DEV, "secret", "my key").await;
    ada.create_key(DEV, "publishable", "My Key").await;
    ada.create_key("/projects/my-blog/prod/api-keys", "secret", "my key").await;
    ada.delete_key(DEV, &id, "my key").await.expect(303);
    ada.create_key(DEV, "secret", "my key").await;
    assert_eq!(made(&server), 4);
}

#[tokio::test]
async fn a_pasted_key_is_no_name_and_is_not_sent_back() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(DEV, "secret", "server-key").await;
    for pasted in [
        key.clone(),
        format!("  {key}\n"),
        format!("my key {key}"),
        key.to_uppercase(),
        key[3..].to_owned(),
    ] {
        let page = create(&ada, "publishable", &pasted).await.expect(422);
        assert_eq!(page.text("#publishable-rows .error"), "That's a key, not a name.");
        assert!(!page.body.to_lowercase().contains(&key[7..63]), "it is in the answer");
    }
    assert_eq!(made(&server), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_people_who_take_one_name_at_once_one_gets_it() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let mut tries = tokio::task::JoinSet::new();
    for number in 0..12 {
        let ada = ada.clone();
        tries.spawn(async move {
            create(&ada, "secret", if number % 2 == 0 { "Server-Key" } else { "server-key" })
                .await
                .status
                .as_u16()
        });
    }
    let mut statuses = tries.join_all().await;
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (200, &[422; 11][..]));
    assert_eq!(made(&server), 1);
}
