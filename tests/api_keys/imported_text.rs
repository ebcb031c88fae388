//! A key of another system may have any shape. Once it is imported, it is still refused as a name
//! or a note.

use super::{DEV, create};
use crate::support::{Page, Process, Server, SignedIn, TestDatabase};

/// A text that could also be the name of an environment.
const KEY: &str = "akia0123456789abcdefghij";

fn import(database: &TestDatabase, project: &str) {
    let file = database.folder.path().join(format!("{project}.csv"));
    let sha = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(KEY));
    std::fs::write(&file, format!("name,kind,environment,sha256\nold,secret,prod,{sha}\n"))
        .unwrap();
    let import = ["key", "import", file.to_str().unwrap(), "--project", project];
    assert!(Process::run(database, &import).status.success());
}

#[track_caller]
fn assert_refused(page: &Page, words: &str) {
    assert_eq!(page.status, 422, "{}", page.body);
    assert!(page.text("main").contains(words), "{}", page.text("main"));
    assert!(!page.body.contains(KEY), "it is not sent back");
}

async fn edit(who: &SignedIn, id: &str, name: &str, note: &str) -> Page {
    let address = format!("{DEV}/{id}/edit");
    let seen = who.get(&address).await.expect(200).attribute("input[name=seen]", "value");
    who.post(&address, &[("name", name), ("note", note), ("seen", &seen)]).await
}

#[tokio::test]
async fn an_imported_key_is_no_name_no_note_and_no_description() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, id) = ada.create_key(DEV, "secret", "server-key").await;
    import(&server.database, "my-blog");
    let (name, has_key) = ("That's a key, not a name.", "There is a key in it.");

    assert_refused(&create(&ada, "secret", KEY).await, name);
    assert_refused(&create(&ada, "publishable", &format!("key {KEY}")).await, name);
    assert_refused(&edit(&ada, &id, KEY, "").await, name);
    assert_refused(&edit(&ada, &id, "server-key", &format!("KEY=\"{KEY}\"")).await, has_key);
    // Whatever else is wrong, and wherever it stands.
    assert_refused(&create(&ada, "secret", &format!("{KEY} {}", "x".repeat(64))).await, name);
    assert_refused(&edit(&ada, &id, "", KEY).await, has_key);
    assert_refused(&edit(&ada, &id, KEY, KEY).await, name);
    edit(&ada, &id, "worker", "ask dana").await.expect(303);

    let settings = "/projects/my-blog/settings";
    let seen = ada
        .get(settings)
        .await
        .expect(200)
        .attribute("form[action='/projects/my-blog/settings'] [name=seen]", "value");
    for (called, about, words) in [(KEY, "", name), ("My Blog", KEY, has_key)] {
        let fields = [("name", called), ("description", about), ("seen", seen.as_str())];
        assert_refused(&ada.post(settings, &fields).await, words);
    }
    let environments = "/projects/my-blog/environments";
    for typed in [KEY.to_owned(), format!("QA {KEY}")] {
        assert_refused(&ada.post(environments, &[("name", &typed)]).await, name);
    }
    let dev = server.database.query("SELECT id AS value FROM environments WHERE name = 'dev'");
    let rename = format!("{environments}/{}/edit", dev[0]);
    let seen = ada.get(&rename).await.expect(200).attribute("input[name=seen]", "value");
    assert_refused(&ada.post(&rename, &[("name", KEY), ("seen", &seen)]).await, name);

    let add = ["key", "add", "--project", "my-blog", "--environment", "dev", "--kind", "secret"];
    let output = Process::run(&server.database, &[&add[..], &["--name", KEY]].concat());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains(name) && !said.contains(KEY), "{said}");
    assert_eq!(output.status.code(), Some(2));
    assert!(!server.database.dump().join("\n").contains(KEY));
}

/// Otherwise, anybody could find out which keys others have imported.
#[tokio::test]
async fn what_another_project_imported_is_a_name_like_any_other() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let bob = server.user("Bob", "bob@example.com");
    server.project("Shop", &bob);
    import(&server.database, "shop");
    create(&ada, "secret", KEY).await.expect(200);
}
