//! A page that was left open: its buttons do what the page shows, or nothing.

use super::DEV;
use crate::support::{Server, Verified};

fn good() -> Verified {
    Verified::Good("admin".to_owned())
}

#[tokio::test]
async fn the_end_of_one_overlap_is_not_the_end_of_the_next() {
    let server = Server::start().await;
    let (ada, api) = (server.ada().await, server.api());
    let (_, id) = ada.create_key(DEV, "secret", "server-key").await;
    let page = format!("{DEV}/{id}");
    let rotate = async |overlap: &str| {
        let form = ada.get(&format!("{page}/rotate")).await.expect(200);
        let (token, rotations) = (
            form.attribute("input[name=token]", "value"),
            form.attribute("input[name=rotations]", "value"),
        );
        let fields = [("token", token.as_str()), ("rotations", &rotations), ("overlap", overlap)];
        ada.post(&format!("{page}/rotate"), &fields).await.expect(200).text("#new-key")
    };
    let end = async |seen: &str| ada.post(&format!("{page}/end-overlap"), &[("seen", seen)]).await;
    let seen = async || {
        ada.get(&format!("{page}/end-overlap"))
            .await
            .attribute("form[action$=end-overlap] input[name=seen]", "value")
    };

    let second = rotate("1h").await;
    let first_seen = seen().await;
    end(&first_seen).await.expect(303);
    rotate("7d").await;
    let refused = end(&first_seen).await.expect(409);
    assert_eq!(refused.text("h1"), "This key changed meanwhile");
    assert_eq!(api.verify(&second).await, good());

    end(&seen().await).await.expect(303);
    assert_eq!(api.verify(&second).await, Verified::Refused(401, "TOKEN_REVOKED".to_owned()));
    end(&first_seen).await.expect(303); // it is over already, and nothing is left to do
}

#[tokio::test]
async fn whoever_did_not_see_that_a_key_leaked_does_not_resume_it() {
    let server = Server::start().await;
    let (ada, api) = (server.ada().await, server.api());
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    let page = format!("{DEV}/{id}");
    let asked = format!("{page}/resume");
    let seen =
        async || ada.get(&asked).await.attribute("form[action$=resume] input[name=seen]", "value");
    let resume = async |seen: &str| ada.post(&format!("{page}/resume"), &[("seen", seen)]).await;

    ada.post(&format!("{page}/pause"), &[]).await.expect(303);
    let before = seen().await;
    resume(&before).await.expect(303);
    let found =
        reqwest::Client::new().post(server.url("/v1/leaks")).body(format!(r#"{{"key":"{key}"}}"#));
    assert_eq!(found.send().await.unwrap().status(), 202);
    resume(&before).await.expect(409);
    assert_eq!(api.verify(&key).await, Verified::Refused(401, "TOKEN_PAUSED".to_owned()));

    resume(&seen().await).await.expect(303);
    assert_eq!(api.verify(&key).await, good());
}

#[tokio::test]
async fn name_and_note_that_were_not_seen_are_not_overwritten() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, id) = ada.create_key(DEV, "secret", "server-key").await;
    let edit = format!("{DEV}/{id}/edit");
    let save = async |name: &str, note: &str, seen: &str| {
        ada.post(&edit, &[("name", name), ("note", note), ("seen", seen)]).await
    };

    let before = ada.get(&edit).await.attribute("input[name=seen]", "value");
    save("billing", "Owner: Dana", &before).await.expect(303);
    let refused = save("server-key", "Mine", &before).await.expect(409);
    let told = refused.text("main [role=alert]");
    assert!(told.contains("billing") && told.contains("Owner: Dana"), "{told}");
    assert_eq!(
        (refused.attribute("#name", "value"), refused.text("#note")),
        ("server-key".to_owned(), "Mine".to_owned())
    );

    save("server-key", "Mine", &refused.attribute("input[name=seen]", "value")).await.expect(303);
    let told = ada.get(&format!("{DEV}/{id}")).await;
    assert!(told.text("h1").contains("server-key"), "{}", told.text("h1"));
}
