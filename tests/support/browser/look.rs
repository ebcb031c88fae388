//! Checks the state of a page: with axe, for sideways scrolling and on the console. It also saves
//! screenshots.

use std::path::Path;

use serde_json::json;

use super::engine::SCREEN;
use super::{Browser, Engine, PHONE, WIDE};

/// What axe looks for: everything in the light theme, but only colours in the dark one. The style
/// sheet has the dark theme only in `light-dark()`, which changes nothing but colours.
const EVERYTHING: &str = "'wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'";
const COLOURS: &str = "'color-contrast', 'link-in-text-block'";

impl Browser {
    /// Sets the width of the window. A phone has touch and no mouse.
    pub async fn resize(&self, width: u32) {
        let phone = width < 640;
        let height = if phone { 812 } else { 900 };
        if self.engine != Engine::Chromium {
            // Without a window manager, the window under the pointer has the focus, and the
            // pointer is in the middle of the screen.
            let (x, y) = ((SCREEN.0 - width) / 2, (SCREEN.1 - height) / 2);
            self.driver().set_window_rect(x.into(), y.into(), width, height).await.unwrap();
            return;
        }
        self.window(width, height).await;
        self.cdp("Emulation.setTouchEmulationEnabled", json!({ "enabled": phone })).await;
    }

    async fn window(&self, width: u32, height: u32) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.cdp("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Sets the theme that the system prefers: `light` or `dark`.
    pub async fn theme(&self, theme: &str) {
        let features = json!([
            { "name": "prefers-color-scheme", "value": theme },
            // Screenshots and clicks must not come in the middle of a transition.
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.cdp("Emulation.setEmulatedMedia", json!({ "features": features })).await;
        self.finish_animations().await;
    }

    /// Finishes animations, because a colour that changes is the old one until the next frame. The
    /// one of a toast is left, because it would remove the toast.
    async fn finish_animations(&self) {
        let running = "document.getAnimations().filter((a) => a.animationName !== 'toast-out')";
        self.eval(&format!("{running}.forEach((a) => {{ try {{ a.finish() }} catch {{}} }})"))
            .await;
    }

    /// Checks this state in a wide window and on a phone, in the light and the dark theme: axe
    /// finds nothing wrong, nothing needs to be scrolled sideways, and the console is quiet. It
    /// leaves the window as it was.
    #[track_caller]
    pub fn look(&self, state: &str) -> impl Future<Output = ()> {
        let place = std::panic::Location::caller();
        async move {
            let before = self.eval("return innerWidth").await.as_u64().unwrap();
            for width in [WIDE, PHONE] {
                self.resize(width).await;
                for theme in ["light", "dark"] {
                    self.theme(theme).await;
                    self.picture(&format!("{state}-{width}-{theme}")).await;
                    let found = self.axe(if theme == "light" { EVERYTHING } else { COLOURS }).await;
                    assert!(found.is_empty(), "{place}: {state} at {width} px, {theme}: {found}");
                }
            }
            for width in [WIDE, 768, 640, PHONE, 320] {
                self.resize(width).await;
                if width == PHONE {
                    let small = self.too_small_for_a_finger().await;
                    assert!(small.is_empty(), "{place}: {state}: too small for a finger: {small}");
                }
                let script = "const r = document.documentElement; return r.scrollWidth <= r.clientWidth ? null : r.scrollWidth + ' px: ' + \
                    [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth && getComputedStyle(e).position !== 'fixed').map((e) => e.outerHTML.slice(0, 100)).slice(0, 5).join(' | ')";
                let wide = self.eval(script).await;
                assert!(wide.is_null(), "{place}: {state} scrolls sideways at {width} px: {wide}");
            }
            self.theme("light").await;
            self.resize(u32::try_from(before).unwrap()).await;
            self.quiet().await;
        }
    }

    /// Saves a screenshot if `KEYRACK_SHOTS` names a folder.
    pub async fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("KEYRACK_SHOTS") else { return };
        let name = if self.javascript { name.to_owned() } else { format!("nojs-{name}") };
        // Of a dialog, it shows the window, and of a page, all of it.
        let open = self
            .eval("return document.querySelector('dialog:modal, :popover-open') && innerHeight")
            .await;
        let width = u32::try_from(self.eval("return innerWidth").await.as_u64().unwrap()).unwrap();
        if open.is_null() {
            let height = self.eval("return document.documentElement.scrollHeight").await;
            self.window(width, u32::try_from(height.as_u64().unwrap()).unwrap()).await;
        }
        self.finish_animations().await;
        let png = self.driver().screenshot_as_png().await.unwrap();
        std::fs::write(Path::new(&folder).join(format!("{name}.png")), png).unwrap();
        self.resize(width).await;
    }

    /// The controls that are less than 44 px high, in words. Links within a text count as text.
    async fn too_small_for_a_finger(&self) -> String {
        let script = "return [...document.querySelectorAll('a, button, summary, select, textarea, label.check, input:not([type=hidden])')]
            .filter((e) => e.checkVisibility({ visibilityProperty: true }) && !(e.matches('input') && e.closest('label')))
            .filter((e) => getComputedStyle(e).display !== 'inline' || e.matches('td.name a'))
            // the name in a row is as large as its cell
            .filter((e) => (e.closest('td.name') ?? e).getBoundingClientRect().height < 43.5)
            .map((e) => e.getBoundingClientRect().height + ' px: ' + e.outerHTML.slice(0, 120)).join(' | ')";
        self.eval(script).await.as_str().unwrap().to_owned()
    }

    /// What axe finds wrong, in words; empty: nothing.
    async fn axe(&self, rules: &str) -> String {
        if self.eval("return !window.axe").await == true {
            if !self.javascript {
                // Timers do not run then; scripts of the driver do.
                self.eval("window.setTimeout = (f, _, ...a) => { Promise.resolve().then(() => f(...a)); return 0 }").await;
            }
            self.eval(include_str!("../../assets/axe-4.14.1.min.js")).await;
        }
        let script = format!(
            "return axe.run({{ runOnly: [{rules}], resultTypes: ['violations'], preload: false }})
            .then((r) => r.violations.flatMap((v) => v.nodes.map((n) => v.id + ': ' + n.html + ' ' + n.failureSummary)).join('\\n'), (e) => 'axe: ' + e)"
        );
        self.driver().execute(script, vec![]).await.unwrap().json().as_str().unwrap().to_owned()
    }
}
