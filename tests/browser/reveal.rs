//! The reveal, which is the only time that a value is shown.

use super::{DEV, ada, mask, server};
use crate::support::{PHONE, Verified};

const ESCAPE: &str = "\u{e00c}";

#[tokio::test]
async fn a_key_is_shown_copied_and_gone() {
    let server = server().await;
    let browser = ada(&server).await;
    for (width, kind, name) in
        [(1280, "secret", "server-key"), (PHONE, "publishable", "my-app-key")]
    {
        browser.resize(width).await;
        browser.add_key(kind).await;
        browser.press(format!("{name}\u{e007}")).await;
        browser.read("#reveal-t", &format!("Copy your new {kind} key")).await;
        let key = browser.text("#new-key").await;
        assert_eq!(key.len(), 67);
        // Whole, not cut.
        browser.until("document.querySelector('#new-key').scrollWidth <= document.querySelector('#new-key').clientWidth").await;
        browser.focused("Copy").await;
        browser.read("#reveal", "The key is only shown once at creation time. If lost, you must delete it and create a new one.").await;
        let warning =
            "must never be exposed to the client. Use them only in server-side environments.";
        assert_eq!(browser.text("#reveal").await.contains(warning), kind == "secret");
        if width == 1280 {
            browser.look("reveal").await;
        }
        browser.press("\u{e007}").await; // Enter: Copy has the focus
        browser.see("#reveal .keep[data-copied]").await;
        assert_eq!(browser.clipboard().await, key);
        if width == 1280 {
            browser.look("reveal-copied").await;
        }
        browser.click_on("Done").await;
        browser.see_no("dialog").await;
        browser.knows_nothing_of(&key).await;
        browser.until(&format!("document.activeElement.closest('#{kind}-rows tr')")).await;
        browser.read(":focus", name).await;
        browser.read(":focus", &mask(&key)).await;
        browser.read(":focus", "created just now by you").await;
        let group = if kind == "secret" { "admin" } else { "guest" };
        assert_eq!(server.api().verify(&key).await, Verified::Good(group.to_owned()));
        browser.reload().await;
        browser.knows_nothing_of(&key).await;
        assert_eq!(browser.names(kind).await, [name]);
    }
    browser.look("two-keys").await;
    browser.quit().await;
}

#[tokio::test]
async fn closing_before_copying_asks() {
    let server = server().await;
    let browser = ada(&server).await;
    browser.add_key("secret").await;
    browser.press("server-key\u{e007}").await;
    browser.see("#reveal").await;
    let key = browser.text("#new-key").await;
    let question = "You haven't copied this key. It can't be shown again.";

    // Escape asks, Escape again goes back, and however often one presses it, the key stays.
    for _ in 0..3 {
        browser.press(ESCAPE).await;
        browser.read("#reveal .ask", question).await;
        browser.focused("Copy and close").await;
        browser.press(ESCAPE).await;
        browser.see_no("#reveal .ask").await;
        browser.focused("Copy").await;
    }
    // A click outside.
    browser.driver().action_chain().move_to(5, 5).click().perform().await.unwrap();
    browser.read("#reveal .ask", question).await;
    browser.look("reveal-asks").await;
    browser.press(ESCAPE).await;
    // Done.
    browser.click_on("Done").await;
    browser.read("#reveal .ask", question).await;
    assert_eq!(browser.text("#new-key").await, key);

    browser.click_on("Copy and close").await;
    browser.see_no("dialog").await;
    assert_eq!(browser.clipboard().await, key);
    browser.knows_nothing_of(&key).await;
    browser.read(":focus", "server-key").await;

    // Lost on purpose.
    browser.add_key("secret").await;
    browser.press("second\u{e007}").await;
    browser.see("#reveal").await;
    browser.press(ESCAPE).await;
    browser.click_on("Close without copying").await;
    browser.see_no("dialog").await;
    browser.read(":focus", "second").await;
    assert_eq!(browser.clipboard().await, key, "nothing was copied");
    browser.quit().await;
}

#[tokio::test]
async fn leaving_before_copying_asks() {
    let server = server().await;
    let browser = ada(&server).await;
    for (at, leave) in
        ["location.reload()", "history.back()", "location.href = '/projects'"].iter().enumerate()
    {
        for copied in [false, true] {
            browser.go("/help").await; // where Back leads to
            browser.go(DEV).await;
            browser.add_key("secret").await;
            browser.press(format!("key-{at}-{copied}\u{e007}")).await;
            browser.see("#reveal").await;
            let key = browser.text("#new-key").await;
            if copied {
                browser.click_on("Copy").await;
                browser.see("#reveal[data-kept]").await;
            }
            assert_eq!(browser.asks_before_leaving(leave).await, !copied, "{leave}");
            browser.knows_nothing_of(&key).await;
        }
    }
    browser.go(DEV).await;
    assert_eq!(browser.names("secret").await.len(), 6);
    assert!(!browser.asks_before_leaving("location.reload()").await, "nothing to lose");
    browser.quit().await;
}

#[tokio::test]
async fn copying_by_hand_or_copying_the_curl_counts() {
    let server = server().await;
    let browser = ada(&server).await;

    browser.add_key("secret").await;
    browser.press("by-hand\u{e007}").await;
    browser.see("#reveal").await;
    let key = browser.text("#new-key").await;
    browser.click("#new-key").await; // selects all of it
    browser.press_control('c').await;
    browser.see("#reveal[data-kept]").await;
    assert_eq!(browser.clipboard().await, key);
    browser.press(ESCAPE).await; // no question any more
    browser.see_no("dialog").await;

    browser.add_key("secret").await;
    browser.press("select-all\u{e007}").await;
    browser.see("#reveal").await;
    let key = browser.text("#new-key").await;
    browser.press_control('a').await;
    browser.press_control('c').await;
    browser.see("#reveal[data-kept]").await;
    assert!(browser.clipboard().await.contains(&key));
    browser.click_on("Done").await;
    browser.see_no("dialog").await;

    browser.add_key("secret").await;
    browser.press("with-curl\u{e007}").await;
    browser.see("#reveal").await;
    let key = browser.text("#new-key").await;
    browser.click_on("Try this key").await;
    browser.look("reveal-curl").await;
    browser.click("#reveal details .btn").await;
    browser.see("#reveal[data-kept]").await;
    assert_eq!(
        browser.clipboard().await,
        format!("curl -i {}/v1/key/my-blog/dev \\\n  -H \"X-API-Key: {key}\"", server.origin)
    );
    browser.click_on("Done").await;
    browser.see_no("dialog").await;
    browser.knows_nothing_of(&key).await;

    // Part of it does not count.
    browser.add_key("secret").await;
    browser.press("in-part\u{e007}").await;
    browser.see("#reveal").await;
    browser.eval("getSelection().selectAllChildren(document.querySelector('#reveal .sub'))").await;
    browser.press_control('c').await;
    browser.press(ESCAPE).await;
    browser.see("#reveal .ask").await;
    browser.click_on("Close without copying").await;
    browser.quit().await;
}
