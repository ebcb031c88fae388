//! Giving a project whose owners can no longer sign in to one of its members. An administrator asks
//! for it; all members are told, and each of them can stop it for three days.

use chrono::{NaiveDateTime, TimeDelta};

use super::require;
use crate::db::hand_overs::{self, HandOver};
use crate::db::{self, DbConnection, members};
use crate::domain::activity::{self, Action, Event};
use crate::domain::members::{AccessError, Role};
use crate::domain::projects::{self, Project};
use crate::domain::users::{self, User};
use crate::domain::{Act, Actor, CryptoRng, link_token};

/// How long the members have to stop it.
pub const WAIT: TimeDelta = TimeDelta::hours(72);

/// Why a project is not handed over.
#[derive(Debug, thiserror::Error)]
pub enum HandOverError {
    #[error(transparent)]
    Refused(#[from] AccessError),
    /// There is no such project, or the person is not in it, or can't sign in.
    #[error("there is no such project or member")]
    Unknown,
    /// An owner of the project can sign in.
    #[error("An owner of this project can sign in. Ask them to hand it over.")]
    HasOwner,
    /// Nobody else is in the team who could object.
    #[error(
        "Nobody else is in this team who could object. Hand it over with keyrack project hand-over."
    )]
    Alone,
    #[error("Somebody has asked for that already.")]
    Pending,
}

impl From<db::Error> for HandOverError {
    fn from(error: db::Error) -> Self {
        Self::Refused(error.into())
    }
}

/// What the members are told.
#[derive(Debug)]
pub struct Asked {
    pub project: Project,
    pub to: User,
    /// Everybody in the team who can sign in.
    pub members: Vec<User>,
    /// The token of the link that stops it.
    pub token: String,
    pub due_at: NaiveDateTime,
}

/// A pending hand-over, as its project's members see it.
#[derive(Debug, Clone)]
pub struct Pending {
    pub project: Project,
    /// The names of who becomes an owner, and of who asked for it.
    pub to: String,
    pub by: String,
    pub due_at: NaiveDateTime,
}

/// The members who can sign in, if none of the owners can.
fn orphans(
    connection: &mut DbConnection,
    project: &projects::Id,
) -> Result<Vec<User>, HandOverError> {
    let team = members::list(connection, project)?;
    if team.iter().any(|(user, role)| *role == Role::Owner && user.is_active()) {
        return Err(HandOverError::HasOwner);
    }
    Ok(team.into_iter().map(|(user, _)| user).filter(User::is_active).collect())
}

/// The members of a project to whom it can be handed over.
pub fn candidates(
    connection: &mut DbConnection,
    project: &projects::Id,
) -> Result<(Project, Vec<User>), HandOverError> {
    let found = projects::find_by_id(connection, project)?.ok_or(HandOverError::Unknown)?;
    Ok((found, orphans(connection, project)?))
}

/// Asks for a hand-over, which takes effect in three days.
pub fn ask(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    project: &projects::Id,
    to: &users::Id,
) -> Result<Asked, HandOverError> {
    db::lock(connection, db::Lock::Members)?;
    require(connection, act.actor)?;
    let Some(by) = act.actor.user().cloned() else { return Err(HandOverError::Unknown) };
    let (project, members) = candidates(connection, project)?;
    let to = members.iter().find(|user| user.id == *to).cloned().ok_or(HandOverError::Unknown)?;
    if members.len() < 2 {
        return Err(HandOverError::Alone);
    }
    if hand_overs::find(connection, &project.id)?.is_some() {
        return Err(HandOverError::Pending);
    }
    let token = link_token::new(act.rng());
    let due_at = act.now + WAIT;
    hand_overs::insert(
        connection,
        &HandOver {
            project_id: project.id.clone(),
            to_user: to.id.clone(),
            asked_by: by,
            asked_at: act.now,
            due_at,
            digest: link_token::digest(&token).to_vec(),
        },
    )?;
    record(connection, act, Action::HandOverAsked, &project, &format!("to {}", to.name))?;
    Ok(Asked { project, to, members, token, due_at })
}

