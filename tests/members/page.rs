//! What the page shows.

use chrono::TimeDelta;
use reqwest::Method;

use super::{TEAM, member, remove};
use crate::support::{PASSWORD, Page, Server};

#[tokio::test]
async fn the_page_lists_everybody_with_role_and_last_seen_owners_first() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, dana) = member(&server, "Aaron", "viewer").await;
    let zoe = server.user("Zoe", "zoe@example.com");
    server.member("my-blog", &zoe, "admin");
    server.clock.advance(TimeDelta::seconds(125));
    let page = ada.get(TEAM).await.expect(200);
    assert_eq!(page.texts("td.name bdi"), ["Ada", "Zoe", "Aaron"]);
    assert_eq!(
        page.texts("td.name .sub"),
        ["ada@example.com", "zoe@example.com", "aaron@example.com"]
    );
    assert_eq!(page.texts("td[data-label=Role]"), ["Owner", "Admin", "Viewer"]);
    assert_eq!(page.texts("td[data-label='Last seen']"), ["just now", "not yet", "2 minutes ago"]);
    assert_eq!(page.texts(".badge"), ["You"]);
    assert_eq!(page.text(".sidenav [aria-current=page]"), "Team");
    dana.get(TEAM).await.expect(200);
    assert_eq!(
        ada.get(TEAM).await.texts("td[data-label='Last seen']")[2],
        "just now",
        "of the newest request"
    );
    // Whoever signs out was here all the same.
    dana.post("/sign-out", &[]).await.expect(303);
    assert_eq!(ada.get(TEAM).await.texts("td[data-label='Last seen']")[2], "just now");
}

#[tokio::test]
async fn a_message_that_cant_be_opened_is_taken_away_too() {
    let server = Server::start().await;
    server.ada().await;
    let fields = [("email", "ada@example.com"), ("password", PASSWORD)];
    let signed_in = server.anonymous().post("/sign-in", &fields).await.expect(303);
    let session = signed_in.cookie("keyrack");
    let cookies = format!("{session}; keyrack-flash=made-up");
    let request = server.anonymous().request(Method::GET, TEAM).header("Cookie", cookies);
    let page = Page::of(request.send().await.unwrap()).await.expect(200);
    assert!(!page.has(".note.ok"));
    let taken = page.header("set-cookie").unwrap();
    assert!(taken.starts_with("keyrack-flash=;") && taken.contains("Max-Age=0"), "{taken}");
}

#[tokio::test]
async fn what_a_role_may_not_do_is_disabled_with_the_reason_and_refused() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (bob_id, bob) = member(&server, "Bob", "viewer").await;
    let ids: Vec<_> = ["owner", "admin", "member", "viewer"]
        .map(|role| (role, server.user(role, &format!("{role}@example.com"))))
        .into();
    for (role, id) in &ids {
        server.member("my-blog", id, role);
    }
    let (admins, others) = (
        "Only owners can invite, change or remove owners and admins.",
        "Only owners and admins can invite people, change roles and remove members.",
    );
    for (role, editable, why) in [
        ("owner", &["owner", "admin", "member", "viewer"][..], None),
        ("admin", &["member", "viewer"], Some(admins)),
        ("member", &[], Some(others)),
        ("viewer", &[], Some(others)),
    ] {
        server.member("my-blog", &bob_id, role);
        let page = bob.get(TEAM).await.expect(200);
        assert_eq!(page.texts(".why"), why.into_iter().collect::<Vec<_>>(), "{role}");
        for (of, id) in &ids {
            let links = page.texts(&format!("#{id} td.end a")).len();
            let off = page.texts(&format!("#{id} td.end button[disabled]")).len();
            let may = editable.contains(of);
            assert_eq!((links, off), if may { (2, 0) } else { (0, 2) }, "{role} on {of}");
            for path in [format!("{TEAM}/{id}/role"), format!("{TEAM}/{id}/remove")] {
                bob.get(&path).await.expect(if may { 200 } else { 403 });
            }
            if may {
                let open = bob
                    .get(&format!("{TEAM}/{id}/role"))
                    .await
                    .texts("input[name=role]:not([disabled])")
                    .len();
                assert_eq!(open, editable.len(), "one can choose what one may give");
                continue;
            }
            let before = server.database.dump();
            let to = if *of == "viewer" { "member" } else { "viewer" };
            for (path, fields) in [("role", &[("was", *of), ("role", to)][..]), ("remove", &[])] {
                let page = bob.post(&format!("{TEAM}/{id}/{path}"), fields).await.expect(403);
                assert!(page.text("main").contains("Only owners"), "{}", page.text("main"));
            }
            assert_eq!(server.database.dump(), before, "{role} on {of}");
        }
        // Nobody makes somebody what they may not manage.
        let (_, viewer) = &ids[3];
        if !editable.contains(&"admin") {
            for to in ["owner", "admin"] {
                super::change_role(&bob, viewer, "viewer", to).await.expect(403);
            }
        }
    }
    drop(ada);
}

