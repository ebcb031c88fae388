//! The value of a key appears in exactly one response, ever.

use reqwest::Method;

use super::{DEV, create};
use crate::support::{Page, Server};

fn holds(page: &Page, key: &str) -> bool {
    // Half of it would be too much, too; the mask shows four digits at either end.
    let secret = &key[7..63];
    let headers = format!("{:?}", page.headers);
    page.body.contains(&secret[..20])
        || page.body.contains(&secret[20..])
        || headers.contains(&secret[..20])
}

#[tokio::test]
async fn no_other_answer_holds_the_key() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let token = ada.form_token(DEV, "secret").await;
    let fields = [("token", token.as_str()), ("kind", "secret"), ("name", "server-key")];
    let reveal = ada.post(DEV, &fields).await.expect(200);
    let key = reveal.text("#new-key");
    assert!(holds(&reveal, &key));
    let id = ada.get(DEV).await.attribute("#secret-rows tr", "id");

    let mut answers = vec![ada.post(DEV, &fields).await, ada.hx_post(DEV, &fields).await];
    let again = create(&ada, "secret", "server-key").await;
    answers.push(again);
    for path in [
        DEV.to_owned(),
        format!("{DEV}?q=server"),
        format!("{DEV}/{id}/delete"),
        format!("{DEV}/new?kind=secret"),
        "/projects".to_owned(),
        "/projects/my-blog".to_owned(),
        "/help/using-a-key".to_owned(),
    ] {
        answers.push(ada.get(&path).await);
        answers.push(ada.hx_get(&path).await);
    }
    answers.push(ada.post(&format!("{DEV}/search"), &[("q", &key)]).await);
    answers.push(create(&ada, "secret", &key).await);
    answers.push(
        create(
            &ada,
            "secret",
            &format!("{key} and more text so that it is far too long for a name"),
        )
        .await,
    );
    answers.push(
        server
            .api()
            .call(Method::GET, "/v1/verify/my-blog/dev", &[("X-API-Key", key.as_bytes())])
            .await,
    );
    answers.push(
        server
            .api()
            .call(Method::GET, "/v1/key/my-blog/dev", &[("X-API-Key", key.as_bytes())])
            .await,
    );
    answers.push(
        server
            .api()
            .call(
                Method::GET,
                "/v1/key/my-blog/dev",
                &[("X-API-Key", format!("{key}x").as_bytes())],
            )
            .await,
    );
    answers.push(ada.delete_key(DEV, &id, "wrong").await);
    answers.push(ada.delete_key(DEV, &id, "server-key").await);
    answers.push(ada.get(DEV).await);
    answers.push(ada.delete_key(DEV, &id, "server-key").await);
    for (number, answer) in answers.iter().enumerate() {
        assert!(!holds(answer, &key), "answer {number}: {} {}", answer.status, answer.body);
    }
    assert!(!server.database.dump().join("\n").contains(&key[7..63]));
}

#[tokio::test]
async fn a_key_and_most_of_one_stand_in_no_text_that_others_read() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "publishable", "web").await;
    let before = server.database.dump();
    for part in [&key[..], &key[..66], &key[..59], &key[..40]] {
        let settings = ada.get("/projects/my-blog/settings").await;
        let seen = settings.attribute("input[name=seen]", "value");
        let note = format!("see {part}");
        for (path, fields) in [
            ("/projects", &[("name", part), ("slug", ""), ("description", "")][..]),
            ("/projects", &[("name", "Shop"), ("slug", ""), ("description", &note)]),
            (
                "/projects/my-blog/settings",
                &[("name", "My Blog"), ("description", &note), ("seen", &seen)],
            ),
            ("/account/name", &[("name", part)]),
            (&format!("{DEV}/{id}/edit"), &[("name", part), ("note", "")]),
            (&format!("{DEV}/{id}/edit"), &[("name", "web"), ("note", &note)]),
        ] {
            let page = ada.post(path, fields).await.expect(422);
            assert!(
                page.has("[aria-invalid=true]") && !page.body.contains(part),
                "{path}: {}",
                page.body
            );
        }
        let found = ada.post(&format!("{DEV}/search"), &[("q", part)]).await.expect(303);
        assert!(!found.location().contains(&key[7..20]), "{}", found.location());
        let page = ada.get(found.location()).await.expect(200);
        let found =
            if part == key { page.text("h1") } else { page.text("#publishable-rows .clamp") };
        assert_eq!(found, "web");
    }
    assert_eq!(server.database.dump(), before);
}
