//! `/projects`: the list, a new project, its overview, its settings, and deleting it.

mod delete;
mod overview;
mod settings;
mod shared_address;

use crate::support::{Page, Server};

#[tokio::test]
async fn somebody_without_a_project_is_told_so_and_makes_one() {
    let server = Server::start().await;
    server.user("Bob", "bob@example.com");
    let bob = server.sign_in("bob@example.com").await;
    let page = bob.get("/projects").await.expect(200);
    assert!(page.text("main").contains("You are not in any project yet. Create one, or ask an owner or admin of a project to invite you."));
    assert!(page.has("a[href='/projects/new']"));
    let form = bob.get("/projects/new").await.expect(200);
    assert_eq!(form.texts("main label"), ["Name", "Slug", "Description"]);
    let done = bob
        .post(
            "/projects",
            &[("name", "Café  Zürich!"), ("slug", ""), ("description", "Was es gibt")],
        )
        .await
        .expect(303);
    assert_eq!(done.location(), "/projects/cafe-zurich/dev/api-keys");
    bob.get(done.location()).await.expect(200);
    let overview = bob.get("/projects/cafe-zurich").await.expect(200);
    assert_eq!(
        (overview.text("h1"), overview.text("h1 + p")),
        (
            "Café  Zürich!".split_whitespace().collect::<Vec<_>>().join(" "),
            "Was es gibt".to_owned()
        )
    );
    assert_eq!(
        server.database.query("SELECT name AS value FROM environments WHERE protected"),
        ["prod"]
    );
}

#[tokio::test]
async fn slugs_are_made_from_the_name_or_typed() {
    let server = Server::start().await;
    let ada = server.ada().await; // has my-blog
    for (name, slug, expected) in [
        ("My Blog", "", "my-blog-2"),
        ("my blog", "", "my-blog-3"),
        ("New", "", "new-2"),
        ("日本", "", "project"),
        ("🔑", " ", "project-2"),
        ("Anything", "my-shop", "my-shop"),
    ] {
        let done = ada
            .post("/projects", &[("name", name), ("slug", slug), ("description", "")])
            .await
            .expect(303);
        assert_eq!(done.location(), format!("/projects/{expected}/dev/api-keys"), "{name}");
    }
    let long = "a".repeat(49);
    for (slug, message) in [
        ("my-shop", "The slug my-shop is taken."),
        ("my-blog", "The slug my-blog is taken."),
        ("prj_00000000000070008000000000000000", "Use lower-case letters"),
        ("new", "This word is reserved."),
        ("My-Shop", "Use lower-case letters"),
        ("a--b", "Use lower-case letters"),
        ("../x", "Use lower-case letters"),
        ("ä", "Use lower-case letters"),
        (&long, "Use lower-case letters"),
    ] {
        let page = ada
            .post("/projects", &[("name", "Shop <b>"), ("slug", slug), ("description", "words")])
            .await
            .expect(422);
        assert!(page.text("#slug-err").starts_with(message), "{slug}: {}", page.text("#slug-err"));
        assert_eq!(
            [
                page.attribute("#name", "value"),
                page.attribute("#slug", "value"),
                page.text("#desc")
            ],
            ["Shop <b>", slug, "words"]
        );
    }
    let page = ada
        .post("/projects", &[("name", " "), ("slug", ""), ("description", &"x".repeat(501))])
        .await
        .expect(422);
    assert_eq!(
        (page.text("#name-err"), page.text("#desc-err")),
        ("Enter a name.".to_owned(), "Use at most 500 characters.".to_owned())
    );
    assert_eq!(server.database.count("SELECT count(*) FROM projects"), 7);
}

#[tokio::test]
async fn slugs_of_deleted_projects_are_passed_over_however_many_there_are() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let id = server.database.query("SELECT user_id AS value FROM members").remove(0);
    for (number, expected) in [(2, "my-blog-2"), (3, "my-blog-3"), (4, "my-blog-4")] {
        let made = ada.post("/projects", &[("name", "My Blog")]).await.expect(303);
        assert_eq!(made.location(), format!("/projects/{expected}/dev/api-keys"), "{number}");
        let delete = format!("/projects/{expected}/settings/delete");
        ada.post(&delete, &[("confirm", "My Blog")]).await.expect(303);
    }
    let now = server.clock.now();
    let many: Vec<String> = (5..3000)
        .map(|n| format!("('prj_{n:032x}', 'my-blog-{n}', 'p', '', '{now}', '{now}', '{id}')"))
        .collect();
    server.database.execute(&format!(
        "INSERT INTO projects (id, slug, name, description, created_at, deleted_at, deleted_by) VALUES {}",
        many.join(", ")
    ));
    let made = ada.post("/projects", &[("name", "My Blog")]).await.expect(303);
    assert_eq!(made.location(), "/projects/my-blog-3000/dev/api-keys");
}

#[tokio::test]
async fn the_longest_description_of_the_widest_characters_fits_the_form() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let widest = "🔑".repeat(500);
    ada.post("/projects", &[("name", &"🔑".repeat(64)), ("slug", ""), ("description", &widest)])
        .await
        .expect(303);
    assert_eq!(ada.get("/projects/project").await.expect(200).text("h1 + p"), widest);
}

#[tokio::test]
async fn the_list_is_by_name_as_people_sort() {
    let server = Server::start().await;
    let ada = server.ada().await;
    for name in ["Zebra", "apple", "Äpfel"] {
        ada.post("/projects", &[("name", name)]).await.expect(303);
    }
    let names = ada.get("/projects").await.texts("td.name a");
    assert_eq!(names, ["apple", "My Blog", "Zebra", "Äpfel"]);
}

