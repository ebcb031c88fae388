//! Who may do what with environments, on the page and on the server.

use super::{LIST, delete, id};
use crate::support::Server;

const MEMBER: &str = "Only owners and admins can rename, protect or delete environments.";
const VIEWER: &str = "You are a viewer of this project. Only owners, admins and members can add environments, and only owners and admins can change them.";

#[tokio::test]
async fn each_role_sees_and_does_what_the_table_of_rights_says() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let bob = server.user("Bob", "bob@example.com");
    server.member("my-blog", &bob, "viewer");
    let browser = server.sign_in("bob@example.com").await;
    for (role, adds, changes, why) in [
        ("owner", true, true, None),
        ("admin", true, true, None),
        ("member", true, false, Some(MEMBER)),
        ("viewer", false, false, Some(VIEWER)),
    ] {
        server.member("my-blog", &bob, role); // acts at once, in the open session
        let page = browser.get(LIST).await.expect(200);
        assert_eq!(page.texts(".why"), why.into_iter().collect::<Vec<_>>(), "{role}");
        assert_eq!(page.has("a[href$='/environments/new']"), adds, "{role}");
        assert_eq!(page.has(".page-head button[disabled]"), !adds, "{role}");
        assert_eq!(page.texts("td.end a").len(), if changes { 6 } else { 0 }, "{role}");
        assert_eq!(
            page.texts("td.end button[disabled]").len(),
            if changes { 0 } else { 6 },
            "{role}"
        );

        let before = server.database.dump();
        browser.get(&format!("{LIST}/new")).await.expect(if adds { 200 } else { 403 });
        if !adds {
            browser.post(LIST, &[("name", "qa")]).await.expect(403);
            assert_eq!(server.database.dump(), before, "{role}");
        }
        if !changes {
            // Not by a box that is disabled on the page either.
            let refused =
                browser.post(LIST, &[("name", "qa"), ("protected", "yes")]).await.expect(403);
            assert!(refused.text("main").contains("Only owners"), "{role}");
            let dev = id(&server, "dev");
            for verb in ["edit", "delete"] {
                let page = browser.get(&format!("{LIST}/{dev}/{verb}")).await.expect(403);
                assert!(
                    page.text("main")
                        .contains("Only owners and admins of this project can change this.")
                );
            }
            let seen =
                ada.get(&format!("{LIST}/{dev}/edit")).await.attribute("input[name=seen]", "value");
            browser
                .post(&format!("{LIST}/{dev}/edit"), &[("name", "mine"), ("seen", &seen)])
                .await
                .expect(403);
            delete(&browser, &dev, "dev").await.expect(403);
            assert_eq!(server.database.dump(), before, "{role}");
        }
        if adds {
            let name = format!("qa-{role}");
            browser.post(LIST, &[("name", &name)]).await.expect(303);
            let qa = id(&server, &name);
            assert_eq!(
                server
                    .database
                    .count("SELECT count(*) FROM environments WHERE name LIKE 'qa%' AND protected"),
                0
            );
            delete(if changes { &browser } else { &ada }, &qa, &name).await.expect(303);
        }
    }
}
