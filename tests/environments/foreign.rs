//! What belongs to somebody else answers exactly like what does not exist.

use super::{LIST, id};
use crate::support::{Page, Server};

fn without_reference(page: &Page) -> String {
    let reference = page.texts("code.select-all").into_iter().next().unwrap_or_default();
    assert!(!reference.is_empty(), "{}", page.body);
    page.body.replace(&reference, "REFERENCE")
}

#[tokio::test]
async fn foreign_and_unknown_environments_look_the_same() {
    let server = Server::start().await;
    server.ada().await;
    let dev = id(&server, "dev");
    let bob = server.user("Bob", "bob@example.com");
    server.project("Bobs Shop", &bob);
    let bob = server.sign_in("bob@example.com").await;
    let reference = without_reference(&bob.get("/projects/no-such-project").await.expect(404));
    let before = server.database.dump();
    let unknown = "env_00000000000070008000000000000000";
    let mine = "/projects/bobs-shop/environments";
    let mut addresses = vec![
        LIST.to_owned(),
        format!("{LIST}/new"),
        "/projects/my-blog/settings".to_owned(),
        "/projects/my-blog/settings/delete".to_owned(),
    ];
    for list in [LIST, mine, "/projects/no-such-project/environments"] {
        for id in [
            dev.as_str(),
            unknown,
            "dev",
            "env_",
            "ENV_00000000000070008000000000000000",
            "%00",
            "usr_00000000000070008000000000000000",
        ] {
            addresses.extend(["edit", "delete"].map(|verb| format!("{list}/{id}/{verb}")));
        }
    }
    for address in addresses {
        assert_eq!(
            without_reference(&bob.get(&address).await.expect(404)),
            reference,
            "GET {address}"
        );
        if address.ends_with("/new") {
            continue;
        }
        let fields: &[(&str, &str)] = match address.rsplit('/').next().unwrap() {
            "delete" => &[("confirm", "dev")],
            "edit" => &[("name", "mine"), ("seen", "x")],
            "settings" => &[("name", "Mine"), ("description", ""), ("seen", "x")],
            _ => &[("name", "qa")],
        };
        assert_eq!(
            without_reference(&bob.post(&address, fields).await.expect(404)),
            reference,
            "POST {address}"
        );
    }
    assert_eq!(server.database.dump(), before);
}

#[tokio::test]
async fn visitors_are_asked_to_sign_in_whether_or_not_it_exists() {
    let server = Server::start().await;
    server.ada().await;
    let dev = id(&server, "dev");
    let visitor = server.anonymous();
    for project in ["my-blog", "nothing"] {
        let at = |rest: &str| format!("/projects/{project}/{rest}");
        let (edit, delete) =
            (format!("environments/{dev}/edit"), format!("environments/{dev}/delete"));
        for path in
            ["environments", "environments/new", &edit, &delete, "settings", "settings/delete"]
        {
            assert!(
                visitor.get(&at(path)).await.expect(303).location().starts_with("/sign-in?next="),
                "{path}"
            );
        }
        for path in ["environments", &edit, &delete, "settings", "settings/delete"] {
            visitor.post(&at(path), &[("csrf", "x")]).await.expect(401);
        }
    }
    visitor.get("/help/project-settings").await.expect(303);
}
