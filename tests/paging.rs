//! Long lists of people, projects and environments: pages, the order that people expect, a search.

use crate::support::{Page, Server};

const TEAM: &str = "/projects/my-blog/team";
const ENVIRONMENTS: &str = "/projects/my-blog/environments";

fn spans(page: &Page) -> Vec<String> {
    page.texts("main footer > span")
}

/// Where a link of the page leads to, without the domain.
fn to(page: &Page, label: &str) -> Option<String> {
    let at = page.texts("main footer a").iter().position(|text| text == label)?;
    Some(page.attribute(&format!("main footer a:nth-of-type({})", at + 1), "href"))
}

#[tokio::test]
async fn a_long_team_comes_in_pages_and_two_stands_before_ten() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let page = ada.get(TEAM).await.expect(200);
    assert!(!page.has("form[role=search]") && spans(&page).is_empty(), "a short one needs neither");
    for n in (1..=60).rev() {
        let user = server.user(&format!("Member {n}"), &format!("m{n}@example.com"));
        server.member("my-blog", &user, "member");
    }
    let names = |page: &Page| page.texts("section[aria-labelledby=h-mem] td.name bdi");
    let page = ada.get(TEAM).await.expect(200);
    let expected: Vec<String> = (1..=24).map(|n| format!("Member {n}")).collect();
    assert_eq!(names(&page)[0], "Ada", "owners come first");
    assert_eq!(names(&page)[1..], expected);
    assert_eq!(spans(&page), ["1–25 of 61"]);
    assert_eq!(to(&page, "Previous"), None);
    let page = ada.get(&to(&page, "Next").unwrap()).await.expect(200);
    assert_eq!((names(&page)[0].as_str(), names(&page).len()), ("Member 25", 25));
    let last = ada.get(&to(&page, "Next").unwrap()).await.expect(200);
    assert_eq!((names(&last).len(), to(&last, "Next")), (11, None));
    assert_eq!(spans(&last), ["51–61 of 61"]);
    for nonsense in ["0", "99999999999999999999999", "-1", "x"] {
        ada.get(&format!("{TEAM}?page={nonsense}")).await.expect(200);
    }

    // By name or address, without regard to case.
    let found = ada.get(&format!("{TEAM}?q=MEMBER+5")).await.expect(200);
    assert_eq!(names(&found).len(), 11, "5, and 50 to 59");
    assert_eq!(found.attribute("#q", "value"), "MEMBER 5");
    let found = ada.get(&format!("{TEAM}?q=m7@example")).await.expect(200);
    assert_eq!(names(&found), ["Member 7"]);
    let none = ada.get(&format!("{TEAM}?q=nobody")).await.expect(200);
    assert!(none.text("main").contains("Nothing found for “nobody”. Show all"));
}

#[tokio::test]
async fn projects_and_environments_come_in_pages_too() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let owner = keyrack::db::UserId::parse(
        &server.database.query("SELECT id AS value FROM users WHERE name = 'Ada'").remove(0),
    )
    .unwrap();
    for n in (1..=30).rev() {
        server.project(&format!("Service {n}"), &owner);
        ada.post(ENVIRONMENTS, &[("name", &format!("qa-{n}"))]).await.expect(303);
    }
    let names = |page: &Page| page.texts("main tbody td.name a");
    let page = ada.get("/projects").await.expect(200);
    assert_eq!(names(&page)[..4], ["My Blog", "Service 1", "Service 2", "Service 3"]);
    assert_eq!(spans(&page), ["1–25 of 31"]);
    let switcher = page.texts("#m-project nav a");
    assert!(switcher.is_empty() || switcher[2] == "Service 2", "{switcher:?}");
    assert_eq!(names(&ada.get("/projects?q=service-30").await), ["Service 30"]);
    assert!(ada.get("/projects?q=nothing").await.text("main").contains("Nothing found for"));

    let page = ada.get(ENVIRONMENTS).await.expect(200);
    assert_eq!(names(&page)[..3], ["dev", "staging", "prod"], "in the order they were made");
    assert_eq!(spans(&page), ["1–25 of 33"]);
    assert_eq!(names(&ada.get(&format!("{ENVIRONMENTS}?page=2")).await).len(), 8);
    let page = ada.get(&format!("{ENVIRONMENTS}?q=staging")).await.expect(200);
    assert_eq!(names(&page), ["staging"]);
    assert!(page.has("a[href$='/delete']"), "it is not the last one");

    let page = ada.get("/projects/my-blog").await.expect(200);
    assert_eq!(page.texts("section[aria-labelledby=h-env] tbody tr").len(), 10);
    assert_eq!(page.text("section[aria-labelledby=h-env] .hint a"), "All 33 environments");
}

#[tokio::test]
async fn a_key_that_is_pasted_into_such_a_search_does_not_stay_in_the_address() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key("/projects/my-blog/dev/api-keys", "secret", "server-key").await;
    for path in [TEAM, ENVIRONMENTS, "/projects"] {
        let to = ada.get(&format!("{path}?q={key}")).await.expect(303).location().to_owned();
        assert!(to.starts_with(&format!("{path}?q=sk_")) && !to.contains(&key[7..63]), "{to}");
        assert!(!ada.get(&to).await.expect(200).body.contains(&key));
    }
}

#[tokio::test]
async fn what_is_looked_for_is_posted_so_that_no_key_stands_in_an_address() {
    let server = Server::start().await;
    let ada = server.ada().await;
    for n in 1..=30 {
        let user = server.user(&format!("Member {n}"), &format!("m{n}@example.com"));
        server.member("my-blog", &user, "member");
    }
    let page = ada.get(TEAM).await.expect(200);
    assert_eq!(page.attribute("form[role=search]", "method"), "post");
    assert_eq!(page.attribute("form[role=search]", "action"), "/search");
    let search = async |list: &str, q: &str| ada.post("/search", &[("list", list), ("q", q)]).await;
    let found = search(TEAM, " Member 7 ").await.expect(303);
    assert_eq!(found.location(), format!("{TEAM}?q=Member+7"));
    let dev = "/projects/my-blog/dev/api-keys";
    let (key, _) = ada.create_key(dev, "secret", "server-key").await;
    let mask = search(TEAM, &key).await.expect(303);
    assert!(!mask.location().contains(&key[7..60]), "{}", mask.location());
    for elsewhere in
        ["https://evil.example", "//evil.example", "/\\evil.example", "/projects?x=", ""]
    {
        search(elsewhere, "x").await.expect(400);
    }
}
