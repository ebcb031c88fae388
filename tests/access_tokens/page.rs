//! The page Access Tokens: who may change what, what the activity says, and trying a token.

use keyrack::domain::Act;
use serde_json::json;

use super::{AUDIENCE, DEV, ISSUER, TOKENS, assert_user, call_with, claims};
use crate::support::tokens::{EC, OTHER_EC, RSA};
use crate::support::{Page, Server};

const TRY: &str = "/projects/my-blog/dev/access-tokens/try";
const RULES: &str = "/projects/my-blog/dev/access-rules";

/// What the page says of a token.
fn verdict(page: &Page) -> (bool, String) {
    (page.has("#try .note.ok"), page.text("#try .note"))
}

#[tokio::test]
async fn a_token_can_be_tried_and_is_not_sent_back() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let token = EC.sign(Some("one"), &claims(&server));
    let off = ada.post(TRY, &[("token", &token)]).await.expect(200);
    assert_eq!(
        verdict(&off),
        (false, "Access tokens are not set up in dev: whoever sends one is a guest.".to_owned())
    );
    ada.save_tokens(
        TOKENS,
        &[("issuer", ISSUER), ("audience", AUDIENCE), ("keys", &EC.jwks(Some("one")))],
    )
    .await
    .expect(303);
    for typed in [token.clone(), format!("  Bearer {token}\n")] {
        let page = ada.post(TRY, &[("token", &typed)]).await.expect(200);
        assert_eq!(
            verdict(&page),
            (true, "This token is good. Calls with it are auth0|ada, group user.".to_owned())
        );
        let claims = page.texts("#try dl dd");
        assert_eq!(claims[..3], ["ES256", "one", "JWT"]);
        assert!(
            claims[3..].contains(&ISSUER.to_owned())
                && claims.iter().any(|claim| claim.contains("UTC")),
            "{claims:?}"
        );
        assert!(
            !page.body.contains(&token) && page.text("#token").is_empty(),
            "the token is sent back"
        );
        assert_eq!(page.header("cache-control"), Some("no-store"));
    }
    let mut expired = claims(&server);
    expired["exp"] = json!(1);
    let key = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";
    for (typed, message) in [
        (EC.sign(Some("one"), &expired), "The access token has expired."),
        (OTHER_EC.sign(Some("one"), &claims(&server)), "The access token's signature is wrong."),
        (RSA.sign(Some("two"), &claims(&server)), "names a key (kid)"),
        ("nonsense".to_owned(), "not a signed JSON Web Token"),
        (key.to_owned(), "This is an API key, not an access token."),
        ("<script>alert(1)</script>".to_owned(), "not a signed"),
    ] {
        let page = ada.post(TRY, &[("token", &typed)]).await.expect(200);
        let (good, words) = verdict(&page);
        assert!(!good && words.contains(message), "{words}");
        assert!(!page.body.contains(&typed));
    }
    assert!(
        verdict(&ada.post(TRY, &[("token", " ")]).await.expect(200)).1.contains("Paste a token")
    );
    assert_eq!(
        server
            .database
            .count("SELECT count(*) FROM activity WHERE action = 'access_tokens.changed'"),
        1,
        "trying changes nothing"
    );
}

#[tokio::test]
async fn what_was_changed_is_in_the_activity() {
    let server = Server::start().await;
    let ada = server.ada().await;
    ada.save_tokens(TOKENS, &[("keys", &EC.public)]).await.expect(303);
    ada.save_tokens(TOKENS, &[("issuer", ISSUER), ("keys", &EC.public)]).await.expect(303);
    ada.save_tokens(TOKENS, &[("issuer", ISSUER), ("keys", &EC.public)]).await.expect(303); // nothing new
    ada.save_tokens(TOKENS, &[]).await.expect(303);
    let told = ada.get("/projects/my-blog/activity").await.expect(200).texts("td.name");
    assert_eq!(
        told[..3],
        [
            "Ada changed access tokens of dev: access tokens are not looked at any more",
            "Ada changed access tokens of dev: issuer https://login.example.com/",
            "Ada changed access tokens of dev: access tokens are checked with pasted keys",
        ]
    );
    assert_eq!(told.len(), 4);
}

