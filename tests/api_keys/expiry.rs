//! How long a key lives, and that only people revive it.

use chrono::{NaiveDateTime, TimeDelta};
use keyrack::domain::api_keys;

use super::list::fill;
use super::{DEV, made, names};
use crate::support::{ORIGINAL, Page, Process, Server, SignedIn, TestDatabase, Verified};

/// *Create* with what stands under *Options*.
async fn create(who: &SignedIn, kind: &str, name: &str, expires: &str, expires_on: &str) -> Page {
    let token = who.form_token(DEV, kind).await;
    let fields = [
        ("token", token.as_str()),
        ("kind", kind),
        ("name", name),
        ("expires", expires),
        ("expires_on", expires_on),
    ];
    who.post(DEV, &fields).await
}

fn expired() -> Verified {
    Verified::Refused(401, "TOKEN_EXPIRED".to_owned())
}

fn stored(server: &Server, name: &str) -> String {
    server
        .database
        .query(&format!(
            "SELECT CAST(expires_at AS TEXT) AS value FROM api_keys WHERE name = '{name}'"
        ))
        .remove(0)
}

fn in_days(now: NaiveDateTime, days: i64) -> String {
    (now + TimeDelta::days(days)).format("%-d %b %Y").to_string()
}

#[tokio::test]
async fn the_options_stand_closed_and_say_the_resulting_dates() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let page = ada.get(&format!("{DEV}/new?kind=secret")).await.expect(200);
    assert!(page.has("#secret-rows details:not([open]) select[name=expires]"));
    let now = server.clock.now();
    let offered: Vec<String> = [7, 30, 60, 90]
        .iter()
        .map(|days| format!("{days} days, on {}", in_days(now, *days)))
        .collect();
    let expected = [&["Never".to_owned()], offered.as_slice(), &["On a date…".to_owned()]].concat();
    assert_eq!(page.texts("#expires-secret option"), expected);
    assert!(page.text("#expires-on-secret-hint").contains("until the end of that day in UTC"));
}

#[tokio::test]
async fn a_key_is_refused_from_its_last_moment_on() {
    let server = Server::start().await;
    let (ada, api) = (server.ada().await, server.api());
    let key = create(&ada, "secret", "short", "7", "").await.expect(200).text("#new-key");
    let forever = create(&ada, "secret", "long", "", "").await.expect(200).text("#new-key");
    let page = ada.get(DEV).await;
    assert_eq!(page.texts("#secret-rows .badge"), ["Expires in 7 days"]);
    server.clock.advance(TimeDelta::days(7) - TimeDelta::seconds(30));
    assert_eq!(api.verify(&key).await, Verified::Good("admin".to_owned()));
    server.clock.advance(TimeDelta::seconds(31));
    assert_eq!(api.verify(&key).await, expired());
    assert_eq!(api.verify(&forever).await, Verified::Good("admin".to_owned()));
}

#[tokio::test]
async fn a_date_means_its_end_in_utc_and_v1_key_says_it() {
    let server = Server::start().await;
    let (ada, api) = (server.ada().await, server.api());
    let day = (server.clock.now() + TimeDelta::days(20)).date();
    let key = create(&ada, "publishable", "dated", "date", &day.to_string())
        .await
        .expect(200)
        .text("#new-key");
    assert!(stored(&server, "dated").starts_with(&format!("{day} 23:59:59")));
    let page = api
        .call(
            reqwest::Method::GET,
            "/v1/key/my-blog/dev",
            &[&[("X-API-Key", key.as_bytes())], &ORIGINAL[..]].concat(),
        )
        .await
        .expect(200);
    assert_eq!(page.json()["expires_at"], format!("{day}T23:59:59Z"));
    assert!(!ada.get(DEV).await.has("#publishable-rows .badge"), "that is not soon");
    server.clock.advance(TimeDelta::days(7));
    let ada = server.sign_in("ada@example.com").await;
    assert_eq!(ada.get(DEV).await.text("#publishable-rows .badge"), "Expires in 13 days");
}

#[tokio::test]
async fn an_expiry_that_makes_no_sense_is_an_error_beside_the_field_and_kept() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (nonsense, past, far) = (
        "Enter a date like 2027-01-31.",
        "Choose a day that is not over yet.",
        "Choose a day before the year 9999.",
    );
    let yesterday = (server.clock.now() - TimeDelta::days(1)).date().to_string();
    for (expires, on, error) in [
        ("date", "", nonsense),
        ("date", "tomorrow", nonsense),
        ("date", "2027-02-29", nonsense),
        ("date", "<script>", nonsense),
        ("date", &yesterday, past),
        ("date", "0000-01-01", past),
        ("date", "9999-12-31", far),
        ("date", "123456-01-01", far),
        ("0", "", nonsense),
        ("-7", "", nonsense),
        ("1e3", "", nonsense),
        ("99999999999999999999", "", nonsense),
    ] {
        let page = create(&ada, "secret", "server-key", expires, on).await.expect(422);
        assert_eq!(page.text("#expires-secret-err"), error, "{expires} {on}");
        assert!(page.has("#secret-rows details[open]"));
        assert_eq!(page.attribute("#name-secret", "value"), "server-key");
        assert_eq!(page.attribute("#expires-on-secret", "value"), on);
        let field = if expires == "date" { "#expires-on-secret" } else { "#expires-secret" };
        assert_eq!(page.attribute(field, "aria-invalid"), "true");
    }
    // Both fields are told about at once.
    let page = create(&ada, "secret", " ", "date", "").await.expect(422);
    assert_eq!(page.texts("#secret-rows .error"), ["Enter a name.", nonsense]);
    assert_eq!(made(&server), 0);
    // Today is not over yet.
    let today = server.clock.now().date().to_string();
    create(&ada, "secret", "server-key", "date", &today).await.expect(200);
}

