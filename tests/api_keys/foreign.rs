//! What belongs to somebody else answers exactly like what does not exist.

use reqwest::Method;

use super::DEV;
use crate::support::{Page, Server, SignedIn};

/// An answer without its request id, which is all that may differ.
fn without_reference(page: &Page) -> String {
    let reference = page.texts("code.select-all").into_iter().next().unwrap_or_default();
    assert!(!reference.is_empty(), "{}", page.body);
    page.body.replace(&reference, "REFERENCE")
}

async fn ask(who: &SignedIn, method: &Method, path: &str, token: &str) -> Page {
    if *method == Method::GET {
        return who.get(path).await;
    }
    // All fields are valid, so that only the address is wrong.
    let fields: &[(&str, &str)] = match path.rsplit('/').next().unwrap() {
        "delete" => &[("confirm", "server-key")],
        "replace" => &[("token", token)],
        "search" => &[("q", "server")],
        _ => &[("token", token), ("kind", "secret"), ("name", "mine")],
    };
    who.post(path, fields).await
}

#[tokio::test]
async fn foreign_and_unknown_projects_environments_and_keys_look_the_same() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, ada_key) = ada.create_key(DEV, "secret", "server-key").await;
    let (_, staging_key) =
        ada.create_key("/projects/my-blog/staging/api-keys", "secret", "server-key").await;
    let bob = server.user("Bob", "bob@example.com");
    server.project("Bobs Shop", &bob);
    let bob = server.sign_in("bob@example.com").await;
    let token = bob.form_token("/projects/bobs-shop/dev/api-keys", "secret").await;
    let before = server.database.dump();

    let unknown_key = "key_00000000000070008000000000000000";
    let reference = without_reference(&bob.get("/projects/no-such-project").await.expect(404));
    let in_his_own = "/projects/bobs-shop/dev/api-keys";
    let mut cases = vec![
        (Method::GET, "/projects/my-blog".to_owned()),
        (Method::GET, "/projects/MY-BLOG".to_owned()),
    ];
    for list in [
        DEV,
        "/projects/no-such-project/dev/api-keys",
        "/projects/bobs-shop/no-such/api-keys",
        "/projects/my-blog/no-such/api-keys",
    ] {
        cases.extend([
            (Method::GET, list.to_owned()),
            (Method::POST, list.to_owned()),
            (Method::POST, format!("{list}/search")),
        ]);
        cases.push((Method::GET, format!("{list}/new?kind=secret")));
        for key in [&ada_key, unknown_key] {
            cases.push((Method::GET, format!("{list}/{key}/delete")));
            cases.extend(
                ["delete", "replace"].map(|verb| (Method::POST, format!("{list}/{key}/{verb}"))),
            );
        }
    }
    // In a place that is his: a key of another project, of none, and what is no id at all.
    for key in [
        &ada_key,
        unknown_key,
        "key_",
        "KEY_00000000000070008000000000000000",
        "..",
        "%00",
        "usr_00000000000070008000000000000000",
    ] {
        cases.push((Method::GET, format!("{in_his_own}/{key}/delete")));
        cases.extend(
            ["delete", "replace"].map(|verb| (Method::POST, format!("{in_his_own}/{key}/{verb}"))),
        );
    }
    for (method, path) in &cases {
        let page = ask(&bob, method, path, &token).await;
        let (status, length) = (page.status.as_u16(), page.body.len());
        assert_eq!(status, 404, "{method} {path} ({length})");
        assert_eq!(without_reference(&page), reference, "{method} {path}");
    }
    // Ada's own key, under another of her environments.
    for verb in ["delete", "replace"] {
        ask(
            &ada,
            &Method::POST,
            &format!("{DEV}/{staging_key}/{verb}"),
            &ada.form_token(DEV, "secret").await,
        )
        .await
        .expect(404);
    }
    assert_eq!(server.database.dump(), before);
}

#[tokio::test]
async fn somebody_who_was_removed_is_a_stranger_from_the_next_request_on() {
    let server = Server::start().await;
    server.ada().await;
    let bob = server.user("Bob", "bob@example.com");
    server.member("my-blog", &bob, "admin");
    let browser = server.sign_in("bob@example.com").await;
    browser.get(DEV).await.expect(200);
    server.database.execute(&format!("DELETE FROM members WHERE user_id = '{bob}'"));
    browser.get(DEV).await.expect(404);
    assert_eq!(browser.get("/").await.expect(303).location(), "/projects");
    assert!(!browser.get("/projects").await.expect(200).body.contains("my-blog"));
}
