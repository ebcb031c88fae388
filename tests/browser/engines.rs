//! The life of a key, and the menus of the top bar, in Firefox and WebKit, with and without
//! JavaScript. (The rest of `tests/browser` runs in Chromium.) Where Firefox runs no JavaScript for
//! pages, it runs none for tests either, so these tests ask the driver.

use keyrack::domain::api_keys::Kind;

use thirtyfour::By;

use super::{ADA, DEV, hang, mask, server};
use crate::support::{Browser, Engine, PHONE, Server, Verified, WIDE};

const ESCAPE: &str = "\u{e00c}";
const ENTER: &str = "\u{e007}";
const ROW: &str = "#secret-rows tr:first-child";

#[tokio::test]
async fn a_key_lives_and_dies_in_firefox() {
    a_key_lives_and_dies(Engine::Firefox, true).await;
}

#[tokio::test]
async fn a_key_lives_and_dies_in_firefox_without_javascript() {
    a_key_lives_and_dies(Engine::Firefox, false).await;
}

#[tokio::test]
async fn a_key_lives_and_dies_in_webkit() {
    a_key_lives_and_dies(Engine::WebKit, true).await;
}

#[tokio::test]
async fn a_key_lives_and_dies_in_webkit_without_javascript() {
    a_key_lives_and_dies(Engine::WebKit, false).await;
}

#[tokio::test]
async fn menus_open_below_their_buttons_and_close_in_chromium() {
    menus_open_and_close(Engine::Chromium, true).await;
}

#[tokio::test]
async fn menus_open_below_their_buttons_and_close_in_firefox() {
    menus_open_and_close(Engine::Firefox, true).await;
}

#[tokio::test]
async fn menus_open_below_their_buttons_and_close_in_firefox_without_javascript() {
    menus_open_and_close(Engine::Firefox, false).await;
}

#[tokio::test]
async fn menus_open_below_their_buttons_and_close_in_webkit() {
    menus_open_and_close(Engine::WebKit, true).await;
}

#[tokio::test]
async fn menus_open_below_their_buttons_and_close_in_webkit_without_javascript() {
    menus_open_and_close(Engine::WebKit, false).await;
}

async fn a_key_lives_and_dies(engine: Engine, javascript: bool) {
    let server = server().await;
    let browser = Browser::open_in(engine, &server, javascript).await;
    browser.sign_in(ADA, DEV).await;
    for width in [WIDE, PHONE] {
        browser.resize(width).await;
        browser.go(DEV).await;

        // Add.
        browser.click("#secret header .btn").await;
        browser.see("#name-secret").await;
        browser.has_focus("#name-secret").await;
        browser.type_into("#name-secret", "server-key").await;
        browser.click("#secret .inline-form .btn.primary").await;
        let key = browser.copied_key().await;
        good(&server, &key).await;
        browser.fits(width).await;
        browser.click(".bye").await;
        browser.see_no("#new-key").await;
        browser.read(ROW, &mask(&key)).await;
        browser.fits(width).await;
        if javascript {
            browser.has_focus(ROW).await;
            browser.is_marked(ROW).await;
        }
        assert_eq!(browser.pasted().await, key);

        // Rotate.
        browser.go(DEV).await;
        browser.click(&format!("{ROW} .name a")).await;
        browser.read("h1", "server-key").await;
        browser.fits(width).await;
        browser.click("main a.btn[href$=rotate]").await;
        browser.click("input[value='0']").await;
        browser.click("main .btn.primary").await;
        let rotated = browser.copied_key().await;
        assert_ne!(rotated, key);
        good(&server, &rotated).await;
        browser.click(".bye").await;
        browser.see_no("#new-key").await;
        refused(&server, &key).await;
        assert_eq!(browser.pasted().await, rotated);

        // Delete.
        browser.go(DEV).await;
        browser.click(&format!("{ROW} td.end .btn")).await;
        browser.see("#confirm").await;
        browser.has_focus("#confirm").await;
        browser.fits(width).await;
        browser.type_into("#confirm", "server-ke").await;
        browser.click(".needs-valid").await; // it is grey, and nothing is sent
        browser.type_into("#confirm", &format!("y{ENTER}")).await;
        browser.see_no("#confirm").await;
        browser.see_no(ROW).await;
        refused(&server, &rotated).await;
    }
    browser.quit().await;
}

async fn menus_open_and_close(engine: Engine, javascript: bool) {
    let server = server().await;
    let names: Vec<String> = (0..10).map(|n| format!("worker-{n}")).collect();
    hang(&server, "dev", Kind::Secret, &names.iter().map(String::as_str).collect::<Vec<_>>());
    let browser = Browser::open_in(engine, &server, javascript).await;
    browser.sign_in(ADA, DEV).await;
    for width in [WIDE, PHONE] {
        browser.resize(width).await;
        for scrolled in [false, true] {
            browser.go(&format!("{DEV}{}", if scrolled { "#h-next" } else { "" })).await;
            for menu in ["m-project", "m-env", "m-account"] {
                let place = format!("{menu} at {width} px, scrolled: {scrolled}");
                browser.closed(menu).await;
                browser.click(&format!("[popovertarget={menu}]")).await;
                browser.opens_below_its_button(menu, width, scrolled, &place).await;
                browser.press(ESCAPE).await;
                browser.closed(menu).await;
                // A click beside the menu closes it, too.
                browser.click(&format!("[popovertarget={menu}]")).await;
                browser.see(&format!("#{menu}")).await;
                browser.driver().action_chain().move_to(5, 500).click().perform().await.unwrap();
                browser.closed(menu).await;
            }
        }
        // What was under the menus can be clicked.
        browser.go(DEV).await;
        let under = if width == WIDE { "#sidenav a" } else { "#publishable header .btn" };
        browser.click(under).await;
        if width == WIDE {
            browser.arrive("/projects/my-blog").await;
        } else {
            browser.see("#name-publishable").await;
        }
        browser.go(DEV).await;
        browser.click("[popovertarget=m-env]").await;
        browser.click("#m-env a:not([aria-current])").await;
        browser.arrive("/projects/my-blog/staging/api-keys").await;
    }
    browser.quit().await;
}

