//! `/projects/{project}/settings`: the name and description of a project.

use crate::support::{Page, Server, SignedIn};

const SETTINGS: &str = "/projects/my-blog/settings";

async fn submit(who: &SignedIn, form: &Page, name: &str, description: &str) -> Page {
    let seen = form.attribute("form[action='/projects/my-blog/settings'] [name=seen]", "value");
    who.post(SETTINGS, &[("name", name), ("description", description), ("seen", &seen)]).await
}

#[tokio::test]
async fn name_and_description_change_and_slug_and_id_stay() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let page = ada.get(SETTINGS).await.expect(200);
    assert_eq!(page.text("title"), "Project Settings · My Blog");
    let id = server.database.query("SELECT id AS value FROM projects").remove(0);
    assert_eq!(page.texts("dt"), ["Project ID", "Slug", "Created"]);
    assert_eq!(page.text("dd button[data-copy] code"), id);
    assert_eq!(page.texts("dd code").last().unwrap(), "my-blog");
    assert_eq!(
        submit(&ada, &page, " Our <b>Blog</b> ", "two\r\nlines").await.expect(303).location(),
        SETTINGS
    );
    let page = ada.get(SETTINGS).await.expect(200);
    assert_eq!(page.text(".note.ok"), "Our <b>Blog</b> is saved.");
    assert_eq!(
        (page.attribute("#name", "value"), page.text("#desc")),
        ("Our <b>Blog</b>".to_owned(), "two lines".to_owned())
    );
    assert_eq!(page.text("dd button[data-copy] code"), id);
    assert_eq!(ada.get("/projects").await.text("td.name a"), "Our <b>Blog</b>");
    let told = ada.get("/projects/my-blog/activity?what=project").await.expect(200);
    assert_eq!(
        told.texts("td.name")[0],
        "Ada changed project Our <b>Blog</b>: it was called My Blog, and its description"
    );
    // Nothing new: nothing told.
    let before = server.database.dump();
    submit(&ada, &page, "Our <b>Blog</b>", "two\nlines").await.expect(303);
    assert_eq!(server.database.dump(), before);
}

#[tokio::test]
async fn what_will_not_do_is_told_beside_the_field() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let form = ada.get(SETTINGS).await.expect(200);
    let before = server.database.dump();
    let page = submit(&ada, &form, "a\u{202e}b", &"x".repeat(501)).await.expect(422);
    assert!(page.text("#name-err").contains("invisible control character"));
    assert_eq!(page.text("#desc-err"), "Use at most 500 characters.");
    assert_eq!(page.text("#desc").len(), 501);
    assert_eq!(submit(&ada, &form, " ", "").await.expect(422).text("#name-err"), "Enter a name.");
    let page = submit(&ada, &form, "Shop", "a\u{202e}b\u{2028}c").await.expect(422);
    assert!(page.text("#desc-err").contains("invisible control character"));
    let seen = form.attribute("input[name=seen]", "value");
    for extra in ["slug", "role", "owner_id", "project_id", "id"] {
        ada.post(SETTINGS, &[("name", "Shop"), ("description", ""), ("seen", &seen), (extra, "x")])
            .await
            .expect(400);
    }
    ada.post(SETTINGS, &[("name", "Shop"), ("description", "")]).await.expect(400);
    assert_eq!(server.database.dump(), before);
    // The longest there is fits.
    submit(&ada, &form, &"🔑".repeat(64), &"🔑".repeat(500)).await.expect(303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_undoes_what_they_have_not_seen() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let dana = server.user("Dana", "dana@example.com");
    server.member("my-blog", &dana, "admin");
    let dana = server.sign_in("dana@example.com").await;
    let form = ada.get(SETTINGS).await.expect(200);
    let (one, two) =
        tokio::join!(submit(&ada, &form, "Ada's", ""), submit(&dana, &form, "Dana's", "words"));
    let (first, second) = if one.status == 303 { ("Ada's", two) } else { ("Dana's", one) };
    let page = second.expect(409);
    assert!(page.text(".note.warn").starts_with(&format!(
        "Somebody changed this project meanwhile. It is now called {first}"
    )));
    assert_ne!(page.attribute("#name", "value"), first, "what was typed is kept");
    submit(&ada, &page, "Both", "words").await.expect(303);
    assert_eq!(server.database.query("SELECT name AS value FROM projects"), ["Both"]);
}

