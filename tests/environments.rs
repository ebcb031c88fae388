//! `/projects/{project}/environments`: the list, adding, renaming, protecting, deleting.

mod add;
mod delete;
mod edit;
mod foreign;
mod names;
mod old_links;
mod races;
mod roles;

use crate::support::{Page, Server, SignedIn};

pub const LIST: &str = "/projects/my-blog/environments";
pub const DEV: &str = "/projects/my-blog/dev/api-keys";
pub const PROD: &str = "/projects/my-blog/prod/api-keys";

/// The id of a living environment of `my-blog`.
fn id(server: &Server, name: &str) -> String {
    let sql = "SELECT e.id AS value FROM environments e JOIN projects p ON p.id = e.project_id \
               WHERE p.slug = 'my-blog' AND e.deleted_at IS NULL AND e.name = ";
    server.database.query(&format!("{sql}'{name}'")).remove(0)
}

/// The living environments of `my-blog`, as the list shows them.
async fn names(who: &SignedIn) -> Vec<String> {
    who.get(LIST).await.expect(200).texts("td.name")
}

/// Saves the form for an environment as it is now.
async fn save(who: &SignedIn, id: &str, name: &str, protected: bool) -> Page {
    let form = who.get(&format!("{LIST}/{id}/edit")).await.expect(200);
    submit(who, id, &form, name, protected).await
}

/// Saves a form that was opened before.
async fn submit(who: &SignedIn, id: &str, form: &Page, name: &str, protected: bool) -> Page {
    let seen = form.attribute("input[name=seen]", "value");
    let mut fields = vec![("name", name), ("seen", seen.as_str())];
    if protected {
        fields.push(("protected", "yes"));
    }
    who.post(&format!("{LIST}/{id}/edit"), &fields).await
}

async fn delete(who: &SignedIn, id: &str, typed: &str) -> Page {
    who.post(&format!("{LIST}/{id}/delete"), &[("confirm", typed)]).await
}

/// Dana, an admin of `my-blog`.
async fn dana(server: &Server) -> SignedIn {
    let dana = server.user("Dana", "dana@example.com");
    server.member("my-blog", &dana, "admin");
    server.sign_in("dana@example.com").await
}

#[tokio::test]
async fn the_list_has_what_hangs_in_each() {
    let server = Server::start().await;
    let ada = server.ada().await;
    ada.create_key(DEV, "secret", "a").await;
    ada.create_key(DEV, "publishable", "b").await;
    ada.create_key(DEV, "publishable", "c").await;
    let (_, gone) = ada.create_key(PROD, "secret", "gone").await;
    ada.delete_key(PROD, &gone, "gone").await.expect(303);
    let page = ada.get(LIST).await.expect(200);
    assert_eq!(page.text("title"), "Environments · My Blog");
    assert_eq!(page.texts("th"), ["Name", "Publishable", "Secret", "Created", "Actions"]);
    assert_eq!(page.texts("td.name"), ["dev", "staging", "prod Protected"]);
    assert_eq!(page.texts("td.num"), ["2", "1", "0", "0", "0", "0"]);
    assert_eq!(page.texts("td time").len(), 3);
    for name in ["dev", "staging", "prod"] {
        let id = id(&server, name);
        for verb in ["edit", "delete"] {
            assert!(page.has(&format!("#{id} a[href='{LIST}/{id}/{verb}']")), "{name} {verb}");
        }
        assert!(page.has(&format!("#{id} a[href='/projects/my-blog/{name}/api-keys']")));
    }
    let sidebar = ["Project Overview", "Environments", "API Keys"];
    assert_eq!(page.texts("#sidenav li")[..3], sidebar);
    assert_eq!(page.texts("#sidenav li").last().unwrap(), "Project Settings");
    assert_eq!(page.text("#sidenav [aria-current=page]"), "Environments");
}
