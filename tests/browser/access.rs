//! Access tokens, access rules, and the options of a key, in a browser.

use keyrack::domain::api_keys::Kind;
use serde_json::json;

use super::{ADA, DEV, ada, hang, server};
use crate::support::Browser;
use crate::support::tokens::{EC, OTHER_EC, RSA};

const TOKENS: &str = "/projects/my-blog/dev/access-tokens";
const RULES: &str = "/projects/my-blog/dev/access-rules";

#[tokio::test]
async fn access_tokens_are_set_up_and_tried() {
    let server = server().await;
    let browser = ada(&server).await;
    browser.expect_console("status of 422");
    browser.click_on("Access Tokens").await;
    browser.arrive(TOKENS).await;
    browser.look("tokens-off").await;
    browser.type_into("#issuer", "https://login.example.com/").await;
    browser.eval(&format!("document.getElementById('keys').value = {}", json!(RSA.private))).await;
    browser.click_on("Save").await;
    browser.read("#keys-err", "This is a private key.").await;
    assert_eq!(browser.value("#keys").await, "", "a private key is not sent back");
    assert_eq!(browser.value("#issuer").await, "https://login.example.com/");
    browser.look("tokens-private").await;
    let odd = json!({ "kty": "RSA", "kid": "2026-10", "use": "enc" });
    let keys = json!({ "keys": [odd, EC.jwk(Some("2026-11")), RSA.jwk(Some("2026-12"))] });
    let keys = keys.to_string();
    browser.fill("#subject", "jti").await;
    browser.eval(&format!("document.getElementById('keys').value = {}", json!(keys))).await;
    browser.click_on("Save").await;
    browser.read("#subject-err", "doesn't say whose token it is").await;
    browser.look("tokens-claim").await;
    browser.fill("#subject", "client_id").await;
    browser.click_on("Save").await;
    browser.read(".note.ok", "Saved.").await;
    browser.read(".card footer", "Known keys: P-256 2026-11, RSA 2026-12").await;
    browser.read("#passed-over li", "2026-10: This key is not for signatures").await;
    browser.look("tokens-passed-over").await;

    let now = server.clock.now().and_utc().timestamp();
    let claims = json!({ "iss": "https://login.example.com/", "aud": ["a", "b"], "sub": "auth0|5f7c8ec7c33c6c004bbafe82", "exp": now + 600, "nbf": now - 5, "iat": now });
    let token = EC.sign(Some("2026-11"), &claims);
    browser.type_into("#token", &token).await;
    browser.click_on("Try").await;
    browser
        .read(
            "#try .note",
            "This token is good. Calls with it are auth0|5f7c8ec7c33c6c004bbafe82, group user.",
        )
        .await;
    assert_eq!(
        browser.driver().current_url().await.unwrap().path(),
        TOKENS,
        "the token is in no address"
    );
    browser.knows_nothing_of(&token).await;
    browser.look("tokens-good").await;
    browser.type_into("#token", &OTHER_EC.sign(Some("2026-11"), &claims)).await;
    browser.click_on("Try").await;
    browser.read("#try .note", "The access token's signature is wrong.").await;
    browser.look("tokens-bad").await;
    browser.quit().await;
}

#[tokio::test]
async fn access_rules_are_edited_and_keep_what_was_typed() {
    let server = server().await;
    let browser = ada(&server).await;
    browser.expect_console("status of 422");
    browser.expect_console("status of 409");
    browser.click_on("Access Rules").await;
    browser.arrive(RULES).await;
    browser.look("rules").await;
    browser.fill("#base_path", "/api").await;
    browser.click("input[name=guest-create]").await;
    browser.eval("document.getElementById('elsewhere').value = 'nobody'").await;
    browser.type_into("#origins", "https://app.example.com/path").await;
    browser.click_on("Save").await;
    browser.read("#origins-err", "is more than an origin").await;
    assert_eq!(browser.value("#base_path").await, "/api");
    assert_eq!(browser.value("#elsewhere").await, "nobody");
    browser.until("document.querySelector('input[name=guest-create]').checked").await;
    browser.look("rules-error").await;
    browser.fill("#origins", "https://app.example.com").await;
    browser.click_on("Save").await;
    browser.read(".note.ok", "Saved.").await;
    browser.until("document.querySelector('input[name=guest-create]').checked").await;
    // Somebody else saves under the open page.
    server.database.execute("UPDATE policies SET tag = 'another'");
    browser.click_on("Save").await;
    browser.read(".note.warn", "Someone else saved first.").await;
    browser.look("rules-stale").await;
    browser.quit().await;
}