#[tokio::test]
async fn the_list_and_the_overview_count_living_keys() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let dev = "/projects/my-blog/dev/api-keys";
    ada.create_key(dev, "secret", "a").await;
    ada.create_key(dev, "publishable", "b").await;
    ada.create_key("/projects/my-blog/prod/api-keys", "secret", "c").await;
    let (_, id) = ada.create_key(dev, "secret", "gone").await;
    ada.delete_key(dev, &id, "gone").await.expect(303);
    let list = ada.get("/projects").await.expect(200);
    assert_eq!(list.texts("tbody td")[1..3], ["3", "3"], "environments, keys");
    assert!(list.texts("tbody td")[3].eq_ignore_ascii_case("owner"));
    let overview = ada.get("/projects/my-blog").await.expect(200);
    let cells = overview.texts("tbody td");
    assert_eq!(cells[..3], ["dev", "1", "1"]);
    assert!(cells[6].starts_with("prod") && cells[7] == "0" && cells[8] == "1", "{cells:?}");
    assert!(overview.has("a[href='/projects/my-blog/prod/api-keys']"));
}

#[tokio::test]
async fn nobody_owns_more_than_two_hundred() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let id = server.database.query("SELECT user_id AS value FROM members").remove(0);
    let (now, mut projects, mut members) = (server.clock.now(), Vec::new(), Vec::new());
    for number in 0..199 {
        let role = if number == 0 { "viewer" } else { "owner" };
        projects.push(format!("('prj_{number:032x}', 's-{number}', 'p', '', '{now}')"));
        members.push(format!("('prj_{number:032x}', '{id}', '{role}', '{now}')"));
    }
    server.database.execute(&format!(
        "INSERT INTO projects (id, slug, name, description, created_at) VALUES {}",
        projects.join(", ")
    ));
    server.database.execute(&format!(
        "INSERT INTO members (project_id, user_id, role, created_at) VALUES {}",
        members.join(", ")
    ));
    ada.post("/projects", &[("name", "The last one")]).await.expect(303);
    let page = ada.post("/projects", &[("name", "One more")]).await.expect(422);
    assert_eq!(
        page.text("#name-err"),
        "Nobody may own more than 200 projects here. Delete one, or hand one over."
    );
    assert_eq!(page.attribute("#name", "value"), "One more");
    ada.post("/projects/my-blog/settings/delete", &[("confirm", "My Blog")]).await.expect(303);
    ada.post("/projects", &[("name", "One more")]).await.expect(303);
}

#[tokio::test]
async fn two_who_take_one_slug_at_once_get_a_project_and_an_answer() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let mut racing = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let ada = ada.clone();
        racing.spawn(async move {
            ada.post("/projects", &[("name", "Shop"), ("slug", "shop"), ("description", "")])
                .await
                .status
                .as_u16()
        });
    }
    let mut statuses = racing.join_all().await;
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (303, &[422; 7][..]));
    // With a slug that is made, everybody gets one of their own.
    let mut racing = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let ada = ada.clone();
        racing.spawn(async move {
            ada.post("/projects", &[("name", "Cellar"), ("slug", ""), ("description", "")])
                .await
                .expect(303)
                .location()
                .to_owned()
        });
    }
    let mut made = racing.join_all().await;
    made.sort();
    made.dedup();
    assert_eq!(made.len(), 8, "{made:?}");
}

#[tokio::test]
async fn the_theme_is_kept_in_a_cookie_and_leads_back_to_the_page() {
    let server = Server::start().await;
    let ada = server.ada().await;
    for (theme, attribute) in [("dark", true), ("light", true), ("system", false)] {
        let request = ada
            .browser
            .request(reqwest::Method::POST, "/theme")
            .header("Referer", server.url("/help"));
        let done =
            request.form(&[("csrf", ada.csrf.as_str()), ("theme", theme)]).send().await.unwrap();
        assert_eq!(
            (done.status().as_u16(), done.headers()["location"].to_str().unwrap()),
            (303, "/help")
        );
        assert_eq!(
            ada.get("/help").await.has(&format!("html[data-theme={theme}]")),
            attribute,
            "{theme}"
        );
    }
    for referer in ["http://evil.example/help", "//evil.example", "http://127.0.0.1.evil.example/"]
    {
        let request =
            ada.browser.request(reqwest::Method::POST, "/theme").header("Referer", referer);
        let done =
            request.form(&[("csrf", ada.csrf.as_str()), ("theme", "dark")]).send().await.unwrap();
        assert_eq!(done.headers()["location"], "/", "{referer}");
    }
    ada.post("/theme", &[("theme", "purple")]).await.expect(400);
}

#[tokio::test]
async fn a_cookie_counts_only_by_the_name_that_it_has_here() {
    for (options, ours, other) in [
        (&[][..], "keyrack", "__Host-keyrack"),
        (&["--public-url", "https://keys.example.com"][..], "__Host-keyrack", "keyrack"), // anybody beside us could set the other
    ] {
        let server = Server::start_with(options).await;
        server.user("Ada", "ada@example.com");
        for (name, counts) in [(ours, true), (other, false)] {
            let request = server
                .anonymous()
                .request(reqwest::Method::GET, "/sign-in")
                .header("Cookie", format!("{name}-theme=dark"));
            let page = Page::of(request.send().await.unwrap()).await.expect(200);
            assert_eq!(page.has("html[data-theme=dark]"), counts, "{name} {options:?}");
        }
    }
}