#[tokio::test]
async fn an_expired_key_stays_listed_dimmed_and_nothing_revives_it() {
    let server = Server::start().await;
    let (ada, api) = (server.ada().await, server.api());
    let key = create(&ada, "secret", "short", "7", "").await.expect(200).text("#new-key");
    let id = ada.get(DEV).await.attribute("#secret-rows tr", "id");
    server.clock.advance(TimeDelta::days(8));
    let ada = server.sign_in("ada@example.com").await;
    let page = ada.get(DEV).await;
    assert_eq!(page.text("#secret-rows tr.off .badge.danger"), "Expired");
    let page = ada.get(&format!("{DEV}/{id}")).await.expect(200);
    assert!(page.text("main .note.danger").contains("Give it a later expiry"));
    assert_eq!(
        page.texts("main .page-head .row :is(a, button)"),
        ["Delete"],
        "nothing else is offered"
    );
    let token = "0123456789abcdef0123456789abcdef";
    for (verb, fields) in [
        ("pause", vec![]),
        ("resume", vec![]),
        ("rotate", vec![("token", token), ("rotations", "0"), ("overlap", "24h")]),
        ("end-overlap", vec![]),
    ] {
        let page = ada.post(&format!("{DEV}/{id}/{verb}"), &fields).await.expect(409);
        assert_eq!(page.text("h1"), "This key has expired", "{verb}");
    }
    assert_eq!(
        ada.get(&format!("{DEV}/{id}/rotate")).await.expect(409).text("h1"),
        "This key has expired"
    );
    let again = ada.post(&format!("{DEV}/{id}/replace"), &[("token", token)]).await.expect(400);
    assert!(!again.has("#new-key"));
    assert_eq!(api.verify(&key).await, expired());
    // It can be renamed, to make room, and deleted.
    ada.post(&format!("{DEV}/{id}/edit"), &[("name", "was short"), ("note", "")]).await.expect(303);
    ada.delete_key(DEV, &id, "was short").await.expect(303);
    assert_eq!(api.verify(&key).await, Verified::Refused(401, "TOKEN_REVOKED".to_owned()));
    assert!(names(&ada.get(DEV).await, "secret").is_empty());
}

#[tokio::test]
async fn a_clock_that_jumps_back_revives_no_key_that_was_seen_expired() {
    let server = Server::start().await;
    let (ada, api) = (server.ada().await, server.api());
    let key = create(&ada, "secret", "short", "7", "").await.expect(200).text("#new-key");
    let id = ada.get(DEV).await.attribute("#secret-rows tr", "id");
    let upkeep =
        || server.write(|c| api_keys::upkeep(c, server.clock.now(), server.clock.lower_bound()));
    upkeep();
    assert_eq!(api.verify(&key).await, Verified::Good("admin".to_owned()), "not yet");
    for jump in [TimeDelta::days(7), TimeDelta::days(3650)] {
        server.clock.advance(jump);
        assert!(
            server
                .db
                .read_blocking(|c| api_keys::is_upkeep_due(
                    c,
                    server.clock.now(),
                    server.clock.lower_bound()
                ))
                .unwrap()
                || jump > TimeDelta::days(7)
        );
        upkeep();
        server.clock.advance(-jump);
        assert_eq!(api.verify(&key).await, expired());
    }
    assert!(
        !server
            .db
            .read_blocking(|c| api_keys::is_upkeep_due(
                c,
                server.clock.now(),
                server.clock.lower_bound()
            ))
            .unwrap(),
        "there is nothing left to note"
    );
    assert_eq!(ada.get(DEV).await.text("#secret-rows tr.off .badge"), "Expired");
    ada.post(&format!("{DEV}/{id}/resume"), &[]).await.expect(409);
}

