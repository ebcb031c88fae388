//! The pages in a real Chromium. The browser is in `support/browser.rs`, which also says what every
//! test checks besides its own subject.

mod access;
mod account;
mod activity;
mod adding;
mod back_and_reload;
mod bad_line;
mod chrome;
mod deleting;
mod engines;
mod environments;
mod help_and_errors;
mod instance;
mod key_life;
mod key_usage;
mod key_values;
mod list;
mod plain_http;
mod projects;
mod reveal;
mod roles;
mod scripts;
mod sessions;
mod settings;
mod team;
mod updating;
mod without_javascript;

use keyrack::domain::api_keys::{self, FormToken, KeyName, Kind, Narrowed, NewKey};
use keyrack::domain::{Act, Actor, environments as environment, os_rng, projects as project};

use crate::support::{Browser, Server};

const DEV: &str = "/projects/my-blog/dev/api-keys";
const PROD: &str = "/projects/my-blog/prod/api-keys";
const ADA: &str = "ada@example.com";
const DANA: &str = "dana@example.com";

/// A server with Ada, who owns `my-blog`, and Dana, who is an admin there.
async fn server() -> Server {
    let server = Server::start().await;
    let ada = server.user("Ada Lovelace", ADA);
    let slug = server.project("My Blog", &ada);
    let dana = server.user("Dana", DANA);
    server.member(&slug, &dana, "admin");
    server
}

/// Ada, on the API Keys page of `dev`.
async fn ada(server: &Server) -> Browser {
    let browser = Browser::open(server).await;
    browser.sign_in(ADA, DEV).await;
    browser
}

/// Keys that hang there before somebody comes: the last one is the newest. Gives their full texts.
fn hang(server: &Server, environment: &str, kind: Kind, names: &[&str]) -> Vec<String> {
    server.write(|c| -> Result<_, keyrack::db::Error> {
        let project = project::find(c, "my-blog")?.unwrap();
        let environments = environment::list(c, &project.id)?;
        let environment = environments.into_iter().find(|e| e.name == environment).unwrap();
        let mut texts = Vec::new();
        for name in names {
            let new = NewKey {
                kind,
                name: KeyName::parse(name).unwrap(),
                form_token: Some(FormToken::new(&mut os_rng())),
                narrowed: Narrowed::default(),
                expiry: None,
            };
            let created = api_keys::create(
                c,
                &mut Act::new(
                    &Actor::CommandLine { says: None },
                    server.clock.now(),
                    &mut os_rng(),
                ),
                &environment,
                &new,
            )
            .unwrap();
            texts.push(created.secret.expose().to_owned());
        }
        Ok(texts)
    })
}

/// What the list shows of a key.
fn mask(key: &str) -> String {
    format!("{}••••••••{}", &key[..7], &key[key.len() - 4..])
}

impl Browser {
    /// Opens the form and waits until one can type.
    async fn add_key(&self, kind: &str) {
        self.click(&format!("#{kind} header .btn")).await;
        self.focused(&format!("name-{kind}")).await;
    }

    /// Makes a key and copies it; gives its text.
    async fn make_key(&self, kind: &str, name: &str) -> String {
        self.add_key(kind).await;
        self.press(name).await;
        self.click_on("Create").await;
        self.see("#new-key").await;
        let key = self.text("#new-key").await;
        self.click_on("Copy").await;
        self.click_on("Done").await;
        self.see_no("dialog").await;
        key
    }

    /// The names in a card, as they are shown.
    async fn names(&self, kind: &str) -> Vec<String> {
        let names = self.eval(&format!("return [...document.querySelectorAll('#{kind}-rows .name bdi:first-child')].filter(e => e.closest('.clamp')).map(e => e.textContent)")).await;
        serde_json::from_value(names).unwrap()
    }

    /// Fails if this text stands anywhere: in the page, its address, or what the browser keeps.
    async fn knows_nothing_of(&self, key: &str) {
        // Chromium's own page (Back to the answer of a form) has no storage.
        let script = "const kept = (what) => { try { return what() } catch { return '' } }; \
            return document.documentElement.outerHTML + [...document.querySelectorAll('input')].map(e => e.value) + location.href + \
            kept(() => JSON.stringify([localStorage, sessionStorage, history.state]) + document.cookie)";
        let everything = self.eval(script).await;
        assert!(!everything.as_str().unwrap().contains(key), "the key's text is still there");
    }
}
