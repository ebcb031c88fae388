//! The page of a key, its options, and a rotation while the key is called.

use chrono::TimeDelta;
use keyrack::domain::api_keys::Kind;
use keyrack::domain::zone::Zone;
use serde_json::json;

use super::{ADA, DEV, PROD, ada, hang, mask, server};
use crate::support::{Browser, PHONE, Verified, WIDE, eventually};

const ENTER: &str = "\u{e007}";

#[tokio::test]
async fn a_key_is_rotated_while_its_old_value_is_called_then_the_new_one() {
    let server = server().await;
    let api = server.api();
    let old = hang(&server, "prod", Kind::Secret, &["server-key"]).remove(0);
    let good = || Verified::Good("admin".to_owned());
    let browser = Browser::open(&server).await;
    browser.sign_in(ADA, PROD).await;
    browser.click_on("server-key").await;
    browser.read("h1", "server-key").await;
    browser.look("key").await;
    browser.click("dl button.key").await;
    browser.read("#toasts", "Masked key copied.").await;
    assert_eq!(browser.clipboard().await, mask(&old));

    browser.click_on("Rotate").await;
    browser.read("h1", "Rotate secret key server-key in prod?").await;
    browser.look("rotate").await;
    assert_eq!(api.verify_for("my-blog/prod", &old).await, good());
    browser.click_on("Rotate").await;
    browser.read("h1", "Copy your new secret key").await;
    browser.look("rotated").await;
    let new = browser.text("#new-key").await;
    assert_ne!(new, old);
    assert_eq!(
        (api.verify_for("my-blog/prod", &old).await, api.verify_for("my-blog/prod", &new).await),
        (good(), good())
    );
    // Leaving without a copy asks.
    browser.click_on("Done").await;
    browser.read(".ask", "You haven't copied this key.").await;
    browser.click_on("Copy and close").await;
    browser.read("main .note", "Rotating.").await;
    assert_eq!(browser.clipboard().await, new);
    browser.knows_nothing_of(&new).await;
    browser.look("rotating").await;

    server.clock.advance(TimeDelta::minutes(50));
    assert_eq!(
        (api.verify_for("my-blog/prod", &old).await, api.verify_for("my-blog/prod", &new).await),
        (good(), good())
    );
    browser.click_on("End overlap now").await;
    browser.read("h1", "End the overlap of secret key").await;
    browser.look("end-overlap").await;
    browser.click_on("End overlap").await;
    browser.read(".note.ok", "the overlap has ended").await;
    assert_eq!(
        (api.verify_for("my-blog/prod", &old).await, api.verify_for("my-blog/prod", &new).await),
        (Verified::Refused(401, "TOKEN_REVOKED".to_owned()), good())
    );
    // Somebody calls it: pausing asks first.
    eventually(|| server.database.count("SELECT count(*) FROM usage_hours") > 0).await;
    browser.reload().await;
    browser.click_on("Pause").await;
    browser.read("h1", "Pause secret key server-key in prod?").await;
    browser.look("pause").await;
    browser.click_on("Pause").await;
    browser.read(".note.warn", "Paused.").await;
    assert_eq!(
        api.verify_for("my-blog/prod", &new).await,
        Verified::Refused(401, "TOKEN_PAUSED".to_owned())
    );
    browser.look("paused").await;
    browser.click_on("Resume").await;
    browser.read(".note.ok", "is resumed").await;
    browser.until("document.activeElement.matches('.note.ok')").await; // screen readers begin there
    assert_eq!(api.verify_for("my-blog/prod", &new).await, good());

    browser.click_on("Edit name and note").await;
    browser.fill("#name", "worker").await;
    browser.fill("#note", "Called by the newsletter worker. Ask Dana.").await;
    browser.look("key-edit").await;
    browser.click_on("Save").await;
    browser.read("h1", "worker").await;
    browser.read("dl", "Ask Dana.").await;
    browser.click_on("Delete").await;
    browser.read("h1", "Delete secret key worker from prod?").await;
    browser.type_into("#confirm", &format!("worker{ENTER}")).await;
    browser.read("main .note", "worker is deleted.").await;
    browser.click_on("Deleted keys").await;
    browser.read("td.name", "worker").await;
    browser.look("deleted-keys").await;
    browser.click_on("worker").await;
    browser.read("main .note.danger", "Deleted").await;
    browser.look("key-deleted").await;
    browser.quit().await;
}

