//! Deleting a whole project.

use crate::support::{Process, Server, SignedIn, Verified};

const DELETE: &str = "/projects/my-blog/settings/delete";
const DEV: &str = "/projects/my-blog/dev/api-keys";
const PROD: &str = "/projects/my-blog/prod/api-keys";

async fn delete(who: &SignedIn) -> crate::support::Page {
    who.post(DELETE, &[("confirm", "My Blog")]).await
}

#[tokio::test]
async fn the_confirmation_says_what_dies_and_wants_the_name() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let dana = server.user("Dana", "dana@example.com");
    server.member("my-blog", &dana, "admin");
    ada.create_key(DEV, "secret", "a").await;
    for page in [ada.get(DELETE).await, ada.hx_get(DELETE).await] {
        let page = page.expect(200);
        assert_eq!(page.text("#del-t"), "Delete project My Blog?");
        assert_eq!(
            page.texts(".note.danger p"),
            [
                "3 environments and 1 key are deleted with it. Every call with it fails at once. This can't be undone.",
                "devstagingprodProtected",
                "You and 1 other member lose access. No other project can have the slug my-blog."
            ]
        );
    }
    let before = server.database.dump();
    for typed in ["", "my blog", "my-blog", "My Blo"] {
        for page in [
            ada.post(DELETE, &[("confirm", typed)]).await,
            ada.hx_post(DELETE, &[("confirm", typed)]).await,
        ] {
            assert_eq!(page.expect(422).text("#confirm-err"), "Type My Blog exactly.");
        }
    }
    ada.post(DELETE, &[("confirm", "My Blog"), ("project_id", "x")]).await.expect(400);
    ada.post(DELETE, &[]).await.expect(400);
    assert_eq!(server.database.dump(), before);
}

#[tokio::test]
async fn everything_in_it_ends_at_once_and_nobody_finds_it_any_more() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let dana = server.user("Dana", "dana@example.com");
    server.member("my-blog", &dana, "owner");
    let other = server.project("Shop", &dana);
    let dana = server.sign_in("dana@example.com").await;
    let mut keys = Vec::new();
    for (list, kind) in [(DEV, "secret"), (DEV, "publishable"), (PROD, "secret")] {
        keys.push(ada.create_key(list, kind, "mine").await);
    }
    let (shop, _) =
        dana.create_key(&format!("/projects/{other}/dev/api-keys"), "secret", "shop").await;
    ada.get(DEV).await.expect(200); // seen last

    let done = delete(&ada).await.expect(303);
    assert_eq!(done.location(), "/projects");
    for ((key, _), environment) in keys.iter().zip(["dev", "dev", "prod"]) {
        assert_eq!(
            server.api().verify_for(&format!("my-blog/{environment}"), key).await,
            Verified::Refused(401, "TOKEN_REVOKED".to_owned())
        );
    }
    let verified = server.api().verify_for("shop/dev", &shop).await;
    assert_eq!(verified, Verified::Good("admin".to_owned()));
    let page = ada.get("/projects").await.expect(200);
    assert_eq!(
        page.text(".note.ok"),
        "My Blog is deleted. 1 publishable and 2 secret keys ended with it; calls with them are refused."
    );
    assert!(!page.has("a[href='/projects/my-blog']"));
    for who in [&ada, &dana] {
        for path in [
            "/projects/my-blog",
            DEV,
            DELETE,
            "/projects/my-blog/activity",
            "/projects/my-blog/activity.csv",
            "/projects/my-blog/environments",
        ] {
            who.get(path).await.expect(404);
        }
        delete(who).await.expect(404);
    }
    assert_eq!(ada.get("/").await.expect(303).location(), "/projects");
    assert_eq!(dana.get("/").await.expect(303).location(), "/projects/shop/dev/api-keys");
    assert_eq!(dana.get("/projects/shop").await.expect(200).texts("#m-project nav a"), ["Shop"]);
    let list = Process::run(&server.database, &["key", "list", "--project", "my-blog"]);
    assert_eq!(String::from_utf8_lossy(&list.stderr), "keyrack: there is no project 'my-blog'\n");
    // Each key's end is in the log, and the project's with what died.
    assert_eq!(server.database.count("SELECT count(*) FROM activity WHERE action = 'key.deleted' AND detail = 'with its project'"), 3);
    let told = server.database.query(
        "SELECT actor || ': ' || detail AS value FROM activity WHERE action = 'project.deleted'",
    );
    assert_eq!(
        told,
        ["Ada: 3 environments deleted, 1 publishable and 2 secret keys ended with it"]
    );

    // Nobody gets its slug, by typing it or by the same name, and a later project has nothing of it.
    let fields = [("name", "My Blog"), ("slug", "my-blog"), ("description", "")];
    let refused = dana.post("/projects", &fields).await.expect(422);
    assert_eq!(refused.text("#slug-err"), "The slug my-blog is taken. Choose another one.");
    let made = dana.post("/projects", &[("name", "My Blog")]).await.expect(303);
    assert_eq!(made.location(), "/projects/my-blog-2/dev/api-keys");
    assert!(!dana.get(made.location()).await.expect(200).body.contains("mine"));
    let told = dana.get("/projects/my-blog-2/activity?time=always").await.expect(200);
    assert_eq!(told.texts("td.name"), ["Dana created project My Blog"]);
    ada.get("/projects/my-blog-2").await.expect(404);
    assert_eq!(
        server.api().verify(&keys[0].0).await,
        Verified::Refused(401, "TOKEN_REVOKED".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_delete_it_at_once_one_did_and_the_other_finds_nothing() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let dana = server.user("Dana", "dana@example.com");
    server.member("my-blog", &dana, "owner");
    let dana = server.sign_in("dana@example.com").await;
    let (one, two, added) = tokio::join!(
        delete(&ada),
        delete(&dana),
        ada.post("/projects/my-blog/environments", &[("name", "qa")])
    );
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 404]);
    assert!(matches!(added.status.as_u16(), 303 | 404), "{}", added.status);
    assert_eq!(
        server.database.count("SELECT count(*) FROM environments WHERE deleted_at IS NULL"),
        0
    );
    assert_eq!(
        server.database.count("SELECT count(*) FROM activity WHERE action = 'project.deleted'"),
        1
    );
}

#[tokio::test]
async fn htmx_is_sent_on_to_the_projects() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let done = ada.hx_post(DELETE, &[("confirm", "My Blog")]).await.expect(200);
    assert_eq!(done.header("hx-redirect"), Some("/projects"));
    assert_eq!(ada.get("/projects").await.text(".note.ok"), "My Blog is deleted.");
}
