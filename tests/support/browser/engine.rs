//! How a browser of each of the three engines is started, and with which driver.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::json;
use thirtyfour::common::capabilities::firefox::FirefoxPreferences;
use thirtyfour::prelude::*;
use thirtyfour::{Capabilities, ChromiumLikeCapabilities, LoggingPrefsLogLevel};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Chromium,
    Firefox,
    /// Safari's engine, in GTK's version.
    WebKit,
}

/// The size of the screen for windows that need one.
pub(super) const SCREEN: (u32, u32) = (1400, 1000);

/// A driver that listens, and the capabilities to ask it for.
pub(super) struct Started {
    pub(super) processes: Processes,
    pub(super) port: u16,
    pub(super) wishes: Capabilities,
}

/// The driver and what it needs. They end with the browser, the last one first.
pub(super) struct Processes(Vec<Child>);

impl Drop for Processes {
    fn drop(&mut self) {
        for process in self.0.iter_mut().rev() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

impl Engine {
    /// Starts its driver; `profile` is an empty folder.
    pub(super) fn start(self, profile: &Path, javascript: bool) -> Started {
        match self {
            Self::Chromium => chromium(profile, javascript),
            Self::Firefox => firefox(profile, javascript),
            Self::WebKit => webkit(profile, javascript),
        }
    }
}

/// Starts a program and waits until it has said where it listens. `None` if it ended before.
fn listening<T>(command: &mut Command, tell: impl Fn(&str) -> Option<T>) -> Option<(Child, T)> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|e| panic!("{command:?}: {e}: run scripts/install-test-tools"));
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while out.read_line(&mut line).unwrap() > 0 {
        if let Some(told) = tell(line.trim_end()) {
            // If nobody read the pipe, the program would stop when it is full.
            std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
            return Some((child, told));
        }
        line.clear();
    }
    child.wait().unwrap();
    None
}

/// The tool that `scripts/install-test-tools` built, or the one of the machine.
fn tool(name: &str) -> PathBuf {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-tools/bin").join(name);
    if ours.exists() { ours } else { name.into() }
}

fn chromium(profile: &Path, javascript: bool) -> Started {
    // The driver takes a port that is free for IPv4, and ends if the same port is taken for IPv6.
    let (driver, port) = (0..5)
        .find_map(|_| {
            listening(Command::new("chromedriver").arg("--port=0"), |line| {
                line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok()
            })
        })
        .expect("a port");
    let mut wishes = DesiredCapabilities::chrome();
    for flag in [
        "headless",
        "no-sandbox",
        "disable-gpu",
        "disable-quic",
        "no-first-run",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
        "disable-dev-shm-usage",
        // These take half of the time of a start: the list under an address bar that nobody
        // sees, and extensions.
        "disable-features=PreloadTopChromeWebUI,WebUIOmniboxPopup,WebUIOmniboxAimPopup",
        "disable-extensions",
        "hide-scrollbars", // as on a phone; `look` finds what needs one
    ] {
        wishes.add_arg(&format!("--{flag}")).unwrap();
    }
    wishes.add_arg(&format!("--user-data-dir={}", profile.display())).unwrap();
    wishes.add_arg("--lang=en-US").unwrap();
    // A name that is not a secure context, as on a LAN without https.
    wishes.add_arg("--host-resolver-rules=MAP keyrack.test 127.0.0.1").unwrap();
    wishes.set_browser_log_level(LoggingPrefsLogLevel::All).unwrap();
    if !javascript {
        wishes
            .add_experimental_option(
                "prefs",
                json!({ "profile.managed_default_content_settings.javascript": 2 }),
            )
            .unwrap();
    }
    Started { processes: Processes(vec![driver]), port, wishes: wishes.into() }
}

fn firefox(profile: &Path, javascript: bool) -> Started {
    // Firefox makes no window narrower than 500 px, unless its own style sheet allows that.
    std::fs::create_dir(profile.join("chrome")).unwrap();
    std::fs::write(
        profile.join("chrome/userChrome.css"),
        ":root, body { min-width: 0 !important; }",
    )
    .unwrap();
    let mut command = Command::new(tool("geckodriver"));
    command.args(["--port", "0", "--websocket-port", "0"]);
    let (driver, port) =
        listening(&mut command, |line| line.rsplit_once("Listening on 127.0.0.1:")?.1.parse().ok())
            .expect("geckodriver");
    let mut wishes = DesiredCapabilities::firefox();
    wishes.set_headless().unwrap();
    wishes.add_arg("-profile").unwrap();
    wishes.add_arg(profile.to_str().unwrap()).unwrap();
    let mut settings = FirefoxPreferences::new();
    settings.set("javascript.enabled", javascript).unwrap();
    settings.set("toolkit.legacyUserProfileCustomizations.stylesheets", true).unwrap();
    settings.set("ui.prefersReducedMotion", 1).unwrap();
    wishes.set_preferences(settings).unwrap();
    Started { processes: Processes(vec![driver]), port, wishes: wishes.into() }
}

fn webkit(profile: &Path, javascript: bool) -> Started {
    let mut command = Command::new("Xvfb");
    let screen = format!("{}x{}x24", SCREEN.0, SCREEN.1);
    command.args(["-displayfd", "1", "-screen", "0", &screen, "-nolisten", "tcp"]);
    let (screen, display) = listening(&mut command, |line| line.parse::<u16>().ok()).expect("Xvfb");

    // A window is at least as wide as its tool bar, so nothing in there may have a width.
    std::fs::create_dir(profile.join("gtk-3.0")).unwrap();
    std::fs::write(
        profile.join("gtk-3.0/gtk.css"),
        "* { min-width: 0; padding: 0; margin: 0; border-width: 0; }
         toolbar image { -gtk-icon-transform: scale(.01); }",
    )
    .unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let driver = Command::new("WebKitWebDriver")
        .arg(format!("--port={port}"))
        .env("DISPLAY", format!(":{display}"))
        .env("GDK_BACKEND", "x11")
        .env("HOME", profile)
        .env("XDG_CONFIG_HOME", profile)
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("WebKitWebDriver: run scripts/install-test-tools");
    // It does not say when it listens.
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut arguments = vec!["--automation"];
    if !javascript {
        arguments.push("--enable-javascript=false");
    }
    let mut wishes = Capabilities::new();
    wishes
        .set("webkitgtk:browserOptions", json!({ "binary": minibrowser(), "args": arguments }))
        .unwrap();
    Started { processes: Processes(vec![screen, driver]), port, wishes }
}

/// The small browser that comes with WebKitGTK.
fn minibrowser() -> PathBuf {
    let machine = format!("{}-linux-gnu", std::env::consts::ARCH);
    let path = Path::new("/usr/lib").join(machine).join("webkit2gtk-4.1/MiniBrowser");
    assert!(path.exists(), "no {}: run scripts/install-test-tools", path.display());
    path
}
