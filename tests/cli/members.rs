//! `keyrack member list | add | role | remove`

use super::{add_user, fail, json, misused, rows, succeed, with_project};
use crate::support::{Process, Server, TestDatabase};

fn run(database: &TestDatabase, verb: &str, arguments: &[&str]) -> std::process::Output {
    let of = ["member", verb, "--project", "my-blog"];
    Process::run(database, &[&of[..], arguments].concat())
}

fn list(database: &TestDatabase) -> Vec<(String, String)> {
    let rows = rows(database, &["member", "list", "--project", "my-blog"]);
    rows.into_iter().map(|row| (row[2].clone(), row[1].clone())).collect()
}

fn pairs(members: &[(&str, &str)]) -> Vec<(String, String)> {
    members.iter().map(|(email, role)| ((*email).to_owned(), (*role).to_owned())).collect()
}

#[test]
fn they_are_added_get_other_roles_and_go() {
    let database = with_project();
    add_user(&database, "Bob", "bob@example.com");
    assert_eq!(list(&database), pairs(&[("ada@example.com", "owner")]));
    assert_eq!(succeed(&run(&database, "add", &["Bob@Example.com", "--role", "viewer"])), "");
    let told = json(&database, &["member", "list", "--project", "my-blog"]);
    assert_eq!((&told[1]["name"], &told[1]["last_seen_at"]), (&"Bob".into(), &().into()));
    assert_eq!(succeed(&run(&database, "role", &["bob@example.com", "admin"])), "");
    let both = pairs(&[("ada@example.com", "owner"), ("bob@example.com", "admin")]);
    assert_eq!(list(&database), both);
    assert_eq!(succeed(&run(&database, "remove", &["bob@example.com", "--as", "dana"])), "");
    assert_eq!(list(&database), pairs(&[("ada@example.com", "owner")]));
    let told = rows(&database, &["activity", "--project", "my-blog"]);
    let what: Vec<&str> = told[..3].iter().map(|fields| fields[2].as_str()).collect();
    assert_eq!(what, ["removed", "changed the role of", "added"]);
    assert_eq!(told[0][1], "The command line, says dana");
}

#[test]
fn what_can_not_be_is_said_in_one_line() {
    let database = with_project();
    add_user(&database, "Bob", "bob@example.com");
    let before = database.dump();
    for (verb, arguments, why) in [
        ("add", &["eve@example.com", "--role", "member"][..], "nobody has this e-mail address"),
        ("add", &["ada@example.com", "--role", "member"], "owner of the project already"),
        ("role", &["bob@example.com", "viewer"], "they are no member of the project"),
        ("remove", &["bob@example.com"], "they are no member of the project"),
        ("role", &["ada@example.com", "viewer"], "the project would be without an owner"),
        ("remove", &["ada@example.com"], "the project would be without an owner"),
    ] {
        let said = fail(&run(&database, verb, arguments));
        assert!(said.contains(why), "{said}");
    }
    assert!(misused(&run(&database, "add", &["bob", "--role", "member"])).contains("E-MAIL: "));
    assert!(misused(&run(&database, "role", &["bob@example.com", "king"])).contains("viewer"));
    assert_eq!(database.dump(), before);
}

#[tokio::test]
async fn who_is_added_needs_no_invitation_any_more_and_is_in() {
    let server = Server::start().await;
    let ada = server.ada().await;
    server.user("Bob", "bob@example.com");
    let bob = server.sign_in("bob@example.com").await;
    let invite = [("email", "bob@example.com"), ("role", "admin")];
    ada.post("/projects/my-blog/team/invite", &invite).await.expect(200);
    bob.get("/projects/my-blog").await.expect(404);
    succeed(&run(&server.database, "add", &["bob@example.com", "--role", "viewer"]));
    bob.get("/projects/my-blog").await.expect(200);
    let pending = "SELECT count(*) FROM invitations WHERE ended IS NULL";
    assert_eq!(server.database.count(pending), 0, "the role of the invitation is not theirs");
}
