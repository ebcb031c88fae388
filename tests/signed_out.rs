//! A session ends in the middle of a form: what was typed is not lost.

use reqwest::Method;

use crate::support::{Authenticator, PASSWORD, Page, Server};

const DEV: &str = "/projects/my-blog/dev/api-keys";
const ADA: &str = "ada@example.com";

fn end_all_sessions(server: &Server) {
    server.database.execute("DELETE FROM sessions");
}

#[tokio::test]
async fn what_was_typed_comes_back_into_the_form_after_signing_in() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let token = ada.form_token(DEV, "secret").await;
    end_all_sessions(&server);
    let typed = [
        ("token", token.as_str()),
        ("kind", "secret"),
        ("name", "a \"b\" & <c>"),
        ("scopes", "posts:read </textarea>"),
        ("from", ""),
        ("expires", "30"),
        ("expires_on", ""),
    ];
    let out = ada.post(DEV, &typed).await.expect(401);
    assert_eq!(out.text("h1"), "You are signed out");
    assert_eq!(out.attribute("#email", "value"), ADA);
    let [next, kept] =
        ["next", "kept"].map(|name| out.attribute(&format!("input[name={name}]"), "value"));
    assert_eq!(next, format!("{DEV}/new?kind=secret"));
    assert!(!kept.contains(&token) && !kept.contains(&ada.csrf), "{kept}");

    // A wrong password keeps it as well.
    let sign_in = |password: &'static str, kept: &str| {
        let fields = [("email", ADA), ("password", password), ("next", &next), ("kept", kept)]
            .map(|(name, value)| (name, value.to_owned()));
        let browser = ada.browser.clone();
        async move {
            let fields: Vec<(&str, &str)> =
                fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            browser.post("/sign-in", &fields).await
        }
    };
    let wrong = sign_in("not the password", &kept).await.expect(422);
    assert_eq!(wrong.attribute("input[name=kept]", "value"), kept);
    let back = sign_in(PASSWORD, &kept).await.expect(200);
    assert_eq!(back.text("h1"), "You are signed in");
    let action = back.attribute("main form", "action");
    let kept = back.attribute("input[name=kept]", "value");
    let form = ada.browser.post(&action, &[("kept", &kept)]).await.expect(200);
    assert_eq!(form.attribute("#name-secret", "value"), "a \"b\" & <c>");
    assert_eq!(form.text("#scopes-secret"), "posts:read </textarea>");
    assert_eq!(form.attribute("#secret-rows option[selected]", "value"), "30");
    assert!(form.has("#secret-rows details[open]"));
    assert!(form.text("#secret-rows").contains("This was not sent: you were signed out."));
    assert_eq!(server.database.count("SELECT count(*) FROM api_keys"), 0);
    assert_ne!(form.attribute("#secret-rows input[name=token]", "value"), token);

    // Signed out once more before that: the same again.
    end_all_sessions(&server);
    let out = ada.browser.post(&action, &[("kept", &kept)]).await.expect(401);
    assert_eq!(out.attribute("input[name=kept]", "value"), kept);
    // Another site fills no form.
    let foreign = server.anonymous().client.request(Method::POST, server.url(&action));
    Page::of(foreign.form(&[("kept", &kept)]).send().await.unwrap()).await.expect(403);
}

#[tokio::test]
async fn what_was_typed_goes_with_whoever_uses_a_recovery_code() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, codes) = Authenticator::turn_on(&server, &ada).await;
    end_all_sessions(&server);
    let out = ada.post("/projects", &[("name", "Next"), ("slug", ""), ("description", "")]).await;
    let kept = out.expect(401).attribute("input[name=kept]", "value");
    let fields = [("email", ADA), ("password", PASSWORD), ("kept", &kept)];
    let asked = ada.browser.post("/sign-in", &fields).await.expect(200);
    assert_eq!(asked.text("button[name=other]"), "Use a recovery code");
    let step = "/sign-in/two-step";
    for (other, label) in [("recovery-code", "Recovery code"), ("app", "Code")] {
        let fields = [("code", ""), ("other", other), ("kept", &kept)];
        let page = ada.browser.post(step, &fields).await.expect(200);
        assert_eq!(page.text("label"), label);
        assert_eq!(page.attribute("input[name=kept]", "value"), kept);
        assert!(!page.has(".error"));
    }
    let fields = [("code", codes[0].as_str()), ("with", "recovery-code"), ("kept", &kept)];
    let back = ada.browser.post(step, &fields).await.expect(200);
    assert_eq!(back.attribute("main form", "action"), "/projects/new?refill");
    assert_eq!(back.attribute("input[name=kept]", "value"), kept);
}

