//! What a gateway can ask for: names and ids, given-up names, and texts that are neither. There are
//! two projects, so that a test fails if one is taken for the other.

use super::DEV;
use crate::support::{Server, SignedIn, raw};

const ENVIRONMENTS: &str = "/projects/my-blog/environments";
const OWN: &str = "/v1/verify/my-blog/dev";

struct World {
    server: Server,
    ada: SignedIn,
    mine: String,
    theirs: String,
}

impl World {
    async fn new() -> Self {
        let server = Server::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
        let ada = server.ada().await;
        let bob = server.user("Bob", "bob@example.com");
        server.project("Shop", &bob);
        let bob = server.sign_in("bob@example.com").await;
        let (mine, _) = ada.create_key(DEV, "secret", "mine").await;
        let (theirs, _) = bob.create_key("/projects/shop/dev/api-keys", "secret", "theirs").await;
        Self { server, ada, mine, theirs }
    }

    fn id(&self, sql: &str) -> String {
        self.server.database.query(&format!("SELECT id AS value FROM {sql}")).remove(0)
    }

    /// The status and `error`, or the environment. By hand: a client would put `..` right.
    async fn ask(&self, path: &str, key: &str, more: &[&str]) -> String {
        let more: String = more.iter().map(|line| format!("\r\n{line}")).collect();
        let head = format!("GET {path} HTTP/1.1\r\nX-API-Key: {key}{more}");
        let answer = raw::send(&self.server.origin, head.as_bytes(), b"").await;
        if let Some(environment) = answer.header("x-environment") {
            return format!("{} {environment}", answer.status);
        }
        let json: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        format!("{} {}", answer.status, json["error"].as_str().unwrap())
    }
}

#[tokio::test]
async fn only_the_right_address_takes_a_key_and_each_wrong_one_says_what_it_is() {
    let world = World::new().await;
    let project = world.id("projects WHERE slug = 'my-blog'");
    let shop = world.id("projects WHERE slug = 'shop'");
    let of =
        |project: &str| format!("environments WHERE name = 'dev' AND project_id = '{project}'");
    let (dev, shop_dev) = (world.id(&of(&project)), world.id(&of(&shop)));
    let thirty = "/my-blog/dev".repeat(15);
    let (good, none) = ("200 dev", "404 NOT_FOUND");
    let (no_project, no_environment) = ("403 PROJECT_NOT_FOUND", "403 ENVIRONMENT_NOT_FOUND");
    for (address, mine, theirs) in [
        ("/my-blog/dev", good, "401 INVALID_TOKEN"),
        (&format!("/{project}/{dev}"), good, "401 INVALID_TOKEN"),
        (&format!("/my-blog/{dev}"), good, "401 INVALID_TOKEN"),
        ("/shop/dev", "401 INVALID_TOKEN", good),
        // Segments.
        ("", none, none),
        ("/", none, none),
        ("/my-blog", none, none),
        ("/my-blog/", no_environment, no_environment),
        ("//dev", no_environment, no_environment),
        ("/my-blog//dev", none, none),
        ("/my-blog/dev/", none, none),
        ("/my-blog/dev/x", none, none),
        (&thirty, none, none),
        // What needs decoding, or a client put right.
        ("/my-blog/..", no_environment, no_environment),
        ("/../dev", no_environment, no_environment),
        ("/my-blog/dev/../../shop/dev", none, none),
        ("/../../shop/dev", none, none),
        ("/my-blog/%2e%2e", no_environment, no_environment),
        ("/my-blog%2fdev", none, none),
        ("/my-blog/dev%2f..%2f..%2fshop%2fdev", no_environment, no_environment),
        ("/shop%2fdev/dev", no_environment, no_environment),
        ("/my-blog/d%65v", no_environment, no_environment),
        ("/My-Blog/dev", no_environment, no_environment),
        ("/my-blog/DEV", no_environment, no_environment),
        ("/MY-BLOG/DEV", no_environment, no_environment),
        ("/*/dev", no_environment, no_environment),
        ("/my-blog/*", no_environment, no_environment),
        // Ids of another project, and of something else.
        (&format!("/my-blog/{shop_dev}"), no_environment, no_environment),
        (&format!("/{shop}/{dev}"), no_environment, no_environment),
        (&format!("/{dev}/{project}"), no_environment, no_environment),
        (&format!("/my-blog/{project}"), no_environment, no_environment),
        (&format!("/{}/dev", project.to_uppercase()), no_environment, no_environment),
        ("/prj_0192aaaabbbb7ccc8dddeeeeffff0000/dev", no_project, no_project),
        ("/my-blgo/dev", no_project, no_project),
    ] {
        let path = format!("/v1/verify{address}");
        assert_eq!(world.ask(&path, &world.mine, &[]).await, mine, "{address}");
        assert_eq!(world.ask(&path, &world.theirs, &[]).await, theirs, "{address}");
    }
}

