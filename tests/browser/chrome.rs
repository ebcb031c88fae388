//! What is around the pages: switchers, sidebar, theme.

use super::{ADA, DEV, PROD, ada, server};
use crate::support::{Browser, PHONE, WIDE};

const ESCAPE: &str = "\u{e00c}";
const TAB: &str = "\u{e004}";
const UP: &str = "\u{e013}";
const DOWN: &str = "\u{e015}";
const HOME: &str = "\u{e011}";
const ENTER: &str = "\u{e007}";

#[tokio::test]
async fn the_switchers_lead_to_the_same_page_elsewhere() {
    let server = server().await;
    let ada_id = server.user("Eve", "eve@example.com");
    server.project("Shop with a name that is rather long for a phone", &ada_id);
    server.member("shop-with-a-name-that-is-rather-long-for-a-phone", &ada_id, "owner");
    let browser = ada(&server).await;
    for width in [WIDE, PHONE] {
        browser.resize(width).await;
        browser.go(DEV).await;
        browser.click("[popovertarget=m-env]").await;
        browser.see("#m-env").await;
        if width == WIDE {
            browser.look("menu-environments").await;
        }
        browser.read("#m-env [aria-current]", "dev").await;
        browser.click_on("prod Protected").await;
        browser.arrive(PROD).await;
        browser.read("[popovertarget=m-env]", "Protected").await;
        assert_eq!(browser.driver().title().await.unwrap(), "API Keys · prod · My Blog");

        browser.click("[popovertarget=m-project]").await;
        browser.see("#m-project").await;
        if width == WIDE {
            browser.look("menu-projects").await;
        }
        browser.press(ESCAPE).await;
        browser.see_no("#m-project").await;
        browser.click("[popovertarget=m-project]").await;
        browser.click("#m-project nav a").await;
        browser.arrive(PROD).await; // the same page of that project
    }
    browser.quit().await;
}

#[tokio::test]
async fn menus_go_by_arrow_keys_and_by_letters() {
    let server = server().await;
    let eve = server.user("Eve", "eve@example.com");
    for name in ["Shop", "Stock", "Accounts", "Beta test"] {
        let slug = server.project(name, &eve);
        let id = server.database.query("SELECT id AS value FROM users ORDER BY id").remove(0);
        server.member(&slug, &keyrack::db::UserId::parse(&id).unwrap(), "member");
    }
    let browser = ada(&server).await;
    let focus = async |name: &str| {
        browser.until(&format!("document.activeElement.textContent.trim() === {name:?}")).await;
    };
    browser.click("[popovertarget=m-project]").await;
    browser.see("#m-project").await;
    browser.press(DOWN).await;
    focus("My Blog").await; // where one is
    browser.press(DOWN).await;
    focus("Shop").await;
    browser.press(UP).await;
    browser.press(UP).await;
    focus("Beta test").await;
    browser.press(HOME).await;
    focus("Accounts").await;
    browser.press(UP).await;
    focus("New project").await; // round the end
    for (letters, name) in [("s", "Shop"), ("s", "Stock"), ("s", "Shop")] {
        browser.press(letters).await;
        focus(name).await;
    }
    tokio::time::sleep(std::time::Duration::from_millis(800)).await; // a new word begins
    browser.press("beta t").await;
    focus("Beta test").await;
    browser.press(ENTER).await;
    browser.arrive("/projects/beta-test/dev/api-keys").await;
    browser.click("[popovertarget=m-env]").await;
    browser.see("#m-env").await;
    browser.press("p").await;
    browser.until("document.activeElement.textContent.trim().startsWith('prod')").await;
    browser.press(ESCAPE).await;
    browser.see_no("#m-env").await;
    browser.quit().await;
}

#[tokio::test]
async fn all_menus_open_at_the_same_height() {
    let server = server().await;
    let browser = ada(&server).await;
    let mut tops = Vec::new();
    for menu in ["m-project", "m-env", "m-account"] {
        browser.click(&format!("[popovertarget={menu}]")).await;
        browser.see(&format!("#{menu}")).await;
        let top = format!(
            "return Math.round(document.getElementById('{menu}').getBoundingClientRect().top)"
        );
        tops.push(browser.eval(&top).await.as_i64().unwrap());
        browser.press(ESCAPE).await;
        browser.see_no(&format!("#{menu}")).await;
    }
    assert!(tops.iter().all(|top| *top == tops[0]), "{tops:?}");
    browser.quit().await;
}

