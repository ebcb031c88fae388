//! Large calls.

use reqwest::{Client, Method};

use super::world::{READ, World, call, seen};
use crate::support::Page;
use crate::support::gateway::{ENVIRONMENT, NGINX};

/// nginx looks at its limit once more when it asks Keyrack, which gets no body.
#[tokio::test]
async fn how_large_a_body_may_be_says_the_location_of_the_api_alone() {
    let world = World::new().await;
    let key = world.secret("my-blog/dev");
    let ask = "auth_request /_keyrack;";
    let large = format!("client_max_body_size 4m; {ask}");
    let edits = [(ENVIRONMENT, "my-blog/dev"), (ask, large.as_str())];
    for gateway in world.gateways_of(&[NGINX], &edits).await {
        let post = async |bytes: usize| {
            let request = Client::new().post(format!("{}{READ}", gateway.origin));
            let request = request.header("X-API-Key", key).body(vec![b'x'; bytes]);
            Page::of(request.send().await.unwrap()).await
        };
        let page = post(3 << 20).await;
        assert_eq!(page.status, 200, "{}\n{}", page.body, gateway.log());
        assert_eq!(seen(&page).unwrap().body, 3 << 20);
        let before = world.api.calls();
        assert_eq!(post(5 << 20).await.status, 413);
        assert_eq!(world.api.calls(), before);
    }
}

#[tokio::test]
async fn too_many_headers_or_too_large_ones_are_no_outage() {
    let world = World::new().await;
    let key = world.secret("my-blog/dev");
    let large = "a".repeat(6 * 1024);
    for gateway in world.gateways(&[(ENVIRONMENT, "my-blog/dev")]).await {
        let name = gateway.kind.name;
        let many: Vec<String> = (0..100).map(|nth| format!("X-Many-{nth}")).collect();
        let many = many.iter().map(|header| (header.as_str(), "1"));
        let wide = ["X-One", "X-Two", "X-Three"].map(|header| (header, large.as_str()));
        for headers in [many.collect::<Vec<_>>(), wide.to_vec()] {
            let headers = [&[("X-API-Key", key)], &headers[..]].concat();
            let page = call(&gateway, Method::GET, READ, &headers).await;
            // HAProxy has limits of its own, and it, Traefik and Envoy send Keyrack only what it
            // looks at.
            let all = ["nginx", "caddy"].contains(&name);
            let said = if all { &[431][..] } else { &[200, 400, 431] };
            let status = page.status.as_u16();
            assert!(said.contains(&status), "{name}: {status} {}", page.body);
            if name == "nginx" {
                assert_eq!(page.json()["error"], "HEADERS_TOO_LARGE");
                assert_eq!(
                    (page.json()["statusCode"].as_u64(), page.header("retry-after")),
                    (Some(431), None)
                );
            }
        }
    }
}
