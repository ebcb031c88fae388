//! Sessions: how they begin, what is stored of them, and how they end.

use chrono::TimeDelta;
use reqwest::Method;

use crate::support::{Anonymous, PASSWORD, Page, Server};

async fn sign_in(browser: &Anonymous) -> Page {
    browser
        .post("/sign-in", &[("email", "ada@example.com"), ("password", PASSWORD)])
        .await
        .expect(303)
}

/// What a browser without cookies of its own gets with this one.
async fn with_cookie(server: &Server, cookie: &str) -> Page {
    let request = server.anonymous().request(Method::GET, "/projects").header("Cookie", cookie);
    Page::of(request.send().await.unwrap()).await
}

#[tokio::test]
async fn signing_in_gives_a_new_session_and_ends_the_old_one() {
    let server = Server::start().await;
    server.ada().await;
    let browser = server.anonymous();
    let first = sign_in(&browser).await.cookie("keyrack");
    with_cookie(&server, &first).await.expect(200);
    let second = sign_in(&browser).await.cookie("keyrack");
    assert_ne!(first, second);
    with_cookie(&server, &first).await.expect(303);
    with_cookie(&server, &second).await.expect(200);
    // A cookie that somebody planted before does not become a session.
    let planted = server.anonymous();
    let request = planted.request(Method::POST, "/sign-in").header("Cookie", "keyrack=planted");
    let page = Page::of(
        request.form(&[("email", "ada@example.com"), ("password", PASSWORD)]).send().await.unwrap(),
    )
    .await;
    assert_ne!(page.expect(303).cookie("keyrack"), "keyrack=planted");
    with_cookie(&server, "keyrack=planted").await.expect(303);
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let browser = server.anonymous();
    let cookie = sign_in(&browser).await.cookie("keyrack");
    let here = crate::support::SignedIn::already(browser).await;
    let out = here.post("/sign-out", &[]).await.expect(303);
    assert_eq!(out.location(), "/sign-in");
    assert_eq!(out.header("clear-site-data"), Some("\"cache\", \"storage\""));
    let removal = out
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|c| c.to_str().unwrap())
        .find(|c| c.starts_with("keyrack="))
        .unwrap();
    assert!(removal.contains("Max-Age=0"), "{removal}");
    assert_eq!(
        with_cookie(&server, &cookie).await.expect(303).location(),
        "/sign-in?next=%2Fprojects",
        "a replayed cookie"
    );
    ada.get("/projects").await.expect(200); // another session of the same user goes on
    assert_eq!(server.database.count("SELECT count(*) FROM sessions"), 1);
}

#[tokio::test]
async fn a_session_ends_after_twelve_idle_hours() {
    let server = Server::start().await;
    let ada = server.ada().await;
    for _ in 0..3 {
        server.clock.advance(TimeDelta::hours(12) - TimeDelta::minutes(2));
        ada.get("/projects").await.expect(200);
    }
    server.clock.advance(TimeDelta::hours(12) + TimeDelta::minutes(1));
    let page = ada.get("/projects/my-blog/dev/api-keys").await.expect(303);
    assert_eq!(
        page.location(),
        "/sign-in?next=%2Fprojects%2Fmy-blog%2Fdev%2Fapi-keys",
        "and comes back to the page"
    );
    ada.post("/projects", &[("name", "Late"), ("slug", ""), ("description", "")]).await.expect(401);
}

#[tokio::test]
async fn a_session_ends_after_seven_days_however_busy_it_was() {
    let server = Server::start().await;
    let ada = server.ada().await;
    for _ in 0..(7 * 24 / 8) - 1 {
        server.clock.advance(TimeDelta::hours(8));
        ada.get("/projects").await.expect(200);
    }
    server.clock.advance(TimeDelta::hours(8) - TimeDelta::seconds(60));
    ada.get("/projects").await.expect(200);
    server.clock.advance(TimeDelta::seconds(61));
    ada.get("/projects").await.expect(303);
}

