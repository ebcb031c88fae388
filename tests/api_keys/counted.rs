//! The number of keys is right, whatever happened to them. On SQLite that number is stored.

use keyrack::db::EnvironmentId;
use keyrack::domain::api_keys::{self, Kind};

use super::DEV;
use crate::support::{Process, Server};

/// Every environment, even deleted ones, with the stored number of keys and the real one.
#[track_caller]
fn check(server: &Server, living: usize) {
    let environments = server.database.query("SELECT id AS value FROM environments");
    let mut sum = 0;
    for environment in environments {
        for kind in Kind::ALL {
            let id = EnvironmentId::parse(&environment).unwrap();
            let told = server.write(|c| api_keys::count(c, &id, kind));
            let sql = format!(
                "SELECT count(*) FROM api_keys WHERE deleted_at IS NULL AND environment_id = '{environment}' AND kind = '{kind}'"
            );
            assert_eq!(
                usize::try_from(told).unwrap(),
                server.database.count(&sql),
                "{environment} {kind}"
            );
            sum += server.database.count(&sql);
        }
    }
    assert_eq!(sum, living);
}

#[tokio::test]
async fn whatever_adds_or_deletes_keys_they_are_counted() {
    let server = Server::start().await;
    let ada = server.ada().await;
    check(&server, 0);
    let (_, one) = ada.create_key(DEV, "secret", "one").await;
    let (_, two) = ada.create_key(DEV, "publishable", "two").await;
    ada.create_key(DEV, "secret", "three").await;
    check(&server, 3);
    // A key that was not created does not count.
    super::create(&ada, "secret", "one").await.expect(422);
    check(&server, 3);
    ada.post(&format!("{DEV}/{one}/rotate"), &[("overlap", "0")]).await;
    ada.post(&format!("{DEV}/{one}/pause"), &[]).await;
    check(&server, 3);
    // Deleted, and once more.
    for _ in 0..2 {
        ada.delete_key(DEV, &two, "two").await;
        check(&server, 2);
    }
    let run =
        |arguments: &[&str]| assert!(Process::run(&server.database, arguments).status.success());
    let key =
        ["--project", "my-blog", "--environment", "prod", "--kind", "secret", "--name", "four"];
    run(&[&["key", "add"][..], &key].concat());
    run(&["key", "delete", "--id", &one]);
    check(&server, 2);
    let file = server.database.folder.path().join("keys.csv");
    let rows: String = (0..20)
        .map(|n| {
            format!("key {n},{},staging,{n:064x}\n", if n < 5 { "publishable" } else { "secret" })
        })
        .collect();
    std::fs::write(&file, format!("name,kind,environment,sha256\n{rows}")).unwrap();
    run(&["key", "import", file.to_str().unwrap(), "--project", "my-blog"]);
    check(&server, 22);
    let staging = server
        .database
        .query("SELECT id AS value FROM environments WHERE name = 'staging'")
        .remove(0);
    ada.post(
        &format!("/projects/my-blog/environments/{staging}/delete"),
        &[("confirm", "staging")],
    )
    .await
    .expect(303);
    check(&server, 2);
    ada.post("/projects/my-blog/settings/delete", &[("confirm", "My Blog")]).await.expect(303);
    check(&server, 0);
    // Nothing does this yet, but something may in the future.
    server.database.execute("UPDATE api_keys SET deleted_at = NULL WHERE name = 'three'");
    check(&server, 1);
    server.database.execute("DELETE FROM api_keys WHERE name = 'three'");
    check(&server, 0);
}
