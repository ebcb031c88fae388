//! *Check keys only*: who may turn it on, who is told, and which checks it leaves out.

use super::{DEV, RULES, assert_forbidden, behind_a_gateway, call, original};
use crate::support::{MailServer, Page, Server, SignedIn, Temper, eventually};

/// Turns it on or off, as the page does without JavaScript.
pub async fn turn(who: &SignedIn, rules: &str, to: &str) -> Page {
    let form = format!("main form[action$='{rules}/check-keys-only']");
    let shown = who.get(rules).await.expect(200);
    let value = |name: &str| shown.attribute(&format!("{form} input[name={name}]"), "value");
    let (environment, version) = (value("environment"), value("version"));
    let fields =
        [("environment", environment.as_str()), ("version", version.as_str()), ("turn", to)];
    who.post(&format!("{rules}/check-keys-only"), &fields).await
}

#[tokio::test]
async fn it_lifts_the_rules_of_publishable_keys_while_nothing_is_known_and_nothing_else() {
    let server = behind_a_gateway().await;
    let ada = server.ada().await;
    let (web, _) = ada.create_key(DEV, "publishable", "web").await;
    let scoped = ada.create_narrowed(DEV, "publishable", "ci", &[("scopes", "posts:*")]).await;
    let office = ada.create_narrowed(DEV, "secret", "office", &[("from", "10.0.0.0/8")]).await;
    assert_eq!(call(&server, &web, &[]).await.status, 403);
    turn(&ada, RULES, "on").await.expect(303);
    assert_eq!(call(&server, &web, &[]).await.status, 200);
    // A known request is judged, half of one does not count as unknown, and scopes and addresses
    // are still checked.
    let deleted = original(&server, &web, "DELETE", "/v1/data/posts/1").await;
    assert_forbidden(&deleted, "PERMISSION_DENIED", "may not delete posts", "known");
    let half = call(&server, &web, &[("X-Original-Method", "GET")]).await;
    assert_forbidden(&half, "PERMISSION_DENIED", "once each", "half");
    let scoped = call(&server, &scoped, &[]).await;
    assert_forbidden(&scoped, "PERMISSION_DENIED", "does not pass the original request", "scopes");
    let office = call(&server, &office, &[]).await;
    assert_forbidden(&office, "PERMISSION_DENIED", "address is not known", "addresses");
    // Saving the rules leaves it on, whatever a form says.
    ada.save_rules(RULES, &[("guest-read", "on")]).await.expect(303);
    assert_eq!(call(&server, &web, &[]).await.status, 200);
    ada.save_rules(RULES, &[("check_keys_only", "on")]).await.expect(400);
    turn(&ada, RULES, "off").await.expect(303);
    assert_eq!(call(&server, &web, &[]).await.status, 403);
    let saved = ada.get(RULES).await;
    assert!(
        saved.has("input[name=guest-read][checked]")
            && !saved.has("input[name=guest-list][checked]")
    );
}

#[tokio::test]
async fn only_owners_and_admins_turn_it_on_protected_or_not() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let bob = server.user("Bob", "bob@example.com");
    server.member("my-blog", &bob, "viewer");
    let browser = server.sign_in("bob@example.com").await;
    const WHY: &str = "Only owners and admins of this project can change this.";
    for role in ["viewer", "member", "admin", "owner"] {
        server.member("my-blog", &bob, role);
        for environment in ["dev", "prod"] {
            let rules = format!("/projects/my-blog/{environment}/access-rules");
            let before = server.database.dump();
            let page = turn(&browser, &rules, "on").await;
            let shown = browser.get(&rules).await;
            let off = "form[action$='check-keys-only'] fieldset[disabled]";
            if matches!(role, "admin" | "owner") {
                assert_eq!((page.status.as_u16(), shown.has(off)), (303, false), "{role}");
                turn(&ada, &rules, "off").await.expect(303);
            } else {
                assert_eq!((page.status.as_u16(), shown.has(off)), (403, true), "{role}");
                assert!(page.body.contains(WHY), "{}", page.body);
                let card = "section[aria-labelledby=h-only] .why";
                assert_eq!(shown.text(card), WHY, "{role}");
                assert_eq!(server.database.dump(), before, "{role} {environment}");
            }
        }
    }
    for turned in ["", "maybe"] {
        turn(&ada, RULES, turned).await.expect(400);
    }
}

