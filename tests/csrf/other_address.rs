//! Forms from another origin than the host of the request. Mostly they are our own, behind a proxy
//! that does not pass on the host.

use reqwest::Method;

use crate::support::{Anonymous, PASSWORD, Page, Process, Server, TestDatabase};

/// Posts as a browser does on plain http, which sends no fetch metadata.
async fn post(origin: &str, path: &str, headers: &[(&str, &str)]) -> Page {
    let client = Anonymous::new(origin).client;
    let mut request = client.request(Method::POST, format!("{origin}{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let fields = [("email", "ada@example.com"), ("password", PASSWORD)];
    Page::of(request.form(&fields).send().await.unwrap()).await
}

#[tokio::test]
async fn behind_a_proxy_that_hides_the_host_the_page_says_what_to_change() {
    let server = Server::start().await;
    server.ada().await;
    let nas = ("Origin", "http://nas.lan");
    let host = server.origin.strip_prefix("http://").unwrap().to_owned();
    for (path, headers, asked) in [
        ("/sign-in", vec![nas], host.as_str()),
        ("/projects", vec![nas, ("Host", "127.0.0.1:8080")], "127.0.0.1:8080"),
        ("/setup", vec![nas, ("Host", "nas.lan:8443")], "nas.lan:8443"),
        ("/sign-in", vec![("Origin", "http://nas.lan:81"), ("Host", "nas.lan")], "nas.lan"),
    ] {
        let page = post(&server.origin, path, &headers).await.expect(403);
        let browser = headers[0].1;
        assert_eq!(page.text("h1"), "This form came from another address");
        assert_eq!(
            page.text(".lead"),
            format!(
                "Nothing was changed. You are at {browser}, but the server was asked as {asked}. \
                 Whoever runs it must let the proxy pass on the Host header, or start Keyrack with \
                 --public-url {browser}. If {browser} is not your Keyrack, another site sent this \
                 form."
            )
        );
    }
    // A text that is not an address is not repeated.
    for odd in ["null", "http://<b>", "http://nas.lan/path", "file://", &"x".repeat(500)] {
        let page = post(&server.origin, "/sign-in", &[("Origin", odd)]).await.expect(403);
        assert_eq!(page.text("h1"), "This form has expired", "{odd}");
    }
}

#[tokio::test]
async fn at_another_address_than_the_public_url_the_page_names_both() {
    let server = Server::start_with(&["--public-url", "http://keys.example.com"]).await;
    server.ada().await;
    let page = post(&server.origin, "/sign-in", &[("Origin", "http://nas.lan")]).await.expect(403);
    assert_eq!(
        page.text(".lead"),
        "Nothing was changed. You are at http://nas.lan, but this Keyrack is set to be at \
         http://keys.example.com. Open it there, or have whoever runs it set --public-url to \
         http://nas.lan. If http://nas.lan is not your Keyrack, another site sent this form."
    );
}

#[tokio::test]
async fn the_first_form_of_all_says_it_too_and_the_log_says_it_once() {
    let process = Process::serve(&TestDatabase::new());
    for _ in 0..3 {
        let headers = [("Origin", "http://nas.lan"), ("Host", "127.0.0.1:8080")];
        let page = post(&process.origin, "/setup", &headers).await.expect(403);
        assert_eq!(page.text("h1"), "This form came from another address");
    }
    let log = process.stderr.lock().unwrap().clone();
    let warnings: Vec<&str> = log.lines().filter(|line| line.contains("nas.lan")).collect();
    assert_eq!(warnings.len(), 1, "{log}");
    assert!(warnings[0].contains("WARN") && warnings[0].contains("127.0.0.1:8080"), "{log}");
}
