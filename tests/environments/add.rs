//! Adding an environment.

use super::{LIST, id, names};
use crate::support::{Server, Verified};

#[tokio::test]
async fn one_is_added_without_keys_and_is_used_like_any_other() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let done = ada.post(LIST, &[("name", " qa-2 "), ("protected", "yes")]).await.expect(303);
    assert_eq!(done.location(), LIST);
    let page = ada.get(LIST).await.expect(200);
    assert_eq!(page.text(".note.ok"), "qa-2 was added and is protected.");
    assert_eq!(
        page.texts("td.name").last().unwrap(),
        "qa-2 Protected",
        "in the order of their making"
    );
    assert!(!ada.get(LIST).await.has(".note.ok"), "said once");

    let keys = "/projects/my-blog/qa-2/api-keys";
    let (key, _) = ada.create_key(keys, "secret", "server-key").await;
    let verified = server.api().verify_for("my-blog/qa-2", &key).await;
    assert_eq!(verified, Verified::Good("admin".to_owned()));
    assert!(ada.get(keys).await.text("[popovertarget=m-env]").contains("Protected"));
    let told = ada.get("/projects/my-blog/activity?what=environment").await.expect(200);
    assert_eq!(told.texts("td.name"), ["Ada added environment qa-2: protected"]);
    ada.post(LIST, &[("name", "plain")]).await.expect(303);
    assert_eq!(
        server
            .database
            .query("SELECT name AS value FROM environments WHERE protected ORDER BY name"),
        ["prod", "qa-2"]
    );
}

#[tokio::test]
async fn a_name_that_will_not_do_is_told_beside_the_field() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let before = server.database.dump();
    let shape = "Use at most 32 lower-case letters, digits and hyphens, beginning with a letter, like staging-2.";
    let long = "a".repeat(33);
    for (name, message) in [
        ("", "Enter a name."),
        (" \u{a0}", "Enter a name."),
        ("QA", shape),
        ("1st", shape),
        ("-a", shape),
        ("a b", shape),
        ("../etc", shape),
        ("qä", shape),
        ("a.csv", shape),
        ("<b>", shape),
        (&long, shape),
        ("environments", "This word is reserved. Choose another one."),
        ("settings", "This word is reserved. Choose another one."),
        ("activity", "This word is reserved. Choose another one."),
        ("team", "This word is reserved. Choose another one."),
        ("new", "This word is reserved. Choose another one."),
        ("api-keys", "This word is reserved. Choose another one."),
        ("dev", "There is an environment dev already. Choose another name."),
        ("prod", "There is an environment prod already. Choose another name."),
    ] {
        let page = ada.post(LIST, &[("name", name), ("protected", "yes")]).await.expect(422);
        assert_eq!(page.text("#name-err"), message, "{name:?}");
        assert_eq!(page.attribute("#name", "value"), name, "what was typed is kept");
        assert!(page.has("input[name=protected][checked]"));
    }
    for fields in [
        &[("name", "qa"), ("project_id", "x")][..],
        &[("name", "qa"), ("role", "owner")],
        &[("name", "qa"), ("protected", "no")],
        &[("protected", "yes")],
        &[("name", "qa"), ("name", "qb")],
    ] {
        ada.post(LIST, fields).await.expect(400);
    }
    assert_eq!(server.database.dump(), before);
}

#[tokio::test]
async fn a_project_has_at_most_a_hundred() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let more: Vec<String> = (0..96)
        .map(|number| format!("SELECT 'env_{number:032x}' AS id, 'e-{number}' AS name"))
        .collect();
    server.database.execute(&format!(
        "INSERT INTO environments (id, project_id, name, protected, created_at) \
         SELECT more.id, project_id, more.name, protected, created_at FROM environments, ({}) more WHERE environments.name = 'dev'",
        more.join(" UNION ALL ")
    ));
    ada.post(LIST, &[("name", "last")]).await.expect(303);
    let page = ada.post(LIST, &[("name", "more")]).await.expect(422);
    assert_eq!(
        page.text("#name-err"),
        "A project has at most 100 environments. Delete one that nobody needs."
    );
    assert_eq!(page.attribute("#name", "value"), "more");
}

#[tokio::test]
async fn the_name_of_a_deleted_one_is_free_again_and_its_keys_stay_dead() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(super::DEV, "secret", "server-key").await;
    let old = id(&server, "dev");
    super::delete(&ada, &old, "dev").await.expect(303);
    ada.post(LIST, &[("name", "dev"), ("former", &old)]).await.expect(303);
    assert_eq!(names(&ada).await, ["staging", "prod Protected", "dev"]);
    // The name means the new one, and the old one by its id is what it was.
    let told = |error: &str| Verified::Refused(401, error.to_owned());
    assert_eq!(server.api().verify(&key).await, told("INVALID_TOKEN"));
    let old = format!("my-blog/{old}");
    assert_eq!(server.api().verify_for(&old, &key).await, told("TOKEN_REVOKED"));
    assert!(!ada.get(super::DEV).await.expect(200).body.contains("server-key"));
    let (new, _) = ada.create_key(super::DEV, "secret", "server-key").await;
    assert_eq!(server.api().verify(&new).await, Verified::Good("admin".to_owned()));
}
