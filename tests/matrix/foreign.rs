//! What belongs to another project is answered exactly like what does not exist, in addresses and
//! in forms.

use reqwest::Method;

use super::rows::{ROWS, Row};
use super::{ids, invite, without_reference};
use crate::support::{PASSWORD, Page, Server, SignedIn};

const UNKNOWN: [(&str, &str); 5] = [
    ("environment", "no-such"),
    ("id", "env_00000000000070008000000000000000"),
    ("key", "key_00000000000070008000000000000000"),
    ("user", "usr_00000000000070008000000000000000"),
    ("invitation", "inv_00000000000070008000000000000000"),
];

/// A form in which every field is valid, so that only the address is wrong.
fn fields(row: &Row) -> Vec<(&'static str, String)> {
    let token = "0123456789abcdef0123456789abcdef";
    let fields: &[(&'static str, &str)] = match row.path.trim_start_matches("/projects/{project}/")
    {
        "{environment}/api-keys" => &[("token", token), ("kind", "secret"), ("name", "mine")],
        "{environment}/api-keys/search" => &[("q", "server")],
        "{environment}/api-keys/{key}/edit" => &[("name", "mine"), ("note", "")],
        "{environment}/api-keys/{key}/limits" => {
            &[("scopes", ""), ("rate", ""), ("burst", ""), ("expires", "keep")]
        }
        "{environment}/api-keys/{key}/rotate" => {
            &[("token", token), ("rotations", "0"), ("overlap", "0")]
        }
        "{environment}/api-keys/{key}/delete" => &[("confirm", "server-key")],
        "{environment}/api-keys/{key}/replace" => &[("token", token)],
        "{environment}/access-tokens" => {
            &[("version", ""), ("issuer", ""), ("audience", ""), ("url", ""), ("keys", "")]
        }
        "{environment}/access-tokens/try" => &[("token", "x")],
        "{environment}/access-rules" => {
            &[("version", ""), ("base_path", "/v1/data"), ("elsewhere", "nobody"), ("origins", "")]
        }
        "environments/{id}/edit" => &[("name", "mine"), ("seen", "x")],
        "environments/{id}/delete" => &[("confirm", "dev")],
        "team/{user}/role" => &[("was", "owner"), ("role", "viewer")],
        _ => &[],
    };
    fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

async fn ask(who: &SignedIn, row: &Row, path: &str) -> Page {
    if row.method() == Method::GET {
        return who.get(path).await;
    }
    let fields = fields(row);
    who.post(path, &fields.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>())
        .await
}

/// Ada's project, and Bob's, each with everything that has an id.
async fn two_projects() -> (Server, SignedIn, super::Ids, super::Ids) {
    // With a mail server, or Send again would not look further.
    let server = Server::start_with(&[
        "--public-url",
        "http://keys.example.com",
        "--smtp-url",
        "smtp://127.0.0.1:1",
    ])
    .await;
    let ada = server.ada().await;
    let bob_id = server.user("Bob", "bob@example.com");
    server.project("Bobs Shop", &bob_id);
    let bob = server.sign_in("bob@example.com").await;
    bob.post("/projects/bobs-shop/environments", &[("name", "lab")]).await.expect(303);
    let zoe = server.user("Zoe", "zoe@example.com");
    server.member("my-blog", &zoe, "viewer");
    invite(&server, &ada, "my-blog").await;
    invite(&server, &bob, "bobs-shop").await;
    let mine = ids(&server, &ada, "my-blog", "dev").await;
    let theirs = ids(&server, &bob, "bobs-shop", "lab").await.with("user", bob_id.as_str());
    (server, ada, mine, theirs)
}

#[tokio::test]
async fn foreign_and_unknown_ids_in_addresses_look_the_same() {
    let (server, ada, mine, theirs) = two_projects().await;
    let reference = without_reference(&ada.get("/projects/no-such-project").await.expect(404));
    let before = server.database.dump();
    let mut cases = 0;
    for row in ROWS {
        let is_looked_at = |name: &str| {
            // Somebody who comes back to the address of a button sees the team, whatever happened
            // to the invitation.
            // Accounts belong to no project.
            row.path.contains(&format!("{{{name}}}"))
                && !row.path.starts_with("/instance")
                && !(name == "invitation" && row.method() == Method::GET)
        };
        for (name, unknown) in UNKNOWN.iter().filter(|(name, _)| is_looked_at(name)) {
            let foreign = &theirs.0.iter().find(|(theirs, _)| theirs == name).unwrap().1;
            for id in [foreign.as_str(), unknown] {
                let path = mine.with(name, id).fill(row.path);
                let page = ask(&ada, row, &path).await;
                assert_eq!(page.status, 404, "{} {path}", row.method());
                assert_eq!(without_reference(&page), reference, "{} {path}", row.method());
                cases += 1;
            }
        }
        // Bob's whole address, and the same with ids that don't exist.
        if row.path.contains("{project}") {
            for path in
                [theirs.fill(row.path), theirs.with("project", "no-such-project").fill(row.path)]
            {
                let page = ask(&ada, row, &path).await;
                assert_eq!(
                    (page.status.as_u16(), without_reference(&page)),
                    (404, reference.clone()),
                    "{} {path}",
                    row.method()
                );
            }
        }
    }
    assert!(cases > 60, "{cases}");
    assert_eq!(server.database.dump(), before);
}

#[tokio::test]
async fn foreign_and_unknown_ids_in_forms_and_queries_look_the_same() {
    let (server, ada, _, theirs) = two_projects().await;
    let id = |wanted: &str| theirs.0.iter().find(|(name, _)| *name == wanted).unwrap().1.clone();
    let bobs_session = server
        .database
        .query("SELECT sessions.name AS value FROM sessions JOIN users ON users.id = user_id WHERE email = 'bob@example.com'")
        .remove(0);
    let before = server.database.dump();
    let unknown_user = UNKNOWN[3].1;
    let hand_over = async |to: &str| {
        ada.post("/projects/my-blog/team/hand-over", &[("person", to), ("password", PASSWORD)])
            .await
    };
    let (foreign, unknown) =
        (hand_over(&id("user")).await.expect(404), hand_over(unknown_user).await.expect(404));
    assert_eq!(without_reference(&foreign), without_reference(&unknown));

    for session in [bobs_session.as_str(), "0123456789abcdef"] {
        ada.post("/account/sessions/end", &[("session", session)]).await.expect(303);
        assert_eq!(ada.get("/account").await.text("main .note"), "That session had ended already.");
    }

    for page in ["activity", "activity.csv"] {
        for (name, foreign, unknown) in
            [("person", id("user"), unknown_user), ("environment", id("id"), UNKNOWN[1].1)]
        {
            let get = async |id: &str| {
                let answer =
                    ada.get(&format!("/projects/my-blog/{page}?{name}={id}")).await.expect(200);
                let body = answer.without_token();
                assert!(!body.contains("Bob") && !body.contains("bobs-shop"), "{page} {name}");
                body.replace(id, "ID")
            };
            assert_eq!(get(&foreign).await, get(unknown).await, "{page} {name}");
        }
    }
    assert_eq!(server.database.dump(), before);
}
