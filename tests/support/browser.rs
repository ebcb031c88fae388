//! A real browser: Chromium, if the test does not ask for another engine. Each test has one, with an
//! empty profile.
//!
//! It fails the test if the console was not quiet (errors, warnings, reports of the
//! Content-Security-Policy; only Chromium's driver reports these), or if `look` finds something that
//! somebody could not read or reach.
//! `KEYRACK_SHOTS=folder` saves a screenshot of every state that `look` checks.

mod engine;
mod look;

use std::io::{Read, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::WindowHandle;
use thirtyfour::error::WebDriverError;
use thirtyfour::prelude::*;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub use self::engine::Engine;
use self::engine::{Processes, Started};
use super::{PASSWORD, Server};

/// Limits how many browsers run at once, because each needs a core.
static SEATS: std::sync::LazyLock<Arc<Semaphore>> =
    std::sync::LazyLock::new(|| Arc::new(Semaphore::new(2)));
/// How long something may take to appear, on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(20);

/// The widths at which pages are checked.
pub const WIDE: u32 = 1280;
pub const PHONE: u32 = 375;

pub struct Browser {
    driver: Option<WebDriver>,
    engine: Engine,
    pub origin: String,
    /// What may appear on the console in this test.
    expected: Mutex<Vec<&'static str>>,
    javascript: bool,
    _processes: Processes,
    _profile: TempDir,
    _seat: OwnedSemaphorePermit,
}

impl Browser {
    pub async fn open(server: &Server) -> Self {
        Self::start(&server.origin, true).await
    }

    /// Opens a browser with JavaScript switched off.
    pub async fn without_javascript(server: &Server) -> Self {
        Self::start(&server.origin, false).await
    }

    /// Opens a browser for another address than the server's own.
    pub async fn open_at(origin: &str) -> Self {
        Self::start(origin, true).await
    }

    /// Opens browsers for two people. Both seats are taken at once: two tests that have one each
    /// would wait for ever.
    pub async fn open_two(server: &Server, javascript: bool) -> (Self, Self) {
        let mut seats = Arc::clone(&SEATS).acquire_many_owned(2).await.unwrap();
        let one = seats.split(1).unwrap();
        (
            Self::start_on(one, Engine::Chromium, &server.origin, javascript).await,
            Self::start_on(seats, Engine::Chromium, &server.origin, javascript).await,
        )
    }

    /// In another engine than Chromium.
    pub async fn open_in(engine: Engine, server: &Server, javascript: bool) -> Self {
        let seat = Arc::clone(&SEATS).acquire_owned().await.unwrap();
        Self::start_on(seat, engine, &server.origin, javascript).await
    }

    async fn start(origin: &str, javascript: bool) -> Self {
        let seat = Arc::clone(&SEATS).acquire_owned().await.unwrap();
        Self::start_on(seat, Engine::Chromium, origin, javascript).await
    }

    async fn start_on(
        seat: OwnedSemaphorePermit,
        engine: Engine,
        origin: &str,
        javascript: bool,
    ) -> Self {
        let profile = TempDir::new().unwrap();
        let Started { processes, port, wishes } = engine.start(profile.path(), javascript);
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), wishes).await.unwrap();
        let browser = Self {
            driver: Some(driver),
            engine,
            origin: origin.to_owned(),
            // Chromium reports these: the first for each field that htmx focuses before Chromium
            // does, and the second for Clear-Site-Data after signing out.
            expected: Mutex::new(vec!["Autofocus processing was blocked", "Cleared data types"]),
            javascript,
            _processes: processes,
            _profile: profile,
            _seat: seat,
        };
        browser.resize(WIDE).await;
        if engine == Engine::Chromium {
            browser.theme("light").await;
        }
        browser
    }

    /// Whether pages run scripts.
    pub fn has_javascript(&self) -> bool {
        self.javascript
    }

    /// Whether the driver can run scripts. Firefox's driver cannot if pages may not.
    pub fn runs_scripts(&self) -> bool {
        self.javascript || self.engine != Engine::Firefox
    }

    pub fn driver(&self) -> &WebDriver {
        self.driver.as_ref().unwrap()
    }

    /// Ends the session. Every test calls this, and it fails if the console was not quiet.
    pub async fn quit(mut self) {
        self.quiet().await;
        self.driver.take().unwrap().quit().await.unwrap();
    }

    /// Allows a message on the console that the test causes on purpose.
    pub fn expect_console(&self, words: &'static str) {
        self.expected.lock().unwrap().push(words);
    }

    /// Fails if there is anything on the console that was not expected.
    #[track_caller]
    pub fn quiet(&self) -> impl Future<Output = ()> {
        let place = std::panic::Location::caller();
        async move {
            if self.engine != Engine::Chromium {
                return;
            }
            let expected = self.expected.lock().unwrap().clone();
            for entry in self.driver().browser_log().await.unwrap() {
                let known = expected.iter().any(|words| entry.message.contains(words));
                assert!(known, "{place}: the console says: {} {}", entry.level, entry.message);
            }
        }
    }

    // ---- going places ----

    pub async fn go(&self, path: &str) {
        self.driver().goto(format!("{}{path}", self.origin)).await.unwrap();
    }

    /// Signs in, and waits for this page.
    pub async fn sign_in(&self, email: &str, next: &str) {
        self.go(&format!("/sign-in?next={next}")).await;
        self.type_into("#email", email).await;
        self.type_into("#password", PASSWORD).await;
        self.click("main button[type=submit]").await;
        self.arrive(next).await;
    }

    /// Waits until the address is this path, with its query.
    pub async fn arrive(&self, path: &str) {
        self.wait(&format!("the address {path}"), async || {
            let here = self.driver().current_url().await.ok()?;
            let here = here.as_str().strip_prefix(&self.origin)?.split('#').next()?.to_owned();
            let ready = async || self.eval("return document.readyState").await == "complete";
            (here == path && (!self.runs_scripts() || ready().await)).then_some(())
        })
        .await;
    }

    pub async fn reload(&self) {
        self.driver().refresh().await.unwrap();
    }

    pub async fn back(&self) {
        self.driver().back().await.unwrap();
    }

    /// Leaves the page by this script, and returns whether the page made the browser ask first. The
    /// driver itself answers that question with yes, so the test watches the event.
    pub async fn asks_before_leaving(&self, leave: &str) -> bool {
        let watch = "window.old = true; addEventListener('beforeunload', (e) => localStorage.setItem('asked', e.defaultPrevented))";
        self.eval(&format!("{watch}; setTimeout(() => {{ {leave} }})")).await;
        self.until("!window.old && document.readyState === 'complete'").await;
        let asked = self
            .eval("const asked = localStorage.getItem('asked'); localStorage.clear(); return asked")
            .await;
        asked.as_str().expect("the page was left") == "true"
    }

    pub async fn tab(&self) -> WindowHandle {
        self.driver().window().await.unwrap()
    }

    pub async fn new_tab(&self) -> WindowHandle {
        let tab = self.driver().new_tab().await.unwrap();
        self.switch_to(&tab).await;
        self.resize(WIDE).await;
        tab
    }

    pub async fn switch_to(&self, tab: &WindowHandle) {
        self.driver().switch_to_window(tab.clone()).await.unwrap();
    }

    // ---- doing things ----

    pub async fn click(&self, css: &str) {
        // While something slides in, it is not yet at its place, so a click that hits something
        // else is tried again.
        self.wait(&format!("a click on {css}"), async || {
            self.clicked(&self.shown(css).await?).await
        })
        .await;
    }

    pub async fn double_click(&self, css: &str) {
        let element = self.see(css).await;
        self.driver().action_chain().double_click_element(&element).perform().await.unwrap();
    }

    /// Clicks the button or link with this text.
    pub async fn click_on(&self, label: &str) {
        self.wait(&format!("a click on “{label}”"), async || {
            self.clicked(&self.labelled(label).await?).await
        })
        .await;
    }

    /// The visible button or link with this text, with white space folded and without text for
    /// screen readers.
    pub async fn labelled(&self, label: &str) -> Option<WebElement> {
        let script = "return [...document.querySelectorAll('button, a, summary')].filter((e) => e.checkVisibility({ visibilityProperty: true }) && \
             !e.closest('[inert]') && (!document.querySelector('dialog:modal') || e.closest('dialog:modal')) && \
             e.innerText.replace(/\\s+/g, ' ').replace(/ \\(.*\\)$/, '').trim() === arguments[0])[0] ?? null";
        self.driver().execute(script, vec![json!(label)]).await.ok()?.element().ok()
    }

    pub async fn type_into(&self, css: &str, text: &str) {
        self.see(css).await.send_keys(text).await.unwrap();
    }

    /// Replaces the content of a field.
    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.see(css).await;
        field.clear().await.unwrap();
        if text.is_ascii() {
            field.send_keys(text).await.unwrap();
        } else {
            // chromedriver types only characters of the basic plane, so others are inserted as by
            // an input method.
            field.focus().await.unwrap();
            self.cdp("Input.insertText", json!({ "text": text })).await;
        }
    }

    /// Presses keys where the focus is. If Enter leads to another page, a busy chromedriver may
    /// report that the old page has gone. The key has arrived in that case, and the test waits for
    /// what should follow.
    pub async fn press(&self, keys: impl AsRef<str>) {
        if let Err(error) = self.driver().action_chain().send_keys(keys.as_ref()).perform().await {
            assert!(left(&error), "{error}");
        }
    }

    /// Presses a key together with Control.
    pub async fn press_control(&self, key: char) {
        self.driver()
            .action_chain()
            .key_down(Key::Control)
            .send_keys(key.to_string())
            .key_up(Key::Control)
            .perform()
            .await
            .unwrap();
    }

    /// Clicks, if that is possible now. If a click leads to another page, the driver may report that
    /// the old one has gone. A second click would then hit something on the new page, so it counts
    /// as done.
    async fn clicked(&self, element: &WebElement) -> Option<()> {
        if self.engine == Engine::WebKit {
            // WebKit's driver does not scroll to an element that is just below the window.
            let script = "arguments[0].scrollIntoView({ block: 'nearest' })";
            self.driver().execute(script, vec![element.to_json().ok()?]).await.ok()?;
        }
        let click = element.click().await;
        click.or_else(|error| if left(&error) { Ok(()) } else { Err(error) }).ok()
    }

    // ---- seeing things ----

    async fn shown(&self, css: &str) -> Option<WebElement> {
        for element in self.driver().find_all(By::Css(css)).await.ok()? {
            if element.is_displayed().await.unwrap_or(false) {
                return Some(element);
            }
        }
        None
    }

    /// Waits until the element is shown.
    pub async fn see(&self, css: &str) -> WebElement {
        self.wait(css, async || self.shown(css).await).await
    }

    /// Waits until no such element is shown.
    pub async fn see_no(&self, css: &str) {
        self.wait(&format!("no {css}"), async || self.shown(css).await.is_none().then_some(()))
            .await;
    }

    /// Waits until the first such element that is shown contains this text.
    pub async fn read(&self, css: &str, text: &str) {
        let mut last = String::new();
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if let Some(element) = self.shown(css).await {
                last = self.visible_text(&element).await;
                if last.contains(text) {
                    return;
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{css} does not say {text:?} but {last:?}{}", self.where_it_is().await);
    }

    /// The text that an element shows, with white space folded.
    pub async fn visible_text(&self, element: &WebElement) -> String {
        let text = match self.engine {
            // WebKit's driver sometimes finds no text where there is some.
            Engine::WebKit => element.prop("innerText").await.map(Option::unwrap_or_default),
            _ => element.text().await,
        };
        text.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The text of an element, even if it is hidden, with white space folded.
    pub async fn text(&self, css: &str) -> String {
        let script = "return document.querySelector(arguments[0])?.textContent.replace(/\\s+/g, ' ').trim() ?? null";
        let text = self.driver().execute(script, vec![json!(css)]).await.unwrap();
        text.json().as_str().unwrap_or_else(|| panic!("no {css}")).to_owned()
    }

    pub async fn value(&self, css: &str) -> String {
        self.see(css).await.value().await.unwrap().unwrap_or_default()
    }

    /// What has the focus: its id, or its text.
    pub async fn focus(&self) -> String {
        let script = "const e = document.activeElement; return document.readyState !== 'complete' || !e || e === document.body ? '' : e.id || e.innerText.replace(/\\s+/g, ' ').trim() || e.name";
        self.eval(script).await.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the element has the focus and the page's script has run, because `autofocus`
    /// works before that.
    pub async fn focused(&self, what: &str) {
        let mut last = String::new();
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            last = self.focus().await;
            if last == what {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the focus is on {last:?} and not on {what:?}{}", self.where_it_is().await);
    }

    /// Waits until this JavaScript expression is true.
    pub async fn until(&self, expression: &str) {
        self.wait(expression, async || {
            (self.eval(&format!("return !!({expression})")).await == true).then_some(())
        })
        .await;
    }

    pub async fn eval(&self, script: &str) -> Value {
        self.driver()
            .execute(script, vec![])
            .await
            .map_or(Value::Null, |value| value.json().clone())
    }

    /// What was copied last.
    pub async fn clipboard(&self) -> String {
        let rights = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"], "origin": self.origin });
        self.cdp("Browser.grantPermissions", rights).await;
        let script = "const done = arguments[0]; navigator.clipboard.readText().then(done, (e) => done('cannot read: ' + e))";
        let text = self
            .driver()
            .execute_async(script, vec![])
            .await
            .unwrap()
            .json()
            .as_str()
            .unwrap()
            .to_owned();
        self.cdp("Browser.resetPermissions", json!({})).await;
        text
    }

    pub async fn cdp(&self, method: &str, parameters: Value) -> Value {
        self.driver()
            .cdp()
            .send_raw(method, parameters)
            .await
            .unwrap_or_else(|e| panic!("{method}: {e}"))
    }

    pub async fn wait<T>(&self, what: &str, mut attempt: impl AsyncFnMut() -> Option<T>) -> T {
        let started = Instant::now();
        loop {
            if let Some(found) = attempt().await {
                return found;
            }
            if started.elapsed() > PATIENCE {
                panic!("waited in vain for {what}{}", self.where_it_is().await);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub async fn where_it_is(&self) -> String {
        let url = self.driver().current_url().await.map(|url| url.to_string()).unwrap_or_default();
        let text = self.eval("return document.body.innerText").await;
        let log = match self.engine {
            Engine::Chromium => self.driver().browser_log().await.unwrap_or_default(),
            _ => Vec::new(),
        };
        let engine = self.engine;
        format!("\nin {engine:?} at {url}\n{}\nconsole: {log:?}", text.as_str().unwrap_or_default())
    }
}

/// Whether the page went away during a command. The command had arrived in that case.
fn left(error: &WebDriverError) -> bool {
    error.to_string().contains("aborted by navigation")
}

fn end_session(port: u16, session: &str) -> std::io::Result<()> {
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(
        stream,
        "DELETE /session/{session} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"
    )?;
    stream.read(&mut [0; 1024]).map(drop)
}

impl Drop for Browser {
    fn drop(&mut self) {
        let forgotten = self.driver.is_some() && !std::thread::panicking();
        if let Some(driver) = self.driver.take() {
            // The session is ended by hand, because the driver would wait for the runtime of this
            // thread, which is waiting for the driver.
            let (session, port) =
                (driver.session_id().to_string(), driver.server_url().port().unwrap_or_default());
            let _ = driver.leak();
            let _ = end_session(port, &session); // ends the browser, too
        }
        assert!(
            !forgotten,
            "the test did not end with quit(), which asks whether the console was quiet"
        );
    }
}