#[tokio::test]
async fn the_confirmation_names_the_keys_that_stay() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (id, dana) = member(&server, "Dana", "admin").await;
    let dev = "/projects/my-blog/dev/api-keys";
    let (key, _) = dana.create_key(dev, "secret", "server-key").await;
    dana.create_key("/projects/my-blog/prod/api-keys", "publishable", "web").await;
    let (_, gone) = dana.create_key(dev, "secret", "old-key").await;
    dana.delete_key(dev, &gone, "old-key").await.expect(303);
    ada.create_key(dev, "secret", "adas-key").await;
    let page = ada.get(&format!("{TEAM}/{id}/remove")).await.expect(200);
    assert_eq!(page.text("h1"), "Remove Dana from the team?");
    assert!(
        page.text("main").contains("Dana loses access to My Blog at once, on every device."),
        "{}",
        page.text("main")
    );
    let note = page.text("main .note");
    assert!(note.starts_with("Keys created by Dana. They keep working."), "{note}");
    assert!(
        note.contains("web")
            && note.contains("in prod")
            && note.contains("server-key")
            && note.contains("in dev"),
        "{note}"
    );
    assert!(!note.contains("old-key") && !note.contains("adas-key"), "{note}");
    assert!(!page.body.contains(&key[..20]), "masks only");
    let done = remove(&ada, &id).await.expect(303);
    assert_eq!(done.location(), TEAM);
    assert_eq!(ada.get(TEAM).await.text(".note.ok p"), "Dana is not in the team any more.");
    assert!(!ada.get(TEAM).await.has(".note.ok"), "it is said once");
    assert_eq!(server.api().verify(&key).await, crate::support::Verified::Good("admin".to_owned()));
}

#[tokio::test]
async fn of_many_keys_the_newest_are_named_and_the_others_counted() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (id, dana) = member(&server, "Dana", "admin").await;
    for number in 1..=10 {
        server.clock.advance(TimeDelta::seconds(1));
        dana.create_key("/projects/my-blog/dev/api-keys", "secret", &format!("key-{number}")).await;
    }
    let named = ada.get(&format!("{TEAM}/{id}/remove")).await.expect(200).texts("main .note li");
    assert!(named[0].starts_with("key-10 ") && named[7].starts_with("key-3 "), "{named:?}");
    assert_eq!(named[8..], ["and 2 more"]);
}

#[tokio::test]
async fn the_activity_tells_it_and_finds_those_who_are_gone() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (id, dana) = member(&server, "Dana", "member").await;
    dana.create_key("/projects/my-blog/dev/api-keys", "secret", "server-key").await;
    super::change_role(&ada, &id, "member", "admin").await.expect(303);
    remove(&ada, &id).await.expect(303);
    let page = ada.get("/projects/my-blog/activity?what=member").await.expect(200);
    assert_eq!(
        page.texts("td.name"),
        ["Ada removed Dana: was admin", "Ada changed the role of Dana: member to admin"]
    );
    assert_eq!(page.text("#person optgroup"), "Dana");
    let page = ada.get(&format!("/projects/my-blog/activity?person={id}")).await.expect(200);
    assert_eq!(page.texts("td.name strong")[0], "Dana");
    assert_eq!(page.text("#person option[selected]"), "Dana");
    // Who comes back is listed once.
    server.member("my-blog", &id, "viewer");
    let page = ada.get("/projects/my-blog/activity").await.expect(200);
    assert_eq!(page.texts("#person option").iter().filter(|name| *name == "Dana").count(), 1);
}
