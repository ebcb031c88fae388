//! The attempts: for each promise, a function with everything that somebody tries against it.

use futures_util::future::join_all;
use reqwest::Method;

use super::answer::{Got, Tried};
use super::file::{Call, File};
use super::table::Promise;
use super::world::{CLOSED, ENVIRONMENTS, INSIDE, Key, PROJECTS, Person, VAULT, What, World};
use crate::access_rules::SPELLINGS;
use crate::matrix::rows::ROWS;
use crate::matrix::without_reference;
use crate::support::Page;

impl World {
    /// Tries everything against a promise, and returns the results.
    pub async fn attempt(&self, promise: Promise, who: &Person) -> Vec<Tried> {
        match promise {
            Promise::Environment => self.other_environments(who).await,
            Promise::OtherProject => self.other_projects(who).await,
            Promise::State => self.keys_that_do_not_work(who).await,
            Promise::Names => self.names(who).await,
            Promise::Slug => self.slug(who).await,
            Promise::EnvironmentName => self.environment_name(who).await,
            Promise::Scoped => self.unknown_request(who, What::Scoped).await,
            Promise::Publishable => self.unknown_request(who, What::Publishable).await,
            Promise::CheckKeysOnly => self.check_keys_only(who).await,
            Promise::Addresses => self.addresses(who).await,
            Promise::Elsewhere => self.elsewhere(who).await,
            Promise::Spellings => self.spellings(who).await,
            Promise::Methods => self.methods(who).await,
            Promise::Options => self.options(who).await,
            Promise::OurHeaders => self.our_headers(who).await,
            Promise::Damaged => self.damaged(who).await,
            Promise::SharedAddress => self.shared_address(who).await,
            Promise::Pages => self.pages(who).await,
            Promise::Contract => self.contract(who).await,
        }
    }

    /// Tries each of these keys at each of the APIs that `apis` names for it.
    async fn each(
        &self,
        who: &Person,
        keys: impl Fn(&Key) -> bool,
        apis: impl Fn(&Key) -> Vec<String>,
        calls: &[Call],
    ) -> Vec<Tried> {
        self.each_with(who.file, who, keys, apis, calls).await
    }

    async fn each_with(
        &self,
        file: File,
        who: &Person,
        keys: impl Fn(&Key) -> bool,
        apis: impl Fn(&Key) -> Vec<String>,
        calls: &[Call],
    ) -> Vec<Tried> {
        let mut asked = Vec::new();
        for key in who.keys.iter().filter(|key| keys(key)) {
            for api in apis(key) {
                // This many calls are made at once.
                for calls in calls.chunks(16) {
                    let ask = calls.iter().map(|call| self.ask(file, &api, key, call));
                    asked.extend(join_all(ask).await.into_iter().flatten());
                }
            }
        }
        asked
    }

    /// Tries keys at the API whose gateway asks for the key's own environment.
    async fn at_home(
        &self,
        who: &Person,
        keys: impl Fn(&Key) -> bool,
        calls: &[Call],
    ) -> Vec<Tried> {
        self.each(who, keys, |key| vec![who.file.api_for(&key.home)], calls).await
    }

    async fn other_environments(&self, who: &Person) -> Vec<Tried> {
        let by_id = who.file.is_right();
        let apis = |key: &Key| {
            let mut apis = others_of_project(key);
            let project = self.id(key.project(), "project id");
            apis.extend(by_id.then(|| format!("{project}/prod")));
            apis.retain(|api| !api.ends_with(key.environment()));
            apis
        };
        self.each(who, Key::lives, apis, &[Call::read()]).await
    }

    async fn other_projects(&self, who: &Person) -> Vec<Tried> {
        self.each(who, Key::lives, others, &[Call::read()]).await
    }

    /// The same with keys that are deleted, paused and so on, so that there is something else to
    /// learn.
    async fn keys_that_do_not_work(&self, who: &Person) -> Vec<Tried> {
        let told = [What::Paused, What::Deleted, What::Expired, What::Damaged];
        let apis = |key: &Key| [others_of_project(key), others(key)].concat();
        self.each(who, |key| told.contains(&key.what), apis, &[Call::read()]).await
    }

