//! Table `invitations`: links that let people join a project. Only the hashes of the links' tokens
//! are stored.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::international::is_international;
use super::schema::invitations;
use super::{DbConnection, Ended, InvitationId, Mail, ProjectId, Result, Role, UserId};

/// An invitation with its link.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = invitations)]
pub struct Invitation {
    /// `inv_…`
    pub id: InvitationId,
    pub project_id: ProjectId,
    /// The name of the project at that time.
    pub project: String,
    /// The address of the invited person, as people see it.
    pub email: String,
    /// The address as it is compared.
    pub email_folded: String,
    pub role: Role,
    pub created_at: NaiveDateTime,
    /// `None`: the command line.
    pub created_by: Option<UserId>,
    /// When the link expires, UTC. It is refused from then on.
    pub expires_at: NaiveDateTime,
    /// Whether the link was sent by e-mail.
    pub mail: Mail,
    /// How the invitation ended. `None`: it is pending.
    pub ended: Option<Ended>,
    pub ended_at: Option<NaiveDateTime>,
    pub ended_by: Option<UserId>,
}

pub fn insert(connection: &mut DbConnection, invitation: &Invitation, digest: &[u8]) -> Result<()> {
    diesel::insert_into(invitations::table)
        .values((invitation, invitations::digest.eq(digest)))
        .execute(connection)?;
    Ok(())
}

/// The invitation with this id, pending or not.
pub fn find(connection: &mut DbConnection, id: &InvitationId) -> Result<Option<Invitation>> {
    Ok(invitations::table.find(id).select(Invitation::as_select()).first(connection).optional()?)
}

/// The invitation whose token has this hash, pending or not.
pub fn find_by_digest(connection: &mut DbConnection, digest: &[u8]) -> Result<Option<Invitation>> {
    Ok(invitations::table
        .filter(invitations::digest.eq(digest))
        .select(Invitation::as_select())
        .first(connection)
        .optional()?)
}

/// The pending invitation to a project for this address.
pub fn find_pending(
    connection: &mut DbConnection,
    project: &ProjectId,
    email_folded: &str,
) -> Result<Option<Invitation>> {
    Ok(invitations::table
        .filter(
            invitations::project_id
                .eq(project)
                .and(invitations::email_folded.eq(email_folded))
                .and(invitations::ended.is_null()),
        )
        .select(Invitation::as_select())
        .first(connection)
        .optional()?)
}

/// The pending invitations of a project, newest first.
pub fn pending(connection: &mut DbConnection, project: &ProjectId) -> Result<Vec<Invitation>> {
    Ok(invitations::table
        .filter(invitations::project_id.eq(project).and(invitations::ended.is_null()))
        .order((invitations::created_at.desc(), invitations::id.desc()))
        .select(Invitation::as_select())
        .load(connection)?)
}

/// The pending invitations of a project that a user made.
pub fn pending_by(
    connection: &mut DbConnection,
    project: &ProjectId,
    by: &UserId,
) -> Result<Vec<Invitation>> {
    Ok(invitations::table
        .filter(
            invitations::project_id
                .eq(project)
                .and(invitations::created_by.eq(by))
                .and(invitations::ended.is_null()),
        )
        .select(Invitation::as_select())
        .load(connection)?)
}

/// How many invitations since `since` were not accepted: those that this user made, and those to
/// this address from anybody. (Renewing an invitation makes another one.)
pub fn count_since(
    connection: &mut DbConnection,
    by: Option<&UserId>,
    email_folded: &str,
    since: NaiveDateTime,
) -> Result<(i64, i64)> {
    let unused = invitations::ended.is_null().or(invitations::ended.ne(Ended::Used));
    let made = invitations::table.filter(invitations::created_at.gt(since)).filter(unused);
    let by_them = match by {
        Some(by) => made.filter(invitations::created_by.eq(by)).count().get_result(connection)?,
        None => 0,
    };
    Ok((
        by_them,
        made.filter(invitations::email_folded.eq(email_folded)).count().get_result(connection)?,
    ))
}

/// Ends a pending invitation. `false`: it was not pending any more.
pub fn end(
    connection: &mut DbConnection,
    id: &InvitationId,
    how: Ended,
    by: Option<&UserId>,
    now: NaiveDateTime,
) -> Result<bool> {
    let pending =
        invitations::table.filter(invitations::id.eq(id).and(invitations::ended.is_null()));
    let values =
        (invitations::ended.eq(how), invitations::ended_at.eq(now), invitations::ended_by.eq(by));
    Ok(diesel::update(pending).set(values).execute(connection)? == 1)
}

/// Notes that a mail server accepted the link.
pub fn mark_sent(connection: &mut DbConnection, id: &InvitationId) -> Result<()> {
    diesel::update(invitations::table.find(id))
        .set(invitations::mail.eq(Mail::Sent))
        .execute(connection)?;
    Ok(())
}

/// The pending invitations to addresses that may be written in two ways.
pub fn with_international_email(connection: &mut DbConnection) -> Result<Vec<Invitation>> {
    let international = is_international(connection, "email", "email_folded");
    Ok(invitations::table
        .filter(invitations::ended.is_null())
        .filter(international)
        .order(invitations::id)
        .select(Invitation::as_select())
        .load(connection)?)
}

/// Another spelling of the address.
pub fn set_email(
    connection: &mut DbConnection,
    id: &InvitationId,
    email: &str,
    folded: &str,
) -> Result<()> {
    diesel::update(invitations::table.find(id))
        .set((invitations::email.eq(email), invitations::email_folded.eq(folded)))
        .execute(connection)?;
    Ok(())
}

/// Takes an address out of all invitations to it, and out of what the activity says of them.
/// Pending ones end.
pub fn erase(connection: &mut DbConnection, email_folded: &str) -> Result<()> {
    let to = invitations::table.filter(invitations::email_folded.eq(email_folded));
    let ids: Vec<InvitationId> = to.select(invitations::id).load(connection)?;
    let pending = to.filter(invitations::ended.is_null());
    diesel::update(pending).set(invitations::ended.eq(Ended::Cancelled)).execute(connection)?;
    for id in ids {
        diesel::update(invitations::table.find(&id))
            .set((invitations::email.eq(""), invitations::email_folded.eq(id.as_str())))
            .execute(connection)?;
        super::activity::erase_subject(connection, id.as_str(), "a former member")?;
    }
    Ok(())
}
