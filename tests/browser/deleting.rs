//! Delete with the name typed, and what happens if somebody else was first.

use chrono::TimeDelta;
use keyrack::domain::api_keys::Kind;
use keyrack::domain::{Act, os_rng};

use super::{ADA, DANA, DEV, PROD, ada, hang, server};
use crate::support::{Browser, PHONE, Verified};

const ESCAPE: &str = "\u{e00c}";
const ENTER: &str = "\u{e007}";

/// The button can be seen to be off: not red, and it does nothing.
async fn is_grey(browser: &Browser) -> bool {
    let script = "return getComputedStyle(document.querySelector('.needs-valid')).cursor === 'not-allowed' && !document.querySelector('#del form').checkValidity()";
    browser.eval(script).await == true
}

#[tokio::test]
async fn a_key_is_deleted_once_its_name_is_typed() {
    let server = server().await;
    let key = hang(&server, "prod", Kind::Secret, &["server-key"]).remove(0);
    hang(&server, "prod", Kind::Secret, &["other"]);
    let browser = Browser::open(&server).await;
    browser.sign_in(ADA, PROD).await;
    browser.look("prod").await;

    browser.click_on("Delete server-key").await;
    browser.read("#del", "Delete secret key server-key from prod?").await;
    browser
        .read("#del", "Deleting a key causes API calls to fail for all apps using it. Replace the key in your apps before deleting.")
        .await;
    browser.read("#del", "Type server-key to confirm").await;
    browser.focused("confirm").await;
    assert!(is_grey(&browser).await);
    browser.look("delete").await;

    // Cancel and Escape: nothing happened, and the focus is where it was.
    browser.press(ESCAPE).await;
    browser.see_no("dialog").await;
    browser.focused("Delete server-key").await;
    browser.press(ENTER).await;
    browser.focused("confirm").await;
    browser.click_on("Cancel").await;
    browser.see_no("dialog").await;
    browser.focused("Delete server-key").await;

    browser.resize(PHONE).await;
    browser.click_on("Delete server-key").await;
    browser.focused("confirm").await;
    for almost in ["server-ke", "Server-Key", "server-keyy", "server key"] {
        browser.fill("#confirm", almost).await;
        assert!(is_grey(&browser).await, "{almost}");
    }
    browser.press(ENTER).await;
    browser.click_on("Confirm delete").await;
    browser.see("#del").await;
    assert_eq!(
        server.api().verify_for("my-blog/prod", &key).await,
        Verified::Good("admin".to_owned())
    );
    browser.resize(1280).await;

    browser.fill("#confirm", "  server-key ").await;
    assert!(!is_grey(&browser).await, "blanks around it do not count");
    browser.look("delete-ready").await;
    browser.click_on("Confirm delete").await;
    browser.see_no("dialog").await;
    assert_eq!(
        server.api().verify_for("my-blog/prod", &key).await,
        Verified::Refused(401, "TOKEN_REVOKED".to_owned())
    );
    browser.read("#toasts", "server-key is deleted. Calls with it are refused.").await;
    assert_eq!(browser.names("secret").await, ["other"]);
    browser.focused("h-secret").await;
    browser.look("deleted").await;

    browser.click_on("Delete other").await;
    browser.focused("confirm").await;
    browser.press(format!("other{ENTER}")).await;
    browser.read("#secret .empty", "No secret keys in prod.").await;
    browser.reload().await;
    browser.read("#secret .empty", "No secret keys in prod.").await;
    browser.quit().await;
}

