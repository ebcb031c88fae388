//! Deleting an environment with all its keys.

use chrono::TimeDelta;

use super::{DEV, LIST, PROD, dana, delete, id, names};
use crate::support::{Server, Verified};

#[tokio::test]
async fn the_confirmation_says_what_dies_and_wants_the_name() {
    let server = Server::start().await;
    let ada = server.ada().await;
    for (kind, name) in [("secret", "a"), ("secret", "b"), ("publishable", "c")] {
        ada.create_key(PROD, kind, name).await;
    }
    let prod = id(&server, "prod");
    for page in [
        ada.get(&format!("{LIST}/{prod}/delete")).await,
        ada.hx_get(&format!("{LIST}/{prod}/delete")).await,
    ] {
        let page = page.expect(200);
        assert_eq!(page.text("#del-t"), "Delete environment prod?");
        assert_eq!(
            page.text(".note.danger"),
            "3 keys are deleted with it: 1 publishable and 2 secret. Every call with them fails at once. This can't be undone. prod is a protected environment."
        );
        assert_eq!(page.text("form .badge.warn"), "Protected");
        assert_eq!(page.attribute("#confirm", "pattern"), "\\s*prod\\s*");
    }
    let dev = ada.get(&format!("{LIST}/{}/delete", id(&server, "dev"))).await.expect(200);
    assert_eq!(dev.text(".note.danger"), "No key is deleted with it. This can't be undone.");
    assert!(!dev.has("form .badge"));

    let before = server.database.dump();
    for typed in ["", "PROD", "pro", "prod2", "dev", "pr od"] {
        for page in [
            delete(&ada, &prod, typed).await,
            ada.hx_post(&format!("{LIST}/{prod}/delete"), &[("confirm", typed)]).await,
        ] {
            let page = page.expect(422);
            assert_eq!(
                (page.text("#confirm-err"), page.attribute("#confirm", "value")),
                ("Type prod exactly.".to_owned(), typed.to_owned())
            );
        }
    }
    for fields in [&[][..], &[("confirm", "prod"), ("id", "x")], &[("name", "prod")]] {
        ada.post(&format!("{LIST}/{prod}/delete"), fields).await.expect(400);
    }
    assert_eq!(server.database.dump(), before);
}

#[tokio::test]
async fn all_its_keys_end_at_once_and_each_history_tells_it() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let mut keys = Vec::new();
    for number in 0..12 {
        keys.push(
            ada.create_key(
                DEV,
                if number % 3 == 0 { "publishable" } else { "secret" },
                &format!("key-{number}"),
            )
            .await,
        );
    }
    let (early, early_id) = ada.create_key(DEV, "secret", "early").await;
    ada.delete_key(DEV, &early_id, "early").await.expect(303);
    let (other, _) = ada.create_key(PROD, "secret", "other").await;
    let dana = dana(&server).await;
    server.clock.advance(TimeDelta::seconds(5));

    let done = delete(&dana, &id(&server, "dev"), " dev ").await.expect(303);
    assert_eq!(done.location(), LIST);
    let revoked = Verified::Refused(401, "TOKEN_REVOKED".to_owned());
    for (key, _) in &keys {
        assert_eq!(server.api().verify(key).await, revoked);
    }
    assert_eq!(server.api().verify(&early).await, revoked);
    assert_eq!(
        server.api().verify_for("my-blog/prod", &other).await,
        Verified::Good("admin".to_owned()),
        "those of others live on"
    );
    let page = dana.get(LIST).await.expect(200);
    assert_eq!(
        page.text(".note.ok"),
        "dev is deleted. 4 publishable and 8 secret keys ended with it; calls with them are refused."
    );
    assert_eq!(page.texts("td.name"), ["staging", "prod Protected"]);

    for (key, id) in &keys {
        let history = ada
            .get(&format!("/projects/my-blog/activity?time=always&subject={id}"))
            .await
            .expect(200);
        let told = history.texts("td.name");
        assert_eq!(told.len(), 2, "{told:?}");
        let mask = format!("{}••••••••{}", &key[..7], &key[63..]);
        assert!(
            told[0].starts_with("Dana deleted ")
                && told[0].ends_with(&format!("{mask}: with its environment dev")),
            "{told:?}"
        );
        assert!(told[1].starts_with("Ada created "));
    }
    let early = ada
        .get(&format!("/projects/my-blog/activity?time=always&subject={early_id}"))
        .await
        .expect(200);
    assert_eq!(early.texts("td.name > strong"), ["Ada", "Ada"], "its end is told once");
    let all = ada.get("/projects/my-blog/activity").await.expect(200);
    assert_eq!(
        all.texts("td.name")[0],
        "Dana deleted environment dev: 4 publishable and 8 secret keys ended with it"
    );
    assert!(all.texts("td[data-label=From]")[5].starts_with("127.0.0.1session "));
    let ids = server.database.query("SELECT id AS value FROM activity");
    assert!(ids.iter().all(|id| id.len() == 36 && id.starts_with("act_")), "{ids:?}");
    // The file has them too.
    let file = ada.get("/projects/my-blog/activity.csv?time=always").await.expect(200);
    assert_eq!(file.body.matches(",\"key.deleted\",").count(), 13);
}

