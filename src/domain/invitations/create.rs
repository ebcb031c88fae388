//! Inviting somebody.

use chrono::{NaiveDateTime, TimeDelta};

use super::{Id, Invitation, Mail, ROLES, VALID_FOR};
use crate::db::projects::Project;
use crate::db::{self, DbConnection, invitations, members, users};
use crate::domain::activity::{self, Action, Event};
use crate::domain::members::{AccessError, Role, may_manage, role_of, why_not_manage};
use crate::domain::users::Email;
use crate::domain::{Act, Actor, link_token};

/// An invitation, with its token for the one answer or message that has the link.
#[derive(Debug)]
pub struct New {
    pub invitation: Invitation,
    /// The token in the link.
    pub token: String,
}

/// Why nobody was invited.
#[derive(Debug, thiserror::Error)]
pub enum InviteError {
    /// The actor may not do this, or not any more.
    #[error(transparent)]
    Refused(#[from] AccessError),
    /// A member with this name has the address already.
    #[error("a member already: {0}")]
    IsMember(String),
    #[error("invited already")]
    IsInvited,
    #[error(transparent)]
    TooMany(#[from] InvitationLimit),
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Invitations are mail to people who did not ask for it, with words that the inviter chose, so
/// their number is limited (OWASP ASVS 5.0, 2.4.1). An accepted invitation was welcome, so it does
/// not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvitationLimit {
    #[error("You made {BY_ONE} invitations within an hour. Make more later.")]
    ByOne,
    #[error("This address was invited {TO_ONE} times within an hour. Try again later.")]
    ToOne,
}

/// How many invitations a user may make in an hour, renewed ones included.
const BY_ONE: i64 = 100;
/// How many invitations an address may get in an hour, from anybody.
const TO_ONE: i64 = 10;

/// Invites the person with this e-mail address.
pub fn create(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    project: &Project,
    email: &Email,
    role: Role,
    mail: bool,
) -> Result<New, InviteError> {
    db::lock(connection, db::Lock::Members)?;
    let by = role_of(connection, &project.id, act.actor)?;
    if !may_manage(by, role) || !ROLES.contains(&role) {
        return Err(AccessError::Forbidden(why_not_manage(by).to_owned()).into());
    }
    if let Some((user, _)) = users::find_by_email(connection, email.folded())?
        && members::find(connection, &project.id, &user.id)?.is_some()
    {
        return Err(InviteError::IsMember(user.name));
    }
    if invitations::find_pending(connection, &project.id, email.folded())?.is_some() {
        return Err(InviteError::IsInvited);
    }
    if let Some(too_many) = too_many(connection, email.folded(), act.actor, act.now)? {
        return Err(too_many.into());
    }
    let new = add(connection, act, project, email.as_str(), email.folded(), role, mail)?;
    let detail = format!("as {role}");
    activity::record(
        connection,
        act,
        &Event::invitation(Action::MemberInvited, &new.invitation).detail(&detail),
    )?;
    Ok(new)
}

/// Whether one more invitation would be too many.
pub(super) fn too_many(
    connection: &mut DbConnection,
    email_folded: &str,
    actor: &Actor,
    now: NaiveDateTime,
) -> db::Result<Option<InvitationLimit>> {
    let (by_one, to_one) = invitations::count_since(
        connection,
        actor.user(),
        email_folded,
        now - TimeDelta::hours(1),
    )?;
    Ok(if by_one >= BY_ONE {
        Some(InvitationLimit::ByOne)
    } else if to_one >= TO_ONE {
        Some(InvitationLimit::ToOne)
    } else {
        None
    })
}

pub(super) fn add(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    project: &Project,
    email: &str,
    email_folded: &str,
    role: Role,
    mail: bool,
) -> db::Result<New> {
    let token = link_token::new(act.rng());
    let invitation = Invitation {
        id: Id::new(act.now, act.rng()),
        project_id: project.id.clone(),
        project: project.name.clone(),
        email: email.to_owned(),
        email_folded: email_folded.to_owned(),
        role,
        created_at: act.now,
        created_by: act.actor.user().cloned(),
        expires_at: act.now + VALID_FOR,
        // It stays unsent until a mail server has accepted it, so that this is true even if the
        // process ends before that.
        mail: if mail { Mail::Unsent } else { Mail::None },
        ended: None,
        ended_at: None,
        ended_by: None,
    };
    invitations::insert(connection, &invitation, &link_token::digest(&token))?;
    Ok(New { invitation, token })
}
