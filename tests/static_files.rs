//! Static files: the name has a hash of the content, so they are cached for ever, and they are sent
//! with gzip if the client accepts it.

use std::io::Read;

use reqwest::Method;

use crate::support::{Page, Server};

#[tokio::test]
async fn files_of_a_page_are_cached_for_ever_under_a_name_with_their_hash() {
    let server = Server::start().await;
    let visitor = server.anonymous();
    let page = visitor.get("/").await;
    let html = scraper::Html::parse_document(&page.body);
    let mut seen = 0;
    for element in html.select(
        &scraper::Selector::parse(
            "link:not([as=font], [sizes], [rel=apple-touch-icon])[href], script[src], use[href]",
        )
        .unwrap(),
    ) {
        let address = element
            .value()
            .attr("href")
            .or(element.value().attr("src"))
            .unwrap()
            .split('#')
            .next()
            .unwrap();
        let stem = address.rsplit_once('.').unwrap().0;
        let hash = stem.rsplit_once('-').unwrap().1;
        assert!(
            address.starts_with("/static/")
                && hash.len() >= 8
                && hash.bytes().all(|b| b.is_ascii_hexdigit()),
            "{address}"
        );
        let plain = visitor.get(address).await.expect(200);
        assert_eq!(
            plain.header("cache-control"),
            Some("public, max-age=31536000, immutable"),
            "{address}"
        );
        assert_eq!(plain.header("content-encoding"), None, "{address}");
        assert!(plain.header("vary").unwrap().contains("Accept-Encoding"), "{address}");
        assert!(plain.header("set-cookie").is_none(), "{address}");
        let zipped = visitor
            .request(Method::GET, address)
            .header("Accept-Encoding", "br, gzip")
            .send()
            .await
            .unwrap();
        assert_eq!(zipped.headers()["content-encoding"], "gzip", "{address}");
        let bytes = zipped.bytes().await.unwrap();
        let mut unzipped = String::new();
        flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut unzipped).unwrap();
        assert_eq!(unzipped, plain.body, "{address}");
        assert!(bytes.len() < unzipped.len(), "{address}");
        let other = address.replace(hash, &"0".repeat(hash.len()));
        assert_eq!(visitor.get(&other).await.expect(404).header("cache-control"), Some("no-store"));
        seen += 1;
    }
    assert!(seen >= 5);
}

#[tokio::test]
async fn browsers_find_an_icon_where_they_look_for_one() {
    let server = Server::start().await;
    let visitor = server.anonymous();
    let page = visitor.get("/").await;
    let [ico, touch] = ["link[rel=icon][sizes]", "link[rel=apple-touch-icon]"]
        .map(|link| page.attribute(link, "href"));
    for (address, content_type) in [
        (ico.as_str(), "image/x-icon"),
        (&touch, "image/png"),
        ("/favicon.ico", "image/x-icon"),
        ("/apple-touch-icon.png", "image/png"),
    ] {
        let answer = visitor.request(Method::GET, address).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{address}");
        assert_eq!(answer.headers()["content-type"], content_type, "{address}");
        let caching = answer.headers()["cache-control"].to_str().unwrap().to_owned();
        assert!(caching.starts_with("public, max-age="), "{address}: {caching}");
        assert!(answer.bytes().await.unwrap().len() > 1000, "{address}");
    }
    assert_eq!(page.texts("meta[name=theme-color]").len(), 2, "for light and for dark");
}

#[tokio::test]
async fn gzip_is_not_sent_to_who_refuses_it() {
    let server = Server::start().await;
    let visitor = server.anonymous();
    let css = visitor.get("/").await.attribute("link[rel=stylesheet]", "href");
    for accepts in ["identity", "gzip;q=0", "br, gzip; q=0, identity", "gzip;q=0.0"] {
        let page = Page::of(
            visitor
                .request(Method::GET, &css)
                .header("Accept-Encoding", accepts)
                .send()
                .await
                .unwrap(),
        )
        .await;
        assert_eq!(page.header("content-encoding"), None, "{accepts}");
    }
}

#[tokio::test]
async fn head_tells_the_length_and_other_methods_are_refused() {
    let server = Server::start().await;
    let visitor = server.anonymous();
    let css = visitor.get("/").await.attribute("link[rel=stylesheet]", "href");
    let length = visitor.get(&css).await.body.len().to_string();
    let head =
        Page::of(visitor.request(Method::HEAD, &css).send().await.unwrap()).await.expect(200);
    assert_eq!((head.header("content-length"), head.body.as_str()), (Some(length.as_str()), ""));
    assert_eq!(visitor.post(&css, &[]).await.expect(405).header("allow"), Some("GET, HEAD"));
}

#[tokio::test]
async fn the_font_is_the_one_that_the_styles_name_and_is_not_packed_twice() {
    let server = Server::start().await;
    let visitor = server.anonymous();
    let page = visitor.get("/").await;
    let font = page.attribute("link[rel=preload]", "href");
    let styles = visitor.get(&page.attribute("link[rel=stylesheet]", "href")).await.body;
    let named = styles.split("url(\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(font, format!("/static/{named}"));
    let answer =
        visitor.request(Method::GET, &font).header("Accept-Encoding", "gzip").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "font/woff2");
    assert_eq!(answer.headers()["cache-control"], "public, max-age=31536000, immutable");
    assert!(answer.headers().get("content-encoding").is_none());
    assert!(answer.bytes().await.unwrap().starts_with(b"wOF2"));
}