    /// Which projects and environments there are. People ask Keyrack itself, without a gateway.
    async fn names(&self, who: &Person) -> Vec<Tried> {
        let misspelt = |key: &Key| {
            let mut apis = vec!["my-blgo/prod".to_owned(), "my-blgo/dev".to_owned()];
            apis.push(format!("{}/qa", who.file.api_for(&key.home).split('/').next().unwrap()));
            apis
        };
        if !who.file.is_right() {
            return self.each(who, Key::lives, misspelt, &[Call::read()]).await;
        }
        let apis = |key: &Key| [misspelt(key), others(key)].concat();
        self.each_with(File::NotTrusted, who, Key::lives, apis, &[Call::read()]).await
    }

    /// A slug that another project has or had, to be asked for by its gateways.
    async fn slug(&self, who: &Person) -> Vec<Tried> {
        if !who.file.is_right() {
            let apis = |_: &Key| ENVIRONMENTS.map(|name| format!("{CLOSED}/{name}")).into();
            return self.each(who, Key::lives, apis, &[Call::read()]).await;
        }
        let mut tried = Vec::new();
        for slug in ["my-blog", CLOSED] {
            let fields = [("name", "Mine"), ("slug", slug), ("description", "")];
            let page = who.browser.post("/projects", &fields).await;
            tried.push(self.page(who, format!("a project with the slug {slug}"), &page).await);
        }
        tried
    }

    /// The name of a protected environment that was deleted.
    async fn environment_name(&self, who: &Person) -> Vec<Tried> {
        if !who.file.is_right() {
            let apis = |_: &Key| vec![format!("my-blog/{VAULT}")];
            return self.each(who, Key::lives, apis, &[Call::read()]).await;
        }
        let had = format!("SELECT id AS value FROM environments WHERE name = '{VAULT}'");
        let had = self.server.database.query(&had).remove(0);
        let mut tried = Vec::new();
        for fields in [&[("name", VAULT)][..], &[("name", VAULT), ("former", &had)]] {
            let page = who.browser.post("/projects/my-blog/environments", fields).await;
            tried.push(self.page(who, format!("an environment: {fields:?}"), &page).await);
        }
        tried
    }

