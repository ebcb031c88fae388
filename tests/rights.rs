//! Who may do what: role × environment, on the page and on the server.

use crate::support::{Page, Server, SignedIn};

const PLAIN: &str = "/projects/my-blog/dev/api-keys";
const PROTECTED: &str = "/projects/my-blog/prod/api-keys";

const VIEWER: &str =
    "You are a viewer of this project. Only owners, admins and members can add or delete keys.";
const MEMBER: &str = "prod is protected. Only owners and admins can add or delete keys.";

/// Each role, and the reason why it can't change keys, in an environment that is not protected and
/// in one that is.
const TABLE: [(&str, Option<&str>, Option<&str>); 4] = [
    ("owner", None, None),
    ("admin", None, None),
    ("member", None, Some(MEMBER)),
    ("viewer", Some(VIEWER), Some(VIEWER)),
];

/// Everything that changes keys, as this person, with fields that are all right.
async fn change_everything(who: &SignedIn, list: &str, key: &str) -> Vec<(&'static str, Page)> {
    let token = "0123456789abcdef0123456789abcdef";
    vec![
        ("new", who.get(&format!("{list}/new?kind=secret")).await),
        ("create", who.post(list, &[("token", token), ("kind", "secret"), ("name", "mine")]).await),
        ("edit", who.get(&format!("{list}/{key}/edit")).await),
        (
            "change",
            who.post(&format!("{list}/{key}/edit"), &[("name", "server-key"), ("note", "ask me")])
                .await,
        ),
        ("pause", who.post(&format!("{list}/{key}/pause"), &[]).await),
        ("resume", who.post(&format!("{list}/{key}/resume"), &[]).await),
        ("ask", who.get(&format!("{list}/{key}/rotate")).await),
        (
            "rotate",
            who.post(
                &format!("{list}/{key}/rotate"),
                &[("token", token), ("rotations", "0"), ("overlap", "24h")],
            )
            .await,
        ),
        ("end overlap", who.post(&format!("{list}/{key}/end-overlap"), &[]).await),
        ("confirm", who.get(&format!("{list}/{key}/delete")).await),
        ("delete", who.post(&format!("{list}/{key}/delete"), &[("confirm", "server-key")]).await),
        (
            "replace",
            who.post(&format!("{list}/{key}/replace"), &[("token", &token.replace('0', "f"))])
                .await,
        ),
    ]
}

#[tokio::test]
async fn what_a_role_may_not_do_is_disabled_with_the_reason_and_refused_by_the_server() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let bob = server.user("Bob", "bob@example.com");
    server.member("my-blog", &bob, "viewer");
    let browser = server.sign_in("bob@example.com").await;
    for (role, plain, protected) in TABLE {
        server.member("my-blog", &bob, role); // acts at once, in the open session
        for (list, why) in [(PLAIN, plain), (PROTECTED, protected)] {
            let (_, key) = ada.create_key(list, "secret", "server-key").await;
            let page = browser.get(list).await.expect(200);
            assert!(page.body.contains("••••••••"), "{role} sees masks");
            let Some(why) = why else {
                assert!(!page.has(".why") && !page.has("main button[disabled]"), "{role} {list}");
                let answers = change_everything(&browser, list, &key).await;
                let statuses: Vec<_> =
                    answers.iter().map(|(verb, page)| (*verb, page.status.as_u16())).collect();
                let expected = [
                    ("new", 200),
                    ("create", 200),
                    ("edit", 200),
                    ("change", 303),
                    ("pause", 303),
                    ("resume", 303),
                    ("ask", 200),
                    ("rotate", 200),
                    ("end overlap", 303),
                    ("confirm", 200),
                    ("delete", 303),
                    ("replace", 200),
                ];
                assert_eq!(statuses, expected, "{role} {list}");
                // Replace found it deleted already, and made none.
                server.database.execute("DELETE FROM rotated_secrets; DELETE FROM api_keys");
                continue;
            };
            assert!(
                page.texts(".why").iter().all(|text| text == why),
                "{role} {list}: {:?}",
                page.texts(".why")
            );
            assert!(
                page.has("#publishable .why") && page.has("#publishable header button[disabled]")
            );
            assert!(
                page.has("#secret header button[disabled]")
                    && page.has(&format!("#{key} button[disabled]"))
            );
            let own = browser.get(&format!("{list}/{key}")).await.expect(200);
            assert_eq!(
                own.texts("main .page-head button[disabled]"),
                ["Rotate", "Pause", "Delete"],
                "{role} {list}"
            );
            assert_eq!(
                own.texts("#h-facts + .row button[disabled]"),
                ["Edit name and note", "Limits"],
                "{role} {list}"
            );
            assert_eq!(own.texts(".why"), [why], "once");
            assert!(
                !own.has("main form")
                    && !own.has("a[href$='/edit']")
                    && !own.has("a[href$='/rotate']"),
                "{role} {list}"
            );
            assert!(
                !page.has("a[href*='/new?']") && !page.has("a[href$='/delete']"),
                "{role} {list}"
            );
            let before = server.database.dump();
            for (verb, page) in change_everything(&browser, list, &key).await {
                assert_eq!(page.status, 403, "{role} {list} {verb}");
                assert!(
                    page.text("main").contains(why),
                    "{role} {list} {verb}: {}",
                    page.text("main")
                );
            }
            assert_eq!(server.database.dump(), before, "{role} {list}");
            // Searching changes nothing, and is for everybody.
            browser.post(&format!("{list}/search"), &[("q", "server")]).await.expect(303);
            browser.get(&format!("{list}?q=server")).await.expect(200);
            server.database.execute("DELETE FROM rotated_secrets; DELETE FROM api_keys");
        }
    }
}

