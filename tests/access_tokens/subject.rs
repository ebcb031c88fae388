//! Whose token it is: its `sub`, or for tokens without one, the claim in the settings.

use serde_json::{Value, json};

use super::{DEV, TOKENS, assert_refused, assert_user, call_with, claims};
use crate::support::Server;
use crate::support::tokens::EC;

/// Claims with these members changed; null: taken away.
fn changed(server: &Server, members: &[(&str, Value)]) -> Value {
    let mut claims = claims(server);
    for (name, value) in members {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(*name);
        } else {
            claims[*name] = value.clone();
        }
    }
    claims
}

#[tokio::test]
async fn a_token_without_sub_is_refused_unless_the_settings_name_another_claim() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(DEV, "publishable", "web").await;
    let call = async |members: &[(&str, Value)]| {
        call_with(&server, &key, &EC.sign(None, &changed(&server, members))).await
    };
    let program = [("sub", Value::Null), ("client_id", json!("billing")), ("azp", json!("shop"))];
    ada.save_tokens(TOKENS, &[("keys", &EC.public)]).await.expect(303);
    assert_refused(&call(&program).await, "does not say whose it is (sub)", "by default");

    ada.save_tokens(TOKENS, &[("keys", &EC.public), ("subject", "client_id")]).await.expect(303);
    assert_eq!(ada.get(TOKENS).await.attribute("#subject", "value"), "client_id");
    assert_user(&call(&program).await, "billing");
    // If there is a `sub`, it counts, whatever it is.
    assert_user(&call(&[("client_id", json!("billing"))]).await, "auth0|ada");
    for odd in [json!(""), json!(7), json!("-"), json!(["ada"]), json!("a b")] {
        let refused = call(&[("sub", odd.clone()), ("client_id", json!("billing"))]).await;
        assert_refused(&refused, "(sub)", &odd.to_string());
    }
    // The claim in its place must follow the same rules.
    for odd in [json!(""), json!(7), json!("-"), json!(["billing"]), json!("a\r\nb"), json!({})] {
        let refused = call(&[("sub", Value::Null), ("client_id", odd.clone())]).await;
        assert_refused(&refused, "(sub)", &odd.to_string());
    }
    let neither = [("sub", Value::Null), ("azp", json!("shop"))];
    assert_refused(&call(&neither).await, "does not say whose it is", "neither of them");

    ada.save_tokens(TOKENS, &[("keys", &EC.public), ("subject", "azp")]).await.expect(303);
    assert_user(&call(&program).await, "shop");
    ada.save_tokens(TOKENS, &[("keys", &EC.public)]).await.expect(303);
    assert_refused(&call(&program).await, "does not say whose it is", "taken away again");
    let told = ada.get("/projects/my-blog/activity").await.expect(200).texts("td.name");
    assert_eq!(
        told[..3],
        ["none", "azp", "client_id"].map(|claim| format!(
            "Ada changed access tokens of dev: claim in place of sub: {claim}"
        ))
    );
}

#[tokio::test]
async fn a_claim_that_names_no_user_is_refused_beside_its_field() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let key = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";
    let long = "x".repeat(65);
    let before = server.database.dump();
    for (typed, message) in [
        ("iss", "doesn't say whose"),
        ("sub", "doesn't say whose"),
        ("jti", "doesn't say whose"),
        ("aud", "doesn't say whose"),
        ("client id", "name of one claim"),
        ("клиент", "name of one claim"),
        (&long, "name of one claim"),
        (key, "There is a key in it"),
    ] {
        let page =
            ada.save_tokens(TOKENS, &[("subject", typed), ("keys", &EC.public)]).await.expect(422);
        let told = page.text("#subject-err");
        assert!(told.contains(message), "{typed}: {told}");
        assert_eq!(page.attribute("#subject", "aria-invalid"), "true");
        assert_eq!(page.attribute("#subject", "value"), if typed == key { "" } else { typed });
    }
    let page = ada.save_tokens(TOKENS, &[("subject", "azp")]).await.expect(422);
    assert!(page.text("#url-err").contains("where the keys come from"));
    assert_eq!(server.database.dump(), before);
    let longest = "x".repeat(64);
    ada.save_tokens(TOKENS, &[("subject", &longest), ("keys", &EC.public)]).await.expect(303);
}

#[tokio::test]
async fn settings_that_were_saved_before_this_claim_was_known_still_count() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(DEV, "publishable", "web").await;
    ada.save_tokens(TOKENS, &[("keys", &EC.public)]).await.expect(303);
    let stored = server.database.dump().join("\n");
    assert!(stored.contains("\"audience\"") && !stored.contains("\"subject\""), "{stored}");
    assert_user(&call_with(&server, &key, &EC.sign(None, &claims(&server))).await, "auth0|ada");
}
