//! What the page shows.

use super::DEV;
use crate::support::{Process, Server};

#[tokio::test]
async fn it_has_two_cards_with_the_words_of_the_specification() {
    let server = Server::start().await;
    let page = server.ada().await.get(DEV).await.expect(200);
    assert_eq!(page.text("title"), "API Keys · dev · My Blog");
    assert_eq!(page.texts("h1"), ["API Keys"]);
    assert_eq!(page.text("h1 + p"), "Keys for dev. Each environment has its own keys.");
    assert_eq!(
        page.texts("main h2"),
        ["Publishable Keys pk_", "Secret Keys sk_", "Using an API Key", "Next steps"]
    );
    assert_eq!(
        page.text("#publishable header p"),
        "Client-side (browser, mobile app): limited permissions"
    );
    assert_eq!(page.text("#secret header p"), "Server-side only: full permissions");
    for kind in ["publishable", "secret"] {
        assert_eq!(page.texts(&format!("#{kind} th")), ["Name", "Key", "Last used", "Actions"]);
        assert!(page.text(&format!("#{kind} header .btn")).starts_with("Add Key"));
        assert_eq!(
            page.attribute(&format!("#{kind} header .btn"), "href"),
            format!("{DEV}/new?kind={kind}")
        );
    }
    let using = "Include the Publishable Key in the X-API-Key header. Add an Authorization header when authenticated requests are required.";
    assert_eq!(page.text("#h-use + p"), using);
    let curl = "curl https://api.example.com/v1/data/posts \\ -H \"X-API-Key: {pk_publishable_key}\" \\ -H \"Authorization: Bearer {accessToken}\"";
    assert_eq!(page.text("#use"), curl);
    let next = [
        "Project Settings Check your Project ID and other settings",
        "Understanding API Keys Publishable Key vs Secret Key",
        "Integrating Connect your API with a fetch helper",
    ];
    assert_eq!(page.texts("#h-next + div a"), next);
    assert!(!page.has("input[type=search]"), "no search box for ten keys or less");
}

#[tokio::test]
async fn each_environment_has_its_own_keys_and_the_switcher_stays_on_the_page() {
    let server = Server::start().await;
    let ada = server.ada().await;
    ada.create_key(DEV, "secret", "only-in-dev").await;
    let page = ada.get("/projects/my-blog/prod/api-keys").await.expect(200);
    assert_eq!(page.text("title"), "API Keys · prod · My Blog");
    assert!(!page.body.contains("only-in-dev"));
    assert_eq!(page.texts("#m-env nav a"), ["dev", "staging", "prod Protected"]);
    for environment in ["dev", "staging", "prod"] {
        let address = format!("/projects/my-blog/{environment}/api-keys");
        assert!(page.has(&format!("#m-env nav a[href='{address}']")));
        ada.get(&address).await.expect(200);
    }
    assert_eq!(page.text("#m-env a[aria-current=true]"), "prod Protected");
}

#[tokio::test]
async fn every_link_on_the_page_leads_to_a_page_that_exists() {
    let server = Server::start().await;
    let ada = server.ada().await;
    ada.create_key(DEV, "secret", "server-key").await;
    let mut seen = std::collections::BTreeSet::new();
    let mut open = vec![DEV.to_owned(), "/projects".to_owned()];
    while let Some(address) = open.pop() {
        let page = ada.get(&address).await;
        assert!(matches!(page.status.as_u16(), 200 | 303), "{address}: {}", page.status);
        let html = scraper::Html::parse_document(&page.body);
        for link in html.select(
            &scraper::Selector::parse("a[href], link[href], script[src], use[href]").unwrap(),
        ) {
            let link = link
                .value()
                .attr("href")
                .or(link.value().attr("src"))
                .unwrap()
                .split('#')
                .next()
                .unwrap();
            if link.starts_with('/') && seen.insert(link.to_owned()) {
                open.push(link.to_owned());
            }
            let stays = link.is_empty() || link.starts_with('/');
            // An authenticator app on the same device.
            assert!(stays || link.starts_with("otpauth:"), "{address} leads away, to {link}");
        }
    }
    assert!(seen.len() > 15, "{seen:?}");
    for expected in ["/help/api-keys", "/help/using-a-key", "/projects/new", "/projects/my-blog"] {
        assert!(seen.contains(expected), "{expected}");
    }
}

#[tokio::test]
async fn rows_tell_who_created_a_key_and_never_more_than_the_mask() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    let add = [
        "key",
        "add",
        "--project",
        "my-blog",
        "--environment",
        "dev",
        "--kind",
        "secret",
        "--name",
        "ci-key",
    ];
    assert!(Process::run(&server.database, &add).status.success());
    let page = ada.get(DEV).await;
    assert_eq!(super::names(&page, "secret"), ["ci-key", "server-key"], "newest first");
    let day = server.clock.now().format("%-d %b").to_string();
    let metas = page.texts("#secret-rows .meta");
    assert!(
        metas[0].starts_with(&format!("created {day}"))
            && metas[0].ends_with("by the command line"),
        "{metas:?}"
    );
    assert!(
        metas[1].starts_with(&format!("created {day}")) && metas[1].ends_with("by Ada"),
        "{metas:?}"
    );
    let mask = format!("{}••••••••{}", &key[..7], &key[63..]);
    assert_eq!(page.text(&format!("#{id} code")), mask);
    assert!(!page.body.contains(&key) && !page.body.contains(&key[7..63]));
}

#[tokio::test]
async fn home_leads_to_the_page_that_was_seen_last() {
    let server = Server::start().await;
    let ada = server.ada().await;
    assert_eq!(ada.get("/").await.expect(303).location(), DEV);
    ada.get("/projects/my-blog/staging/api-keys").await.expect(200);
    assert_eq!(ada.get("/").await.expect(303).location(), "/projects/my-blog/staging/api-keys");
    assert_eq!(server.anonymous().get("/").await.expect(303).location(), "/sign-in");
    server.user("Bob", "bob@example.com");
    assert_eq!(
        server.sign_in("bob@example.com").await.get("/").await.expect(303).location(),
        "/projects"
    );
}
