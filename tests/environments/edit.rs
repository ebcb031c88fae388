//! Renaming an environment, protecting it, and ending its protection.

use super::{DEV, LIST, dana, id, names, save, submit};
use crate::support::{Page, Server, Verified};

#[tokio::test]
async fn a_new_name_is_everywhere_at_once() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(DEV, "secret", "server-key").await;
    let dev = id(&server, "dev");
    assert_eq!(save(&ada, &dev, " development ", false).await.expect(303).location(), LIST);
    let page = ada.get(LIST).await.expect(200);
    assert_eq!(page.text(".note.ok"), "development was dev; old links and gateways keep working.");
    assert_eq!(page.texts("td.name"), ["development", "staging", "prod Protected"]);
    let answer = server
        .api()
        .call(reqwest::Method::GET, "/v1/verify/my-blog/dev", &[("X-API-Key", key.as_bytes())])
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("x-environment")),
        (200, Some("development"))
    );
    assert!(
        ada.get("/projects/my-blog/development/api-keys")
            .await
            .expect(200)
            .body
            .contains("server-key")
    );
    let told = ada.get("/projects/my-blog/activity?what=environment").await.expect(200);
    assert_eq!(told.texts("td.name"), ["Ada renamed environment development: it was dev"]);
}

#[tokio::test]
async fn protection_comes_and_goes_and_acts_at_the_next_request() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let bob = server.user("Bob", "bob@example.com");
    server.member("my-blog", &bob, "member");
    let bob = server.sign_in("bob@example.com").await;
    let (dev, prod) = (id(&server, "dev"), id(&server, "prod"));
    bob.create_key(DEV, "secret", "mine").await;
    save(&ada, &dev, "dev", true).await.expect(303);
    assert_eq!(ada.get(LIST).await.text(".note.ok"), "dev is protected now.");
    bob.get(&format!("{DEV}/new?kind=secret")).await.expect(403);
    save(&ada, &prod, "prod", false).await.expect(303);
    assert_eq!(ada.get(LIST).await.text(".note.ok"), "prod is not protected any more.");
    bob.create_key(super::PROD, "secret", "mine").await;
    save(&ada, &prod, "production", true).await.expect(303);
    assert_eq!(
        ada.get(LIST).await.text(".note.ok"),
        "production was prod; old links and gateways keep working, and it is protected now."
    );
    assert_eq!(names(&ada).await, ["dev Protected", "staging", "production Protected"]);
    let told = ada.get("/projects/my-blog/activity?what=environment").await.expect(200);
    let mut told = told.texts("td.name");
    told.sort();
    assert_eq!(
        told,
        [
            "Ada ended the protection of environment prod",
            "Ada protected environment dev",
            "Ada protected environment production",
            "Ada renamed environment production: it was prod",
        ]
    );
    // Nothing new: nothing told.
    let before = server.database.dump();
    save(&ada, &dev, "dev", true).await.expect(303);
    assert_eq!(server.database.dump(), before);
}

#[tokio::test]
async fn bad_names_and_fields_are_refused_and_kept() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let dev = id(&server, "dev");
    let before = server.database.dump();
    for (name, message) in [
        ("", "Enter a name."),
        ("Dev", "Use at most 32"),
        ("settings", "This word is reserved."),
        ("staging", "There is an environment staging already."),
    ] {
        let page = save(&ada, &dev, name, true).await.expect(422);
        assert!(
            page.text("#name-err").starts_with(message),
            "{name:?}: {}",
            page.text("#name-err")
        );
        assert_eq!(
            (page.attribute("#name", "value"), page.text("h1")),
            (name.to_owned(), "dev".to_owned())
        );
        assert!(page.has("input[name=protected][checked]"));
    }
    let seen = ada.get(&format!("{LIST}/{dev}/edit")).await.attribute("input[name=seen]", "value");
    for fields in [
        &[("name", "qa")][..],
        &[("name", "qa"), ("seen", &seen), ("id", "x")],
        &[("name", "qa"), ("seen", &seen), ("protected", "true")],
        &[("name", "qa"), ("name", "qb"), ("seen", &seen)],
    ] {
        ada.post(&format!("{LIST}/{dev}/edit"), fields).await.expect(400);
    }
    assert_eq!(server.database.dump(), before);
}

#[tokio::test]
async fn nobody_undoes_what_they_have_not_seen() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let dana = dana(&server).await;
    let dev = id(&server, "dev");
    let opened = ada.get(&format!("{LIST}/{dev}/edit")).await.expect(200);
    save(&dana, &dev, "development", true).await.expect(303);
    // Ada only wanted another name.
    let page = submit(&ada, &dev, &opened, "develop", false).await.expect(409);
    assert_eq!(
        page.text(".note.warn"),
        "Somebody changed this environment meanwhile. It is now called development and is protected. Below is what you asked for. Save again, or cancel."
    );
    assert_eq!(page.attribute("#name", "value"), "develop");
    assert_eq!(names(&ada).await[0], "development Protected");
    // Now she has seen it.
    submit(&ada, &dev, &page, "develop", true).await.expect(303);
    assert_eq!(names(&ada).await[0], "develop Protected");
    submit(&ada, &dev, &page, "develop", false).await.expect(409);
    let key = server.api().verify("x").await;
    assert!(matches!(key, Verified::Refused(401, _)));
}

#[tokio::test]
async fn a_key_is_not_added_to_another_environment_that_has_the_name_now() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (dev, staging) = (id(&server, "dev"), id(&server, "staging"));
    let form = ada.get(&format!("{DEV}/new?kind=secret")).await.expect(200);
    save(&ada, &dev, "old", false).await.expect(303);
    let told = save(&ada, &staging, "dev", false).await.expect(409);
    let seen = told.attribute("input[name=seen]", "value");
    let fields = [("name", "dev"), ("seen", &seen), ("former", &dev)];
    ada.post(&format!("{LIST}/{staging}/edit"), &fields).await.expect(303);
    let create = async |form: &Page, key_name: &str| {
        let hidden =
            |name: &str| form.attribute(&format!(".inline-form input[name={name}]"), "value");
        let (token, environment) = (hidden("token"), hidden("environment"));
        let fields = [
            ("token", token.as_str()),
            ("kind", "secret"),
            ("environment", &environment),
            ("name", key_name),
        ];
        ada.post(DEV, &fields).await
    };
    // Before anything else that is wrong with it: the form that is sent back is for the environment
    // of now.
    create(&form, "").await.expect(409);
    let told = create(&form, "server-key").await.expect(409);
    assert_eq!(
        told.text(".inline-form .error"),
        "Another environment is called dev now. Create again if the key belongs there."
    );
    assert_eq!(told.attribute(".inline-form input[name=name]", "value"), "server-key");
    assert!(server.database.query("SELECT name AS value FROM api_keys").is_empty());

    create(&told, "server-key").await.expect(200);
    let here = server.database.query("SELECT environment_id AS value FROM api_keys");
    assert_eq!(here, [staging]);
}
