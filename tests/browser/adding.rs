//! Add Key: the form row, its errors, and that only one key is created.

use keyrack::domain::api_keys::Kind;

use super::{DEV, ada, hang, server};
use crate::support::PHONE;

const KEY: &str = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";

#[tokio::test]
async fn the_form_row_opens_with_the_focus_and_closes_with_escape_or_cancel() {
    let server = server().await;
    let browser = ada(&server).await;
    browser.look("empty").await;
    for width in [1280, PHONE] {
        browser.resize(width).await;
        browser.add_key("secret").await;
        assert_eq!(browser.text("#secret legend").await, "New secret key");
        browser.press("\u{e00c}").await; // Escape
        browser.see_no("#name-secret").await;
        browser.focused("Add Key (secret)").await;

        // From the keyboard alone: Enter on the button, Tab to Cancel, Enter.
        browser.press("\u{e007}").await;
        browser.focused("name-secret").await;
        browser.press("kept?\u{e004}").await;
        browser.focused("Create").await;
        browser.press("\u{e004}").await;
        browser.focused("Cancel").await;
        browser.press("\u{e007}").await;
        browser.see_no("#name-secret").await;
        browser.focused("Add Key (secret)").await;
    }
    browser.resize(1280).await;
    browser.add_key("publishable").await;
    browser.look("form").await;
    // Add Key once more is no second form, but the way back to the first.
    browser.press("half a na").await;
    browser.click("#publishable header .btn").await;
    browser.focused("name-publishable").await;
    browser.press("me").await;
    assert_eq!(browser.value("#name-publishable").await, "half a name");
    assert_eq!(browser.eval("return document.querySelectorAll('.form-row').length").await, 1);
    assert_eq!(browser.driver().current_url().await.unwrap().path(), DEV);
    browser.quit().await;
}

#[tokio::test]
async fn escape_does_not_drop_what_was_typed_under_options_nor_what_an_input_method_composes() {
    let server = server().await;
    let browser = ada(&server).await;
    browser.add_key("secret").await;
    let escape =
        "new KeyboardEvent('keydown', { key: 'Escape', isComposing: true, bubbles: true })";
    browser.eval(&format!("document.activeElement.dispatchEvent({escape})")).await;
    browser.click_on("Options").await;
    browser.type_into("#scopes-secret", "posts:read").await;
    browser.look("options-typed").await;
    browser.press("\u{e00c}").await; // Escape
    browser.see_no("#scopes-secret").await;
    browser.focused("Options").await;
    browser.see("#name-secret").await;
    browser.press("\u{e00c}").await;
    browser.see_no("#name-secret").await;
    // Options that are open and empty are nothing to keep.
    browser.add_key("secret").await;
    browser.click_on("Options").await;
    browser.see("#scopes-secret").await;
    browser.press("\u{e00c}").await;
    browser.see_no("#name-secret").await;
    browser.quit().await;
}

#[tokio::test]
async fn open_options_have_the_only_create_below_them() {
    let server = server().await;
    let browser = ada(&server).await;
    browser.add_key("secret").await;
    let shown = "[...document.querySelectorAll('.form-row .btn')].filter(b => b.checkVisibility())";
    let texts = format!("return {shown}.map(b => b.innerText.trim())");
    assert_eq!(browser.eval(&texts).await, serde_json::json!(["Create", "Cancel"]));
    browser.click_on("Options").await;
    browser.see("#scopes-secret").await;
    assert_eq!(browser.eval(&texts).await, serde_json::json!(["Create", "Cancel"]));
    let below = "document.querySelector('#scopes-secret').getBoundingClientRect().bottom";
    browser.until(&format!("{shown}[0].getBoundingClientRect().top > {below}")).await;
    browser.look("options-open").await;
    // Enter in the name creates all the same.
    browser.type_into("#name-secret", "server-key\u{e007}").await;
    browser.see("#reveal").await;
    browser.click_on("Copy").await;
    browser.click_on("Done").await;
    browser.quit().await;
}

#[tokio::test]
async fn a_long_form_is_sent_from_its_end_too() {
    let server = server().await;
    let browser = ada(&server).await;
    browser.add_key("secret").await;
    browser.press("server-key").await;
    browser.see_no(".options .btn").await;
    browser.click_on("Options").await;
    browser.type_into("#from-secret", "10.0.0.0/8").await;
    browser.click(".options .btn").await;
    browser.see("#new-key").await;
    browser.click_on("Copy").await;
    browser.click_on("Done").await;
    browser.see("tr.new").await;
    // It is marked, and nothing moves for that: the columns end where the table does.
    let right =
        |css: &str| format!("document.querySelector('{css}').getBoundingClientRect().right");
    let columns = format!(
        "Math.abs({} - {}) < 2",
        right("table:has(#secret-rows)"),
        right("#secret-rows td:last-child")
    );
    browser.until(&format!("document.querySelector('tr.new') && {columns}")).await;
    browser.read("#secret-rows", "10.0.0.0/8").await;
    // The tint of the new row goes, also where nothing moves.
    browser.see_no("tr.new").await;
    browser.quit().await;
}

