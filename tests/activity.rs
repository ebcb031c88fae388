//! The activity: who did what to what, when and from where.

use crate::support::{Process, Server};

const DEV: &str = "/projects/my-blog/dev/api-keys";
const ACTIVITY: &str = "/projects/my-blog/activity";

#[tokio::test]
async fn the_life_of_a_key_is_told_with_who_and_where_and_never_more_than_its_mask() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    ada.delete_key(DEV, &id, "server-key").await.expect(303);
    let page = ada.get(ACTIVITY).await.expect(200);
    let mask = format!("{}••••••••{}", &key[..7], &key[63..]);
    assert_eq!(
        page.texts("td.name"),
        [
            format!("Ada deleted secret key server-key {mask} dev"),
            format!("Ada created secret key server-key {mask} dev"),
            "The command line created project My Blog".to_owned(),
        ]
    );
    assert!(page.texts("td[data-label=From]")[0].starts_with("127.0.0.1session "));
    assert!(!page.body.contains(&key));
}

#[tokio::test]
async fn deleting_what_is_deleted_is_told_once() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, id) = ada.create_key(DEV, "secret", "server-key").await;
    for _ in 0..3 {
        Process::run(&server.database, &["key", "delete", &id, "--as", "Dana"]);
    }
    let page = ada.get(&format!("{ACTIVITY}?subject={id}")).await.expect(200);
    let told = page.texts("td.name > strong");
    assert_eq!(told, ["The command line, says Dana", "Ada"]);
}

#[tokio::test]
async fn filters_narrow_the_list_and_stay_in_the_address() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(DEV, "secret", "server-key").await;
    ada.create_key("/projects/my-blog/staging/api-keys", "publishable", "web").await;
    let filter = |person: &str, what: &str, environment: &str, q: &str| {
        [
            ("person", person),
            ("what", what),
            ("environment", environment),
            ("time", "always"),
            ("q", q),
        ]
        .map(|(n, v)| (n, v.to_owned()))
    };
    for (fields, expected) in [
        (filter("", "", "", ""), 3),
        (filter("command-line", "", "", ""), 1),
        (filter("", "key", "", ""), 2),
        (filter("", "", "staging", ""), 1),
        (filter("", "", "", "Server"), 1),
        (filter("", "", "", &key), 1),
        (filter("", "", "", "%"), 0),
        (filter("usr_00000000000000000000000000000000", "", "", ""), 0),
    ] {
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let address = ada.post(ACTIVITY, &fields).await.expect(303).location().to_owned();
        assert!(!address.contains(&key), "a full key must not stand in a URL");
        assert_eq!(
            ada.get(&address).await.expect(200).texts("td.name").len(),
            expected,
            "{address}"
        );
    }
}

#[tokio::test]
async fn old_entries_are_paged_by_id_and_the_file_has_them_all() {
    let server = Server::start().await;
    let ada = server.ada().await;
    for n in 0..60 {
        ada.create_key(DEV, "secret", &format!("=key-{n}")).await;
    }
    let first = ada.get(ACTIVITY).await.expect(200);
    assert_eq!(first.texts("td.name").len(), 50);
    let second = ada.get(&first.attribute(".card footer a", "href")).await.expect(200);
    assert_eq!(second.texts("td.name").len(), 11);
    assert!(!second.body.contains("Older"));

    let file = ada.get(&format!("{ACTIVITY}.csv?time=always")).await.expect(200);
    assert_eq!(
        file.header("content-disposition"),
        Some("attachment; filename=\"my-blog-activity.csv\"")
    );
    let lines: Vec<&str> = file.body.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 62);
    assert!(lines[0].starts_with("\u{feff}\"time (UTC)\","), "{}", lines[0]);
    assert!(lines[1].contains(",\"'=key-59\","), "a cell is no formula: {}", lines[1]);
}

#[tokio::test]
async fn a_strangers_activity_is_not_found() {
    let server = Server::start().await;
    server.ada().await;
    server.user("Eve", "eve@example.com");
    let eve = server.sign_in("eve@example.com").await;
    for path in [ACTIVITY, "/projects/my-blog/activity.csv", "/projects/nothing/activity"] {
        eve.get(path).await.expect(404);
    }
}

