//! What the holder of a link may see of its invitation.

use chrono::NaiveDateTime;

use super::{Ended, Invitation};
use crate::db::projects::Project;
use crate::db::{self, DbConnection, invitations, members, projects, users};
use crate::domain::link_token;
use crate::domain::users::User;

#[derive(Debug)]
pub struct Opened {
    /// The invitation, with the address and the role.
    pub invitation: Invitation,
    pub project: Project,
    /// The name of the inviter. `None`: the command line.
    pub by: Option<String>,
    /// The account of the invited person, if they have one.
    pub account: Option<User>,
    /// Whether that account is a member of the project already.
    pub is_member: bool,
}

/// Why a link does not work.
#[derive(Debug, thiserror::Error)]
pub enum DeadLink {
    /// No invitation has this token: the link is cut off or mistyped.
    #[error("unknown invitation")]
    Unknown,
    #[error("the invitation expired")]
    Expired,
    /// The invitation was used, replaced or cancelled.
    #[error("the invitation was {0}")]
    Ended(Ended),
    /// The project with this name was deleted.
    #[error("the project is gone")]
    ProjectGone(String),
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// The invitation that a link leads to.
pub fn open(
    connection: &mut DbConnection,
    token: &str,
    now: NaiveDateTime,
) -> Result<Opened, DeadLink> {
    let invitation = invitations::find_by_digest(connection, &link_token::digest(token))?
        .ok_or(DeadLink::Unknown)?;
    if let Some(how) = invitation.ended {
        return Err(DeadLink::Ended(how));
    }
    let Some(project) = projects::find_by_id(connection, &invitation.project_id)? else {
        return Err(DeadLink::ProjectGone(invitation.project));
    };
    if now >= invitation.expires_at {
        return Err(DeadLink::Expired);
    }
    let by = users::name_of(connection, invitation.created_by.as_ref())?;
    let account = users::find_by_email(connection, &invitation.email_folded)?.map(|(user, _)| user);
    let is_member = match &account {
        Some(user) => members::find(connection, &project.id, &user.id)?.is_some(),
        None => false,
    };
    Ok(Opened { invitation, project, by, account, is_member })
}