#[tokio::test]
async fn every_name_can_be_typed() {
    let server = server().await;
    let wide = "W".repeat(64);
    let names = [
        "a.b*c+(d)[e]{f}^$|\\/-&&~~#",
        "🔑🗝️ emoji 日本語",
        "<script>alert(1)</script>",
        "it's \"quoted\" & <b>",
        "مفتاح الخادم",
        "two  blanks",
        &wide,
    ];
    hang(&server, "dev", Kind::Publishable, &names);
    let browser = ada(&server).await;
    for name in names.iter().rev() {
        let row = format!("#publishable-rows tr:nth-child({})", 1);
        browser.click(&format!("{row} td.end a")).await;
        browser.focused("confirm").await;
        assert_eq!(
            browser.text("#del h2 bdi").await,
            name.split_whitespace().collect::<Vec<_>>().join(" ")
        );
        assert!(is_grey(&browser).await);
        browser.fill("#confirm", &format!("{name}x")).await;
        assert!(is_grey(&browser).await, "{name}");
        if name.starts_with(['W', 'م']) {
            browser.look(if name.starts_with('W') { "delete-long" } else { "delete-rtl" }).await;
        }
        browser.fill("#confirm", name).await;
        assert!(!is_grey(&browser).await, "{name}");
        browser.press(ENTER).await;
        browser.see_no("dialog").await;
        browser.until("document.querySelector('#toasts .toast')").await;
        assert!(!browser.names("publishable").await.contains(&(*name).to_owned()), "{name}");
    }
    browser.read("#publishable .empty", "No publishable keys in dev.").await;

    // What is seen of names from before such were refused.
    for (name, typed) in [
        ("prod  api", "prod api"),
        ("prod\u{2011}api \u{2013} it\u{2019}s (2)", "prod-api - it's (2)"),
        ("ser\u{ad}ver\u{200b}-key", "server-key"),
        ("\u{201c}\u{fb01}le\u{201d} | \u{2460}", "\"file\" | 1"),
    ] {
        hang(&server, "dev", Kind::Publishable, &["renamed"]);
        let renamed = format!("UPDATE api_keys SET name = '{name}' WHERE name = 'renamed'");
        server.database.execute(&renamed);
        for typed in [name, typed] {
            browser.go(DEV).await;
            browser.click("#publishable-rows tr td.end a").await;
            browser.focused("confirm").await;
            assert!(is_grey(&browser).await);
            browser.fill("#confirm", typed).await;
            assert!(!is_grey(&browser).await, "{name}: {typed}");
        }
        browser.press(ENTER).await;
        browser.see_no("dialog").await;
        browser.read("#publishable .empty", "No publishable keys in dev.").await;
    }
    browser.quit().await;
}

#[tokio::test]
async fn a_key_that_somebody_else_deleted_is_told_of_and_goes() {
    let server = server().await;
    hang(&server, "dev", Kind::Secret, &["third", "second", "first"]);
    let browser = ada(&server).await;
    let ids = browser
        .eval("return [...document.querySelectorAll('#secret-rows tr')].map(e => e.id)")
        .await;
    let id = |at: usize| ids[at].as_str().unwrap().to_owned();
    let dana = server.sign_in(DANA).await;

    // Before the dialog opens.
    dana.delete_key(DEV, &id(0), "first").await.expect(303);
    server.clock.advance(TimeDelta::minutes(2));
    browser.click_on("Delete first").await;
    browser.read("#gone", "Dana deleted this key 2 minutes ago").await;
    browser.focused("Close").await;
    browser.look("gone").await;
    browser.press(ENTER).await;
    browser.see_no("dialog").await;
    browser.focused("h-secret").await;
    assert_eq!(browser.names("secret").await, ["second", "third"]);

    // While it is open.
    browser.click_on("Delete second").await;
    browser.focused("confirm").await;
    dana.delete_key(DEV, &id(1), "second").await.expect(303);
    browser.press(format!("second{ENTER}")).await;
    browser.read("#gone", "Dana deleted this key just now").await;
    browser.focused("Close").await;
    browser.press(ESCAPE).await;
    browser.see_no("dialog").await;
    assert_eq!(browser.names("secret").await, ["third"]);

    // By the command line.
    server.write(|c| -> Result<_, keyrack::domain::members::AccessError> {
        let id = keyrack::domain::api_keys::Id::parse(&id(2)).unwrap();
        let (key, environment) = keyrack::domain::api_keys::find_anywhere(c, &id)?.unwrap();
        keyrack::domain::api_keys::delete(
            c,
            &mut Act::new(
                &keyrack::domain::Actor::CommandLine { says: None },
                server.clock.now(),
                &mut os_rng(),
            ),
            &environment,
            key,
        )
    });
    server.clock.advance(TimeDelta::hours(1));
    browser.click_on("Delete third").await;
    browser.read("#gone", "The command line deleted this key 1 hour ago").await;
    browser.click_on("Close").await;
    browser.read("#secret .empty", "No secret keys in dev.").await;
    browser.quit().await;
}
