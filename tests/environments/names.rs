//! Names that an environment gave up, because it was renamed or deleted, and who may use them
//! again.

use std::net::IpAddr;

use chrono::TimeDelta;
use keyrack::domain::gateways::{self, Gateways, Request};

use super::{DEV, LIST, delete, id, names, save, submit};
use crate::support::{Page, Server, SignedIn};

const PROTECTED: &str =
    "prod was a protected environment. Only owners and admins can use its name again.";

/// Bob, a member of `my-blog`.
async fn bob(server: &Server) -> SignedIn {
    let bob = server.user("Bob", "bob@example.com");
    server.member("my-blog", &bob, "member");
    server.sign_in("bob@example.com").await
}

/// Sends the form again that told of the environment that had the name.
async fn use_it_anyway(who: &SignedIn, told: &Page, address: &str) -> Page {
    let mut fields = vec![
        ("name", told.attribute("#name", "value")),
        ("former", told.attribute("input[name=former]", "value")),
    ];
    if told.has("input[name=seen]") {
        fields.push(("seen", told.attribute("input[name=seen]", "value")));
    }
    if told.has("input[name=protected][checked]") {
        fields.push(("protected", "yes".to_owned()));
    }
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    who.post(address, &fields).await
}

/// Checks that each environment's own row agrees with the table of former names. Returns the names
/// of existing environments, each with its former names.
fn former_names(server: &Server) -> Vec<String> {
    let rows = server.database.query("SELECT id || ':' || former_names AS value FROM environments");
    for row in rows {
        let (id, on_row) = row.split_once(':').unwrap();
        let mut in_table = server.database.query(&format!(
            "SELECT f.name AS value FROM former_names f JOIN environments e ON e.id = f.environment_id \
             WHERE e.id = '{id}' AND e.deleted_at IS NULL"
        ));
        in_table.sort();
        assert_eq!(on_row, in_table.join(" "), "{id}");
    }
    server.database.query(
        "SELECT name || '<' || former_names AS value FROM environments WHERE deleted_at IS NULL ORDER BY created_at",
    )
}

#[tokio::test]
async fn a_member_can_t_take_the_name_of_a_deleted_protected_environment() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let bob = bob(&server).await;
    let prod = id(&server, "prod");
    delete(&ada, &prod, "prod").await.expect(303);
    let before = server.database.dump();
    for fields in [&[("name", "prod")][..], &[("name", "prod"), ("former", &prod)]] {
        let refused = bob.post(LIST, fields).await.expect(422);
        assert_eq!(refused.text("#name-err"), PROTECTED);
        assert_eq!(refused.attribute("#name", "value"), "prod", "what was typed is kept");
    }
    assert_eq!(server.database.dump(), before);
    // Somebody who could add keys there may take the name, whether it was protected or not.
    let told = ada.post(LIST, &[("name", "prod")]).await.expect(409);
    assert_eq!(server.database.dump(), before);
    use_it_anyway(&ada, &told, LIST).await.expect(303);
    assert_eq!(names(&ada).await, ["dev", "staging", "prod"]);
    // Only the environment that had the name last counts.
    delete(&ada, &id(&server, "prod"), "prod").await.expect(303);
    let told = bob.post(LIST, &[("name", "prod")]).await.expect(409);
    use_it_anyway(&bob, &told, LIST).await.expect(303);
}

#[tokio::test]
async fn nor_the_name_that_a_protected_one_had_before() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let bob = bob(&server).await;
    let prod = id(&server, "prod");
    save(&ada, &prod, "production", true).await.expect(303);
    save(&ada, &prod, "live", true).await.expect(303);
    let refused = async |name: &str| {
        let page = bob.post(LIST, &[("name", name)]).await.expect(422);
        assert_eq!(page.text("#name-err"), PROTECTED.replace("prod", name));
    };
    for name in ["prod", "production"] {
        refused(name).await;
    }
    // As long as it exists, it answers to all of its names, and its present protection decides.
    save(&ada, &prod, "live", false).await.expect(303);
    bob.post(LIST, &[("name", "prod")]).await.expect(409);
    save(&ada, &prod, "live", true).await.expect(303);
    // Once it is deleted, all of its names keep the protection that it had.
    delete(&ada, &prod, "live").await.expect(303);
    for name in ["prod", "production", "live"] {
        refused(name).await;
    }
}

