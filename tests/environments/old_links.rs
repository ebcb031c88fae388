//! Links with a former name of an environment.

use super::{DEV, LIST, delete, id, save};
use crate::support::Server;

const NEW: &str = "/projects/my-blog/development/api-keys";

#[tokio::test]
async fn they_lead_to_the_same_place_under_the_new_name() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, key) = ada.create_key(DEV, "secret", "server-key").await;
    ada.get(DEV).await.expect(200); // seen last
    let dev = id(&server, "dev");
    save(&ada, &dev, "development", false).await.expect(303);
    for rest in [
        "",
        "?q=server&page=2&kind=secret",
        "/new?kind=secret",
        &format!("/{key}/delete"),
        "?q=a%20b%26",
    ] {
        let page = ada.get(&format!("{DEV}{rest}")).await.expect(303);
        assert_eq!(page.location(), format!("{NEW}{rest}"));
        assert_ne!(ada.get(page.location()).await.status, 404);
        assert_eq!(
            page.header("cache-control"),
            Some("no-store"),
            "the name may mean another one later"
        );
    }
    let pasted = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";
    assert_eq!(
        ada.get(&format!("{DEV}?q={pasted}")).await.expect(303).location(),
        NEW,
        "a full key is not repeated"
    );
    assert_eq!(
        ada.get("/").await.expect(303).location(),
        NEW,
        "the place that was seen last has moved, too"
    );

    // Forms that were open.
    ada.post(&format!("{DEV}/search"), &[("q", "server")]).await.expect(303);
    let token = ada.form_token(NEW, "secret").await;
    ada.post(DEV, &[("token", &token), ("kind", "secret"), ("name", "second")]).await.expect(200);
    assert_eq!(ada.delete_key(DEV, &key, "server-key").await.expect(303).location(), NEW);

    // A second name: both old ones lead there.
    save(&ada, &dev, "playground", false).await.expect(303);
    for old in [DEV, NEW] {
        assert_eq!(
            ada.get(old).await.expect(303).location(),
            "/projects/my-blog/playground/api-keys"
        );
    }
    // And back: the old name is the name.
    save(&ada, &dev, "dev", false).await.expect(303);
    ada.get(DEV).await.expect(200);
    assert_eq!(ada.get(NEW).await.expect(303).location(), DEV);
}

#[tokio::test]
async fn they_lead_elsewhere_once_another_environment_takes_the_name() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (dev, staging) = (id(&server, "dev"), id(&server, "staging"));
    save(&ada, &dev, "development", false).await.expect(303);
    ada.post(LIST, &[("name", "dev"), ("former", &dev)]).await.expect(303);
    assert_eq!(
        ada.get(DEV).await.expect(200).text("h1 + p"),
        "Keys for dev. Each environment has its own keys."
    );
    // By another name, too.
    save(&ada, &dev, "develop", false).await.expect(303);
    let form = ada.get(&format!("{LIST}/{staging}/edit")).await;
    let seen = form.attribute("input[name=seen]", "value");
    let fields = [("name", "development"), ("seen", &seen), ("former", &dev)];
    ada.post(&format!("{LIST}/{staging}/edit"), &fields).await.expect(303);
    ada.get(NEW).await.expect(200);
    // The environment that took the name is renamed, too: the name leads to the one that had it
    // last.
    save(&ada, &staging, "stage", false).await.expect(303);
    assert_eq!(ada.get(NEW).await.expect(303).location(), "/projects/my-blog/stage/api-keys");
    // Once the environment is deleted, its old links no longer work.
    delete(&ada, &staging, "stage").await.expect(303);
    for gone in [NEW, "/projects/my-blog/stage/api-keys", "/projects/my-blog/staging/api-keys"] {
        ada.get(gone).await.expect(404);
    }
}

#[tokio::test]
async fn they_tell_a_stranger_nothing() {
    let server = Server::start().await;
    let ada = server.ada().await;
    save(&ada, &id(&server, "dev"), "development", false).await.expect(303);
    server.user("Eve", "eve@example.com");
    let eve = server.sign_in("eve@example.com").await;
    for path in [DEV, NEW] {
        eve.get(path).await.expect(404);
        eve.post(&format!("{path}/search"), &[("q", "x")]).await.expect(404);
    }
}