#[tokio::test]
async fn roles_see_it_or_change_it_and_strangers_find_nothing() {
    let server = Server::start().await;
    let ada = server.ada().await;
    ada.save_tokens(TOKENS, &[("issuer", ISSUER), ("keys", &EC.public)]).await.expect(303);
    let bob = server.user("Bob", "bob@example.com");
    server.member("my-blog", &bob, "viewer");
    let browser = server.sign_in("bob@example.com").await;
    let rules = [("version", "1"), ("base_path", "/v2"), ("elsewhere", "nobody"), ("origins", "")];
    let tokens = [("version", "1"), ("issuer", ""), ("audience", ""), ("url", ""), ("keys", "")];
    for (role, environment, may) in [
        ("viewer", "dev", false),
        ("member", "prod", false),
        ("member", "dev", true),
        ("admin", "prod", true),
        ("owner", "prod", true),
    ] {
        server.member("my-blog", &bob, role);
        for page in ["access-tokens", "access-rules"] {
            let address = format!("/projects/my-blog/{environment}/{page}");
            let shown = browser.get(&address).await.expect(200);
            let form = format!("main form[action$='/{page}'] fieldset");
            assert_eq!(shown.has(&format!("{form}[disabled]")), !may, "{role} {address}");
            // Save stands there for everybody, and each card that is off says why.
            let save = shown.has(&format!("main form[action$='/{page}'] button.primary"));
            assert!(save, "{role} {address}");
            let manages = matches!(role, "admin" | "owner");
            let whys = match (page, may) {
                ("access-tokens", may) => usize::from(!may),
                (_, may) => usize::from(!manages) + if may { 0 } else { 2 },
            };
            assert_eq!(shown.texts("main .card .why").len(), whys, "{role} {address}");
            if !may {
                let before = server.database.dump();
                let fields = if page == "access-tokens" { &tokens[..] } else { &rules };
                browser.post(&address, fields).await.expect(403);
                assert_eq!(server.database.dump(), before, "{role} {address}");
            }
        }
        browser.post(TRY, &[("token", "x")]).await.expect(200);
    }
    server.database.execute(&format!("DELETE FROM members WHERE user_id = '{bob}'"));
    for address in [
        TOKENS,
        RULES,
        "/projects/my-blog/nowhere/access-tokens",
        "/projects/nothing/dev/access-rules",
    ] {
        browser.get(address).await.expect(404);
    }
    browser.post(TOKENS, &tokens).await.expect(404);
    browser.post(RULES, &rules).await.expect(404);
    browser.post(TRY, &[("token", "x")]).await.expect(404);
    let visitor = server.anonymous();
    visitor.get(TOKENS).await.expect(303);
    visitor.post(RULES, &rules).await.expect(401);
}

#[tokio::test]
async fn of_two_who_save_at_once_one_is_told() {
    let server = Server::start().await;
    let ada = server.ada().await;
    // Dana looked before Ada saved.
    ada.save_tokens(TOKENS, &[("issuer", ISSUER), ("keys", &EC.public)]).await.expect(303);
    let late = ada
        .post(
            TOKENS,
            &[
                ("version", ""),
                ("issuer", "mine"),
                ("audience", ""),
                ("url", ""),
                ("keys", &EC.public),
            ],
        )
        .await
        .expect(409);
    assert!(late.text("form .note.warn").contains("Somebody else saved meanwhile."));
    assert_eq!(late.attribute("#issuer", "value"), "mine");
    // And on the other page.
    let late = ada
        .post(
            RULES,
            &[("version", ""), ("base_path", "/mine"), ("elsewhere", "nobody"), ("origins", "")],
        )
        .await
        .expect(409);
    assert_eq!(late.attribute("#base_path", "value"), "/mine");

    for round in 0..5 {
        let version = ada.get(RULES).await.attribute("input[name=version]", "value");
        let mut saving = tokio::task::JoinSet::new();
        for who in 0..4 {
            let (ada, version, path) = (ada.clone(), version.clone(), format!("/v{round}-{who}"));
            saving.spawn(async move {
                let page = ada
                    .post(
                        RULES,
                        &[
                            ("version", &version),
                            ("base_path", &path),
                            ("elsewhere", "nobody"),
                            ("origins", ""),
                        ],
                    )
                    .await;
                (page.status.as_u16(), path)
            });
        }
        let answers = saving.join_all().await;
        let saved: Vec<_> = answers.iter().filter(|(status, _)| *status == 303).collect();
        assert!(
            saved.len() == 1 && answers.iter().all(|(status, _)| [303, 409].contains(status)),
            "{answers:?}"
        );
        assert_eq!(ada.get(RULES).await.attribute("#base_path", "value"), saved[0].1);
    }
    // What the first page says was not lost meanwhile.
    assert_eq!(ada.get(TOKENS).await.attribute("#issuer", "value"), ISSUER);
}