#[tokio::test]
async fn nothing_of_a_deleted_one_is_left_on_any_page() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, key) = ada.create_key(DEV, "secret", "server-key").await;
    ada.get(DEV).await.expect(200); // seen last
    let dev = id(&server, "dev");
    delete(&ada, &dev, "dev").await.expect(303);
    for path in [DEV.to_owned(), format!("{DEV}/new?kind=secret"), format!("{DEV}/{key}/delete")] {
        ada.get(&path).await.expect(404);
    }
    assert_eq!(ada.get("/").await.expect(303).location(), "/projects/my-blog/staging/api-keys");
    for path in [
        "/projects/my-blog",
        "/projects/my-blog/staging/api-keys",
        LIST,
        "/projects/my-blog/settings/delete",
    ] {
        let page = ada.get(path).await.expect(200);
        assert!(!page.has("a[href*='/dev/']"), "{path}");
        assert!(
            !page
                .texts("#m-env a, .note code.tag, td.name")
                .iter()
                .any(|text| text.starts_with("dev")),
            "{path}"
        );
    }
    assert_eq!(
        ada.get("/projects").await.expect(200).texts("tbody td")[1..3],
        ["2", "0"],
        "environments, keys"
    );
    assert!(
        !ada.get("/projects/my-blog/activity")
            .await
            .texts("#env option")
            .contains(&"dev".to_owned())
    );
    let list =
        crate::support::Process::run(&server.database, &["key", "list", "--project", "my-blog"]);
    assert!(list.status.success() && list.stdout.is_empty());
    let add = [
        "key",
        "add",
        "--project",
        "my-blog",
        "--environment",
        "dev",
        "--kind",
        "secret",
        "--name",
        "x",
    ];
    let add = crate::support::Process::run(&server.database, &add);
    assert_eq!(
        String::from_utf8_lossy(&add.stderr),
        "keyrack: there is no environment 'dev' in 'my-blog', only staging, prod\n"
    );
}

#[tokio::test]
async fn who_comes_second_is_told_who_was_first() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let dana = dana(&server).await;
    let dev = id(&server, "dev");
    delete(&dana, &dev, "dev").await.expect(303);
    server.clock.advance(TimeDelta::minutes(2));
    let address = format!("{LIST}/{dev}/delete");
    let edit = format!("{LIST}/{dev}/edit");
    let before = server.database.dump();
    for page in [
        ada.get(&address).await,
        ada.hx_get(&address).await,
        delete(&ada, &dev, "dev").await,
        ada.hx_post(&address, &[("confirm", "dev")]).await,
        ada.get(&edit).await,
        ada.post(&edit, &[("name", "development"), ("seen", "x")]).await,
    ] {
        let page = page.expect(200);
        assert_eq!(
            (page.text("#notice-t"), page.text("#notice-t bdi")),
            ("Dana deleted dev 2 minutes ago".to_owned(), "Dana".to_owned())
        );
    }
    assert_eq!(dana.get(&address).await.expect(200).text("h1"), "You deleted dev 2 minutes ago");
    assert_eq!(server.database.dump(), before);
}

#[tokio::test]
async fn the_last_one_stays() {
    let server = Server::start().await;
    let ada = server.ada().await;
    for name in ["dev", "prod"] {
        delete(&ada, &id(&server, name), name).await.expect(303);
    }
    let staging = id(&server, "staging");
    let page = ada.get(LIST).await.expect(200);
    assert_eq!(page.texts("button[disabled]"), ["Delete staging"]);
    assert_eq!(page.text(".why"), "The last environment can't be deleted.");
    let before = server.database.dump();
    let address = format!("{LIST}/{staging}/delete");
    for page in [
        ada.get(&address).await,
        ada.hx_get(&address).await,
        delete(&ada, &staging, "staging").await,
        ada.hx_post(&address, &[("confirm", "staging")]).await,
    ] {
        assert_eq!(page.expect(409).text("#notice-t"), "staging is the last environment");
    }
    assert_eq!(server.database.dump(), before);
    ada.post(LIST, &[("name", "qa")]).await.expect(303);
    delete(&ada, &staging, "staging").await.expect(303);
    assert_eq!(names(&ada).await, ["qa"]);
}

#[tokio::test]
async fn htmx_is_sent_on_to_the_list() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let dev = id(&server, "dev");
    let done =
        ada.hx_post(&format!("{LIST}/{dev}/delete"), &[("confirm", "dev")]).await.expect(200);
    assert_eq!(done.header("hx-redirect"), Some(LIST));
    assert!(done.body.is_empty());
    assert_eq!(ada.get(LIST).await.text(".note.ok"), "dev is deleted.");
}

/// With very many keys it takes longer than people usually wait.
#[tokio::test]
async fn on_postgresql_deleting_one_is_given_time() {
    let server = Server::start().await;
    if !server.database.is_postgres() {
        return;
    }
    let ada = server.ada().await;
    let (key, _) = ada.create_key(DEV, "secret", "server-key").await;
    server.database.execute(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(2.5); RETURN NULL; END $$;
         CREATE TRIGGER slow AFTER UPDATE ON api_keys FOR EACH STATEMENT EXECUTE FUNCTION slow()",
    );
    let id =
        server.database.query("SELECT id AS value FROM environments WHERE name = 'dev'").remove(0);
    ada.post(&format!("/projects/my-blog/environments/{id}/delete"), &[("confirm", "dev")])
        .await
        .expect(303);
    assert_eq!(server.api().verify(&key).await, Verified::Refused(401, "TOKEN_REVOKED".to_owned()));
}
