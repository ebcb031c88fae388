//! The list of masked keys: copying masks, searching, turning pages.

use keyrack::domain::api_keys::Kind;

use super::{ADA, DANA, DEV, ada, hang, mask, server};
use crate::support::{Browser, PHONE};

#[tokio::test]
async fn a_click_on_a_mask_copies_it_and_says_what_it_is() {
    let server = server().await;
    let key = hang(&server, "dev", Kind::Secret, &["server-key"]).remove(0);
    let publishable = hang(&server, "dev", Kind::Publishable, &["my-app-key"]).remove(0);
    let browser = ada(&server).await;
    assert_eq!(browser.driver().title().await.unwrap(), "API Keys · dev · My Blog");
    browser.read("#secret-rows", "by the command line").await;
    for width in [1280, PHONE] {
        browser.resize(width).await;
        for (kind, key) in [("secret", &key), ("publishable", &publishable)] {
            browser.click(&format!("#{kind}-rows button.key")).await;
            browser
                .read("#toasts", "Masked key copied. It identifies the key but can't call the API.")
                .await;
            assert_eq!(browser.clipboard().await, mask(key));
            assert_eq!(
                browser.text(&format!("#{kind}-rows button.key code")).await,
                mask(key),
                "exactly as shown"
            );
            browser.click("#toasts [data-dismiss]").await;
            browser.see_no(".toast").await;
        }
    }
    browser.click("#secret-rows button.key").await;
    browser.look("mask-copied").await;
    // It may stand on what is clicked next, or have gone by itself.
    browser.eval("document.querySelector('#toasts [data-dismiss]')?.click()").await;
    browser.click(".codebox .btn").await;
    browser.read("#toasts", "Copied to clipboard.").await;
    assert!(browser.clipboard().await.starts_with(
        "curl https://api.example.com/v1/data/posts \\\n  -H \"X-API-Key: {pk_publishable_key}\""
    ));
    // A toast goes by itself where nothing moves, too; not while the mouse rests on it.
    browser.driver().action_chain().move_to(5, 5).perform().await.unwrap();
    browser.see_no(".toast").await;
    browser.quit().await;
}

#[tokio::test]
async fn the_search_box_finds_names_and_masks_and_never_puts_a_key_into_a_url() {
    let server = server().await;
    let names: Vec<String> = (0..11).map(|n| format!("worker-{n}")).collect();
    hang(&server, "dev", Kind::Secret, &names.iter().map(String::as_str).collect::<Vec<_>>());
    let browser = ada(&server).await;
    browser.read("#secret footer", "1–11 of 11").await;
    browser.see_no("#publishable footer").await;

    browser.type_into("#q", "WORKER-1\u{e007}").await;
    browser.arrive(&format!("{DEV}?q=WORKER-1")).await;
    assert_eq!(browser.names("secret").await, ["worker-10", "worker-1"]);
    assert_eq!(browser.value("#q").await, "WORKER-1");
    browser.read("#publishable .empty", "There are no publishable keys in dev.").await;
    browser.look("search").await;
    browser.reload().await;
    assert_eq!(browser.names("secret").await.len(), 2);

    // A key that is made while one searches stands on top.
    let key = browser.make_key("secret", "another").await;
    assert_eq!(browser.names("secret").await, ["another", "worker-10", "worker-1"]);

    // The full key leads to its page, and one that nobody knows becomes its mask before it stands
    // anywhere.
    browser.fill("#q", &key).await;
    browser.press("\u{e007}").await;
    browser.until("location.pathname.includes('/api-keys/key_')").await;
    browser.read("h1", "another").await;
    browser.knows_nothing_of(&key).await;
    let unknown = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";
    browser.go(DEV).await;
    browser.fill("#q", unknown).await;
    browser.press("\u{e007}").await;
    browser.until("location.search.startsWith('?q=sk_')").await;
    assert_eq!(browser.value("#q").await, mask(unknown));
    assert!(browser.names("secret").await.is_empty());
    browser.knows_nothing_of(unknown).await;

    browser.go(&format!("{DEV}?q=nobody")).await;
    browser.read("#secret .empty", "No secret key matches “nobody”. 12 secret keys in dev.").await;
    browser.make_key("secret", "one-more").await;
    assert_eq!(browser.names("secret").await, ["one-more"]);
    assert!(
        browser.text("#secret .empty").await.contains("13 secret keys in dev."),
        "the count keeps up"
    );

    // What people paste from a ticket.
    browser.go(DEV).await;
    browser.fill("#q", &mask(&key)).await;
    browser.press("\u{e007}").await;
    browser.until("location.search.startsWith('?q=sk_')").await;
    assert_eq!(browser.names("secret").await, ["another"]);

    browser.fill("#q", "nothing like it").await;
    browser.press("\u{e007}").await;
    browser
        .read("#secret .empty", "No secret key matches “nothing like it”. 13 secret keys in dev.")
        .await;
    browser.click("#secret .empty a").await;
    browser.arrive(DEV).await;
    assert_eq!(browser.names("secret").await.len(), 13);
    browser.read("#secret footer", "1–13 of 13").await;
    browser.click_on("Delete worker-3").await;
    browser.focused("confirm").await;
    browser.press("worker-3\u{e007}").await;
    browser.read("#secret footer", "1–12 of 12").await;
    browser.back().await;
    browser.until("location.search").await;
    browser.quit().await;
}

