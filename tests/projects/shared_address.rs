//! Which environments the shared address for several of them includes.

use crate::support::{Page, Server, SignedIn};

const SETTINGS: &str = "/projects/my-blog/settings";
const SHARED: &str = "/projects/my-blog/settings/shared-address";
const ENVIRONMENTS: &str = "/projects/my-blog/environments";

fn id(server: &Server, name: &str) -> String {
    let sql = "SELECT id AS value FROM environments WHERE deleted_at IS NULL AND name = ";
    server.database.query(&format!("{sql}'{name}'")).remove(0)
}

/// The names of the environments that it means.
fn chosen(server: &Server) -> Vec<String> {
    server.database.query(
        "SELECT name AS value FROM environments WHERE answers_all AND deleted_at IS NULL ORDER BY created_at",
    )
}

async fn submit(who: &SignedIn, form: &Page, ids: &[&str]) -> Page {
    let seen = form.attribute("form[action$=shared-address] [name=seen]", "value");
    let ticked = ids.iter().map(|id| (*id, "yes"));
    let fields: Vec<_> = [("seen", seen.as_str())].into_iter().chain(ticked).collect();
    who.post(SHARED, &fields).await
}

#[tokio::test]
async fn it_means_no_environment_until_somebody_chooses_some_and_none_that_is_made_later() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (dev, staging) = (id(&server, "dev"), id(&server, "staging"));
    let page = ada.get(SHARED).await.expect(200);
    let card = "form[action$=shared-address]";
    assert_eq!(
        page.text(&format!("{card} p code")),
        format!("{}/v1/verify/my-blog/*", server.origin)
    );
    assert_eq!(page.texts(&format!("{card} .check")), ["dev", "staging", "prod Protected"]);
    assert!(!page.has(&format!("{card} [checked]")));
    assert_eq!(chosen(&server), [""; 0]);

    let done = submit(&ada, &page, &[&dev, &staging]).await.expect(303);
    assert_eq!(done.location(), SETTINGS);
    assert_eq!(chosen(&server), ["dev", "staging"]);
    let page = ada.get(SETTINGS).await.expect(200);
    assert_eq!(page.text(".note.ok"), "The environments of the shared address are saved.");
    let card_of_settings = page.text("section[aria-labelledby=h-shared] .body");
    assert!(card_of_settings.ends_with("Accepts keys of dev, staging."), "{card_of_settings}");
    let page = ada.get(SHARED).await.expect(200);
    for (id, ticked) in [(&dev, true), (&staging, true), (&id(&server, "prod"), false)] {
        assert_eq!(page.has(&format!("{card} [name={id}][checked]")), ticked);
    }
    ada.post(ENVIRONMENTS, &[("name", "qa")]).await.expect(303);
    assert_eq!(chosen(&server), ["dev", "staging"]);

    // The same once more is not told.
    let page = ada.get(SHARED).await.expect(200);
    submit(&ada, &page, &[&staging, &dev]).await.expect(303);
    submit(&ada, &page, &[&staging]).await.expect(303);
    let page = ada.get(SHARED).await.expect(200);
    submit(&ada, &page, &[]).await.expect(303);
    assert_eq!(chosen(&server), [""; 0]);
    let told = ada.get("/projects/my-blog/activity?what=project").await.expect(200);
    let mut told = told.texts("td.name");
    told.sort();
    let did = "Ada changed the environments of the shared address of My Blog:";
    assert_eq!(
        told[..3],
        [format!("{did} dev, staging"), format!("{did} none"), format!("{did} staging")]
    );
    assert_eq!(told.len(), 4, "and the making of the project");
}

#[tokio::test]
async fn nobody_lets_in_what_they_have_not_seen() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (dev, staging) = (id(&server, "dev"), id(&server, "staging"));
    let opened = ada.get(SHARED).await.expect(200);
    submit(&ada, &opened, &[&staging]).await.expect(303);
    let stale = submit(&ada, &opened, &[&dev]).await.expect(409);
    assert!(stale.text(".note.warn").starts_with("Somebody changed the environments meanwhile."));
    assert!(stale.has(&format!("[name={dev}][checked]")), "what was ticked is kept");
    assert!(!stale.has(&format!("[name={staging}][checked]")));
    assert_eq!(chosen(&server), ["staging"]);
    // What was dev is another one now.
    let form = ada.get(&format!("{ENVIRONMENTS}/{dev}/edit")).await;
    let seen = form.attribute("[name=seen]", "value");
    let fields = [("name", "internal"), ("seen", seen.as_str())];
    ada.post(&format!("{ENVIRONMENTS}/{dev}/edit"), &fields).await.expect(303);
    let stale = submit(&ada, &stale, &[&dev]).await.expect(409);
    submit(&ada, &stale, &[&dev]).await.expect(303);
    assert_eq!(chosen(&server), ["internal"]);
    // One that was deleted is not there to be chosen, and neither is that of another project.
    let form = ada.get(SHARED).await.expect(200);
    ada.post(&format!("{ENVIRONMENTS}/{dev}/delete"), &[("confirm", "internal")]).await.expect(303);
    submit(&ada, &form, &[]).await.expect(409);
    let form = ada.get(SHARED).await.expect(200);
    server.project("Shop", &server.user("Bob", "bob@example.com"));
    let foreign = server
        .database
        .query("SELECT e.id AS value FROM environments e JOIN projects p ON p.id = project_id WHERE slug = 'shop'")
        .remove(0);
    for id in [dev.as_str(), &foreign, "env_00000000000070008000000000000000"] {
        let refused = submit(&ada, &form, &[id, &staging]).await.expect(409);
        assert!(!refused.body.contains(id));
    }
    assert_eq!(chosen(&server), [""; 0]);
}

#[tokio::test]
async fn a_form_that_is_none_of_ours_is_refused() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let dev = id(&server, "dev");
    let page = ada.get(SHARED).await.expect(200);
    let seen = page.attribute("[name=seen]", "value");
    let before = server.database.dump();
    for fields in [
        &[][..],
        &[(dev.as_str(), "yes")],
        &[("seen", &seen), (&dev, "on")],
        &[("seen", &seen), (&dev, "yes"), ("dev", "yes")],
        &[("seen", &seen), (&dev, "yes"), ("role", "owner")],
        &[("seen", &seen), ("a\0b", "yes")],
        &[("seen", &seen), (&dev, "yes"), (&dev, "yes")],
    ] {
        ada.post(SHARED, fields).await.expect(400);
    }
    ada.post(SHARED, &[("seen", "a\0b"), (&dev, "yes")]).await.expect(409);
    assert_eq!(server.database.dump(), before);
}
