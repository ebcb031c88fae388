//! Deleting an account: everything that names the person goes. (Copies in backups and exports remain.)

use super::{AccountError, keep_an_administrator, other};
use crate::db::{self, DbConnection, Ended, Role, invitations, members, recovery_codes, two_step};
use crate::domain::Act;
use crate::domain::activity::{self, Action, Event};
use crate::domain::users::{self, User};

/// What a deleted user is called: nobody's name, and yet the same one wherever it stands.
pub fn former_name(user: &users::Id) -> String {
    let id = user.as_str();
    format!("Former member {}", &id[id.len() - 4..])
}

/// Deletes an account. Keys that the user created go on working. A sole owner is not deleted: the
/// project is handed over first.
pub fn delete(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    user: &users::Id,
) -> Result<User, AccountError> {
    let user = other(connection, act.actor, user)?;
    keep_an_administrator(connection, &user)?;
    let projects = db::projects::list_for(connection, &user.id)?;
    let mut alone = Vec::new();
    for (project, role) in &projects {
        if *role == Role::Owner
            && members::count_other_owners(connection, &project.id, &user.id)? == 0
        {
            alone.push(project.name.clone());
        }
    }
    if !alone.is_empty() {
        return Err(AccountError::SoleOwner(alone));
    }
    let former = User { name: former_name(&user.id), email: String::new(), ..user.clone() };
    db::users::erase(connection, &user.id, &former.name, act.now)?;
    users::end_former(connection, &user)?;
    if let Ok(email) = users::Email::parse(&user.email) {
        users::sign_in::forget(connection, &email)?;
        invitations::erase(connection, email.folded())?;
    }
    db::hand_overs::delete_of(connection, &user.id)?;
    two_step::delete(connection, &user.id)?;
    recovery_codes::delete_of(connection, &user.id)?;
    db::activity::erase(connection, &user, &former.name)?;
    for (project, role) in projects {
        end_invitations(connection, act, &project.id, &user.id)?;
        members::delete(connection, &project.id, &user.id)?;
        let detail = format!("was {role}; the account was deleted");
        let event = Event::member(Action::MemberRemoved, &former, &project.id).detail(&detail);
        activity::record(connection, act, &event)?;
    }
    activity::record(connection, act, &Event::user(Action::UserDeleted, &former))?;
    Ok(user)
}

/// Cancels what the user invited others to.
fn end_invitations(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    project: &db::ProjectId,
    by: &users::Id,
) -> Result<(), AccountError> {
    for invitation in invitations::pending_by(connection, project, by)? {
        let ended = Ended::Cancelled;
        invitations::end(connection, &invitation.id, ended, act.actor.user(), act.now)?;
        let event = Event::invitation(Action::InvitationCancelled, &invitation);
        activity::record(connection, act, &event)?;
    }
    Ok(())
}