#[tokio::test]
async fn a_project_can_limit_the_life_of_its_secret_keys() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let settings = "/projects/my-blog/settings/key-life";
    create(&ada, "secret", "before", "", "").await.expect(200);
    for bad in ["0", "-1", "3651", "1.5", "many", "99999999999"] {
        let page = ada.post(settings, &[("days", bad)]).await.expect(422);
        assert!(page.text("#key-life-err").contains("1 to 3650"), "{bad}");
        assert_eq!(page.attribute("#key-life", "value"), bad);
    }
    assert_eq!(
        ada.post(settings, &[("days", " 45 ")]).await.expect(303).location(),
        "/projects/my-blog/settings"
    );
    let page = ada.get("/projects/my-blog/settings").await.expect(200);
    assert_eq!(page.text(".note.ok p"), "Life of new secret keys: 45 days at most.");
    assert_eq!(page.text("section[aria-labelledby=h-life] .body"), "45 days at most");
    let page = ada.get(settings).await.expect(200);
    assert_eq!(
        (page.attribute("#key-life", "value").as_str(), page.has(".note.ok")),
        ("45", false),
        "it is said once"
    );

    let page = ada.get(&format!("{DEV}/new?kind=secret")).await;
    let now = server.clock.now();
    let expected = [
        format!("45 days, on {} (longest life)", in_days(now, 45)),
        format!("7 days, on {}", in_days(now, 7)),
        format!("30 days, on {}", in_days(now, 30)),
        "On a date…".to_owned(),
    ];
    assert_eq!(page.texts("#expires-secret option"), expected);
    // A name is enough: then it lives as long as it may.
    create(&ada, "secret", "by default", "", "").await.expect(200);
    assert!(
        stored(&server, "by default").starts_with(&(now + TimeDelta::days(45)).date().to_string())
    );
    for (expires, on) in
        [("60", String::new()), ("date", (now + TimeDelta::days(46)).date().to_string())]
    {
        let page = create(&ada, "secret", "too long", expires, &on).await.expect(422);
        assert_eq!(
            page.text("#expires-secret-err"),
            "Secret keys of this project live 45 days at most."
        );
    }
    create(
        &ada,
        "secret",
        "on the last day",
        "date",
        &(now + TimeDelta::days(45)).date().to_string(),
    )
    .await
    .expect(200);
    create(&ada, "publishable", "no limit", "90", "").await.expect(200);
    assert_eq!(stored(&server, "before"), "", "what was there stays as it was");
    let add = [
        "key",
        "add",
        "--project",
        "my-blog",
        "--environment",
        "dev",
        "--kind",
        "secret",
        "--name",
    ];
    let run = |more: &[&str]| Process::run(&server.database, &[&add[..], more].concat());
    let output = run(&["cli", "--expires", "46d"]);
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "keyrack: Secret keys of this project live 45 days at most.\n"
    );
    assert!(run(&["cli"]).status.success());
    assert!(stored(&server, "cli") > now.to_string());

    let bob = server.user("Bob", "bob@example.com");
    server.member("my-blog", &bob, "member");
    let bob = server.sign_in("bob@example.com").await;
    bob.get(settings).await.expect(403);
    bob.post(settings, &[("days", "")]).await.expect(403);
    ada.post(settings, &[("days", "")]).await.expect(303);
    create(&ada, "secret", "after", "", "").await.expect(200);
    assert_eq!(stored(&server, "after"), "");
    let told = server.database.query("SELECT detail AS value FROM activity WHERE action = 'project.key_life_changed' ORDER BY id");
    assert_eq!(told, ["45 days", "no limit"]);
}

#[tokio::test]
async fn the_command_line_says_when_a_key_expires() {
    let server = Server::start().await;
    server.ada().await;
    let add = |name: &str, expires: &str| {
        let arguments = [
            "key",
            "add",
            "--project",
            "my-blog",
            "--environment",
            "dev",
            "--kind",
            "secret",
            "--name",
            name,
            "--expires",
            expires,
        ];
        Process::run(&server.database, &arguments)
    };
    let day = (server.clock.now() + TimeDelta::days(100)).date().to_string();
    assert!(add("days", "30d").status.success() && add("date", &day).status.success());
    assert!(
        stored(&server, "days")
            .starts_with(&(server.clock.now() + TimeDelta::days(30)).date().to_string())
    );
    assert!(stored(&server, "date").starts_with(&format!("{day} 23:59:59")));
    for bad in ["30", "0d", "soon", "31.12.2027", "9999-01-01"] {
        assert_eq!(add("bad", bad).status.code(), Some(2), "{bad}");
    }
    let past = add("past", "2020-01-01");
    assert_eq!(past.status.code(), Some(2));
    assert!(String::from_utf8(past.stderr).unwrap().starts_with("error: --expires: "));
    assert_eq!(made(&server), 2);
}

#[tokio::test]
async fn very_many_that_expire_in_one_moment_are_all_noted() {
    let server = Server::start().await;
    server.ada().await;
    fill(&server.database, "secret", 2500);
    server.database.execute("UPDATE api_keys SET expires_at = created_at");
    let noted =
        || server.database.count("SELECT count(*) FROM api_keys WHERE expired_at IS NOT NULL");
    let mut steps = Vec::new();
    while server.write(|c| api_keys::upkeep(c, server.clock.now(), server.clock.lower_bound())) {
        steps.push(noted());
    }
    assert_eq!((steps, noted()), (vec![1000, 2000], 2500), "in steps, so that nobody waits long");
    // All of it is noted before a server answers requests.
    server.database.execute("UPDATE api_keys SET expired_at = NULL");
    Server::start_on(TestDatabase::at(server.database.url().to_owned()), &[]).await;
    assert_eq!(noted(), 2500);
}