#[tokio::test]
async fn nobody_gets_rights_from_the_fields_of_a_form() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let owner = server.database.query("SELECT id AS value FROM users").remove(0);
    let before = server.database.dump();
    let token = ada.form_token(PLAIN, "secret").await;
    for field in ["user_id", "userId", "owner", "project_id", "role", "created_by", "id"] {
        let fields = [
            ("csrf", ada.csrf.as_str()),
            ("token", &token),
            ("kind", "secret"),
            ("name", "mine"),
            (field, &owner),
        ];
        server.anonymous().post(PLAIN, &fields).await.expect(401);
        server
            .anonymous()
            .post(&format!("{PLAIN}?{field}={owner}"), &fields[..4])
            .await
            .expect(401);
    }
    assert_eq!(server.database.dump(), before);
}

#[tokio::test]
async fn anonymous_visitors_are_asked_to_sign_in_whether_or_not_a_page_exists() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, key) = ada.create_key(PLAIN, "secret", "server-key").await;
    let visitor = server.anonymous();
    for project in ["my-blog", "no-such-project"] {
        let list = format!("/projects/{project}/dev/api-keys");
        for path in [
            format!("/projects/{project}"),
            list.clone(),
            format!("{list}?q=a%20b&page=2"),
            format!("{list}/new?kind=secret"),
            format!("{list}/{key}/delete"),
        ] {
            let page = visitor.get(&path).await.expect(303);
            let next: String = reqwest::Url::parse_with_params("http://x", [("next", &path)])
                .unwrap()
                .query()
                .unwrap()[5..]
                .to_owned();
            assert_eq!(
                page.location().replace('+', "%20"),
                format!("/sign-in?next={next}").replace('+', "%20")
            );
            let fragment = visitor
                .request(reqwest::Method::GET, &path)
                .header("HX-Request", "true")
                .send()
                .await
                .unwrap();
            assert_eq!(fragment.status(), 401, "htmx would put the sign-in page into a card");
        }
        for path in [
            list.clone(),
            format!("{list}/search"),
            format!("{list}/{key}/delete"),
            format!("{list}/{key}/replace"),
        ] {
            let page = visitor.post(&path, &[("csrf", "x")]).await.expect(401);
            assert!(page.text("main").contains("You are signed out"), "{path}");
        }
    }
    for path in ["/projects", "/projects/new", "/help", "/help/api-keys", "/help/using-a-key"] {
        assert!(
            visitor.get(path).await.expect(303).location().starts_with("/sign-in?next="),
            "{path}"
        );
    }
    for path in ["/projects", "/theme", "/sign-out"] {
        visitor.post(path, &[]).await.expect(401);
    }
}
