//! Signing in: `/sign-in?next=`.

use reqwest::Method;

use crate::support::{PASSWORD, Page, Server};

#[tokio::test]
async fn the_page_asks_for_e_mail_and_password() {
    let server = Server::start().await;
    server.ada().await;
    let page = server.anonymous().get("/sign-in").await.expect(200);
    assert_eq!(page.texts("label"), ["E-mail", "Password"]);
    assert_eq!(page.text("main button[type=submit]"), "Sign in");
    assert_eq!(page.attribute("#password", "type"), "password");
    assert_eq!(page.attribute("#password", "autocomplete"), "current-password");
    assert_eq!(page.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_get_the_same_answer() {
    let server = Server::start().await;
    server.ada().await;
    let visitor = server.anonymous();
    let try_it = async |email: &str, password: &str| {
        let page = visitor
            .post("/sign-in", &[("email", email), ("password", password), ("next", "/help")])
            .await;
        assert_eq!(page.attribute("#email", "value"), email, "what was typed is kept");
        assert_eq!(page.attribute("#password", "value"), "", "but for the password");
        assert_eq!(page.attribute("input[name=next]", "value"), "/help");
        let headers: Vec<_> = page
            .headers
            .iter()
            .filter(|(name, _)| !["date", "content-length"].contains(&name.as_str()))
            .map(|h| format!("{h:?}"))
            .collect();
        (page.status.as_u16(), page.body.replace(email, "E-MAIL"), headers)
    };
    let wrong = try_it("ada@example.com", "not the password").await;
    assert_eq!(wrong.0, 422);
    assert!(wrong.1.contains("E-mail or password is wrong."));
    for (email, password) in [
        ("bob@example.com", PASSWORD),
        ("bob@example.com", "not the password"),
        ("ada@example.com", ""),
        ("ada@example.com", &PASSWORD.to_uppercase()),
        ("ada@example.com", &format!("{PASSWORD} ")),
        ("ada@example.com", &"x".repeat(2000)),
        ("no address", PASSWORD),
        ("ada@example.com\u{0}", PASSWORD),
    ] {
        server.clock.advance(chrono::TimeDelta::hours(1)); // guessing has limits, which sign_in_limits.rs tests
        if email.contains('\0') {
            // HTML can't hold what was typed, so only the status is the same.
            visitor
                .post("/sign-in", &[("email", email), ("password", password), ("next", "/help")])
                .await
                .expect(422);
        } else {
            assert_eq!(try_it(email, password).await, wrong, "{email:?} {password:?}");
        }
    }
    assert_eq!(
        server.database.count("SELECT count(*) FROM sessions"),
        1,
        "Ada's own, from the start"
    );
}

#[tokio::test]
async fn the_address_may_be_typed_in_any_case() {
    let server = Server::start().await;
    server.ada().await;
    for email in ["ada@example.com", "ADA@Example.COM", "  ada@example.com "] {
        let page = server
            .anonymous()
            .post("/sign-in", &[("email", email), ("password", PASSWORD)])
            .await
            .expect(303);
        assert_eq!(page.location(), "/");
    }
}

#[tokio::test]
async fn afterwards_it_goes_on_to_the_page_that_was_asked_for_and_never_to_another_site() {
    let server = Server::start().await;
    server.ada().await;
    let sign_in = async |next: &str| {
        let page = server
            .anonymous()
            .post(
                "/sign-in",
                &[("email", "ada@example.com"), ("password", PASSWORD), ("next", next)],
            )
            .await;
        page.expect(303).location().to_owned()
    };
    for good in [
        "/",
        "/projects",
        "/projects/my-blog/dev/api-keys?q=a%20b&page=2",
        "/projects/my-blog/%C3%A4",
    ] {
        assert_eq!(sign_in(good).await, good);
    }
    let evil = [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "https:evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "evil.example",
        "/a\r\nSet-Cookie: x=y",
        "/\u{e4}",
        "/a b",
        "",
    ];
    for next in evil {
        assert_eq!(sign_in(next).await, "/", "{next:?}");
    }
}

#[tokio::test]
async fn whoever_is_signed_in_goes_on_at_once_and_only_within_this_site() {
    let server = Server::start().await;
    let ada = server.ada().await;
    assert_eq!(ada.get("/sign-in?next=%2Fhelp").await.expect(303).location(), "/help");
    for next in ["%2F%2Fevil.example", "https:evil.example", "%2F%5Cevil.example", "%2F%C3%A4", ""]
    {
        assert_eq!(
            ada.get(&format!("/sign-in?next={next}")).await.expect(303).location(),
            "/",
            "{next}"
        );
    }
    let long = server.anonymous().get(&format!("/projects?{}", "/".repeat(3000))).await.expect(303);
    assert_eq!(long.location(), "/sign-in", "the way back would make a head that nobody sends");
    let long = ada.get(&format!("/sign-in?next=/{}", "a".repeat(1500))).await.expect(303);
    assert_eq!(long.location(), "/", "nor a cookie that no browser keeps (RFC 6265, 6.1)");
    let page = server.anonymous().get("/sign-in?next=%2F%2Fevil.example").await.expect(200);
    assert_eq!(page.attribute("input[name=next]", "value"), "/");
}

#[tokio::test]
async fn the_way_to_a_page_leads_through_sign_in_and_back() {
    let server = Server::start().await;
    server.ada().await;
    let visitor = server.anonymous();
    let asked = "/projects/my-blog/prod/api-keys?q=a%26b&kind=secret&page=2";
    let form = visitor.get(visitor.get(asked).await.expect(303).location()).await.expect(200);
    let next = form.attribute("input[name=next]", "value");
    let done = visitor
        .post("/sign-in", &[("email", "ada@example.com"), ("password", PASSWORD), ("next", &next)])
        .await
        .expect(303);
    assert_eq!(done.location(), asked);
    visitor.get(asked).await.expect(200);
}

#[tokio::test]
async fn forms_with_doubled_or_extra_fields_are_refused() {
    let server = Server::start().await;
    server.ada().await;
    let good = format!("email=ada@example.com&password={PASSWORD}");
    for body in [
        format!("{good}&email=bob@example.com"),
        format!("{good}&user_id=1"),
        "email=ada@example.com".to_owned(),
        format!("password={PASSWORD}"),
        String::new(),
        format!("{good}&next=/&next=/"),
    ] {
        let request = server
            .anonymous()
            .request(Method::POST, "/sign-in")
            .header("Content-Type", "application/x-www-form-urlencoded");
        let page = Page::of(request.body(body.clone()).send().await.unwrap()).await;
        assert_eq!(page.status, 400, "{body}");
        assert!(page.header("set-cookie").is_none());
    }
}

#[tokio::test]
async fn a_password_hash_of_old_parameters_is_renewed() {
    let server = Server::start().await;
    let ada = server.user("Ada", "ada@example.com");
    let old = argon2_old();
    server
        .database
        .execute(&format!("UPDATE users SET password_hash = '{old}' WHERE id = '{ada}'"));
    server.sign_in("ada@example.com").await;
    let new = server.database.query("SELECT password_hash AS value FROM users").remove(0);
    assert!(new.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{new}");
    server.sign_in("ada@example.com").await;
}

/// The password of everybody in tests, hashed with 4 MiB and 3 passes.
fn argon2_old() -> String {
    use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
    let weak =
        Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(4096, 3, 1, None).unwrap());
    weak.hash_password_with_salt(PASSWORD.as_bytes(), b"0123456789abcdef").unwrap().to_string()
}
