//! Several people change environments at once.

use keyrack::domain::api_keys::{self, KeyName, Kind, NewKey};
use keyrack::domain::{Act, Actor, environments, os_rng, projects};

use super::{DEV, LIST, dana, delete, id, names, submit};
use crate::support::{Server, Verified};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_delete_the_last_two_one_is_refused() {
    for _ in 0..4 {
        let server = Server::start().await;
        let ada = server.ada().await;
        let dana = dana(&server).await;
        delete(&ada, &id(&server, "dev"), "dev").await.expect(303);
        let (staging, prod) = (id(&server, "staging"), id(&server, "prod"));
        let (one, two) =
            tokio::join!(delete(&ada, &staging, "staging"), delete(&dana, &prod, "prod"));
        let mut statuses = [one.status.as_u16(), two.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 409]);
        assert_eq!(names(&ada).await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_delete_one_one_did_it_and_its_keys_end_once() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let dana = dana(&server).await;
    let dev = id(&server, "dev");
    ada.create_key(DEV, "secret", "server-key").await;
    let mut racing = tokio::task::JoinSet::new();
    for number in 0..20 {
        let (who, dev) = (if number % 2 == 0 { ada.clone() } else { dana.clone() }, dev.clone());
        racing.spawn(async move { delete(&who, &dev, "dev").await.status.as_u16() });
    }
    let mut statuses = racing.join_all().await;
    statuses.sort_unstable();
    assert_eq!(
        (&statuses[..19], statuses[19]),
        (&[200; 19][..], 303),
        "one did it, the others are told"
    );
    assert_eq!(
        server.database.count("SELECT count(*) FROM activity WHERE action = 'environment.deleted'"),
        1
    );
    assert_eq!(
        server.database.count("SELECT count(*) FROM activity WHERE action = 'key.deleted'"),
        1
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_take_one_name_one_gets_it() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (dev, staging) = (id(&server, "dev"), id(&server, "staging"));
    let forms = (
        ada.get(&format!("{LIST}/{dev}/edit")).await,
        ada.get(&format!("{LIST}/{staging}/edit")).await,
    );
    let (one, two, three) = tokio::join!(
        submit(&ada, &dev, &forms.0, "qa", false),
        submit(&ada, &staging, &forms.1, "qa", false),
        ada.post(LIST, &[("name", "qa")])
    );
    let mut statuses = [one.status.as_u16(), two.status.as_u16(), three.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 422, 422]);
    for page in [one, two, three].iter().filter(|page| page.status == 422) {
        assert_eq!(
            page.text("#name-err"),
            "There is an environment qa already. Choose another name."
        );
    }
    assert_eq!(names(&ada).await.iter().filter(|name| *name == "qa").count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_and_a_new_name_at_once_both_get_an_answer() {
    for _ in 0..4 {
        let server = Server::start().await;
        let ada = server.ada().await;
        let dana = dana(&server).await;
        let dev = id(&server, "dev");
        let form = ada.get(&format!("{LIST}/{dev}/edit")).await.expect(200);
        let (renamed, deleted) = tokio::join!(
            submit(&ada, &dev, &form, "development", false),
            delete(&dana, &dev, "dev")
        );
        match (renamed.status.as_u16(), deleted.status.as_u16()) {
            (303, 422) => {
                assert_eq!(deleted.text("#confirm-err"), "Type development exactly.");
                assert_eq!(names(&ada).await[0], "development");
            }
            (200, 303) => {
                assert_eq!(renamed.text("h1"), "Dana deleted dev just now");
                assert_eq!(names(&ada).await[0], "staging");
            }
            other => panic!("{other:?}"),
        }
    }
}

/// Whichever comes first, no key of the environment is good after the deletion was answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_key_outlives_its_environment_however_late_it_was_made() {
    for _ in 0..4 {
        let server = Server::start().await;
        let ada = server.ada().await;
        let dev = id(&server, "dev");
        let (_, first) = ada.create_key(DEV, "secret", "first").await;
        let mut tokens = Vec::new();
        for _ in 0..8 {
            tokens.push(ada.form_token(DEV, "secret").await);
        }
        let mut racing = tokio::task::JoinSet::new();
        for (number, token) in tokens.into_iter().enumerate() {
            let (ada, first) = (ada.clone(), first.clone());
            racing.spawn(async move {
                if number == 3 {
                    return ada.post(&format!("{DEV}/{first}/replace"), &[("token", &token)]).await;
                }
                ada.post(
                    DEV,
                    &[("token", &token), ("kind", "secret"), ("name", &format!("key-{number}"))],
                )
                .await
            });
        }
        let deleted = delete(&ada, &dev, "dev").await;
        deleted.expect(303);
        for page in racing.join_all().await {
            match page.status.as_u16() {
                200 if page.has("#new-key") => {
                    let revoked = Verified::Refused(401, "TOKEN_REVOKED".to_owned());
                    assert_eq!(server.api().verify(&page.text("#new-key")).await, revoked);
                }
                200 | 404 => {}
                other => panic!("{other}: {}", page.body),
            }
        }
        assert_eq!(
            server.database.count("SELECT count(*) FROM api_keys WHERE deleted_at IS NULL"),
            0
        );
    }
}

/// The same, but not left to chance: the request passes the checks, and the environment is deleted
/// before the key is written.
#[tokio::test]
async fn a_key_for_an_environment_that_just_went_is_not_made() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let dev = id(&server, "dev");
    let known = server.write(|c| -> Result<_, keyrack::db::Error> {
        let project = projects::find(c, "my-blog")?.unwrap();
        Ok(environments::list(c, &project.id)?.remove(0))
    });
    delete(&ada, &dev, "dev").await.expect(303);
    let before = server.database.dump();
    let new = NewKey {
        kind: Kind::Secret,
        name: KeyName::parse("late").unwrap(),
        form_token: None,
        narrowed: Default::default(),
        expiry: None,
    };
    let made = server.db.write_blocking(|c| {
        api_keys::create(
            c,
            &mut Act::new(&Actor::CommandLine { says: None }, server.clock.now(), &mut os_rng()),
            &known,
            &new,
        )
    });
    assert!(matches!(made, Err(api_keys::CreateError::Gone)), "{made:?}");
    assert_eq!(server.database.dump(), before);
}
