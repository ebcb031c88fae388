//! A full key that is pasted into the search box leads to its page.

use super::{DEV, create};
use crate::support::{Process, Server, SignedIn};

const PROD: &str = "/projects/my-blog/prod/api-keys";

/// Where the search leads to.
async fn paste(who: &SignedIn, text: &str) -> String {
    let answer = who.post(&format!("{DEV}/search"), &[("q", text)]).await.expect(303);
    answer.location().to_owned()
}

async fn rotate(who: &SignedIn, page: &str, overlap: &str) -> String {
    let form = who.get(&format!("{page}/rotate")).await.expect(200);
    let (token, rotations) = (
        form.attribute("input[name=token]", "value"),
        form.attribute("input[name=rotations]", "value"),
    );
    let fields = [("token", token.as_str()), ("rotations", &rotations), ("overlap", overlap)];
    who.post(&format!("{page}/rotate"), &fields).await.expect(200).text("#new-key")
}

#[tokio::test]
async fn of_its_project_whatever_became_of_it() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (here, id) = ada.create_key(DEV, "secret", "here").await;
    let (elsewhere, other) = ada.create_key(PROD, "publishable", "elsewhere").await;
    let (here_page, other_page) = (format!("{DEV}/{id}"), format!("{PROD}/{other}"));
    for typed in [
        here.clone(),
        format!("  {here}\t"),
        format!("X-API-Key: {here}"),
        format!("curl -H \"X-API-Key: {here}\""),
        here.replacen("sk_", "sk_\u{0}", 1).replace('\0', ""),
    ] {
        assert_eq!(paste(&ada, &typed).await, here_page, "{typed:?}");
    }
    assert_eq!(paste(&ada, &elsewhere).await, other_page, "in another environment");

    let new = rotate(&ada, &here_page, "24h").await;
    for value in [&here, &new] {
        assert_eq!(paste(&ada, value).await, here_page, "both values during an overlap");
    }
    ada.post(&format!("{here_page}/end-overlap"), &[]).await.expect(303);
    let newest = rotate(&ada, &here_page, "0").await;
    for value in [&here, &new, &newest] {
        assert_eq!(paste(&ada, value).await, here_page, "values that were rotated away");
    }
    ada.delete_key(DEV, &id, "here").await.expect(303);
    for value in [&here, &newest] {
        assert_eq!(paste(&ada, value).await, here_page, "deleted");
        assert!(ada.get(&here_page).await.expect(200).body.contains("here"));
    }
    // Viewers find it, too.
    server.member("my-blog", &server.user("Bob", "bob@example.com"), "viewer");
    assert_eq!(paste(&server.sign_in("bob@example.com").await, &elsewhere).await, other_page);
}

#[tokio::test]
async fn an_imported_one_as_well() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (text, file) = ("AKIA/old+key=~!", server.database.folder.path().join("keys.csv"));
    assert_eq!(paste(&ada, text).await, format!("{DEV}?q=AKIA%2Fold%2Bkey%3D~%21"));
    let sha = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(text));
    std::fs::write(&file, format!("name,kind,environment,sha256\nold,secret,prod,{sha}\n"))
        .unwrap();
    let import = ["key", "import", file.to_str().unwrap(), "--project", "my-blog"];
    assert!(Process::run(&server.database, &import).status.success());
    let id = server.database.query("SELECT id AS value FROM api_keys").remove(0);
    assert_eq!(paste(&ada, &format!(" {text} ")).await, format!("{PROD}/{id}"));
    assert_eq!(paste(&ada, "old").await, format!("{DEV}?q=old"), "a name is looked for as ever");
}

#[tokio::test]
async fn whether_another_project_knows_an_imported_one_is_not_told() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let bob = server.user("Bob", "bob@example.com");
    server.project("Bobs Shop", &bob);
    let (foreign, file) = ("AKIA0123456789abcdefghij", server.database.folder.path().join("k.csv"));
    let sha = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(foreign));
    std::fs::write(&file, format!("name,kind,environment,sha256\nold,secret,prod,{sha}\n"))
        .unwrap();
    let import = ["key", "import", file.to_str().unwrap(), "--project", "bobs-shop"];
    assert!(Process::run(&server.database, &import).status.success());
    // A long word that matches no name may be a key of somebody, so it is in no address.
    let dots = "%E2%80%A2".repeat(8);
    for typed in [foreign, "AKIA0123456789abcdefghix"] {
        assert_eq!(paste(&ada, typed).await, format!("{DEV}?q=AKIA{dots}"), "{typed}");
    }
    // Names are looked for as they are.
    let name = "billing-service-of-2026";
    create(&ada, "secret", name).await.expect(200);
    assert_eq!(paste(&ada, name).await, format!("{DEV}?q={name}"));
    assert_eq!(
        paste(&ada, "someone@example.com-2026").await,
        format!("{DEV}?q=someone%40example.com-2026")
    );
}

#[tokio::test]
async fn what_the_project_does_not_know_is_looked_for_by_its_mask() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let bob = server.user("Bob", "bob@example.com");
    server.project("Bobs Shop", &bob);
    let bob = server.sign_in("bob@example.com").await;
    let shop = "/projects/bobs-shop/dev/api-keys";
    let (foreign, id) = bob.create_key(shop, "secret", "foreign").await;
    let (gone, _) = ada.create_key("/projects/my-blog/staging/api-keys", "secret", "gone").await;
    let staging = server.database.query(
        "SELECT e.id AS value FROM environments e JOIN projects p ON p.id = project_id WHERE e.name = 'staging' AND slug = 'my-blog'",
    );
    let delete = format!("/projects/my-blog/environments/{}/delete", staging[0]);
    ada.post(&delete, &[("confirm", "staging")]).await.expect(303);
    let unknown = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";
    for key in [foreign.as_str(), &gone, unknown] {
        let mask = format!("{}%E2%80%A2", &key[..7]);
        let location = paste(&ada, key).await;
        assert!(location.starts_with(&format!("{DEV}?q={mask}")), "{location}");
        assert!(!location.contains(&key[8..60]) && !location.contains(&id), "{location}");
    }
    assert_eq!(
        bob.post(&format!("{shop}/search"), &[("q", &foreign)]).await.location(),
        format!("{shop}/{id}")
    );
    create(&ada, "secret", "other").await.expect(200);
}
