//! Texts that nobody would type. PostgreSQL refuses a NUL in a text, so every text from outside is
//! parsed into a type or refused before it reaches the database. Whatever is in any field, query or
//! path, nobody gets a 500.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use scraper::{ElementRef, Html, Selector};
use tokio::task::JoinSet;

use crate::csrf::{Ground, routes};
use crate::matrix::rows::{Need, ROWS};
use crate::support::{PASSWORD, Page, Server, SignedIn};

/// The texts that are sent in place of good ones.
fn bad_texts() -> Vec<String> {
    let long = "x".repeat(9_000);
    let texts = [
        "a\0b",
        "\0",
        "",
        "9223372036854775807",
        "-1",
        "\u{feff}\u{202e}é/../",
        "' OR 1=1;",
        &long,
    ];
    texts.map(str::to_owned).to_vec()
}

/// The same, encoded for an address. Some are not UTF-8, such as half of a surrogate pair.
const BAD_IN_ADDRESSES: [&str; 9] = [
    "a%00b",
    "%00",
    "%ff",
    "%ed%a0%80",
    "%c0%80",
    "%",
    "%2e%2e%2fa%00",
    "9223372036854775807",
    "%F0%9F%92%A5%27",
];

/// The forms of the pages: their addresses, and the names of their fields.
#[derive(Debug, Default)]
struct Forms {
    /// The fields of forms, by the path that they are sent to.
    posts: BTreeMap<String, BTreeSet<String>>,
    /// The fields of queries, by the path of the forms or links.
    queries: BTreeMap<String, BTreeSet<String>>,
}

impl Forms {
    /// Adds the forms and links of a page.
    fn read(&mut self, path: &str, page: &Page) {
        let html = Html::parse_document(&page.body);
        let (named, buttons) = (selector("[name]"), selector("[formaction]"));
        for form in html.select(&selector("form")) {
            let action = form.value().attr("action").filter(|action| !action.is_empty());
            let mut actions: Vec<&str> = form
                .select(&buttons)
                .filter_map(|button| button.value().attr("formaction"))
                .collect();
            if actions.is_empty() {
                actions.push(action.unwrap_or(path));
            }
            let names = form.select(&named).filter_map(|field| field.value().attr("name"));
            let names: Vec<&str> = names.filter(|name| *name != "csrf").collect();
            let forms = match form.value().attr("method") {
                Some("post") => &mut self.posts,
                _ => &mut self.queries,
            };
            for action in actions {
                let action = action.split(['?', '#']).next().unwrap().to_owned();
                forms.entry(action).or_default().extend(names.iter().copied().map(str::to_owned));
            }
        }
        let attributes = ["href", "hx-get"];
        for attribute in attributes {
            let links = html.select(&selector(&format!("[{attribute}]"))).collect::<Vec<_>>();
            links.into_iter().for_each(|link| self.read_link(link, attribute));
        }
    }

    fn read_link(&mut self, link: ElementRef<'_>, attribute: &str) {
        let Some((path, query)) = link.value().attr(attribute).unwrap_or_default().split_once('?')
        else {
            return;
        };
        if !path.starts_with('/') {
            return; // of another program, like an app for codes
        }
        let names =
            url::form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name.into_owned());
        self.queries.entry(path.to_owned()).or_default().extend(names);
    }
}

fn selector(text: &str) -> Selector {
    Selector::parse(text).unwrap()
}

/// Everything that was answered with an error of the server.
#[derive(Default)]
struct Broken {
    asked: usize,
    answers: Vec<String>,
}

impl Broken {
    fn note(&mut self, what: &str, page: &Page) {
        self.asked += 1;
        // 503 would mean that the database can't be reached, which does not happen in this test.
        if page.status.is_server_error() {
            self.answers.push(format!("{what}: {}", page.status));
        }
    }

    #[track_caller]
    fn is_nothing(&self, at_least: usize) {
        assert!(self.answers.is_empty(), "{}", self.answers.join("\n"));
        assert!(self.asked >= at_least, "only {} were asked", self.asked);
    }
}