/// The largest form takes a set of keys. Its quotation marks and line ends are encoded twice.
#[tokio::test]
async fn also_the_largest_form_comes_back() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let path = "/projects/my-blog/dev/access-tokens";
    end_all_sessions(&server);
    let mut keys = "{\"keys\": [\n".to_owned();
    while keys.len() < 60_000 {
        keys +=
            "{\"kty\": \"RSA\", \"x5c\": [\"MIIDQjCCAiqgAwIBAgIGATz/FuLiMA0GCSqGSIb3DQEBBQ\"]},\n";
    }
    let fields = [("issuer", "https://login.example.com/"), ("url", ""), ("keys", &keys)];
    let out = ada.post(path, &fields).await.expect(401);
    let kept = out.attribute("input[name=kept]", "value");
    let fields = [("email", ADA), ("password", PASSWORD), ("kept", &kept)];
    let back = ada.browser.post("/sign-in", &fields).await.expect(200);
    assert_eq!(back.attribute("input[name=kept]", "value"), kept);
    let action = back.attribute("main form", "action");
    let filled = ada.browser.post(&action, &[("kept", &kept)]).await.expect(200);
    assert_eq!(filled.raw_text("textarea[name=keys]").trim(), keys.trim());
    // There is room for that, and for no password of that length.
    let fields = [("email", ADA), ("password", keys.as_str())];
    ada.browser.post("/sign-in", &fields).await.expect(413);
}

#[tokio::test]
async fn passwords_codes_and_keys_are_in_no_page_that_keeps_what_was_typed() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    end_all_sessions(&server);
    let secret = "correct horse battery staple";
    let edit = format!("{DEV}/{id}/edit");
    for (path, fields) in [
        ("/account/email", vec![("email", "new@example.com"), ("password", secret)]),
        ("/account/password", vec![("current", secret), ("new", secret), ("code", secret)]),
        (&edit, vec![("name", key.as_str()), ("note", "mine")]),
    ] {
        let out = ada.post(path, &fields).await.expect(401);
        assert!(!out.body.contains(secret) && !out.body.contains(&key[7..63]), "{path}");
        assert!(out.has("input[name=kept]"), "{path}");
    }
}

#[tokio::test]
async fn a_browser_that_refuses_cookies_is_told_so_after_signing_in() {
    let server = Server::start().await;
    server.ada().await;
    let visitor = server.anonymous();
    let came_from = |from: &str, cookie: Option<&str>| {
        let mut request = visitor
            .client
            .request(Method::GET, server.url(DEV))
            .header("Referer", server.url(from));
        if let Some(cookie) = cookie {
            request = request.header("Cookie", cookie);
        }
        async move { Page::of(request.send().await.unwrap()).await.expect(303).location().to_owned() }
    };
    let refused = came_from("/sign-in?next=x", None).await;
    assert!(refused.starts_with("/sign-in?cookies=refused&next="), "{refused}");
    let page = visitor.get(&refused).await.expect(200);
    let note = page.text(".note.danger");
    assert!(note.starts_with("Your browser refused the cookie of the session."), "{note}");
    // The form sets a cookie, so that who only looks around is not told that.
    let taken = page.cookie("keyrack-cookies");
    for (from, cookie) in [("/sign-in", Some(taken.as_str())), ("/help", None)] {
        let location = came_from(from, cookie).await;
        assert!(location.starts_with("/sign-in?next="), "{location}");
    }
}