#[tokio::test]
async fn filtering_the_history_of_a_key_stays_with_the_key() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    ada.create_key(DEV, "secret", "other").await;
    let heading = format!("History of server-key {}••••••••{}", &key[..7], &key[63..]);
    let page = ada.get(&format!("{ACTIVITY}?time=always&subject={id}")).await.expect(200);
    assert_eq!((page.text("#h-act"), page.texts("td.name").len()), (heading.clone(), 1));
    // It leads to the key, living or deleted.
    let to_key = page.attribute("#h-act a", "href");
    assert_eq!(ada.get(&to_key).await.expect(200).text("h1"), "server-key");
    assert_eq!(page.attribute(".filters input[name=subject]", "value"), id);
    let fields = [
        ("person", ""),
        ("what", ""),
        ("environment", ""),
        ("time", "7-days"),
        ("q", ""),
        ("subject", id.as_str()),
    ];
    let address = ada.post(ACTIVITY, &fields).await.expect(303).location().to_owned();
    let page = ada.get(&address).await.expect(200);
    assert_eq!((page.text("#h-act"), page.texts("td.name").len()), (heading, 1), "{address}");
    assert!(!ada.get(ACTIVITY).await.expect(200).has("input[name=subject]"));
}

#[tokio::test]
async fn a_strangers_key_is_not_named_by_the_history_that_is_asked_for() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let eve = server.user("Eve", "eve@example.com");
    let slug = server.project("Shop", &eve);
    let eve = server.sign_in("eve@example.com").await;
    let shop = format!("/projects/{slug}/dev/api-keys");
    let (_, id) = eve.create_key(&shop, "secret", "eves-key").await;
    let page = ada.get(&format!("{ACTIVITY}?subject={id}")).await.expect(200);
    assert_eq!(page.text("#h-act"), "History of one key");
    assert!(!page.body.contains("eves-key"));
}

#[tokio::test]
async fn the_heading_says_how_much_is_shown_and_show_all_shows_all() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    let history = format!("History of server-key {}••••••••{}", &key[..7], &key[63..]);
    for (query, heading) in [
        ("", "The last 30 days"),
        ("?time=24-hours", "The last 24 hours"),
        ("?time=7-days", "The last 7 days"),
        ("?what=key", "Filtered activity"),
        ("?time=always&what=key", "Filtered activity"),
        (&format!("?subject={id}"), &history),
        ("?subject=key_00000000000000000000000000000000", "History of one key"),
    ] {
        let page = ada.get(&format!("{ACTIVITY}{query}")).await.expect(200);
        assert_eq!(page.text("#h-act"), heading, "{query}");
        assert_eq!(
            page.attribute("#h-act + a", "href"),
            format!("{ACTIVITY}?time=always"),
            "{query}"
        );
    }
    let all = ada.get(&format!("{ACTIVITY}?time=always")).await.expect(200);
    assert_eq!(all.text("#h-act"), "Everything in this project");
    assert!(!all.has("#h-act + a"), "there is no more");
    assert_eq!(
        ada.get(&format!("{ACTIVITY}?q=nobody")).await.text(".empty p"),
        "No activity matches these filters."
    );
}

#[tokio::test]
async fn an_environment_is_found_by_its_old_name_and_one_that_never_was_finds_nothing() {
    let server = Server::start().await;
    let ada = server.ada().await;
    ada.create_key(DEV, "secret", "server-key").await;
    let dev =
        server.database.query("SELECT id AS value FROM environments WHERE name = 'dev'").remove(0);
    let edit = format!("/projects/my-blog/environments/{dev}/edit");
    let seen = ada.get(&edit).await.expect(200).attribute("input[name=seen]", "value");
    ada.post(&edit, &[("name", "development"), ("seen", &seen)]).await.expect(303);
    for (name, found) in [("development", 2), ("dev", 2), ("qa", 0), ("DEV", 0), ("%25", 0)] {
        let page = ada.get(&format!("{ACTIVITY}?environment={name}")).await.expect(200);
        assert_eq!(page.texts("td.name").len(), found, "{name}");
        let file = ada.get(&format!("{ACTIVITY}.csv?environment={name}")).await.expect(200);
        assert_eq!(file.body.split_terminator("\r\n").count(), 1 + found, "{name}");
        assert_eq!(page.has("#env option[selected]"), found > 0, "{name}");
    }
}

#[tokio::test]
async fn a_viewer_reads_what_was_done_and_not_from_where() {
    let server = Server::start().await;
    let ada = server.ada().await;
    ada.create_key(DEV, "secret", "server-key").await;
    let vic = server.user("Vic", "vic@example.com");
    server.member("my-blog", &vic, "viewer");
    let vic = server.sign_in("vic@example.com").await;
    let file = format!("{ACTIVITY}.csv?time=always");

    let page = ada.get(ACTIVITY).await.expect(200);
    assert!(page.body.contains("127.0.0.1") && page.body.contains("session "));
    assert!(ada.get(&file).await.expect(200).body.contains("127.0.0.1"));

    let page = vic.get(ACTIVITY).await.expect(200);
    assert!(page.body.contains("server-key") && page.body.contains("Ada"));
    assert!(!page.body.contains("127.0.0.1") && !page.body.contains("session "));
    assert!(!vic.get(&file).await.expect(200).body.contains("127.0.0.1"));
}
