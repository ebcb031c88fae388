//! Pages are compressed, except for those with a secret that an eavesdropper could guess from their
//! length.

use std::io::Read;

use reqwest::Method;

use crate::support::{Page, Server, SignedIn};

const DEV: &str = "/projects/my-blog/dev/api-keys";
const TEAM: &str = "/projects/my-blog/team";

/// Gets a page as browsers do. Returns the answer, its length as it was sent, and its text.
async fn ask(who: &SignedIn, path: &str) -> (Page, usize, String) {
    let request = who.browser.request(Method::GET, path).header("Accept-Encoding", "gzip, br");
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    let bytes = answer.bytes().await.unwrap();
    let mut text = String::new();
    if headers.contains_key("content-encoding") {
        flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
    } else {
        text = String::from_utf8(bytes.to_vec()).unwrap();
    }
    (Page { status, headers, body: text.clone() }, bytes.len(), text)
}

/// A form, sent by a browser that takes gzip.
async fn send(who: &SignedIn, path: &str, fields: &[(&str, &str)]) -> Page {
    let request = who.browser.request(Method::POST, path).header("Accept-Encoding", "gzip");
    let fields = [&[("csrf", who.csrf.as_str())], fields].concat();
    Page::of(request.form(&fields).send().await.unwrap()).await
}

#[tokio::test]
async fn a_long_page_is_packed_for_who_takes_that() {
    let server = Server::start().await;
    let ada = server.ada().await;
    for number in 0..40 {
        let user = server.user(&format!("User {number}"), &format!("user-{number}@example.com"));
        server.member("my-blog", &user, "viewer");
    }
    let (page, packed, text) = ask(&ada, TEAM).await;
    assert_eq!(page.header("content-encoding"), Some("gzip"));
    assert!(packed * 5 < text.len(), "{packed} of {}", text.len());
    assert!(text.ends_with("</html>") && text.contains("user-9@example.com"));
    let plain = ada.get(TEAM).await.expect(200);
    assert_eq!(plain.header("content-encoding"), None);
    assert!(plain.body.len().abs_diff(text.len()) < 16, "the same page");
    for page in [&page, &plain] {
        let vary: Vec<_> = page.headers.get_all("vary").iter().collect();
        assert!(vary.iter().any(|vary| vary.to_str().unwrap().contains("Accept-Encoding")));
        assert!(vary.iter().any(|vary| vary.to_str().unwrap().contains("HX-Request")));
    }
}

#[tokio::test]
async fn what_is_shown_once_and_what_a_link_carries_is_not_packed() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let token = ada.form_token(DEV, "secret").await;
    let new = [("token", token.as_str()), ("kind", "secret"), ("name", "server-key")];
    let reveal = send(&ada, DEV, &new).await.expect(200);
    assert_eq!((reveal.header("content-encoding"), reveal.text("#new-key").len()), (None, 67));
    let invited = [("email", "kim@example.com"), ("role", "viewer")];
    let invited = send(&ada, &format!("{TEAM}/invite"), &invited).await.expect(200);
    assert_eq!(invited.header("content-encoding"), None);
    let link = invited.text("#lnk");
    let link = &link[link.find("/invitations").unwrap()..];
    for path in [link, "/account/two-step", "/account/email/confirm?token=x"] {
        let (page, length, _) = ask(&ada, path).await;
        assert_eq!(page.header("content-encoding"), None, "{path}");
        assert!(length > 1024, "{path}");
    }
}

#[tokio::test]
async fn the_token_of_forms_is_another_text_in_each_page_and_each_is_good() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..3 {
        let csrf = ada.get(DEV).await.attribute("input[name=csrf]", "value");
        let theme = [("csrf", csrf.as_str()), ("theme", "dark")];
        ada.browser.post("/theme", &theme).await.expect(303);
        // Both halves are random, so neither is the same twice.
        let (mask, mixed) = csrf.split_at(csrf.len() / 2);
        assert!(seen.insert(mask.to_owned()) && seen.insert(mixed.to_owned()), "{csrf}");
    }
}