#[tokio::test]
async fn errors_stand_beside_the_field_and_keep_what_was_typed() {
    let server = server().await;
    hang(&server, "dev", Kind::Secret, &["server-key", "server-key-2"]);
    let browser = ada(&server).await;
    browser.expect_console("status of 422");
    browser.add_key("secret").await;

    // Nothing at all: the browser's own message, no request.
    browser.press("\u{e007}").await;
    browser.until("document.querySelector('#name-secret:invalid')").await;
    // Blank: the server's.
    browser.press("   \u{e007}").await;
    browser.read("#name-secret-err", "Enter a name.").await;
    browser.focused("name-secret").await;

    browser.fill("#name-secret", "SERVER-Key").await;
    browser.press("\u{e007}").await;
    browser.read("#name-secret-err", "server-key").await;
    browser.read("#name-secret-err", "already has this name. “SERVER-Key-3” is free.").await;
    assert!(
        browser.text("#name-secret-err code").await.starts_with("sk_"),
        "the mask of the other"
    );
    assert_eq!(browser.value("#name-secret").await, "SERVER-Key");
    browser.focused("name-secret").await;
    browser.press("!").await; // one types on
    assert_eq!(browser.value("#name-secret").await, "SERVER-Key!");
    assert_eq!(
        browser.eval("return document.activeElement.getAttribute('aria-describedby')").await,
        "name-secret-err"
    );
    browser.look("name-taken").await;

    browser.fill("#name-secret", &"x".repeat(65)).await;
    browser.press("\u{e007}").await;
    browser.read("#name-secret-err", "Use at most 64 characters.").await;
    assert_eq!(browser.value("#name-secret").await.len(), 65);

    // A key that was pasted is refused, and gone.
    browser.fill("#name-secret", KEY).await;
    browser.press("\u{e007}").await;
    browser.read("#name-secret-err", "That's a key, not a name.").await;
    browser.knows_nothing_of(KEY).await;

    browser.fill("#name-secret", "server-key-3").await;
    browser.press("\u{e007}").await;
    browser.see("#reveal").await;
    browser.click_on("Copy").await;
    browser.click_on("Done").await;
    assert_eq!(browser.names("secret").await, ["server-key-3", "server-key-2", "server-key"]);
    browser.quit().await;
}

#[tokio::test]
async fn the_longest_and_the_strangest_names_fit_on_a_phone() {
    let server = server().await;
    let wide = "W".repeat(64);
    let names = [
        wide.as_str(),
        "<script>alert(1)</script>",
        "it's \"quoted\" & more",
        "مفتاح الخادم",
        "🔑🗝️ emoji 日本語",
        "a.b*c+(d)[e]{f}^$|\\/-&&~~#",
    ];
    hang(&server, "dev", Kind::Secret, &names);
    let browser = ada(&server).await;
    assert_eq!(browser.names("secret").await, names.iter().rev().copied().collect::<Vec<_>>());
    browser.look("strange-names").await;
    // Wherever else a name stands.
    browser.go("/projects/my-blog").await;
    browser.read("main", &wide).await;
    browser.look("strange-names-overview").await;
    browser.go("/projects/my-blog/activity").await;
    browser.look("strange-names-activity").await;
    browser.go(DEV).await;
    browser.click("#secret-rows tr:last-child .clamp").await;
    browser.read("h1", &wide).await;
    browser.look("long-name-key").await;
    browser.click_on("Edit name and note").await;
    browser.read("h1", "Edit key").await;
    browser.look("long-name-edit").await;
    browser.quit().await;
}

#[tokio::test]
async fn after_create_on_the_forms_own_page_the_address_is_the_lists() {
    let server = server().await;
    let browser = ada(&server).await;
    browser.go(&format!("{DEV}/new?kind=secret")).await;
    browser.focused("name-secret").await;
    browser.press("server-key\u{e007}").await;
    browser.see("#new-key").await;
    browser.arrive(DEV).await;
    browser.click_on("Copy").await;
    browser.click_on("Done").await;
    browser.reload().await;
    browser.read("#secret-rows", "server-key").await;
    browser.see_no("#name-secret").await;
    // What was looked for stays in the address of a list.
    browser.go(&format!("{DEV}?q=server")).await;
    browser.add_key("secret").await;
    browser.press("server-2\u{e007}").await;
    browser.see("#new-key").await;
    browser.arrive(&format!("{DEV}?q=server")).await;
    browser.click_on("Copy").await;
    browser.click_on("Done").await;
    browser.quit().await;
}