/// A value in a query, as browsers encode it.
fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The pages of Ada's project, with everything that stands in their forms and links.
async fn forms(ground: &Ground) -> Forms {
    let mut forms = Forms::default();
    let mut pages: BTreeSet<String> = ROWS
        .iter()
        .filter(|row| row.method() == Method::GET)
        .map(|row| ground.fill(row.path))
        .collect();
    pages.insert("/account/two-step".to_owned());
    for path in pages {
        forms.read(&path, &ground.ada.get(&path).await);
    }
    // The pages link to these only in some situations.
    for (path, name) in [("/projects/my-blog/activity.csv", "before"), ("/account", "before")] {
        forms.queries.entry(path.to_owned()).or_default().insert(name.to_owned());
    }
    forms
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_any_field_of_any_form_they_break_nothing() {
    let server = Server::start().await;
    let ground = Ground::of(&server).await;
    let forms = forms(&ground).await;
    let mut broken = Broken::default();
    let mut covered = BTreeSet::new();
    for (path, right) in routes(&ground.key, &ground.token) {
        let mut names: BTreeSet<&str> = right.iter().map(|(name, _)| *name).collect();
        names.extend(forms.posts.get(&path).into_iter().flatten().map(String::as_str));
        covered.insert(shape(&path));
        for name in names {
            let mut asking = JoinSet::new();
            // A number of nineteen digits is a password like any other.
            let is_password = |bad: &String| name == "new" && bad.starts_with("922");
            for bad in bad_texts().into_iter().filter(|bad| !is_password(bad)) {
                let mut fields: Vec<(String, String)> = right
                    .iter()
                    .filter(|(known, _)| *known != name)
                    .map(|(known, value)| ((*known).to_owned(), value.clone()))
                    .collect();
                fields.push((name.to_owned(), bad.clone()));
                let (ada, path) = (ground.ada.clone(), path.clone());
                asking.spawn(async move { (bad, post(&ada, &path, &fields).await) });
            }
            for (bad, page) in asking.join_all().await {
                let start: String = bad.chars().take(20).collect();
                broken.note(&format!("POST {path} {name}={start:?}"), &page);
                assert_ne!(page.status, 401, "{path} {name}={start:?} ended the session");
            }
        }
    }
    // Every form of the pages is in the table of valid forms.
    let unknown: Vec<&String> =
        forms.posts.keys().filter(|path| !covered.contains(&shape(path))).collect();
    broken.is_nothing(650);
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// A path, whichever things it is about.
fn shape(path: &str) -> String {
    let of = |segment: &str| match segment.split_once('_') {
        Some((prefix, digits)) if digits.len() == 32 => prefix.to_owned(),
        _ => segment.to_owned(),
    };
    path.split('/').map(of).collect::<Vec<_>>().join("/")
}

async fn post(who: &SignedIn, path: &str, fields: &[(String, String)]) -> Page {
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    who.post(path, &fields).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_any_query_and_any_part_of_a_path_they_break_nothing() {
    let server = Server::start().await;
    let ground = Ground::of(&server).await;
    let mut broken = Broken::default();
    let forms = forms(&ground).await;
    for (path, names) in &forms.queries {
        for name in names {
            let encoded = bad_texts().into_iter().map(|bad| encoded(&bad));
            for bad in encoded.chain(BAD_IN_ADDRESSES.map(str::to_owned)) {
                let bad = bad.chars().take(2_000).collect::<String>();
                let page = ground.ada.get(&format!("{path}?{name}={bad}")).await;
                broken.note(&format!("GET {path}?{name}={bad:.20}"), &page);
            }
        }
    }
    for row in ROWS {
        let parameters = ["project", "environment", "id", "key", "user", "invitation"];
        for name in parameters.iter().filter(|name| row.path.contains(&format!("{{{name}}}"))) {
            for bad in BAD_IN_ADDRESSES {
                let path = ground.fill(&row.path.replace(&format!("{{{name}}}"), bad));
                let page = match row.method() {
                    Method::GET => ground.ada.get(&path).await,
                    _ => ground.ada.post(&path, &[("name", "x"), ("q", "x")]).await,
                };
                broken.note(&format!("{} {path}", row.method()), &page);
            }
        }
    }
    broken.is_nothing(700);
}

#[tokio::test]
async fn nor_where_nobody_is_signed_in() {
    let server = Server::start().await;
    let (mut broken, visitor) = (Broken::default(), server.anonymous());
    let setup = server.setup_link.clone().unwrap();
    let setup_token = setup.split_once("token=").unwrap().1;
    let right = [
        ("token", setup_token),
        ("name", "Ada"),
        ("email", "ada@example.com"),
        ("password", PASSWORD),
        ("project", "My Blog"),
    ];
    let mut all = vec![("/setup", right.to_vec())];
    all.push(("/sign-in", vec![("email", "ada@example.com"), ("password", "x"), ("next", "/")]));
    all.push(("/sign-in/two-step", vec![("code", "123456"), ("next", "/")]));
    all.push((
        "/invitations/account",
        vec![("token", "x"), ("name", "Kim"), ("password", PASSWORD)],
    ));
    for (path, right) in all {
        for (name, _) in &right {
            // The first account is made only once, so texts that are valid names are left out.
            let is_name = |bad: &String| !bad.contains('\0') && bad.len() < 1_000;
            for bad in bad_texts().into_iter().filter(|bad| path != "/setup" || !is_name(bad)) {
                let fields: Vec<_> = right
                    .iter()
                    .map(|(known, value)| (*known, if known == name { &bad } else { *value }))
                    .collect();
                let page = visitor.post(path, &fields).await;
                broken.note(&format!("POST {path} {name}={bad:.20}"), &page);
            }
        }
        if path == "/setup" {
            visitor.post("/setup", &right).await.expect(303);
        }
    }
    let visitor = server.anonymous();
    for row in ROWS.iter().filter(|row| row.need == Need::Nothing) {
        for name in ["token", "next", "code"] {
            for bad in BAD_IN_ADDRESSES {
                let page = visitor.get(&format!("{}?{name}={bad}", row.path)).await;
                broken.note(&format!("GET {}?{name}={bad}", row.path), &page);
            }
        }
    }
    for bad in BAD_IN_ADDRESSES {
        for path in ["/v1/verify/", "/v1/key/", "/v1/verify/my-blog/", "/v1/", "/static/", "/"] {
            broken.note(&format!("{path}{bad}"), &visitor.get(&format!("{path}{bad}")).await);
        }
        let cookie = format!("keyrack-last=my-blog/{bad}; keyrack={bad}; keyrack-theme={bad}");
        for path in ["/", "/sign-in", "/projects"] {
            let asked = visitor.request(Method::GET, path).header("Cookie", &cookie);
            broken.note(&cookie, &Page::of(asked.send().await.unwrap()).await);
        }
    }
    let api = server.api();
    for body in ["{\"key\":\"a\\u0000b\"}", "{\"key\":\"\\ud800\"}", "{\"key\":\"a\0b\"}", "\0"] {
        let asked = visitor.client.post(server.url("/v1/leaks")).body(body);
        broken.note(body, &Page::of(asked.send().await.unwrap()).await);
    }
    for key in [&b"\xff"[..], b"a b", b"\xed\xa0\x80", &[b'x'; 300]] {
        for header in ["X-API-Key", "Authorization", "Origin", "X-Forwarded-For", "User-Agent"] {
            let page = api.call(Method::GET, "/v1/verify/my-blog/dev", &[(header, key)]).await;
            broken.note(header, &page);
        }
    }
    broken.is_nothing(200);
}

/// A forged cookie beside a good session.
#[tokio::test]
async fn the_place_that_was_seen_last_may_be_any_text() {
    let server = Server::start().await;
    server.ada().await;
    let visitor = server.anonymous();
    let fields = [("email", "ada@example.com"), ("password", PASSWORD), ("next", "/")];
    let page = visitor.post("/sign-in", &fields).await.expect(303);
    let session = page.cookie("keyrack");
    for place in
        ["my-blog/a%00b", "a%00b/dev", "my-blog/%ff", "my-blog/%ed%a0%80", "%00", "my-blog/"]
    {
        let asked = server.anonymous().request(Method::GET, "/");
        let asked = asked.header("Cookie", format!("{session}; keyrack-last={place}"));
        let page = Page::of(asked.send().await.unwrap()).await.expect(303);
        assert_eq!(page.location(), "/projects/my-blog/dev/api-keys", "{place}");
    }
}
