//! The page of a key.

use super::{DEV, names};
use crate::support::{Process, Server, SignedIn};

async fn change(who: &SignedIn, id: &str, name: &str, note: &str) -> crate::support::Page {
    who.post(&format!("{DEV}/{id}/edit"), &[("name", name), ("note", note)]).await
}

#[tokio::test]
async fn its_name_in_the_list_leads_to_it_and_it_says_what_the_key_is() {
    let server = Server::start().await;
    let ada = server.ada().await;
    for (kind, word) in [("secret", "Secret"), ("publishable", "Publishable")] {
        let (key, id) = ada.create_key(DEV, kind, "it's <mine>").await;
        let list = ada.get(DEV).await;
        assert_eq!(
            list.attribute(&format!("#{kind}-rows td.name a"), "href"),
            format!("{DEV}/{id}")
        );
        let page = ada.get(&format!("{DEV}/{id}")).await.expect(200);
        assert_eq!(page.text("h1"), "it's <mine>");
        assert!(page.text("main .page-head p").starts_with(&format!("{word} key in dev, created")));
        assert!(page.text("main .page-head p").ends_with("by Ada"));
        let facts = page.texts("dl > dd");
        assert_eq!(facts[0], "Active");
        assert!(facts[1].contains(&format!("{}••••••••{}", &key[..7], &key[63..])));
        assert_eq!(facts[3..], ["Never", "not yet", "None"]);
        assert_eq!(page.texts("dl button.key code")[1], id);
        assert_eq!(
            page.texts("main .page-head .row :is(a, button)"),
            ["Rotate", "Pause", "Delete"]
        );
        assert_eq!(
            page.texts("#h-hist ~ a, .list li div"),
            ["Show all activity of this key", "Ada created this key"]
        );
        assert!(!page.body.contains(&key[7..63]));
    }
}

#[tokio::test]
async fn name_and_note_can_be_changed_and_are_kept_when_they_are_wrong() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    ada.create_key(DEV, "secret", "other").await;
    let note = "Called by the newsletter worker.\r\nAsk <Dana>.";
    assert_eq!(
        change(&ada, &id, " worker ", note).await.expect(303).location(),
        format!("{DEV}/{id}")
    );
    let page = ada.get(&format!("{DEV}/{id}")).await;
    assert_eq!(
        (page.text("h1"), page.text(".note.ok p")),
        ("worker".to_owned(), "worker is saved.".to_owned())
    );
    assert_eq!(page.texts("dl > dd")[5], "Called by the newsletter worker. Ask <Dana>.");
    assert!(
        page.texts(".list li div")[0]
            .starts_with("Ada changed this key: note and name (was server-key)")
    );
    let page = ada.get(&format!("{DEV}/{id}/edit")).await.expect(200);
    assert_eq!(
        (page.attribute("#name", "value"), page.text("#note")),
        ("worker".to_owned(), "Called by the newsletter worker. Ask <Dana>.".to_owned())
    );

    let before = server.database.dump();
    let long = "é".repeat(501);
    let pasted = format!("value: {key}");
    for (name, note, error) in [
        ("", "kept", "Enter a name."),
        ("OTHER", "kept", "already has this name. “OTHER-2” is free."),
        (&key, "kept", "That's a key, not a name."),
        ("worker", &long, "Use at most 500 characters."),
        ("worker", "a\0b", "invisible control character"),
        ("worker", &pasted, "There is a key in it."),
    ] {
        let page = change(&ada, &id, name, note).await.expect(422);
        assert!(page.text("main .error").contains(error), "{error}: {}", page.text("main .error"));
        assert!(!page.body.contains(&key[7..63]), "a key that was pasted is not sent back");
        if note == "kept" {
            assert_eq!(page.text("#note"), "kept");
        }
        if name == "OTHER" {
            assert_eq!(page.attribute("#name", "value"), "OTHER");
        }
    }
    assert_eq!(server.database.dump(), before);
    change(&ada, &id, "Worker", &"é".repeat(500)).await.expect(303); // its own name in another case
    change(&ada, &id, "Worker", &"é".repeat(500)).await.expect(303);
    assert_eq!(
        server.database.count("SELECT count(*) FROM activity WHERE action = 'key.changed'"),
        2,
        "nothing changed, nothing recorded"
    );
    assert_eq!(names(&ada.get(DEV).await, "secret"), ["other", "Worker"]);
}

