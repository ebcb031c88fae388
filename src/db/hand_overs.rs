//! Table `hand_overs`: projects that an administrator wants to give to one of their members.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::schema::hand_overs;
use super::{DbConnection, ProjectId, Result, UserId};

/// A pending hand-over. A project has at most one.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = hand_overs)]
pub struct HandOver {
    pub project_id: ProjectId,
    /// Who becomes an owner.
    pub to_user: UserId,
    /// The administrator who asked for it.
    pub asked_by: UserId,
    pub asked_at: NaiveDateTime,
    /// When it takes effect, UTC.
    pub due_at: NaiveDateTime,
    /// The hash of the token of the link that stops it.
    pub digest: Vec<u8>,
}

pub fn insert(connection: &mut DbConnection, hand_over: &HandOver) -> Result<()> {
    diesel::insert_into(hand_overs::table).values(hand_over).execute(connection)?;
    Ok(())
}

/// The pending hand-over of a project.
pub fn find(connection: &mut DbConnection, project: &ProjectId) -> Result<Option<HandOver>> {
    let found = hand_overs::table.find(project).select(HandOver::as_select());
    Ok(found.first(connection).optional()?)
}

/// The pending hand-over that a link stops.
pub fn find_by_digest(connection: &mut DbConnection, digest: &[u8]) -> Result<Option<HandOver>> {
    let found = hand_overs::table.filter(hand_overs::digest.eq(digest));
    Ok(found.select(HandOver::as_select()).first(connection).optional()?)
}

/// Those that are due, the oldest first.
pub fn due(connection: &mut DbConnection, now: NaiveDateTime) -> Result<Vec<HandOver>> {
    let due = hand_overs::table.filter(hand_overs::due_at.le(now)).order(hand_overs::due_at);
    Ok(due.select(HandOver::as_select()).load(connection)?)
}

/// Ends a pending hand-over. `false`: it had ended already.
pub fn delete(connection: &mut DbConnection, project: &ProjectId) -> Result<bool> {
    Ok(diesel::delete(hand_overs::table.find(project)).execute(connection)? == 1)
}

/// Ends those that concern a user, because their account is deleted.
pub fn delete_of(connection: &mut DbConnection, user: &UserId) -> Result<()> {
    let theirs = hand_overs::to_user.eq(user).or(hand_overs::asked_by.eq(user));
    diesel::delete(hand_overs::table.filter(theirs)).execute(connection)?;
    Ok(())
}