#[tokio::test]
async fn the_pages_say_that_it_is_on_and_the_activity_who_did_it() {
    let server = Server::start().await;
    let ada = server.ada().await;
    assert!(!ada.get(DEV).await.has(".note.warn") && !ada.get(RULES).await.has(".note.warn"));
    turn(&ada, RULES, "on").await.expect(303);
    for page in [DEV, RULES] {
        let note = ada.get(page).await.text(".note.warn");
        assert!(note.starts_with("Check keys only is on."), "{page}: {note}");
    }
    assert!(!ada.get("/projects/my-blog/staging/api-keys").await.has(".note.warn"));
    let notes = ada.get("/projects/my-blog").await.texts(".note.warn strong");
    assert_eq!(notes, ["Check keys only is on in dev."]);
    turn(&ada, RULES, "on").await.expect(303);
    let told = ada.get("/projects/my-blog/activity").await.texts("td.name");
    assert!(told[0].contains("changed “Check keys only” of dev"), "{}", told[0]);
    assert!(!told[1].contains("Check keys only"), "once: {}", told[1]);
    turn(&ada, RULES, "off").await.expect(303);
    for page in [DEV, RULES, "/projects/my-blog"] {
        assert!(!ada.get(page).await.has(".note.warn"), "{page}");
    }
}

#[tokio::test]
async fn owners_and_admins_are_told_by_mail_once() {
    let mail = MailServer::start(Temper::Friendly);
    let options = ["--public-url", "http://keys.example.com", "--smtp-url", &mail.url];
    let server = Server::start_with(&options).await;
    let ada = server.ada().await;
    for (name, role) in [("Kim", "admin"), ("Bob", "member"), ("Zoe", "viewer")] {
        let user = server.user(name, &format!("{}@example.com", name.to_lowercase()));
        server.member("my-blog", &user, role);
    }
    turn(&ada, RULES, "on").await.expect(303);
    turn(&ada, RULES, "on").await.expect(303);
    eventually(|| mail.mails().len() >= 2).await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await; // no mail must come
    let mut receivers: Vec<String> = mail.mails().iter().map(|mail| mail.header("To")).collect();
    receivers.sort();
    assert_eq!(receivers, ["ada@example.com", "kim@example.com"]);
    for got in mail.mails() {
        assert_eq!(got.header("Subject"), "Check keys only is on in dev of My Blog");
        let text = got.text();
        assert!(text.contains("Ada turned on \"Check keys only\" in dev of My Blog."), "{text}");
        assert!(text.contains(&format!("http://keys.example.com{RULES}")), "{text}");
    }
    turn(&ada, RULES, "off").await.expect(303);
    eventually(|| mail.mails().len() >= 4).await;
    let subjects: Vec<String> = mail.mails().iter().map(|mail| mail.header("Subject")).collect();
    assert_eq!(subjects[3], "Check keys only is off in dev of My Blog");
}

#[tokio::test]
async fn of_two_who_change_the_policy_at_once_the_second_is_told() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let shown = ada.get(RULES).await.expect(200);
    let environment = shown.attribute("input[name=environment]", "value");
    ada.save_rules(RULES, &[("guest-read", "on")]).await.expect(303);
    let late = [("environment", environment.as_str()), ("version", ""), ("turn", "on")];
    let page = ada.post(&format!("{RULES}/check-keys-only"), &late).await.expect(409);
    assert!(page.text(".note.warn[role=alert]").starts_with("Someone else saved first."));
    assert!(page.has("input[name=guest-read][checked]") && page.has("button[value=on]"));
}