#[tokio::test]
async fn fields_that_are_not_ours_are_refused() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let tokens = [("version", ""), ("issuer", ""), ("audience", ""), ("url", ""), ("keys", "")];
    let rules = [("version", ""), ("base_path", "/v2"), ("elsewhere", "nobody"), ("origins", "")];
    let before = server.database.dump();
    for (page, fields) in [(TOKENS, &tokens[..]), (RULES, &rules[..])] {
        ada.post(page, &[fields, &[("project", "shop")]].concat()).await.expect(400);
        ada.post(page, &[fields, &fields[..1]].concat()).await.expect(400);
        ada.post(page, &fields[1..]).await.expect(400);
        for version in ["0", "x", "1", &"F".repeat(32), &"0".repeat(31)] {
            ada.post(page, &[&[("version", version)], &fields[1..]].concat()).await.expect(400);
        }
    }
    for odd in
        [("guest-fly", "on"), ("root-read", "on"), ("guest-read", "yes"), ("refuse_browsers", "")]
    {
        ada.post(RULES, &[&rules[..], &[odd]].concat()).await.expect(400);
    }
    ada.post(TRY, &[("token", "x"), ("keep", "1")]).await.expect(400);
    assert_eq!(server.database.dump(), before);
}

#[tokio::test]
async fn the_switcher_of_environments_stays_on_the_page() {
    let server = Server::start().await;
    let ada = server.ada().await;
    for page in ["access-tokens", "access-rules"] {
        let shown = ada.get(&format!("/projects/my-blog/dev/{page}")).await.expect(200);
        assert_eq!(
            shown.attribute("#m-env a:last-child", "href"),
            format!("/projects/my-blog/prod/{page}")
        );
        assert_eq!(
            shown.attribute("#sidenav a[aria-current]", "href"),
            format!("/projects/my-blog/dev/{page}")
        );
    }
    // A larger set than other forms may have still arrives.
    let (key, _) = ada.create_key(DEV, "publishable", "web").await;
    let mut jwk = EC.jwk(None);
    jwk["x5c"] = json!(["A".repeat(30_000)]);
    ada.save_tokens(TOKENS, &[("keys", &json!({ "keys": [jwk] }).to_string())]).await.expect(303);
    assert_user(&call_with(&server, &key, &EC.sign(None, &claims(&server))).await, "auth0|ada");
}

#[tokio::test]
async fn a_role_that_was_taken_away_between_the_check_and_the_write_is_noticed() {
    use keyrack::domain::access_rules::Rules;
    use keyrack::domain::members::AccessError;
    use keyrack::domain::policies::{Change, EditError, edit};
    use keyrack::domain::{Actor, environments, os_rng, projects};
    let server = Server::start().await;
    server.ada().await;
    let bob = server.user("Bob", "bob@example.com");
    let actor = Actor::User { id: bob.clone(), address: None, session: None };
    let rules = Rules { refuse_secret_keys_from_browsers: false, ..Rules::default() };
    let save = |name: &str| {
        server.write(|c| -> Result<_, keyrack::db::Error> {
            let project = projects::find(c, "my-blog")?.unwrap();
            let environment = environments::list(c, &project.id)?
                .into_iter()
                .find(|environment| environment.name == name)
                .unwrap();
            Ok(edit(
                c,
                &mut Act::new(&actor, server.clock.now(), &mut os_rng()),
                &environment,
                None,
                Change::Rules(rules.clone()),
            ))
        })
    };
    assert!(matches!(save("dev"), Err(EditError::Refused(AccessError::Stranger))), "no member");
    server.member("my-blog", &bob, "viewer");
    assert!(matches!(save("dev"), Err(EditError::Refused(AccessError::Forbidden(_)))));
    server.member("my-blog", &bob, "member");
    assert!(
        matches!(save("prod"), Err(EditError::Refused(AccessError::Forbidden(_)))),
        "protected"
    );
    assert!(save("dev").is_ok());
    assert!(matches!(save("dev"), Err(EditError::Stale)));
}

#[tokio::test]
async fn an_api_key_is_no_issuer_and_no_address() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let key = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";
    let url = format!("https://login.example.com/{key}");
    for (field, typed, error) in [
        ("issuer", key, "There is a key in it."),
        ("audience", key, "There is a key in it."),
        ("url", &url, "Enter a URL like https://login.example.com"),
    ] {
        let keys = if field == "url" { "" } else { &EC.public };
        let page = ada.save_tokens(TOKENS, &[(field, typed), ("keys", keys)]).await.expect(422);
        assert!(page.body.contains(error) && !page.body.contains(&key[7..63]), "{field}");
    }
    assert!(!server.database.dump().iter().any(|row| row.contains(&key[7..63])));
}
