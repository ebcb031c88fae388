//! Invitations: from the form to the new member.

mod invite;
mod join;
mod mail;
mod open;
mod races;

use crate::support::{Anonymous, PASSWORD, Page, Server, SignedIn};

const TEAM: &str = "/projects/my-blog/team";
const INVITE: &str = "/projects/my-blog/team/invite";
const KIM: &str = "kim@example.com";

/// Invites somebody, and returns the path of the link.
async fn invite(who: &SignedIn, email: &str, role: &str) -> String {
    link(&who.post(INVITE, &[("email", email), ("role", role)]).await.expect(200))
}

/// The path of the link that a page shows.
fn link(page: &Page) -> String {
    let link = page.text("#lnk");
    link[link.find("/invitations?").unwrap()..].to_owned()
}

fn token(link: &str) -> &str {
    link.split_once("token=").unwrap().1
}

/// The id of the newest invitation.
fn newest(server: &Server) -> String {
    server.database.query("SELECT id AS value FROM invitations ORDER BY id DESC").remove(0)
}

async fn make_account(visitor: &Anonymous, link: &str, name: &str) -> Page {
    visitor
        .post(
            "/invitations/account",
            &[("token", token(link)), ("name", name), ("password", PASSWORD)],
        )
        .await
}

async fn join(who: &SignedIn, link: &str) -> Page {
    who.post("/invitations/join", &[("token", token(link))]).await
}

fn members(server: &Server) -> usize {
    server.database.count("SELECT count(*) FROM members")
}