#[tokio::test]
async fn check_keys_only_is_turned_on_and_off_and_the_pages_say_so() {
    let server = server().await;
    let browser = ada(&server).await;
    browser.go(RULES).await;
    browser.read("#h-only .badge", "Off").await;
    browser.see_no(".note.warn").await;
    browser.click_on("Turn on").await;
    browser.read(".note.ok", "Check keys only is on.").await;
    browser.read("#h-only .badge", "On").await;
    browser.read(".note.warn", "Check keys only is on.").await;
    browser.look("rules-keys-only").await;
    browser.go(DEV).await;
    browser.read(".note.warn", "Check keys only is on.").await;
    browser.look("keys-keys-only").await;
    browser.go("/projects/my-blog").await;
    browser.read(".note.warn", "Check keys only is on in dev.").await;
    browser.look("overview-keys-only").await;
    browser.click(".note.warn a").await;
    browser.arrive(RULES).await;
    browser.click_on("Turn off").await;
    browser.read(".note.ok", "Check keys only is off.").await;
    browser.see_no(".note.warn").await;
    browser.quit().await;
}

#[tokio::test]
async fn viewers_look_on() {
    let server = server().await;
    let vera = server.user("Vera", "vera@example.com");
    server.member("my-blog", &vera, "viewer");
    let browser = Browser::open(&server).await;
    browser.sign_in("vera@example.com", RULES).await;
    browser.read(".why", "You are a viewer of this project.").await;
    browser.see("main .btn.primary:disabled").await;
    browser.look("rules-viewer").await;
    browser.click_on("Access Tokens").await;
    browser.arrive(TOKENS).await;
    browser.read(".why", "You are a viewer of this project.").await;
    browser.look("tokens-viewer").await;
    browser.quit().await;
}

#[tokio::test]
async fn a_key_is_narrowed_under_its_options_and_shows_a_badge() {
    let server = server().await;
    hang(&server, "dev", Kind::Secret, &["plain-key"]);
    let browser = ada(&server).await;
    browser.expect_console("status of 422");
    browser.add_key("secret").await;
    browser.see_no("#scopes-secret").await; // closed: a name is enough
    browser.press("ci-deploy").await;
    browser.click_on("Options").await;
    browser.type_into("#scopes-secret", "posts:write").await;
    browser.look("key-options").await;
    browser.click_on("Create").await;
    browser.read("#scopes-secret-err", "names no operation").await;
    browser.look("key-options-error").await;
    browser.fill("#scopes-secret", "posts:read posts:list *:create").await;
    browser.type_into("#from-secret", "203.0.113.7").await;
    browser.click_on("Create").await;
    browser.see("#new-key").await;
    browser.click_on("Copy").await;
    browser.click_on("Done").await;
    browser.see_no("dialog").await;
    server
        .database
        .execute("UPDATE api_keys SET seen_in_browser_at = created_at WHERE name = 'plain-key'");
    browser.reload().await;
    browser.read("#secret-rows", "3 scopes").await;
    browser.read("#secret-rows", "203.0.113.7/32").await;
    browser.read("#secret-rows", "Seen in a browser").await;
    browser.look("key-badges").await;
    browser.quit().await;
}

#[tokio::test]
async fn everything_works_without_javascript() {
    let server = server().await;
    let browser = Browser::without_javascript(&server).await;
    browser.expect_console("status of 422");
    browser.sign_in(ADA, TOKENS).await;
    browser.type_into("#keys", &EC.jwks(Some("one"))).await;
    browser.click("form[action$='access-tokens'] .btn.primary").await;
    browser.read(".note.ok", "Saved.").await;
    let claims = json!({ "sub": "ada", "exp": server.clock.now().and_utc().timestamp() + 600 });
    browser.type_into("#token", &EC.sign(Some("one"), &claims)).await;
    browser.click("#try .btn").await;
    browser.read("#try .note", "This token is good.").await;
    browser.go(RULES).await;
    browser.click("input[name=guest-delete]").await;
    browser.click("main .btn.primary").await;
    browser.read(".note.ok", "Saved.").await;
    browser.see("input[name=guest-delete]:checked").await;
    browser.click("button[name=turn]").await;
    browser.read(".note.ok", "Check keys only is on.").await;
    browser.read(".note.warn", "Check keys only is on.").await;
    browser.go(&format!("{DEV}/new?kind=secret")).await;
    browser.click("summary").await;
    browser.type_into("#name-secret", "ci").await;
    browser.type_into("#scopes-secret", "posts:read").await;
    browser.click(".form-row .btn.primary").await;
    browser.see("#new-key").await;
    browser.go(DEV).await;
    browser.read("#secret-rows", "posts:read").await;
    browser.quit().await;
}
