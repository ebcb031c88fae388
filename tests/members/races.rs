//! Two changes at once: there is always an owner.

use super::{TEAM, change_role, member, owners, remove};
use crate::support::{PASSWORD, Server};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_owners_who_leave_at_once_one_stays() {
    for round in 0..6 {
        let server = Server::start().await;
        let ada = server.ada().await;
        let ada_id = keyrack::db::UserId::parse(
            &server.database.query("SELECT user_id AS value FROM members")[0],
        )
        .unwrap();
        let (bob_id, bob) = member(&server, "Bob", "owner").await;
        let leave = format!("{TEAM}/leave");
        let (one, two) = match round % 3 {
            0 => tokio::join!(ada.post(&leave, &[]), bob.post(&leave, &[])),
            1 => tokio::join!(remove(&ada, &bob_id), remove(&bob, &ada_id)),
            _ => tokio::join!(
                change_role(&ada, &ada_id, "owner", "viewer"),
                change_role(&bob, &bob_id, "owner", "viewer")
            ),
        };
        let mut statuses = [one.status.as_u16(), two.status.as_u16()];
        statuses.sort_unstable();
        // Whoever came second is the last owner, or was removed (404, as their session finds out).
        assert!(statuses[0] == 303 && [404, 409].contains(&statuses[1]), "{round}: {statuses:?}");
        assert_eq!(owners(&server), 1, "{round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_owners_who_step_down_at_once_leave_one() {
    let server = Server::start().await;
    server.ada().await;
    server.database.execute("DELETE FROM members");
    let mut people = Vec::new();
    for number in 0..20 {
        people.push(member(&server, &format!("Owner{number}"), "owner").await);
    }
    let mut going = tokio::task::JoinSet::new();
    for (number, (id, who)) in people.into_iter().enumerate() {
        going.spawn(async move {
            match number % 5 {
                1.. => who.post(&format!("{TEAM}/leave"), &[]).await.status.as_u16(),
                _ => change_role(&who, &id, "owner", "member").await.status.as_u16(),
            }
        });
    }
    let mut statuses = going.join_all().await;
    statuses.sort_unstable();
    assert_eq!((&statuses[..19], statuses[19]), (&[303; 19][..], 409));
    assert_eq!(owners(&server), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_change_one_role_at_once_do_it_once() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, bob) = member(&server, "Bob", "owner").await;
    let (id, _) = member(&server, "Dana", "member").await;
    let (one, two) = tokio::join!(
        change_role(&ada, &id, "member", "admin"),
        change_role(&bob, &id, "member", "viewer")
    );
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409]);
    assert_eq!(
        server.database.count("SELECT count(*) FROM activity WHERE action = 'member.role_changed'"),
        1
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_project_is_handed_over_to_one_person() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (dana, _) = member(&server, "Dana", "member").await;
    let (lin, _) = member(&server, "Lin", "member").await;
    let path = format!("{TEAM}/hand-over");
    let to = |id: &keyrack::db::UserId| {
        let (ada, id, path) = (ada.clone(), id.clone(), path.clone());
        async move {
            ada.post(&path, &[("person", id.as_str()), ("password", PASSWORD)])
                .await
                .status
                .as_u16()
        }
    };
    let (one, two) = tokio::join!(to(&dana), to(&lin));
    let mut statuses = [one, two];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 403]);
    assert_eq!(owners(&server), 1);
}
