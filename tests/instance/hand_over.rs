//! Handing over a project whose owners can no longer sign in.

use chrono::TimeDelta;
use keyrack::db::UserId;
use keyrack::domain::instance;
use keyrack::domain::instance::hand_over;
use keyrack::domain::os_rng;

use super::member;
use crate::support::{MailServer, PASSWORD, Page, Server, SignedIn, Temper};

/// Ada runs the instance and is in no project. Bob owns `bobs-shop` and can't sign in any more;
/// Carol and Dana are in its team.
struct Orphaned {
    server: Server,
    ada: SignedIn,
    bob: UserId,
    carol: UserId,
    carol_browser: SignedIn,
    project: String,
}

const SHOP: &str = "bobs-shop";

async fn orphaned(options: &[&str]) -> Orphaned {
    let server = Server::start_with(options).await;
    let ada = server.ada().await;
    let bob = server.user("Bob", "bob@example.com");
    assert_eq!(server.project("Bobs Shop", &bob), SHOP);
    let (carol, carol_browser) = member(&server, "Carol", "member").await;
    server.member(SHOP, &carol, "member");
    let dana = server.user("Dana", "dana@example.com");
    server.member(SHOP, &dana, "viewer");
    server.account(instance::disable, &bob);
    let id = format!("SELECT id AS value FROM projects WHERE slug = '{SHOP}'");
    let project = server.database.query(&id).remove(0);
    Orphaned { server, ada, bob, carol, carol_browser, project }
}

impl Orphaned {
    fn address(&self) -> String {
        format!("/instance/projects/{}/hand-over", self.project)
    }

    async fn ask(&self) -> Page {
        let fields = [("person", self.carol.as_str()), ("password", PASSWORD)];
        self.ada.post(&self.address(), &fields).await
    }

    fn carry_out(&self) {
        let now = self.server.clock.now();
        self.server.write(|c| hand_over::carry_out(c, now, &mut os_rng()));
    }

    fn role(&self, user: &UserId) -> String {
        let role = format!(
            "SELECT role AS value FROM members WHERE user_id = '{user}' AND project_id = '{}'",
            self.project
        );
        self.server.database.query(&role).remove(0)
    }

    /// What the project's activity says of it.
    fn told(&self) -> Vec<String> {
        let told = format!(
            "SELECT action || ' ' || detail AS value FROM activity WHERE project_id = '{}' \
             AND action LIKE 'project.hand%' ORDER BY id",
            self.project
        );
        self.server.database.query(&told)
    }
}

fn options(mail: &MailServer) -> [&str; 4] {
    ["--public-url", "http://keys.example.com", "--smtp-url", &mail.url]
}

#[tokio::test]
async fn after_three_days_without_an_objection_a_member_owns_it() {
    let mail = MailServer::start(Temper::Friendly);
    let at = orphaned(&options(&mail)).await;
    let page = at.ada.get("/instance/projects").await.expect(200);
    assert!(page.has(&format!("a[href='{}']", at.address())));
    at.ada.get(&at.address()).await.expect(200);
    at.ask().await.expect(303);
    crate::support::eventually(|| mail.mails().len() == 2).await;
    let mut to: Vec<String> = mail.mails().iter().map(|mail| mail.header("To")).collect();
    to.sort();
    assert_eq!(to, ["carol@example.com", "dana@example.com"]);
    let note = at.carol_browser.get(&format!("/projects/{SHOP}")).await.expect(200);
    assert!(note.text("main > .note").starts_with("This project is about to be handed over."));
    at.ask().await.expect(403); // it is under way
    at.server.clock.advance(TimeDelta::hours(71));
    at.carry_out();
    assert_eq!((at.role(&at.carol), at.role(&at.bob)), ("member".into(), "owner".into()));
    at.server.clock.advance(TimeDelta::hours(2));
    at.carry_out();
    assert_eq!((at.role(&at.carol), at.role(&at.bob)), ("owner".into(), "admin".into()));
    assert_eq!(at.told(), ["project.hand_over_asked to Carol", "project.handed_over to Carol"]);
    // Whoever asked is still not in it.
    let ada = at.server.sign_in("ada@example.com").await;
    ada.get(&format!("/projects/{SHOP}")).await.expect(404);
}

#[tokio::test]
async fn any_member_stops_it_by_the_link_without_signing_in() {
    let mail = MailServer::start(Temper::Friendly);
    let at = orphaned(&options(&mail)).await;
    at.ask().await.expect(303);
    crate::support::eventually(|| mail.mails().len() == 2).await;
    at.server.clock.advance(TimeDelta::hours(71));
    let link = mail.mails()[0].link().replace("http://keys.example.com", "");
    let token = link.split("token=").nth(1).unwrap().to_owned();
    let somebody = at.server.anonymous();
    let before = at.server.database.dump();
    let page = somebody.get(&link).await.expect(200);
    assert!(page.text("h1").starts_with("Stop the hand-over of Bobs Shop?"));
    assert_eq!(at.server.database.dump(), before, "a program that reads mail stops nothing");
    let stopped = somebody.post("/hand-over/stop", &[("token", &token)]).await.expect(200);
    assert_eq!(stopped.text("h1"), "Stopped");
    somebody.post("/hand-over/stop", &[("token", &token)]).await.expect(410);
    at.server.clock.advance(TimeDelta::hours(2));
    at.carry_out();
    assert_eq!((at.role(&at.carol), at.role(&at.bob)), ("member".into(), "owner".into()));
    assert_eq!(
        at.told(),
        ["project.hand_over_asked to Carol", "project.hand_over_stopped with the link of the mail"]
    );
    // And once more.
    at.server.sign_in("ada@example.com").await.get(&at.address()).await.expect(200);
}

#[tokio::test]
async fn it_needs_mail_and_a_project_without_an_owner_who_can_sign_in() {
    let at = orphaned(&[]).await;
    let page = at.ada.get(&at.address()).await.expect(200);
    assert!(page.text(".note").contains("keyrack project hand-over bobs-shop --to E-MAIL"));
    assert!(!page.has("main form"));
    at.ask().await.expect(422);
    assert!(at.told().is_empty());

    let mail = MailServer::start(Temper::Friendly);
    let at = orphaned(&options(&mail)).await;
    at.ask().await.expect(303);
    at.server.account(instance::enable, &at.bob);
    at.server.clock.advance(TimeDelta::hours(73));
    at.carry_out();
    assert_eq!((at.role(&at.carol), at.role(&at.bob)), ("member".into(), "owner".into()));
    assert_eq!(at.told()[1], "project.hand_over_stopped an owner can sign in again");
    let ada = at.server.sign_in("ada@example.com").await;
    let page = ada.get(&at.address()).await.expect(200);
    assert!(page.text(".note").contains("An owner of this project can sign in."));
}
