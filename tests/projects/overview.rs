//! `/projects/{project}`: what the project holds, what happened in it, and what to do first.

use crate::support::Server;

const DEV: &str = "/projects/my-blog/dev/api-keys";

#[tokio::test]
async fn an_empty_project_says_what_to_do_first() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let bob = server.user("Bob", "bob@example.com");
    server.member("my-blog", &bob, "viewer");
    let bob = server.sign_in("bob@example.com").await;
    let page = ada.get("/projects/my-blog").await.expect(200);
    assert!(page.text(&format!("a.tile[href='{DEV}']")).starts_with("Add a key to dev"));
    let page = bob.get("/projects/my-blog").await.expect(200);
    assert!(
        page.text(&format!("a.tile[href='{DEV}']")).starts_with("See the keys of dev"),
        "a viewer adds none"
    );
    ada.create_key(DEV, "secret", "server-key").await;
    assert!(!ada.get("/projects/my-blog").await.has("#h-first"));
}

#[tokio::test]
async fn the_last_eight_things_that_happened_are_told() {
    let server = Server::start().await;
    let ada = server.ada().await;
    for number in 0..9 {
        ada.create_key(DEV, "secret", &format!("key-{number}")).await;
    }
    let page = ada.get("/projects/my-blog").await.expect(200);
    let told = page.texts(".list li > div");
    assert_eq!(told.len(), 8);
    assert!(
        told[0].starts_with("Ada created secret key key-8 sk_") && told[0].ends_with(" dev"),
        "{told:?}"
    );
    assert!(page.has("a[href='/projects/my-blog/activity']"));
}

#[tokio::test]
async fn the_place_that_was_seen_last_is_where_one_comes_back_to() {
    let server = Server::start().await;
    let ada = server.ada().await;
    ada.post("/projects", &[("name", "Shop"), ("slug", ""), ("description", "")]).await.expect(303);
    ada.get("/projects/my-blog/prod/api-keys").await.expect(200);
    // Pages without an environment lead back to it.
    let page = ada.get("/projects/my-blog").await.expect(200);
    assert!(page.has("#sidenav a[href='/projects/my-blog/prod/api-keys']"));
    assert_eq!(ada.get("/").await.expect(303).location(), "/projects/my-blog/prod/api-keys");
    // The switcher leads to the overview of the other project: that is where one is then.
    ada.get("/projects/shop").await.expect(200);
    assert_eq!(ada.get("/").await.expect(303).location(), "/projects/shop/dev/api-keys");
}

#[tokio::test]
async fn who_left_is_named_once_and_a_key_leads_to_its_history() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let dana = server.user("Dana", "dana@example.com");
    server.member("my-blog", &dana, "viewer");
    let dana = server.sign_in("dana@example.com").await;
    dana.post("/projects/my-blog/team/leave", &[]).await.expect(303);
    let (_, id) = ada.create_key(DEV, "secret", "server-key").await;
    let page = ada.get("/projects/my-blog").await.expect(200);
    assert_eq!(page.texts(".list li > div")[1], "Dana left: was viewer");
    assert_eq!(
        page.texts(".list bdi")[..4],
        ["Ada", "server-key", "Dana", "was viewer"],
        "names stand isolated"
    );
    assert!(
        page.has(&format!(".list a[href='/projects/my-blog/activity?time=always&subject={id}']"))
    );
}

#[tokio::test]
async fn the_switcher_of_projects_leads_to_the_same_page() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let user = server.database.query("SELECT id AS value FROM users").remove(0);
    server.project("Shop", &keyrack::db::UserId::parse(&user).unwrap());
    for page in ["team", "settings", "activity", "environments"] {
        let page = ada.get(&format!("/projects/my-blog/{page}")).await.expect(200);
        let address = page.attribute("#m-project nav a:not([aria-current])", "href");
        assert!(page.body.contains(&format!("href=\"{address}\"")));
        ada.get(&address).await.expect(200);
    }
    let switcher = "#m-project nav a:not([aria-current])";
    let team = ada.get("/projects/my-blog/team").await.expect(200);
    assert_eq!(team.attribute(switcher, "href"), "/projects/shop/team");
    let overview = ada.get("/projects/my-blog").await.expect(200);
    assert_eq!(overview.attribute(switcher, "href"), "/projects/shop");
    // The environment is the one of that name, if there is one.
    ada.post("/projects/my-blog/environments", &[("name", "qa")]).await.expect(303);
    for page in ["api-keys", "access-rules", "access-tokens"] {
        for (environment, there) in [("staging", "staging"), ("qa", "dev")] {
            let page_here = format!("/projects/my-blog/{environment}/{page}");
            let here = ada.get(&page_here).await.expect(200);
            let to = ada.get(&here.attribute(switcher, "href")).await.expect(303);
            assert_eq!(to.location(), format!("/projects/shop/{there}/{page}"));
        }
    }
    for nonsense in ["?page=nonsense", "?page=", "?page=%3Cscript%3E&environment=dev"] {
        ada.get(&format!("/projects/my-blog{nonsense}")).await.expect(200);
    }
}