    /// Nobody knows what the call does. People ask Keyrack itself, and say what they like.
    async fn unknown_request(&self, who: &Person, what: What) -> Vec<Tried> {
        let (method, uri) = (("X-Original-Method", "GET"), ("X-Original-URI", "/v1/data/posts"));
        let forwarded = [("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", "/v1/data/posts")];
        let keys = |key: &Key| key.what == what;
        if who.file.is_right() {
            let mut call = Call::read();
            for (name, value) in [method, uri, forwarded[0], forwarded[1]] {
                call = call.with(name, value);
            }
            let calls = [Call::read(), call.told_as(&[]), Call::read().told_as(&[])];
            let home = |key: &Key| vec![key.home.clone()];
            return self.each_with(File::NotTrusted, who, keys, home, &calls).await;
        }
        let ways: [&[(&'static str, &str)]; 6] = [
            &[],
            &[method],
            &[uri],
            &[method, uri, uri],
            &[method, method, uri],
            &[forwarded[1], method],
        ];
        self.at_home(who, keys, &ways.map(|told| Call::read().told_as(told))).await
    }

    /// What the switch must not lift: what is known, or half known, and scopes.
    async fn check_keys_only(&self, who: &Person) -> Vec<Tried> {
        let delete = Call::of("DELETE", "/v1/data/posts/1");
        let half = Call::read().told_as(&[("X-Original-Method", "GET")]);
        let untold = Call::read().told_as(&[]);
        let kept = [delete.clone(), half.clone(), untold];
        let mut tried = self.at_home(who, |key| key.what == What::Kept, &kept).await;
        // If the gateway passes no original request, or is not trusted, the rules are not checked.
        if !matches!(who.file, File::NotTrusted | File::ClientsPath) {
            let lifted = |key: &Key| key.what == What::Lifted;
            tried.extend(self.at_home(who, lifted, &[delete, half]).await);
        }
        tried
    }

    /// A call from elsewhere that says that it comes from the office.
    async fn addresses(&self, who: &Person) -> Vec<Tried> {
        let keys = |key: &Key| key.what == What::Office;
        let forged = || {
            Call::read()
                .with("X-Forwarded-For", INSIDE)
                .with("Forwarded", &format!("for={INSIDE}"))
                .with("X-Real-IP", INSIDE)
                .with("X-Client-IP", INSIDE)
        };
        let unnamed = forged().coming_from(None);
        if who.file.is_right() {
            let home = |key: &Key| vec![key.home.clone()];
            let direct = [forged().coming_from(Some(INSIDE)), unnamed];
            let mut tried = self.at_home(who, keys, &[forged()]).await;
            for peer in [File::NotTrusted, File::OwnCode] {
                tried.extend(self.each_with(peer, who, keys, home, &direct).await);
            }
            return tried;
        }
        // The gateway says nothing, nothing that means anything, or only who it is itself.
        let said = ["", "unknown", "10.1.2.3, unknown", "127.0.0.1", "10.1.2.3, 198.18.0.1"];
        let mut calls = vec![unnamed];
        calls.extend(said.map(|client| forged().coming_from(Some(client))));
        if who.file == File::NotTrusted {
            calls.push(forged().coming_from(Some(INSIDE)));
        }
        self.at_home(who, keys, &calls).await
    }

    async fn elsewhere(&self, who: &Person) -> Vec<Tried> {
        let calls = ["/files/1", "/", "/v1", "/v1/dat", "/v1/database/1", "/v2/data/posts"]
            .map(|uri| [Call::of("GET", uri), Call::of("DELETE", uri)]);
        self.at_home(who, narrow, &calls.concat()).await
    }

    /// Other spellings of the base path, where the rules accept every key outside it.
    async fn spellings(&self, who: &Person) -> Vec<Tried> {
        let calls = SPELLINGS.map(|uri| Call::of("GET", uri));
        self.at_home(who, |key| key.what == What::Roaming, &calls).await
    }

    async fn methods(&self, who: &Person) -> Vec<Tried> {
        let mut calls = Vec::new();
        for name in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"] {
            for method in ["DELETE", "delete", "GET, DELETE", "PURGE"] {
                calls.push(Call::read().with(name, method));
            }
            calls.push(Call::read().with(name, "GET").with(name, "DELETE"));
        }
        for query in ["_method=DELETE", "a=1&%5fmethod=delete", "$method=DELETE"] {
            calls.push(Call::of("GET", &format!("/v1/data/posts/1?{query}")));
        }
        self.at_home(who, narrow, &calls).await
    }

    /// `OPTIONS` that is not what a browser asks before it sends a call.
    async fn options(&self, who: &Person) -> Vec<Tried> {
        let options = |uri: &str| Call::of("OPTIONS", uri);
        let asks = "Access-Control-Request-Method";
        let calls = [
            options("/v1/data/posts/1"),
            options("/files/1"),
            options("*"),
            options("/v1/data/posts/1").with(asks, "DELETE"),
        ];
        self.at_home(who, |key| key.what == What::Scoped, &calls).await
    }

    /// What only gateways and Keyrack write, written by the client.
    async fn our_headers(&self, who: &Person) -> Vec<Tried> {
        let forged = |mut call: Call| {
            for (name, value) in [
                ("X-User-Group", "admin"),
                ("X-Key-Kind", "secret"),
                ("X-Key-Id", "key_00000000000070008000000000000000"),
                ("X-Environment", "prod"),
                ("X-Project-Id", self.id("shop", "project id")),
                ("X-User-Id", "ada"),
                ("X-Original-From", "/v1/verify/my-blog/dev"),
                ("X-Original-URL", "/v1/data/posts/1"),
                ("X-Rewrite-URL", "/v1/data/posts/1"),
                ("X-Forwarded-Method", "GET"),
                ("X-Forwarded-Uri", "/v1/data/posts/1"),
                ("X-Forwarded-Prefix", "/v1/verify/my-blog/dev"),
            ] {
                call = call.with(name, value);
            }
            call
        };
        let calls = ["DELETE", "PATCH"].map(|method| forged(Call::of(method, "/v1/data/posts/1")));
        let mut tried = self.at_home(who, narrow, &calls).await;
        if who.file.is_right() {
            let home = |key: &Key| vec![key.home.clone()];
            tried.extend(self.each_with(File::NotTrusted, who, narrow, home, &calls).await);
        }
        tried
    }

    /// The stored scopes can't be read.
    async fn damaged(&self, who: &Person) -> Vec<Tried> {
        let calls = [Call::read(), Call::of("DELETE", "/v1/data/posts/1")];
        self.at_home(who, |key| key.what == What::Damaged, &calls).await
    }

    /// `*`, which means `staging` in each project.
    async fn shared_address(&self, who: &Person) -> Vec<Tried> {
        let apis = |key: &Key| {
            let api = who.file.api_for(&key.home);
            vec![format!("{}/*", api.split('/').next().unwrap())]
        };
        self.each(who, Key::lives, apis, &[Call::read()]).await
    }

    /// Every page and every form of a project in which they are not. Whoever has only keys sends
    /// them along.
    async fn pages(&self, who: &Person) -> Vec<Tried> {
        let mut asked = Vec::new();
        let viewer = who.keys.iter().any(|key| key.project() == "veras");
        let project = if viewer { "shop" } else { "my-blog" };
        for row in ROWS.iter().filter(|row| row.path.contains("{project}")) {
            let path = self.ids[project].iter().fold(row.path.to_owned(), |path, (name, value)| {
                path.replace(&format!("{{{name}}}"), value)
            });
            let request = who.browser.browser.request(row.method(), &path);
            let request = if row.method() == Method::GET {
                request
            } else {
                request.form(&[("csrf", who.browser.csrf.as_str()), ("no-such-field", "x")])
            };
            let key = &who.keys[0].text;
            let request = request.header("X-API-Key", key).header("X-User-Group", "admin");
            let page = Page::of(request.bearer_auth(key).send().await.unwrap()).await;
            asked.push(self.page(who, format!("{} {path}", row.method()), &page).await);
        }
        asked
    }

    /// Keys where they are good.
    async fn contract(&self, who: &Person) -> Vec<Tried> {
        self.at_home(who, Key::lives, &[Call::read().coming_from(Some(INSIDE))]).await
    }

    async fn page(&self, who: &Person, case: String, page: &Page) -> Tried {
        let status = page.status.as_u16();
        let as_unknown = status == 404 && {
            let unknown = who.browser.get("/projects/no-such-project").await;
            without_reference(page) == without_reference(&unknown)
        };
        let to_sign_in =
            status == 401 || (status == 303 && page.location().starts_with("/sign-in?next="));
        let got = Got::Page { status, to_sign_in, as_unknown };
        Tried { case: format!("{case}: {status}"), got }
    }
}

/// May not do everything.
fn narrow(key: &Key) -> bool {
    matches!(key.what, What::Publishable | What::Scoped)
}

/// The other environments of the key's project.
fn others_of_project(key: &Key) -> Vec<String> {
    let others = ENVIRONMENTS.iter().filter(|name| **name != key.environment());
    others.map(|name| format!("{}/{name}", key.project())).collect()
}

/// The environments of other projects that have the same name, and another one.
fn others(key: &Key) -> Vec<String> {
    let others = PROJECTS.iter().filter(|project| **project != key.project());
    others
        .flat_map(|project| ["dev", "prod"].map(|environment| format!("{project}/{environment}")))
        .collect()
}
