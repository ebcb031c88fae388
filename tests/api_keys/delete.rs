//! Delete, with its confirmation.

use chrono::TimeDelta;

use super::{DEV, names};
use crate::support::{Process, Server, Verified};

#[tokio::test]
async fn the_confirmation_says_what_will_happen() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let prod = "/projects/my-blog/prod/api-keys";
    let (key, id) = ada.create_key(prod, "secret", "server-key").await;
    let page = ada.get(&format!("{prod}/{id}/delete")).await.expect(200);
    assert_eq!(page.text("h1"), "Delete secret key server-key from prod?");
    assert_eq!(page.text("main .sub code"), format!("{}••••••••{}", &key[..7], &key[63..]));
    let warning = "Deleting a key causes API calls to fail for all apps using it. Replace the key in your apps before deleting.";
    assert!(page.text("main .note").contains(warning), "{}", page.text("main .note"));
    assert!(page.text("main .note").contains("prod is a protected environment."));
    assert_eq!(page.text("label[for=confirm]"), "Key name");
    assert_eq!(page.text("#confirm-hint"), "Type server-key to confirm");
    assert_eq!(page.text("main button"), "Confirm delete");
    assert_eq!(
        (page.text("main footer a"), page.attribute("main footer a", "href")),
        ("Cancel".to_owned(), format!("{prod}/{id}"))
    );
    assert_eq!(
        server.api().verify_for("my-blog/prod", &key).await,
        Verified::Good("admin".to_owned()),
        "asking deletes nothing"
    );
}

#[tokio::test]
async fn a_wrong_name_deletes_nothing_and_is_kept() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "secret", "Server-Key").await;
    let before = server.database.dump();
    for wrong in ["", "server-key", "Server-Ke", "Server-Key-2", "Server -Key", &key] {
        let page = ada.delete_key(DEV, &id, wrong).await.expect(422);
        assert_eq!(page.text("#confirm-err"), "Type Server-Key exactly.");
        assert_eq!(
            page.attribute("#confirm", "value"),
            if wrong == key { "" } else { wrong },
            "but for a key that was pasted"
        );
    }
    assert_eq!(server.database.dump(), before);
    assert_eq!(server.api().verify(&key).await, Verified::Good("admin".to_owned()));
}

#[tokio::test]
async fn blanks_around_the_typed_name_do_not_count_and_the_next_page_says_it_once() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, id) = ada.create_key(DEV, "publishable", "my <app> key").await;
    assert_eq!(ada.delete_key(DEV, &id, "  my <app> key\t").await.expect(303).location(), DEV);
    let page = ada.get(DEV).await;
    assert_eq!(page.text(".note.ok p"), "my <app> key is deleted. Calls with it are refused.");
    assert_eq!(names(&page, "publishable").len(), 0);
    assert!(!ada.get(DEV).await.has(".note.ok"), "it is said once");
}

#[tokio::test]
async fn whoever_comes_second_is_told_who_was_first_and_when() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let dana = server.user("Dana", "dana@example.com");
    server.member("my-blog", &dana, "member");
    let dana = server.sign_in("dana@example.com").await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    dana.delete_key(DEV, &id, "server-key").await.expect(303);
    server.clock.advance(TimeDelta::seconds(125));
    for typed in ["server-key", "", "nonsense"] {
        let page = ada.delete_key(DEV, &id, typed).await.expect(200);
        assert_eq!(page.text("h1"), "Dana deleted this key 2 minutes ago");
        assert!(page.text("main .sub").starts_with("server-key"));
    }
    let page = ada.get(&format!("{DEV}/{id}/delete")).await.expect(200);
    assert_eq!(page.text("h1"), "Dana deleted this key 2 minutes ago");
    let page =
        ada.hx_post(&format!("{DEV}/{id}/delete"), &[("confirm", "server-key")]).await.expect(200);
    assert!(page.body.contains("deleted this key 2 minutes ago"));
    assert!(
        page.body.contains(&format!("<hx-partial hx-target=\"#{id}\" hx-swap=\"delete\">")),
        "the row goes: {}",
        page.body
    );
    assert_eq!(server.api().verify(&key).await, Verified::Refused(401, "TOKEN_REVOKED".to_owned()));
}

#[tokio::test]
async fn what_the_command_line_did_is_told_as_the_command_line() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, id) = ada.create_key(DEV, "secret", "server-key").await;
    assert!(Process::run(&server.database, &["key", "delete", "--id", &id]).status.success());
    let page = ada.delete_key(DEV, &id, "server-key").await.expect(200);
    assert_eq!(page.text("h1").to_lowercase(), "the command line deleted this key just now");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_deletions_at_once_all_are_fine_and_one_is_recorded() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let dana = server.user("Dana", "dana@example.com");
    server.member("my-blog", &dana, "admin");
    let dana = server.sign_in("dana@example.com").await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    let mut deletions = tokio::task::JoinSet::new();
    for number in 0..100 {
        let (who, id) = (if number % 2 == 0 { ada.clone() } else { dana.clone() }, id.clone());
        deletions
            .spawn(async move { who.delete_key(DEV, &id, "server-key").await.status.as_u16() });
    }
    let mut statuses = deletions.join_all().await;
    statuses.sort_unstable();
    assert_eq!(
        (&statuses[..99], statuses[99]),
        (&[200; 99][..], 303),
        "one did it, the others are told"
    );
    assert_eq!(server.api().verify(&key).await, Verified::Refused(401, "TOKEN_REVOKED".to_owned()));
    assert_eq!(
        server.database.count("SELECT count(*) FROM activity WHERE action LIKE '%deleted%'"),
        1
    );
}