#[tokio::test]
async fn what_the_gateway_says_of_its_own_part_is_said_once_and_is_its_own_part() {
    let world = World::new().await;
    let path = format!("{OWN}/v1/data/posts/1");
    let (own, other) = ("X-Original-From: /v1/verify/my-blog/dev", "/v1/verify/shop/dev");
    for (from, told) in [
        (&[own][..], "200 dev"),
        (&[], "404 NOT_FOUND"),
        (&[own, own], "403 PERMISSION_DENIED"),
        (&[own, &format!("X-Original-From: {other}")], "403 PERMISSION_DENIED"),
        (&[&format!("X-Original-From: {other}"), own], "403 PERMISSION_DENIED"),
        (&[&format!("X-Original-From: {other}")], "403 PERMISSION_DENIED"),
        (&[&format!("{own}, {other}")], "403 PERMISSION_DENIED"),
        (&[&own.to_uppercase()], "403 PERMISSION_DENIED"),
    ] {
        assert_eq!(world.ask(&path, &world.mine, from).await, told, "{from:?}");
        let theirs = world.ask(&path, &world.theirs, from).await;
        assert_ne!(theirs.split(' ').next(), Some("200"), "{from:?}");
    }
}

#[tokio::test]
async fn a_name_that_was_given_up_goes_on_working_until_it_is_taken() {
    let world = World::new().await;
    let dev = environment_id_of(&world, "my-blog");
    let rename = async |name: &str| {
        let form = world.ada.get(&format!("{ENVIRONMENTS}/{dev}/edit")).await.expect(200);
        let seen = form.attribute("input[name=seen]", "value");
        let fields = [("name", name), ("seen", seen.as_str())];
        world.ada.post(&format!("{ENVIRONMENTS}/{dev}/edit"), &fields).await.expect(303);
    };
    rename("qa").await;
    for asked in ["my-blog/dev", "my-blog/qa", &format!("my-blog/{dev}")] {
        let path = format!("/v1/verify/{asked}");
        assert_eq!(world.ask(&path, &world.mine, &[]).await, "200 qa", "{asked}");
        assert_eq!(world.ask(&path, &world.theirs, &[]).await, "401 INVALID_TOKEN", "{asked}");
    }
    let fields = [("name", "dev"), ("former", dev.as_str())];
    world.ada.post(ENVIRONMENTS, &fields).await.expect(303);
    assert_eq!(world.ask(OWN, &world.mine, &[]).await, "401 INVALID_TOKEN", "it was taken");
    let by_id = format!("/v1/verify/my-blog/{dev}");
    assert_eq!(world.ask(&by_id, &world.mine, &[]).await, "200 qa");
}

#[tokio::test]
async fn no_environment_can_be_named_like_an_id_and_one_like_its_digits_is_a_name() {
    let world = World::new().await;
    let dev = environment_id_of(&world, "my-blog");
    for name in [&dev, "env_1", "prj_1", "*", "env_0192aaaabbbb7ccc8dddeeeeffff0000"] {
        world.ada.post(ENVIRONMENTS, &[("name", name)]).await.expect(422);
    }
    let digits = "e192aaaabbbb7ccc8dddeeeeffff0000";
    world.ada.post(ENVIRONMENTS, &[("name", digits)]).await.expect(303);
    let list = format!("/projects/my-blog/{digits}/api-keys");
    let (key, _) = world.ada.create_key(&list, "secret", "digits").await;
    let path = format!("/v1/verify/my-blog/{digits}");
    assert_eq!(world.ask(&path, &key, &[]).await, format!("200 {digits}"));
    assert_eq!(world.ask(&path, &world.mine, &[]).await, "401 INVALID_TOKEN");
    let as_id = format!("/v1/verify/my-blog/env_{digits}");
    assert_eq!(world.ask(&as_id, &key, &[]).await, "403 ENVIRONMENT_NOT_FOUND");
}

fn environment_id_of(world: &World, slug: &str) -> String {
    let of = format!("(SELECT id FROM projects WHERE slug = '{slug}')");
    world.id(&format!("environments WHERE name = 'dev' AND project_id = {of}"))
}