#[tokio::test]
async fn options_of_a_new_key_stand_closed_and_a_date_has_its_field_when_it_is_chosen() {
    let server = server().await;
    let browser = ada(&server).await;
    browser.expect_console("status of 422");
    browser.click("#secret header .btn").await;
    browser.focused("name-secret").await;
    browser.see_no("#expires-secret").await;
    browser.click_on("Options").await;
    browser.see("#expires-secret").await;
    browser.see_no("#expires-on-secret").await;
    browser.look("options").await;
    browser.fill("#name-secret", "short").await;
    browser.click("#expires-secret option[value=date]").await;
    browser.see("#expires-on-secret").await;
    browser.click_on("Create").await;
    browser.read("#expires-secret-err", "Enter a date like 2027-01-31.").await;
    browser.focused("expires-on-secret").await;
    browser.look("options-error").await;
    browser.click("#expires-secret option[value='7']").await;
    browser.see_no("#expires-on-secret").await;
    browser.click_on("Create").await;
    browser.see("#new-key").await;
    browser.click_on("Copy").await;
    browser.click_on("Done").await;
    browser.read("#secret-rows .badge", "Expires in 7 days").await;
    browser.quit().await;
}

#[tokio::test]
async fn keys_are_found_by_status_and_sorted_also_without_javascript() {
    let server = server().await;
    let names: Vec<String> = (0..12).map(|n| format!("worker-{n:02}")).collect();
    hang(&server, "dev", Kind::Secret, &names.iter().map(String::as_str).collect::<Vec<_>>());
    server.database.execute(&format!(
        "UPDATE api_keys SET paused_at = created_at WHERE name IN ('worker-03', 'worker-07');
         UPDATE api_keys SET expires_at = created_at WHERE name = 'worker-11';
         UPDATE api_keys SET expires_at = '{}', overlap_until = '{0}' WHERE name = 'worker-10'",
        server.clock.now() + TimeDelta::days(12)
    ));
    for javascript in [true, false] {
        let browser = if javascript {
            Browser::open(&server).await
        } else {
            Browser::without_javascript(&server).await
        };
        browser.sign_in(ADA, DEV).await;
        browser.look("list-badges").await;
        for width in [WIDE, PHONE] {
            browser.resize(width).await;
            browser.click("#status option[value=paused]").await;
            browser.click("#sort option[value=name]").await;
            browser.click_on("Apply").await;
            browser.arrive(&format!("{DEV}?status=paused&sort=name")).await;
            assert_eq!(browser.names("secret").await, ["worker-03", "worker-07"]);
            if width == WIDE {
                browser.look("found").await;
            }
            browser.go(DEV).await;
        }
        browser.resize(WIDE).await;
        if !javascript {
            browser.click_on("worker-11").await;
            browser.read("main .note.danger", "Expired.").await;
            browser.look("key-expired").await;
        }
        browser.quit().await;
    }
}

#[tokio::test]
async fn a_viewer_sees_the_page_of_a_key_and_why_nothing_can_be_changed() {
    let server = server().await;
    hang(&server, "prod", Kind::Secret, &["server-key"]);
    let vera = server.user("Vera", "vera@example.com");
    server.member("my-blog", &vera, "viewer");
    let browser = Browser::open(&server).await;
    browser.sign_in("vera@example.com", PROD).await;
    browser.click_on("server-key").await;
    browser.read(".why", "You are a viewer of this project.").await;
    browser.look("key-viewer").await;
    browser.quit().await;
}

#[tokio::test]
async fn a_day_ends_and_days_are_counted_in_the_zone_of_the_reader() {
    let server = server().await;
    let browser = Browser::open(&server).await;
    let kiritimati = json!({ "timezoneId": "Pacific/Kiritimati" }); // 14 hours ahead
    browser.cdp("Emulation.setTimezoneOverride", kiritimati).await;
    browser.sign_in(ADA, DEV).await;
    browser.go(&format!("{DEV}/new?kind=secret")).await;
    let hint = "return document.querySelector('#expires-on-secret-hint').textContent";
    let hint = browser.eval(hint).await;
    assert_eq!(hint, "The key works until the end of that day in Pacific/Kiritimati.");
    let there = Zone::parse("Pacific/Kiritimati").unwrap();
    let day = there.date_of(server.clock.now()) + TimeDelta::days(2);
    let fill = format!(
        "document.querySelector('#name-secret').value = 'server-key';
         document.querySelector('#expires-secret').value = 'date';
         document.querySelector('#expires-on-secret').value = '{day}';
         document.querySelector('#name-secret').form.requestSubmit()"
    );
    browser.eval(&fill).await;
    browser.see("#new-key").await;
    let expires = "SELECT CAST(expires_at AS TEXT) AS value FROM api_keys";
    assert_eq!(server.database.query(expires)[0][..19], format!("{day} 09:59:59"));
    browser.eval("document.querySelector('.reveal')?.setAttribute('data-kept', '')").await;
    browser.go(DEV).await;
    browser.read("#secret-rows .badge", "Expires in 2 days").await;
    browser.quit().await;
}