#[tokio::test]
async fn the_form_tells_of_the_one_that_had_the_name_and_who_asks_for_it() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (project, prod) =
        (server.database.query("SELECT id AS value FROM projects").remove(0), id(&server, "prod"));
    delete(&ada, &prod, "prod").await.expect(303);
    let told = ada.post(LIST, &[("name", "prod"), ("protected", "yes")]).await.expect(409);
    assert_eq!(
        told.texts(".note.warn p")[2],
        "No gateway asked for prod in the last 30 days.",
        "{}",
        told.body
    );
    let seen = Gateways::default();
    let request = |peer: &str, asked, days| {
        let at = server.clock.now() - TimeDelta::days(days);
        let peer: IpAddr = peer.parse().unwrap();
        let trusted = peer.to_string().starts_with("10.");
        seen.note(&Request {
            peer,
            asked,
            environment: None,
            trusted,
            original: false,
            untrusted_original: false,
            good: false,
            at,
        });
    };
    let by_id = format!("{project}/prod");
    request("10.0.0.1", "my-blog/prod", 1);
    request("203.0.113.7", &by_id, 2);
    request("10.0.0.2", "my-blog/prod", 31);
    request("10.0.0.3", "my-blog/production", 1);
    request("10.0.0.4", "my-shop/prod", 1);
    let entries = seen.take();
    server.write(|c| gateways::write(c, &entries));
    let told = ada.post(LIST, &[("name", "prod"), ("protected", "yes")]).await.expect(409);
    let text = told.texts(".note.warn p");
    assert!(
        text[0].starts_with("Another environment was called prod. It was deleted on"),
        "{text:?}"
    );
    assert_eq!(
        text[1..],
        [
            "Protected That environment was protected.",
            "These gateways asked for prod in the last 30 days:"
        ]
    );
    assert_eq!(told.texts("td.name"), ["10.0.0.1", "203.0.113.7 Not trusted"]);
    assert_eq!(told.texts("td:nth-child(2)"), ["my-blog/prod".to_owned(), by_id.clone()]);
    assert!(told.has("input[name=protected][checked]"), "what was ticked is kept");
    assert_eq!(told.text("button[type=submit].primary"), "Use prod anyway");
    // The form showed an environment that was not the last one with the name, so it asks again.
    for former in [id(&server, "dev").as_str(), "env_00000000000070008000000000000000", "a\0b"] {
        ada.post(LIST, &[("name", "prod"), ("former", former)]).await.expect(409);
    }
    // A name that no environment had needs no confirmation, whatever the form sends.
    ada.post(LIST, &[("name", "qa"), ("former", &prod)]).await.expect(303);
    use_it_anyway(&ada, &told, LIST).await.expect(303);
    assert_eq!(names(&ada).await, ["dev", "staging", "qa", "prod Protected"]);
}

#[tokio::test]
async fn another_name_is_told_of_in_the_same_way_and_one_s_own_is_just_taken_back() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (dev, staging) = (id(&server, "dev"), id(&server, "staging"));
    save(&ada, &dev, "development", false).await.expect(303);
    save(&ada, &dev, "dev", false).await.expect(303);
    assert_eq!(former_names(&server)[0], "dev<development");
    let before = server.database.dump();
    let told = save(&ada, &staging, "development", true).await.expect(409);
    assert_eq!(server.database.dump(), before);
    assert!(
        told.text(".note.warn p").starts_with(
            "Another environment was called development before. It is called dev now."
        ),
        "{}",
        told.body
    );
    assert!(told.has("input[name=protected][checked]"));
    use_it_anyway(&ada, &told, &format!("{LIST}/{staging}/edit")).await.expect(303);
    assert_eq!(former_names(&server), ["dev<", "development<staging", "prod<"]);
    assert_eq!(names(&ada).await, ["dev", "development Protected", "prod Protected"]);
}

