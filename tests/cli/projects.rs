//! `keyrack project add`

use super::{fail, misused, succeed, with_project};
use crate::support::{Process, TestDatabase};

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