async fn good(server: &Server, key: &str) {
    assert_eq!(server.api().verify(key).await, Verified::Good("admin".to_owned()));
}

async fn refused(server: &Server, key: &str) {
    let revoked = Verified::Refused(401, "TOKEN_REVOKED".to_owned());
    assert_eq!(server.api().verify(key).await, revoked);
}

impl Browser {
    /// Copies the new key with the button, or by hand without JavaScript. Returns its text.
    async fn copied_key(&self) -> String {
        let key = self.see("#new-key").await;
        self.becomes("dialog, .page-dialog", "opacity", "1").await;
        let text = self.visible_text(&key).await.replace(' ', "");
        assert_eq!(text.len(), 67, "{text}");
        if self.has_javascript() {
            self.has_focus(".keep").await;
            // The focus is visible, also after a click.
            self.becomes(".keep", "outline-style", "solid").await;
            self.click(".bye").await;
            self.has_focus(".ask .primary").await;
            self.becomes(".ask .primary", "outline-style", "solid").await;
            self.press(ESCAPE).await;
            self.has_focus(".keep").await;
            self.click(".keep").await;
            self.see(".keep[data-copied]").await;
        } else {
            self.see_no(".keep").await;
            self.click("#new-key").await; // selects all of it
            self.press_control('c').await;
        }
        text
    }

    /// What was copied last, as it is pasted into a field.
    async fn pasted(&self) -> String {
        self.go("/projects/my-blog/activity").await;
        self.click("#find").await;
        self.press_control('v').await;
        self.value("#find").await
    }

    /// Waits until the focus is there.
    async fn has_focus(&self, css: &str) {
        self.wait(&format!("the focus on {css}"), async || {
            let active = self.driver().active_element().await.ok()?;
            (active == self.driver().find(By::Css(css)).await.ok()?).then_some(())
        })
        .await;
    }

    /// Waits until this property has this value.
    async fn becomes(&self, css: &str, property: &str, value: &str) {
        self.wait(&format!("{css} with {property}: {value}"), async || {
            let element = self.driver().find(By::Css(css)).await.ok()?;
            (element.css_value(property).await.ok()? == value).then_some(())
        })
        .await;
    }

    /// Fails if the page is wider than the window.
    async fn fits(&self, width: u32) {
        let page = if self.runs_scripts() {
            self.eval("return document.documentElement.scrollWidth").await.as_f64().unwrap()
        } else {
            self.rect("body").await.2
        };
        assert!(page <= f64::from(width), "{page} px wide at {width}{}", self.where_it_is().await);
    }

    /// The left and top edges within the window, the width, and the height.
    async fn rect(&self, css: &str) -> (f64, f64, f64, f64) {
        if self.runs_scripts() {
            let script = format!(
                "const r = document.querySelector('{css}').getBoundingClientRect(); return [r.x, r.y, r.width, r.height]"
            );
            return serde_json::from_value(self.eval(&script).await).unwrap();
        }
        // The driver measures from the top of the page, and the bar is at the top of the window.
        let of = async |css| self.driver().find(By::Css(css)).await.unwrap().rect().await.unwrap();
        let (rect, bar) = (of(css).await, of(".topbar").await);
        (rect.x, rect.y - bar.y, rect.width, rect.height)
    }

    /// Whether the page is scrolled so far that its title is above the window.
    async fn is_scrolled(&self) -> bool {
        self.rect("h1").await.1 < 0.
    }

    /// Fails if ring and tint of a row are not a little larger than the row.
    async fn is_marked(&self, row: &str) {
        let script = format!(
            "const row = document.querySelector('{row}'), parts = [...row.cells].map((cell) => getComputedStyle(cell, '::after'))
                .filter((part) => part.content !== 'none' && part.position === 'absolute');
             return parts.reduce((sum, part) => sum + parseFloat(part.width), 0) - row.getBoundingClientRect().width"
        );
        let beyond = self.eval(&script).await.as_f64().unwrap_or_default();
        assert!((23. ..25.).contains(&beyond), "{beyond} px wider than the row");
    }

    /// Waits until the menu is closed, for the eye and for clicks.
    async fn closed(&self, menu: &str) {
        self.becomes(&format!("#{menu}"), "display", "none").await;
    }

    async fn opens_below_its_button(&self, menu: &str, width: u32, scrolled: bool, place: &str) {
        let css = format!("#{menu}");
        self.becomes(&css, "opacity", "1").await;
        self.see(&css).await;
        let (left, top, wide, high) = self.rect(&css).await;
        let (button, above, across, tall) = self.rect(&format!("[popovertarget={menu}]")).await;
        assert_eq!(self.is_scrolled().await, scrolled, "{place}: the page moved");
        let found = format!(
            "{place}: {left} {top} {wide} {high}, its button {button} {above} {across} {tall}"
        );
        assert!(left >= 0. && left + wide <= f64::from(width), "beside the window: {found}");
        assert!(top >= above + tall && top <= above + tall + 12., "not below: {found}");
        assert!(high > 80. && top + high < 800., "cut: {found}");
        // It is aligned with one edge of the button, or with the edge of the window.
        let (starts, ends) = (left - button, left + wide - button - across);
        assert!(
            starts.abs() < 2. || ends.abs() < 2. || left + wide > f64::from(width) - 10.,
            "elsewhere: {found}"
        );
    }
}