#[tokio::test]
async fn roles_that_may_not_see_why_and_change_nothing() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let form = ada.get(SETTINGS).await.expect(200);
    let shared_form = ada.get(&format!("{SETTINGS}/shared-address")).await.expect(200);
    let bob = server.user("Bob", "bob@example.com");
    server.member("my-blog", &bob, "viewer");
    let browser = server.sign_in("bob@example.com").await;
    let (change, delete) = (
        "Only owners and admins of this project can change this.",
        "Only owners of this project can do this.",
    );
    for (role, whys) in [
        ("owner", &[][..]),
        ("admin", &[delete][..]),
        ("member", &[change, change, change, change, delete]),
        ("viewer", &[change, change, change, change, delete]),
    ] {
        server.member("my-blog", &bob, role);
        let page = browser.get(SETTINGS).await.expect(200);
        assert_eq!(page.texts(".why"), whys, "{role}");
        assert_eq!(
            page.texts("fieldset[disabled] button, header button[disabled]").len(),
            if whys.contains(&change) { 4 } else { 0 },
            "{role}"
        );
        assert_eq!(page.has("a[href$='/settings/delete']"), whys.is_empty(), "{role}");
        let before = server.database.dump();
        if whys.contains(&change) {
            submit(&browser, &form, "Mine", "").await.expect(403);
            browser.post(&format!("{SETTINGS}/key-life"), &[("days", "90")]).await.expect(403);
            browser.post(&format!("{SETTINGS}/leaks"), &[("pause", "on")]).await.expect(403);
            let seen = shared_form.attribute("form[action$=shared-address] [name=seen]", "value");
            let shared = format!("{SETTINGS}/shared-address");
            browser.post(&shared, &[("seen", &seen)]).await.expect(403);
        }
        if !whys.is_empty() {
            browser.get(&format!("{SETTINGS}/delete")).await.expect(403);
            browser
                .post(&format!("{SETTINGS}/delete"), &[("confirm", "My Blog")])
                .await
                .expect(403);
        }
        assert_eq!(server.database.dump(), before, "{role}");
    }
}

#[tokio::test]
async fn what_becomes_of_leaked_keys_is_chosen_here() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (leaks, ticked) = (format!("{SETTINGS}/leaks"), "input[name=pause][checked]");
    assert!(ada.get(&leaks).await.expect(200).has(ticked), "they are paused by default");
    for _ in 0..2 {
        assert_eq!(ada.post(&leaks, &[]).await.expect(303).location(), SETTINGS);
        assert!(!ada.get(&leaks).await.expect(200).has(ticked));
        let page = ada.get(SETTINGS).await.expect(200);
        assert_eq!(page.text(".note.ok"), "Leaked secret keys are only marked from now on.");
    }
    for bad in [
        &[("pause", "off")][..],
        &[("pause", "on"), ("pause", "on")],
        &[("pause", "on"), ("role", "x")],
    ] {
        ada.post(&leaks, bad).await.expect(400);
    }
    assert!(!ada.get(&leaks).await.has(ticked));
    ada.post(&leaks, &[("pause", "on")]).await.expect(303);
    assert!(ada.get(&leaks).await.has(ticked));
    let told = server.database.query("SELECT detail AS value FROM activity WHERE action = 'project.pause_leaked_changed' ORDER BY id");
    assert_eq!(told, ["only marked", "paused"], "what changed nothing is not told");
}

#[tokio::test]
async fn the_name_in_a_message_stands_isolated() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let form = ada.get(SETTINGS).await.expect(200);
    submit(&ada, &form, "مدونتي", "").await.expect(303);
    assert_eq!(ada.get(SETTINGS).await.expect(200).text(".note.ok bdi"), "مدونتي");
}

/// What is typed into one form is lost when another one of its page is sent.
#[tokio::test]
async fn there_is_one_form_to_type_into_on_a_page_of_settings_and_of_the_account() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let fields = "main form input:not([type=hidden]), main form textarea, main form select";
    for path in [
        "/account",
        "/account/name",
        "/account/email",
        "/account/password",
        SETTINGS,
        &format!("{SETTINGS}/key-life"),
        &format!("{SETTINGS}/leaks"),
        &format!("{SETTINGS}/shared-address"),
    ] {
        let page = ada.get(path).await.expect(200);
        let (all, forms) = (page.texts(fields).len(), page.texts("main form").len());
        if all > 0 {
            assert_eq!(forms, 1, "{path}");
        }
        assert_eq!(all == 0, path == "/account", "{path}");
    }
}