#[tokio::test]
async fn the_sidebar_is_a_drawer_on_a_phone() {
    let server = server().await;
    let browser = ada(&server).await;
    browser.see("#sidenav").await;
    assert_eq!(browser.text("#sidenav [aria-current=page]").await, "API Keys");
    browser.resize(PHONE).await;
    browser.see_no("#sidenav").await;
    browser.click(".nav-open").await;
    browser.see("#sidenav").await;
    browser.picture("drawer-375-light").await;
    browser.press(ESCAPE).await;
    browser.see_no("#sidenav").await;
    browser.click(".nav-open").await;
    browser.click("#sidenav a").await;
    browser.arrive("/projects/my-blog").await;
    browser.look("overview").await;
    browser.quit().await;
}

#[tokio::test]
async fn the_theme_is_switched_at_once_and_kept() {
    let server = server().await;
    let browser = ada(&server).await;
    let background = "return getComputedStyle(document.body).backgroundColor";
    let light = browser.eval(background).await;
    browser.click("[popovertarget=m-account]").await;
    browser.read("#m-account", "ada@example.com").await;
    browser.look("menu-account").await;
    browser.click_on("Dark").await;
    browser.until("document.documentElement.dataset.theme === 'dark'").await;
    let dark = browser.eval(background).await;
    assert_ne!(dark, light);
    assert_eq!(browser.text("#m-account [aria-pressed=true]").await, "Dark");
    browser.kept_theme("dark").await;
    browser.reload().await;
    assert_eq!(browser.eval(background).await, dark);
    browser.click("[popovertarget=m-account]").await;
    browser.click_on("System").await;
    browser.kept_theme("").await;
    browser.reload().await;
    assert_eq!(browser.eval(background).await, light);
    browser.quit().await;
}

#[tokio::test]
async fn on_paper_the_page_is_black_on_white_and_without_controls() {
    let server = server().await;
    let browser = ada(&server).await;
    browser.make_key("secret", "server-key").await;
    browser.click("[popovertarget=m-account]").await;
    browser.click_on("Dark").await;
    browser.kept_theme("dark").await;
    browser.go(DEV).await;
    browser.cdp("Emulation.setEmulatedMedia", serde_json::json!({ "media": "print" })).await;
    for gone in [".topbar .btn", ".topbar .mark", "#sidenav", "main .btn", "td.end"] {
        browser.see_no(gone).await;
    }
    browser.read(".topbar", "Project My Blog / Environment dev").await;
    browser.read("main", "server-key").await;
    // What paper leaves out is the ground, so the letters have to be dark.
    let lightness = "const [r, g, b] = (() => { const c = document.createElement('canvas').getContext('2d'); \
        c.fillStyle = getComputedStyle(document.querySelector('h1')).color; c.fillRect(0, 0, 1, 1); return c.getImageData(0, 0, 1, 1).data })(); return r + g + b";
    assert!(browser.eval(lightness).await.as_u64().unwrap() < 200);
    browser.cdp("Emulation.setEmulatedMedia", serde_json::json!({ "media": "" })).await;
    browser.quit().await;
}

impl Browser {
    /// Waits until the cookie is there: the page does not wait for it.
    async fn kept_theme(&self, theme: &str) {
        let started = std::time::Instant::now();
        while started.elapsed().as_secs() < 10 {
            let cookie = self.driver().get_named_cookie("keyrack-theme").await;
            if cookie.map_or(String::new(), |cookie| cookie.value.to_string()) == theme {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("the theme {theme:?} is not kept");
    }
}

#[tokio::test]
async fn the_keyboard_reaches_everything_in_a_sensible_order() {
    let server = server().await;
    let browser = Browser::open(&server).await;
    browser.sign_in(ADA, DEV).await;
    browser.make_key("secret", "server-key").await;
    browser.go(DEV).await;
    let mut reached = Vec::new();
    for _ in 0..23 {
        browser.press(TAB).await;
        // Whatever has the focus can be seen to have it.
        let ring = "const s = getComputedStyle(document.activeElement); return s.outlineStyle !== 'none' && s.outlineWidth !== '0px'";
        let focus = browser.focus().await;
        assert_eq!(browser.eval(ring).await, true, "{focus}");
        reached.push(focus);
    }
    let words = [
        "Skip to content",
        "Keyrack: all projects",
        "Project My Blog",
        "Environment dev",
        "Ada Lovelace, account menu",
        "Project Overview",
        "Environments",
        "API Keys",
        "Access Tokens",
        "Access Rules",
        "Protect your API",
        "Activity",
        "Team",
        "Project Settings",
        "Add Key (publishable)",
        "Add Key (secret)",
        "server-key",
        "Copy masked key server-key",
        "Delete server-key",
        "Copy curl example",
        "curl https://api.example.com",
        "Project Settings",
        "Understanding API Keys",
    ];
    for (at, word) in words.iter().enumerate() {
        assert!(reached[at].contains(word), "{at}: {word}: {reached:#?}");
    }
    browser.go(DEV).await;
    browser.press(format!("{TAB}{ENTER}")).await;
    browser.focused("main").await;
    browser.quit().await;
}