#[tokio::test]
async fn a_long_list_is_turned_page_by_page() {
    let server = server().await;
    let names: Vec<String> = (0..51).map(|n| format!("worker-{n:02}")).collect();
    hang(&server, "dev", Kind::Secret, &names.iter().map(String::as_str).collect::<Vec<_>>());
    hang(&server, "dev", Kind::Publishable, &["my-app-key"]);
    let browser = Browser::open(&server).await;
    browser.sign_in(ADA, DEV).await;
    browser.read("#secret footer", "1–50 of 51").await;
    assert_eq!(browser.names("secret").await.len(), 50);
    browser.look("many").await;
    browser.click_on("Older").await;
    browser.arrive(&format!("{DEV}?page=2&kind=secret")).await;
    browser.read("#secret footer", "51–51 of 51").await;
    assert_eq!(browser.names("secret").await, ["worker-00"]);
    assert_eq!(browser.names("publishable").await, ["my-app-key"], "the other card stays");
    browser.until("location.hash === '#secret'").await;
    // The heading of the card that was turned stands below the top bar, and not behind it.
    browser.until("document.querySelector('#h-secret').getBoundingClientRect().top > document.querySelector('.topbar').getBoundingClientRect().bottom").await;
    browser.look("page-2").await;

    // The last key of the page goes: what is left is not nothing.
    browser.click_on("Delete worker-00").await;
    browser.focused("confirm").await;
    browser.press("worker-00\u{e007}").await;
    browser.read("#secret footer", "1–50 of 50").await;
    assert_eq!(browser.names("secret").await.len(), 50);
    browser.back().await;
    browser.quit().await;
}

#[tokio::test]
#[ignore = "makes the picture of the README: KEYRACK_SHOTS=docs cargo test readme -- --ignored"]
async fn the_picture_of_the_readme() {
    let server = server().await;
    let dana = server.sign_in(DANA).await;
    dana.create_key(DEV, "publishable", "Marketing site").await;
    hang(&server, "dev", Kind::Secret, &["nightly-import"]);
    let ada = server.sign_in(ADA).await;
    ada.create_key(DEV, "publishable", "my-app-key").await;
    dana.create_key(DEV, "secret", "server-key").await;
    for (name, day) in [
        ("Marketing site", "2026-03-03"),
        ("nightly-import", "2026-05-18"),
        ("my-app-key", "2026-09-30"),
    ] {
        server.database.execute(&format!(
            "UPDATE api_keys SET created_at = '{day} 09:12:00' WHERE name = '{name}'"
        ));
    }
    for (name, minutes) in [
        ("my-app-key", 2),
        ("Marketing site", 60 * 24 * 12),
        ("server-key", 1),
        ("nightly-import", 125),
    ] {
        let at =
            (server.clock.now() - chrono::TimeDelta::minutes(minutes)).format("%Y-%m-%d %H:%M:%S");
        let used = format!(
            "INSERT INTO usage_latest (key_id, accepted_at) SELECT id, '{at}' FROM api_keys WHERE name = '{name}'"
        );
        server.database.execute(&used);
    }
    let browser = Browser::open(&server).await;
    browser.sign_in(ADA, DEV).await;
    browser.picture("screenshot").await;
    browser.quit().await;
}

#[tokio::test]
async fn the_list_says_when_each_key_was_used_last_with_the_exact_time_on_hover() {
    let server = server().await;
    hang(
        &server,
        "dev",
        Kind::Secret,
        &["server-key", "Marketing site with a name that takes two lines"],
    );
    hang(&server, "dev", Kind::Publishable, &["my-app-key"]);
    let at = (server.clock.now() - chrono::TimeDelta::minutes(121)).format("%Y-%m-%d %H:%M:%S");
    server.database.execute(&format!(
        "INSERT INTO usage_latest (key_id, accepted_at) SELECT id, '{at}' FROM api_keys WHERE name = 'server-key';
         UPDATE api_keys SET created_at = '2026-03-03 09:12:00' WHERE name LIKE 'Marketing%'"
    ));
    let browser = ada(&server).await;
    browser.read("#secret-rows tr:first-child td.dim", "2 hours ago").await;
    browser.read("#secret-rows tr:last-child td.dim", "not since tracking began on").await;
    browser.read("#publishable-rows td.dim", "not yet").await;
    browser
        .until(&format!(
            "/{}/.test(document.querySelector('#secret-rows td.dim time').title)",
            server.clock.now().format("%Y")
        ))
        .await;
    browser.look("last-used").await;
    browser.quit().await;
}
