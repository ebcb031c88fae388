//! `keyrack demo`: everything is made up, and everything is removed at the end.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::support::{Anonymous, Process, SignedIn, keyrack};

/// In this folder, with its temporary files there too.
fn command(folder: &Path) -> Command {
    let mut command = keyrack(folder);
    command.arg("demo").env("KEYRACK_LISTEN", "127.0.0.1:0").env("TMPDIR", folder);
    command
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).unwrap().next().is_none()
}

/// What it printed, as `(e-mail, password)`.
fn printed(process: &Process) -> (Vec<String>, String) {
    let log = process.log();
    let password =
        log.split("Everybody's password: ").nth(1).unwrap().lines().next().unwrap().to_owned();
    let emails = log
        .lines()
        .filter(|line| line.starts_with("    "))
        .map(|line| line.split_whitespace().next().unwrap().to_owned());
    (emails.collect(), password)
}

#[tokio::test]
async fn a_busy_team_can_be_looked_at_and_nothing_is_left() {
    for signal in ["TERM", "INT", "HUP"] {
        let folder = tempfile::TempDir::new().unwrap();
        let mut process = Process::spawn(command(folder.path()));
        let (emails, password) = printed(&process);
        assert_eq!(emails.len(), 5);
        assert!(
            process.log().contains(&format!("A demo at {}.", process.origin)),
            "{}",
            process.log()
        );
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            1,
            "all of it is in one folder"
        );

        let ada = SignedIn::new(Anonymous::new(&process.origin), &emails[0], &password).await;
        let projects = ada.get("/projects").await.expect(200);
        assert!(projects.body.contains("My Blog") && projects.body.contains("Weather API"));
        for project in ["my-blog", "weather-api"] {
            for environment in ["dev", "staging", "prod"] {
                let page = ada
                    .get(&format!("/projects/{project}/{environment}/api-keys"))
                    .await
                    .expect(200);
                for kind in ["publishable", "secret"] {
                    assert!(
                        page.has(&format!("#{kind}-rows tr")),
                        "{kind} keys in {environment} of {project}"
                    );
                }
            }
        }
        let page = ada.get("/projects/my-blog/dev/api-keys").await.expect(200);
        assert!(
            page.has("td[data-label=\"Last used\"] time:not([data-t])"),
            "keys are used: {}",
            page.body
        );
        let page = ada.get("/projects/my-blog/activity").await.expect(200);
        assert_eq!(page.texts("td.name").len(), 50, "a busy log");
        let old = ada.get("/projects/my-blog/activity.csv?time=always").await.expect(200);
        let week = ada.get("/projects/my-blog/activity.csv?time=7-days").await.expect(200);
        assert!(
            week.body.lines().count() > 5
                && old.body.lines().count() > 3 * week.body.lines().count(),
            "over weeks"
        );
        let mut people = page.texts("#person option");
        people.sort();
        assert_eq!(people.len(), 7, "five, everyone, the command line: {people:?}");
        assert!(ada.get("/account").await.expect(200).texts("td.name").len() > 1);

        let sam =
            SignedIn::new(Anonymous::new(&process.origin), "sam@example.com", &password).await;
        sam.get("/projects/my-blog/dev/api-keys").await.expect(200);
        sam.get("/projects/my-blog/dev/api-keys/new?kind=secret").await.expect(403);
        sam.get("/projects/weather-api").await.expect(404);

        process.signal(signal);
        assert!(process.ended_within(Duration::from_secs(15)).unwrap().success());
        assert!(is_empty(folder.path()), "{signal}: nothing is left");
    }
}

#[tokio::test]
async fn each_demo_has_a_password_of_its_own_and_logs_none() {
    let folder = tempfile::TempDir::new().unwrap();
    let (first, second) =
        (Process::spawn(command(folder.path())), Process::spawn(command(folder.path())));
    let (one, two) = (printed(&first).1, printed(&second).1);
    assert!(one != two && one.len() > 24);
    assert_eq!(first.log().matches(&one).count(), 1, "on the terminal, and not in the log");
}

#[test]
fn where_it_cannot_listen_it_gives_no_password_out() {
    let folder = tempfile::TempDir::new().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let output = command(folder.path()).args(["--listen", &listen]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("choose another with --listen") && !said.contains("password"), "{said}");
    assert!(is_empty(folder.path()));
}

#[test]
fn it_touches_no_database_that_is_there() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("keys.db");
    std::fs::write(&file, "mine").unwrap();
    std::fs::write(folder.path().join("keyrack.db"), "mine, too").unwrap();
    let mut with_flag = command(folder.path());
    with_flag.args(["--database-url", "keys.db"]);
    let mut with_variable = command(folder.path());
    with_variable.env("DATABASE_URL", "postgres://127.0.0.1:1/keys");
    for mut command in [with_flag, with_variable] {
        let output = command.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.starts_with("keyrack: the demo makes a database of its own")
                && said.lines().count() == 1,
            "{said}"
        );
    }
    let mut process = Process::spawn(command(folder.path()));
    process.terminate();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    assert_eq!(std::fs::read_to_string(folder.path().join("keyrack.db")).unwrap(), "mine, too");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn a_port_in_use_leaves_nothing_either() {
    let folder = tempfile::TempDir::new().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = keyrack(folder.path());
    command
        .args(["demo", "--listen", &taken.local_addr().unwrap().to_string()])
        .env("TMPDIR", folder.path());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("keyrack: can't listen on"));
    assert!(is_empty(folder.path()));
}

#[tokio::test]
async fn what_a_killed_demo_left_goes_with_the_next_start_and_nothing_else() {
    let folder = tempfile::TempDir::new().unwrap();
    let there = || -> std::collections::BTreeSet<_> {
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    };
    let others = ["keyrack-demo-notes", "keyrack-demo-0123456789abcdef.db", "keyrack.db"];
    for name in others {
        std::fs::create_dir(folder.path().join(name)).unwrap();
    }
    let other = folder.path().join("keyrack-demo-fedcba9876543210");
    std::os::unix::fs::symlink(folder.path().join("keyrack.db"), &other).unwrap();
    let kept = there();
    let mut killed = Process::spawn(command(folder.path()));
    let left: Vec<_> = there().difference(&kept).cloned().collect();
    killed.child.kill().unwrap(); // SIGKILL
    killed.child.wait().unwrap();
    assert!(left.len() == 1 && there().contains(&left[0]));

    let running = Process::spawn(command(folder.path()));
    let now: Vec<_> = there().difference(&kept).cloned().collect();
    assert!(now.len() == 1 && now != left, "{now:?}");
    let mut second = Process::spawn(command(folder.path()));
    assert!(there().contains(&now[0]), "one that runs keeps its folder");
    second.terminate();
    let status = reqwest::get(format!("{}/readyz", running.origin)).await.unwrap().status();
    assert_eq!(status, 200);
    assert!(there().is_superset(&kept));
}
