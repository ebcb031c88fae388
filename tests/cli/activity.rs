//! `keyrack activity`, and whom it names for changes on the command line.

use super::{json, misused, rows, succeed, with_project};
use crate::support::{Process, Server, TestDatabase, tenant};

const ACTIVITY: [&str; 3] = ["activity", "--project", "my-blog"];

fn pause(database: &TestDatabase, id: &str, more: &[&str]) {
    succeed(&Process::run(database, &[&["key", "pause", id], more].concat()));
    succeed(&Process::run(database, &[&["key", "resume", id], more].concat()));
}

#[tokio::test]
async fn what_the_command_line_did_tells_who_ran_it_as_they_say_and_never_as_a_user() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, id) = ada.create_key(tenant::DEV, "secret", "server-key").await;
    pause(&server.database, &id, &["--as", "Ada"]);

    let page = ada.get("/projects/my-blog/activity").await.expect(200);
    let who = page.texts("td.name > strong");
    assert_eq!(who[..3], ["The command line, says Ada", "The command line, says Ada", "Ada"]);
    let filtered = ada.get("/projects/my-blog/activity?person=command-line").await.expect(200);
    assert_eq!(filtered.texts("td.name > strong")[0], "The command line, says Ada");
    assert_eq!(filtered.texts("td.name > strong").len(), 3, "the project was made by it, too");
    let key = ada.get(&format!("{}/{id}", tenant::DEV)).await.expect(200);
    assert!(key.body.contains("The command line, says Ada"));
    let file = ada.get("/projects/my-blog/activity.csv").await.expect(200);
    assert!(file.body.contains("\"the command line, says Ada\",\"\","), "{}", file.body);

    let told = json(&server.database, &ACTIVITY);
    let field = |nth: usize, name: &str| told[nth][name].as_str().map(str::to_owned);
    assert_eq!(field(0, "actor").as_deref(), Some("the command line"));
    assert_eq!((field(0, "actor_id"), field(0, "says")), (None, Some("Ada".to_owned())));
    assert_eq!((field(2, "actor"), field(2, "says")), (Some("Ada".to_owned()), None));
}

#[test]
fn by_default_it_is_the_user_of_the_system_and_behind_sudo_whoever_called_it() {
    let database = with_project();
    tenant::add_key(&database, "server-key");
    let user = succeed(&std::process::Command::new("id").arg("-un").output().unwrap());
    assert_eq!(rows(&database, &ACTIVITY)[0][1], format!("The command line, says {}", user.trim()));
    if user.trim() == "root" {
        let mut add = crate::support::keyrack(database.folder.path());
        add.args(["key", "add", "--name", "other", "--database-url", database.url()]);
        add.args(tenant::NEW_KEY).env("SUDO_USER", "dana");
        succeed(&add.output().unwrap());
        assert_eq!(rows(&database, &ACTIVITY)[0][1], "The command line, says dana");
    }
    for bad in ["", "a\nb", "a\u{202e}b"] {
        let add = [&["key", "add", "--name", "x", "--as", bad], &tenant::NEW_KEY[..]].concat();
        assert!(misused(&Process::run(&database, &add)).starts_with("error: --as: "), "{bad:?}");
    }
}

#[test]
fn each_line_tells_when_who_what_and_where_the_newest_first() {
    let database = with_project();
    let key = tenant::add_key(&database, "server-key");
    let id = database.query("SELECT id AS value FROM api_keys").remove(0);
    pause(&database, &id, &["--as", "dana"]);
    let told = rows(&database, &ACTIVITY);
    let what: Vec<&str> = told.iter().map(|fields| fields[2].as_str()).collect();
    assert_eq!(what, ["resumed key", "paused key", "created secret key", "created project"]);
    let mask = format!("{}••••••••{}", &key[..7], &key[63..]);
    let who = "The command line, says dana";
    assert_eq!(told[1][1..], [who, "paused key", "server-key", &mask, "dev", "", ""]);
    assert!(told[1][0].ends_with('Z'));
    let narrowed = |more: &[&str]| rows(&database, &[&ACTIVITY[..], more].concat()).len();
    assert_eq!(narrowed(&["--limit", "2"]), 2);
    assert_eq!(narrowed(&["--environment", "dev"]), 3);
    assert_eq!(narrowed(&["--subject", &id]), 3);
    assert_eq!(narrowed(&["--environment", "prod"]), 0);
}
