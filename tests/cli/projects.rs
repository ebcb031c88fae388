//! `keyrack project add | list | delete | hand-over`

use super::{add_user, fail, json, misused, rows, succeed, with_project};
use crate::support::{Process, TestDatabase, tenant};

fn add(database: &TestDatabase, name: &str, owner: &str) -> std::process::Output {
    Process::run(database, &["project", "add", "--name", name, "--owner", owner])
}

#[test]
fn add_prints_the_slug() {
    let database = with_project();
    for (name, slug) in [
        ("My Blog", "my-blog-2"),
        ("my-blog", "my-blog-3"),
        ("Café Zürich", "cafe-zurich"),
        ("New", "new-2"),
        ("日本", "project"),
        ("…", "project-2"),
    ] {
        assert_eq!(succeed(&add(&database, name, "ADA@example.com")), format!("{slug}\n"));
    }
    let environments = database.query(
        "SELECT e.name AS value FROM environments e JOIN projects p ON p.id = e.project_id WHERE p.slug = 'new-2' ORDER BY e.created_at",
    );
    assert_eq!(environments, ["dev", "staging", "prod"]);
    assert_eq!(database.count("SELECT count(*) FROM members WHERE role = 'owner'"), 7);
}

#[test]
fn bad_projects_are_refused_in_one_line() {
    let database = with_project();
    let before = database.dump();
    assert_eq!(
        fail(&add(&database, "Shop", "nobody@example.com")),
        "keyrack: nobody has this e-mail address\n"
    );
    assert!(misused(&add(&database, " ", "ada@example.com")).contains("--name: Enter a name."));
    assert!(misused(&add(&database, &"x".repeat(65), "ada@example.com")).contains("at most 64"));
    assert!(misused(&add(&database, "Shop", "ada")).contains("--owner: "));
    assert_eq!(database.dump(), before);
}

#[test]
fn list_tells_what_each_project_holds() {
    let database = with_project();
    assert_eq!(succeed(&add(&database, "Aux", "ada@example.com")), "aux\n");
    tenant::add_key(&database, "server-key");
    let ids = database.query("SELECT id AS value FROM projects ORDER BY slug");
    let listed = rows(&database, &["project", "list"]);
    assert_eq!(listed[0], [&*ids[0], "aux", "3", "0", "Aux"]);
    assert_eq!(listed[1], [&*ids[1], "my-blog", "3", "1", "My Blog"]);
    let told = json(&database, &["project", "list"]);
    assert_eq!((&told[1]["slug"], &told[1]["keys"]), (&"my-blog".into(), &1.into()));
}

#[test]
fn a_project_is_deleted_with_all_its_keys_when_its_name_is_given() {
    let database = with_project();
    tenant::add_key(&database, "server-key");
    let delete =
        |name: &str| Process::run(&database, &["project", "delete", "my-blog", "--confirm", name]);
    assert!(fail(&delete("my-blog")).contains("it is called 'My Blog'"));
    misused(&Process::run(&database, &["project", "delete", "my-blog"]));
    assert_eq!(database.count("SELECT count(*) FROM api_keys WHERE deleted_at IS NULL"), 1);
    assert_eq!(succeed(&delete("My Blog")), "");
    assert_eq!(database.count("SELECT count(*) FROM api_keys WHERE deleted_at IS NULL"), 0);
    assert_eq!(fail(&delete("My Blog")), "keyrack: there is no project 'my-blog'\n");
    assert_eq!(succeed(&Process::run(&database, &["project", "list"])), "");
}

#[test]
fn handing_over_needs_a_member_and_an_owner() {
    let database = with_project();
    add_user(&database, "Bob", "bob@example.com");
    add_user(&database, "Eve", "eve@example.com");
    let member = |email: &str, role: &str| {
        let add = ["member", "add", email, "--project", "my-blog", "--role", role];
        succeed(&Process::run(&database, &add));
    };
    let hand_over = |to: &str, more: &[&str]| {
        Process::run(&database, &[&["project", "hand-over", "my-blog", "--to", to], more].concat())
    };
    let roles = || {
        let listed = rows(&database, &["member", "list", "--project", "my-blog"]);
        listed.into_iter().map(|row| format!("{} {}", row[3], row[1])).collect::<Vec<_>>()
    };
    assert!(fail(&hand_over("bob@example.com", &[])).contains("they are no member"));
    member("bob@example.com", "viewer");
    assert_eq!(succeed(&hand_over("bob@example.com", &[])), "");
    assert_eq!(roles(), ["Bob owner", "Ada admin"]);
    assert!(fail(&hand_over("bob@example.com", &[])).contains("an owner of the project already"));
    member("eve@example.com", "owner");
    assert!(fail(&hand_over("ada@example.com", &[])).contains("--from"));
    let not_one = fail(&hand_over("ada@example.com", &["--from", "ada@example.com"]));
    assert!(not_one.contains("ada@example.com is no owner"), "{not_one}");
    assert_eq!(succeed(&hand_over("ada@example.com", &["--from", "eve@example.com"])), "");
    assert_eq!(roles(), ["Ada owner", "Bob owner", "Eve admin"]);
}