#[tokio::test]
async fn only_a_hash_of_the_session_key_is_stored() {
    let server = Server::start().await;
    server.ada().await;
    let cookie = sign_in(&server.anonymous()).await.cookie("keyrack");
    let dump = server.database.dump().join("\n").to_lowercase();
    // The cookie is a signature and then the key, percent-encoded in part.
    let value = cookie.split_once('=').unwrap().1;
    let key = &value[value.len() - 64..];
    assert!(key.bytes().all(|b| b.is_ascii_alphanumeric()), "{key}");
    let hex = key.bytes().map(|b| format!("{b:02x}")).collect::<String>();
    assert!(!dump.contains(&key.to_lowercase()) && !dump.contains(&hex));
    // A cookie that is changed anywhere is none.
    let mut other = cookie.clone().into_bytes();
    let last = other.last_mut().unwrap();
    *last = if *last == b'a' { b'b' } else { b'a' };
    with_cookie(&server, std::str::from_utf8(&other).unwrap()).await.expect(303);
    with_cookie(&server, &format!("keyrack={key}")).await.expect(303); // without the signature
}

#[tokio::test]
async fn cookies_have_the_strictest_attributes_that_http_allows() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let answers = [
        sign_in(&server.anonymous()).await,
        ada.get("/projects/my-blog/dev/api-keys").await,
        ada.post("/theme", &[("theme", "dark")]).await,
    ];
    let mut seen = 0;
    for cookie in answers.iter().flat_map(|page| page.headers.get_all("set-cookie")) {
        let cookie = cookie.to_str().unwrap();
        for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(attribute), "{attribute}: {cookie}");
        }
        assert!(
            !cookie.contains("Secure")
                && !cookie.contains("Domain")
                && !cookie.starts_with("__Host-")
                && cookie.len() < 4096,
            "{cookie}"
        );
        seen += 1;
    }
    assert_eq!(seen, 4);
}

#[tokio::test]
async fn with_https_every_cookie_is_secure_and_bound_to_the_host() {
    let server = Server::start_with(&["--public-url", "https://keys.example.com"]).await;
    server.user("Ada", "ada@example.com");
    let page = sign_in(&server.anonymous()).await;
    let cookie = page.cookie("__Host-keyrack");
    let get = async |path: &str| {
        Page::of(
            server
                .anonymous()
                .request(Method::GET, path)
                .header("Cookie", &cookie)
                .send()
                .await
                .unwrap(),
        )
        .await
    };
    let csrf = get("/projects").await.expect(200).attribute("input[name=csrf]", "value");
    let post = async |path: &str, fields: &[(&str, &str)]| {
        let request = server.anonymous().request(Method::POST, path).header("Cookie", &cookie);
        Page::of(request.form(&[&[("csrf", csrf.as_str())], fields].concat()).send().await.unwrap())
            .await
    };
    post("/projects", &[("name", "My Blog")]).await.expect(303);
    let answers = [
        page,
        get("/projects/my-blog/dev/api-keys").await.expect(200),
        post("/theme", &[("theme", "dark")]).await.expect(303),
        post("/sign-out", &[]).await.expect(303),
    ];
    for answer in &answers {
        let cookies: Vec<_> =
            answer.headers.get_all("set-cookie").iter().map(|c| c.to_str().unwrap()).collect();
        assert!(!cookies.is_empty());
        for cookie in cookies {
            assert!(cookie.starts_with("__Host-"), "{cookie}");
            for attribute in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
                assert!(cookie.contains(attribute), "{attribute}: {cookie}");
            }
            assert!(!cookie.contains("Domain"), "{cookie}");
        }
        assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000"));
    }
}

#[tokio::test]
async fn visitors_leave_no_session() {
    let server = Server::start().await;
    server.user("Ada", "ada@example.com");
    let visitor = server.anonymous();
    for path in [
        "/",
        "/sign-in",
        "/projects",
        "/projects/my-blog/dev/api-keys",
        "/nowhere",
        "/setup?token=x",
        "/v1/verify/my-blog/dev",
        "/healthz",
    ] {
        let page = visitor.get(path).await;
        // What only says that the browser takes cookies is no session.
        let cookies: Vec<_> = page.headers.get_all("set-cookie").iter().collect();
        assert!(cookies.iter().all(|c| c.as_bytes().starts_with(b"keyrack-cookies=")), "{path}");
    }
    visitor
        .post("/sign-in", &[("email", "ada@example.com"), ("password", "wrong")])
        .await
        .expect(422);
    assert_eq!(server.database.count("SELECT count(*) FROM sessions"), 0);
}

#[tokio::test]
async fn sessions_outlive_a_restart_and_are_good_at_every_replica() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let cookie = sign_in(&server.anonymous()).await.cookie("keyrack");
    let replica = crate::support::Process::serve(&server.database);
    let request =
        Anonymous::new(&replica.origin).request(Method::GET, "/projects").header("Cookie", &cookie);
    assert_eq!(request.send().await.unwrap().status(), 200);
    drop(ada);
}