/// The pending hand-over of a project.
pub fn pending(connection: &mut DbConnection, project: &Project) -> db::Result<Option<Pending>> {
    let Some(found) = hand_overs::find(connection, &project.id)? else { return Ok(None) };
    described(connection, &found, project.clone()).map(Some)
}

/// The pending hand-over that a link stops.
pub fn open(connection: &mut DbConnection, token: &str) -> db::Result<Option<Pending>> {
    let digest = link_token::digest(token);
    let Some(found) = hand_overs::find_by_digest(connection, &digest)? else { return Ok(None) };
    match projects::find_by_id(connection, &found.project_id)? {
        Some(project) => described(connection, &found, project).map(Some),
        None => Ok(None),
    }
}

fn described(
    connection: &mut DbConnection,
    found: &HandOver,
    project: Project,
) -> db::Result<Pending> {
    let mut name =
        |id| Ok::<_, db::Error>(users::name_of(connection, Some(id))?.unwrap_or_default());
    Ok(Pending {
        to: name(&found.to_user)?,
        by: name(&found.asked_by)?,
        due_at: found.due_at,
        project,
    })
}

/// Stops a hand-over, by its link alone: whoever can read the mail of a member need not be able to
/// sign in. `None`: it was stopped before, or has taken effect.
pub fn stop(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    token: &str,
) -> db::Result<Option<Project>> {
    db::lock(connection, db::Lock::Members)?;
    let digest = link_token::digest(token);
    let Some(found) = hand_overs::find_by_digest(connection, &digest)? else { return Ok(None) };
    let Some(project) = projects::find_by_id(connection, &found.project_id)? else {
        return Ok(None);
    };
    if !hand_overs::delete(connection, &project.id)? {
        return Ok(None);
    }
    record(connection, act, Action::HandOverStopped, &project, "with the link of the mail")?;
    Ok(Some(project))
}

/// Whether [`carry_out`] would do something.
pub fn is_due(connection: &mut DbConnection, now: NaiveDateTime) -> db::Result<bool> {
    Ok(!hand_overs::due(connection, now)?.is_empty())
}

/// Carries out what is due. What has lost its reason meanwhile is stopped: an owner can sign in
/// again, or the new one can't.
pub fn carry_out(
    connection: &mut DbConnection,
    now: NaiveDateTime,
    rng: &mut impl CryptoRng,
) -> db::Result<()> {
    db::lock(connection, db::Lock::Members)?;
    for found in hand_overs::due(connection, now)? {
        hand_overs::delete(connection, &found.project_id)?;
        let actor = Actor::User { id: found.asked_by.clone(), address: None, session: None };
        let act = &mut Act::new(&actor, now, rng);
        let (project, members) = match candidates(connection, &found.project_id) {
            Ok(found) => found,
            Err(HandOverError::Refused(AccessError::Db(error))) => return Err(error),
            Err(_) => {
                let Some(project) = projects::find_by_id(connection, &found.project_id)? else {
                    continue;
                };
                let why = "an owner can sign in again";
                record(connection, act, Action::HandOverStopped, &project, why)?;
                continue;
            }
        };
        let Some(to) = members.iter().find(|user| user.id == found.to_user) else {
            let why = "the new owner can't sign in";
            record(connection, act, Action::HandOverStopped, &project, why)?;
            continue;
        };
        for (user, role) in db::members::list(connection, &project.id)? {
            if role == Role::Owner {
                db::members::set_role(connection, &project.id, &user.id, Role::Admin)?;
            }
        }
        db::members::set_role(connection, &project.id, &to.id, Role::Owner)?;
        record(connection, act, Action::ProjectHandedOver, &project, &format!("to {}", to.name))?;
    }
    Ok(())
}

fn record(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    action: Action,
    project: &Project,
    detail: &str,
) -> db::Result<()> {
    activity::record(connection, act, &Event::project(action, project).detail(detail))
}