#[tokio::test]
async fn of_two_who_take_a_name_at_once_one_gets_it() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let mut ids = Vec::new();
    for number in 0..8 {
        ids.push(ada.create_key(DEV, "secret", &format!("key-{number}")).await.1);
    }
    let mut changes = tokio::task::JoinSet::new();
    for id in ids {
        let who = ada.clone();
        changes.spawn(async move { change(&who, &id, "the one", "").await.status.as_u16() });
    }
    let mut statuses = changes.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 422, 422, 422, 422, 422, 422, 422]);
    assert_eq!(
        names(&ada.get(DEV).await, "secret").iter().filter(|name| *name == "the one").count(),
        1
    );
}

#[tokio::test]
async fn a_deleted_key_says_by_whom_and_when_and_offers_nothing() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, id) = ada.create_key(DEV, "secret", "server-key").await;
    let (_, by_command) = ada.create_key(DEV, "secret", "other").await;
    ada.delete_key(DEV, &id, "server-key").await.expect(303);
    assert!(
        Process::run(&server.database, &["key", "delete", "--id", &by_command]).status.success()
    );
    for (id, who) in [(&id, "by Ada."), (&by_command, "by the command line.")] {
        let page = ada.get(&format!("{DEV}/{id}")).await.expect(200);
        let said = page.text("main .note.danger");
        assert!(said.starts_with("Deleted") && said.contains(who), "{said}");
        assert!(
            !page.has("main .page-head .row")
                && !page.has("main a[href$='/edit']")
                && !page.has("main form")
        );
        assert_eq!(
            ada.get(&format!("{DEV}/{id}/edit")).await.expect(409).text("h1"),
            "This key is deleted"
        );
        assert_eq!(
            change(&ada, id, "back", "").await.expect(409).text("h1"),
            "This key is deleted"
        );
    }
}

#[tokio::test]
async fn unknown_and_foreign_keys_are_not_there() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, id) = ada.create_key(DEV, "secret", "server-key").await;
    let eve = server.user("Eve", "eve@example.com");
    server.project("Shop", &eve);
    let eve = server.sign_in("eve@example.com").await;
    for path in [
        format!("{DEV}/key_00000000000070008000000000000000"),
        format!("{DEV}/{}", &id[..35]),
        format!("{DEV}/{}", id.to_uppercase()),
        format!("/projects/my-blog/prod/api-keys/{id}"),
    ] {
        ada.get(&path).await.expect(404);
        ada.post(&format!("{path}/edit"), &[("name", "x"), ("note", "")]).await.expect(404);
    }
    for path in [
        format!("{DEV}/{id}"),
        format!("/projects/shop/dev/api-keys/{id}"),
        format!("{DEV}/deleted"),
    ] {
        eve.get(&path).await.expect(404);
        eve.post(&format!("/projects/shop/dev/api-keys/{id}/edit"), &[("name", "x"), ("note", "")])
            .await
            .expect(404);
    }
    let visitor = server.anonymous();
    assert!(
        visitor
            .get(&format!("{DEV}/{id}"))
            .await
            .expect(303)
            .location()
            .starts_with("/sign-in?next=")
    );
    visitor.post(&format!("{DEV}/{id}/pause"), &[]).await.expect(401);
}

/// The rules for names were not always as strict.
#[tokio::test]
async fn only_what_is_changed_is_judged() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, id) = ada.create_key(DEV, "secret", "server-key").await;
    let old = "pro\u{200b}d";
    server.database.execute(&format!(
        "UPDATE api_keys SET name = '{old}', note = 'one\u{202e}\ntwo' WHERE id = '{id}';
         UPDATE projects SET name = '{old}', description = 'one\u{202e}\ntwo'"
    ));
    let stored = |table: &str| {
        server.database.query(&format!("SELECT name AS value FROM {table}")).remove(0)
    };
    change(&ada, &id, old, "a new note").await.expect(303);
    assert_eq!(stored("api_keys"), old);
    server.database.execute("UPDATE api_keys SET note = 'one\u{202e}\ntwo'");
    change(&ada, &id, "worker", "one\u{202e}\r\ntwo").await.expect(303);
    assert_eq!(stored("api_keys"), "worker");
    let page = change(&ada, &id, old, "one\u{202e}\r\ntwo").await.expect(422);
    assert!(page.has("#name-err") && !page.has("#note-err"));

    let settings = "/projects/my-blog/settings";
    let save = async |name: &str, description: &str| {
        let seen = ada.get(settings).await.expect(200).attribute("main [name=seen]", "value");
        let fields = [("name", name), ("description", description), ("seen", &seen)];
        ada.post(settings, &fields).await
    };
    save("Shop", "one\u{202e}\r\ntwo").await.expect(303);
    server.database.execute(&format!("UPDATE projects SET name = '{old}'"));
    save(old, "").await.expect(303);
    assert_eq!(stored("projects"), old);
    save("Shop", "one\u{202e}").await.expect(422);
}
