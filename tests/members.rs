//! `/projects/{project}/team`: who is in a project, and with which role.

mod change;
mod hand_over;
mod page;
mod races;

use keyrack::db::UserId;

use crate::support::{PASSWORD, Server, SignedIn};

const TEAM: &str = "/projects/my-blog/team";

/// Somebody in `my-blog` with this role, signed in.
async fn member(server: &Server, name: &str, role: &str) -> (UserId, SignedIn) {
    let email = format!("{}@example.com", name.to_lowercase());
    let id = server.user(name, &email);
    server.member("my-blog", &id, role);
    (id, server.sign_in(&email).await)
}

async fn change_role(who: &SignedIn, id: &UserId, was: &str, to: &str) -> crate::support::Page {
    who.post(&format!("{TEAM}/{id}/role"), &[("was", was), ("role", to), ("password", PASSWORD)])
        .await
}

async fn remove(who: &SignedIn, id: &UserId) -> crate::support::Page {
    who.post(&format!("{TEAM}/{id}/remove"), &[("password", PASSWORD)]).await
}

fn role_of(server: &Server, id: &UserId) -> String {
    server
        .database
        .query(&format!("SELECT role AS value FROM members WHERE user_id = '{id}'"))
        .pop()
        .unwrap_or_default()
}

fn owners(server: &Server) -> usize {
    server.database.count("SELECT count(*) FROM members WHERE role = 'owner'")
}