#[tokio::test]
async fn former_names_are_right_after_chains_swaps_and_deletions() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (dev, staging, prod) = (id(&server, "dev"), id(&server, "staging"), id(&server, "prod"));
    let rename = async |id: &str, name: &str| {
        let page = save(&ada, id, name, false).await;
        if page.status == 409 {
            use_it_anyway(&ada, &page, &format!("{LIST}/{id}/edit")).await.expect(303);
        } else {
            page.expect(303);
        }
    };
    // A chain.
    for name in ["a", "b", "c", "a"] {
        rename(&dev, name).await;
    }
    assert_eq!(former_names(&server), ["a<b c dev", "staging<", "prod<"]);
    // Two environments swap their names.
    rename(&dev, "other").await;
    rename(&staging, "a").await;
    rename(&dev, "staging").await;
    assert_eq!(former_names(&server), ["staging<b c dev other", "a<", "prod<"]);
    // Links say the same.
    for (old, now) in [("dev", "staging"), ("other", "staging"), ("b", "staging")] {
        let address = DEV.replace("/dev/", &format!("/{old}/"));
        let now = DEV.replace("/dev/", &format!("/{now}/"));
        assert_eq!(ada.get(&address).await.expect(303).location(), now);
    }
    // A name that is taken from one goes from its row.
    let told = ada.post(LIST, &[("name", "b")]).await.expect(409);
    use_it_anyway(&ada, &told, LIST).await.expect(303);
    assert_eq!(former_names(&server), ["staging<c dev other", "a<", "prod<", "b<"]);
    // No environment answers to the names of a deleted one.
    delete(&ada, &dev, "staging").await.expect(303);
    assert_eq!(former_names(&server), ["a<", "prod<", "b<"]);
    rename(&prod, "dev").await;
    assert_eq!(former_names(&server), ["a<", "dev<prod", "b<"]);
    // The same holds after the whole project is deleted.
    ada.post("/projects/my-blog/settings/delete", &[("confirm", "My Blog")]).await.expect(303);
    assert!(former_names(&server).is_empty());
}

#[tokio::test]
async fn an_environment_answers_to_fifty_former_names_at_most() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let dev = id(&server, "dev");
    let project = server.database.query("SELECT id AS value FROM projects").remove(0);
    let names: Vec<String> = (10..60).map(|n| format!("n-{n}")).collect();
    let rows: Vec<String> =
        names.iter().map(|n| format!("('{project}', '{n}', '{dev}')")).collect();
    server.database.execute(&format!(
        "INSERT INTO former_names (project_id, name, environment_id) VALUES {}; UPDATE environments SET former_names = '{}' WHERE id = '{dev}'",
        rows.join(", "),
        names.join(" ")
    ));
    let refused = save(&ada, &dev, "one-more", false).await.expect(422);
    assert_eq!(
        refused.text("#name-err"),
        "This environment had 50 other names, and answers to all of them. Use one of those again."
    );
    save(&ada, &dev, "n-10", false).await.expect(303);
    assert_eq!(former_names(&server)[0].split(' ').count(), 50);
}

#[tokio::test]
async fn a_form_that_was_open_does_not_take_a_name_that_was_given_up_meanwhile() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (dev, staging) = (id(&server, "dev"), id(&server, "staging"));
    let form = ada.get(&format!("{LIST}/{staging}/edit")).await.expect(200);
    delete(&ada, &dev, "dev").await.expect(303);
    let told = submit(&ada, &staging, &form, "dev", false).await.expect(409);
    // Meanwhile somebody else has it, and deletes it again: that is another one.
    let again = ada.post(LIST, &[("name", "dev")]).await.expect(409);
    use_it_anyway(&ada, &again, LIST).await.expect(303);
    delete(&ada, &id(&server, "dev"), "dev").await.expect(303);
    let address = format!("{LIST}/{staging}/edit");
    let told = use_it_anyway(&ada, &told, &address).await.expect(409);
    use_it_anyway(&ada, &told, &address).await.expect(303);
}
