//! Forms that none of our pages sends.

use reqwest::Method;

use super::{DEV, made};
use crate::support::{Page, Server, SignedIn};

async fn send(who: &SignedIn, path: &str, content_type: &str, body: Vec<u8>) -> Page {
    let request =
        who.browser.request(Method::POST, path).header("Content-Type", content_type).body(body);
    Page::of(request.send().await.unwrap()).await
}

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn doubled_missing_and_extra_fields_are_refused() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (csrf, token) = (ada.csrf.clone(), ada.form_token(DEV, "secret").await);
    let good = format!("csrf={csrf}&token={token}&kind=secret&name=server-key");
    let before = server.database.dump();
    for body in [
        format!("{good}&name=other"),
        format!("{good}&name=server-key"),
        format!("{good}&kind=publishable"),
        format!("{good}&csrf={csrf}"),
        format!("{good}&n%61me=other"),
        format!("{good}&role=owner"),
        format!("{good}&environment_id=env_1"),
        format!("{good}&digest=00"),
        format!("csrf={csrf}&token={token}&kind=secret"),
        format!("csrf={csrf}&token={token}&name=server-key"),
        format!("csrf={csrf}&token={token}&kind=owner&name=server-key"),
        format!("csrf={csrf}&token={token}&kind=&name=server-key"),
        format!("csrf={csrf}"),
    ] {
        let page = send(&ada, DEV, FORM, body.clone().into_bytes()).await;
        assert_eq!(page.status, 400, "{body}");
    }
    assert_eq!(server.database.dump(), before);
}

#[tokio::test]
async fn other_content_types_are_refused() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let token = ada.form_token(DEV, "secret").await;
    let form = format!("csrf={}&token={token}&kind=secret&name=server-key", ada.csrf);
    let json = format!(
        r#"{{"csrf":"{}","token":"{token}","kind":"secret","name":"server-key"}}"#,
        ada.csrf
    );
    for (content_type, body) in [
        ("text/plain", &form),
        ("application/json", &json),
        ("multipart/form-data; boundary=x", &form),
        ("", &form),
        ("application/x-www-form-urlencodedx", &form),
    ] {
        assert_eq!(
            send(&ada, DEV, content_type, body.clone().into_bytes()).await.status,
            400,
            "{content_type}"
        );
    }
    assert_eq!(made(&server), 0);
    let page =
        send(&ada, DEV, "Application/X-WWW-Form-URLEncoded; charset=UTF-8", form.into_bytes())
            .await;
    assert_eq!(page.status, 200, "what browsers may send");
}

#[tokio::test]
async fn fields_that_are_not_utf8_are_refused() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let token = ada.form_token(DEV, "secret").await;
    let start = format!("csrf={}&token={token}&kind=secret&name=", ada.csrf).into_bytes();
    for bad in [
        &b"%ff"[..],
        b"\xff",
        b"%c0%af",
        b"%c1%81",
        b"%e0%80%af",
        b"%f0%80%80%af",
        b"%ed%a0%80",
        b"%c3",
        b"a%c3%28",
    ] {
        let page = send(&ada, DEV, FORM, [start.as_slice(), bad].concat()).await;
        assert_eq!(page.status, 400, "{bad:?}");
    }
    assert_eq!(made(&server), 0);
}

#[tokio::test]
async fn what_is_decoded_once_is_not_decoded_again() {
    let server = Server::start().await;
    let ada = server.ada().await;
    super::create(&ada, "secret", "a%2fb%2500%252f").await.expect(200);
    assert_eq!(super::names(&ada.get(DEV).await, "secret"), ["a%2fb%2500%252f"]);
}

#[tokio::test]
async fn addresses_that_are_encoded_twice_or_not_utf8_lead_nowhere() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let before = server.database.dump();
    let bad = [
        "%252f",
        "%00",
        "%ff",
        "%c0%af",
        "%e0%80%af",
        "..%2f",
        "my-blog%00",
        "my-blog%2f",
        "my%252dblog",
        "%F0%80%80%AF",
        "my-blog%0d%0aX:%20y",
    ];
    for part in bad {
        for path in [
            format!("/projects/{part}"),
            format!("/projects/{part}/dev/api-keys"),
            format!("/projects/my-blog/{part}/api-keys"),
            format!("{DEV}/{part}/delete"),
            format!("{DEV}/{part}"),
            format!("/{part}"),
            format!("/static/{part}"),
        ] {
            for page in [ada.get(&path).await, server.anonymous().get(&path).await] {
                let status = page.status.as_u16();
                assert!(matches!(status, 303 | 400 | 404), "{path}: {status} {}", page.body);
                if status == 303 {
                    assert!(page.location().starts_with("/sign-in"), "{path}: {}", page.location());
                }
            }
            assert!(!matches!(ada.get(&path).await.status.as_u16(), 200 | 303), "{path}");
        }
    }
    assert_eq!(server.database.dump(), before);
}

#[tokio::test]
async fn queries_that_are_not_text_are_refused() {
    let server = Server::start().await;
    let ada = server.ada().await;
    for bad in ["%ff", "%c0%af", "%00", "a%00b", "%ed%a0%80"] {
        for path in [
            format!("{DEV}?q={bad}"),
            format!("{DEV}?kind={bad}"),
            format!("{DEV}/new?kind=secret&x={bad}"),
            format!("{DEV}?{bad}=1"),
            format!("/sign-in?next=/{bad}"),
            format!("/setup?token={bad}"),
        ] {
            let page = ada.get(&path).await;
            assert!(matches!(page.status.as_u16(), 400 | 403 | 404), "{path}: {}", page.status);
        }
    }
    // Double-encoded is text like any other.
    assert_eq!(
        ada.get(&format!("{DEV}?q=%252f%2500")).await.expect(200).attribute("#q", "value"),
        "%2f%00"
    );
    ada.get(&format!("{DEV}?q={}", "x".repeat(5000))).await.expect(200);
    ada.get(&format!("{DEV}?q='%20OR%201=1--")).await.expect(200);
}
