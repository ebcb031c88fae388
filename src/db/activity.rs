//! Table `activity`: the audit log. Rows are added, never changed; only the name of somebody whose
//! account was deleted is taken out of them.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text, Timestamp};

use super::schema::activity;
use super::users::User;
use super::{
    Action, ActivityId, DbConnection, EnvironmentId, ProjectId, Result, SubjectKind, UserId,
};

/// The name of an actor who is neither a user nor a stranger.
pub const COMMAND_LINE: &str = "the command line";

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = activity)]
pub struct ActivityEntry {
    /// `act_…`, which sorts by time.
    pub id: ActivityId,
    pub at: NaiveDateTime,
    pub action: Action,
    pub subject_kind: SubjectKind,
    /// `key_…`, `prj_…` and so on.
    pub subject_id: String,
    /// The name of the subject at that time.
    pub subject: String,
    /// The mask of a key; empty for everything else.
    pub mask: String,
    /// What changed, in words; may be empty.
    pub detail: String,
    /// The name of the environment at that time; may be empty.
    pub environment: String,
    /// `None`: the command line.
    pub actor_id: Option<UserId>,
    /// The name of the actor at that time.
    pub actor: String,
    /// The address that the request came from.
    pub address: Option<String>,
    /// The public name of the session. It can't be used to sign in.
    pub session: Option<String>,
    /// Who ran the command line, as they said: nobody checked that.
    pub says: Option<String>,
}

#[derive(Insertable)]
#[diesel(table_name = activity)]
pub struct NewEntry<'a> {
    /// `act_…`
    pub id: &'a ActivityId,
    /// `None`: outside all projects.
    pub project_id: Option<&'a ProjectId>,
    pub at: NaiveDateTime,
    pub action: Action,
    pub subject_kind: SubjectKind,
    /// `key_…`, `prj_…` and so on.
    pub subject_id: &'a str,
    pub subject: &'a str,
    /// The folded name, by which entries are searched.
    pub subject_folded: &'a str,
    /// The mask of a key, or empty.
    pub mask: &'a str,
    /// What changed, in words; may be empty.
    pub detail: &'a str,
    /// The environment, if the subject is in one.
    pub environment_id: Option<&'a EnvironmentId>,
    /// The name of the environment, or empty.
    pub environment: &'a str,
    /// `None`: the command line.
    pub actor_id: Option<&'a UserId>,
    /// The name of the actor.
    pub actor: &'a str,
    /// The address that the request came from.
    pub address: Option<&'a str>,
    /// The public name of the session. It can't be used to sign in.
    pub session: Option<&'a str>,
    /// Who runs the command line, as they say.
    pub says: Option<&'a str>,
}

pub fn insert(connection: &mut DbConnection, entry: &NewEntry<'_>) -> Result<()> {
    diesel::insert_into(activity::table).values(entry).execute(connection)?;
    Ok(())
}

/// Adds an entry for each living key of an environment. Everything but the key comes from `entry`.
/// An entry's id is made of the time in `entry.id` and the random part of the key's id, so it is as
/// unique as the key's.
pub fn insert_for_keys(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    entry: &NewEntry<'_>,
) -> Result<()> {
    let time: String = entry.id.as_str().chars().take(16).collect();
    diesel::sql_query(
        "INSERT INTO activity (id, project_id, at, action, subject_kind, subject_id, subject, subject_folded, mask, detail, \
         environment_id, environment, actor_id, actor, address, session, says) \
         SELECT $1 || substr(id, 17), $2, $3, $4, $5, id, name, name_folded, mask, $6, environment_id, $7, $8, $9, $10, $11, $12 \
         FROM api_keys WHERE environment_id = $13 AND deleted_at IS NULL",
    )
    .bind::<Text, _>(time)
    .bind::<Nullable<Text>, _>(entry.project_id)
    .bind::<Timestamp, _>(entry.at)
    .bind::<Text, _>(entry.action)
    .bind::<Text, _>(entry.subject_kind)
    .bind::<Text, _>(entry.detail)
    .bind::<Text, _>(entry.environment)
    .bind::<Nullable<Text>, _>(entry.actor_id)
    .bind::<Text, _>(entry.actor)
    .bind::<Nullable<Text>, _>(entry.address)
    .bind::<Nullable<Text>, _>(entry.session)
    .bind::<Nullable<Text>, _>(entry.says)
    .bind::<Text, _>(environment)
    .execute(connection)?;
    Ok(())
}

/// The entries about a user's account, which belong to no project: newest first, older than
/// `before`.
pub fn list_of_account(
    connection: &mut DbConnection,
    user: &UserId,
    before: Option<&ActivityId>,
    limit: i64,
) -> Result<Vec<ActivityEntry>> {
    let mut entries = activity::table
        .filter(activity::project_id.is_null())
        .filter(activity::subject_id.eq(user.as_str()))
        .into_boxed();
    if let Some(before) = before {
        entries = entries.filter(activity::id.lt(before));
    }
    Ok(entries
        .order(activity::id.desc())
        .limit(limit)
        .select(ActivityEntry::as_select())
        .load(connection)?)
}

/// How many of these actions were recorded about a user's account since `since`.
pub fn count_of_account(
    connection: &mut DbConnection,
    user: &UserId,
    action: Action,
    since: NaiveDateTime,
) -> Result<i64> {
    Ok(activity::table
        .filter(activity::project_id.is_null())
        .filter(activity::subject_id.eq(user.as_str()))
        .filter(activity::action.eq(action))
        .filter(activity::at.gt(since))
        .count()
        .get_result(connection)?)
}

/// When a user last changed or used their own account, for example by signing in or out.
pub fn last_of_account(
    connection: &mut DbConnection,
    user: &UserId,
) -> Result<Option<NaiveDateTime>> {
    let own = activity::table
        .filter(activity::project_id.is_null())
        .filter(activity::subject_id.eq(user.as_str()));
    let own = own.filter(activity::actor_id.eq(user)).order(activity::id.desc());
    Ok(own.select(activity::at).first(connection).optional()?)
}

/// The entries of a project that are to be listed.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only entries of this actor. The inner `None` is the command line.
    pub actor: Option<Option<UserId>>,
    /// Only entries about this kind of subject.
    pub kind: Option<SubjectKind>,
    pub environment: Option<EnvironmentId>,
    pub subject_id: Option<String>,
    /// At this time or later, UTC.
    pub from: Option<NaiveDateTime>,
    /// Only entries whose folded name or mask begins like this; empty: all.
    pub prefix: String,
}

/// The entries of a project that match, newest first, older than `before`. Paging is by id and not
/// by offset, so that the last page is as quick as the first.
pub fn list(
    connection: &mut DbConnection,
    project: &ProjectId,
    filter: &Filter,
    before: Option<&ActivityId>,
    limit: i64,
) -> Result<Vec<ActivityEntry>> {
    let mut entries = activity::table.filter(activity::project_id.eq(project)).into_boxed();
    match &filter.actor {
        Some(Some(user)) => entries = entries.filter(activity::actor_id.eq(user)),
        Some(None) => {
            entries =
                entries.filter(activity::actor_id.is_null().and(activity::actor.eq(COMMAND_LINE)))
        }
        None => {}
    }
    if let Some(kind) = filter.kind {
        entries = entries.filter(activity::subject_kind.eq(kind));
    }
    if let Some(environment) = &filter.environment {
        entries = entries.filter(activity::environment_id.eq(environment));
    }
    if let Some(subject) = &filter.subject_id {
        entries = entries.filter(activity::subject_id.eq(subject));
    }
    if let Some(from) = filter.from {
        entries = entries.filter(activity::at.ge(from));
    }
    if !filter.prefix.is_empty() {
        // A range instead of `LIKE`, as in `api_keys`, because an index can find it.
        let (from, to) = (filter.prefix.as_str(), format!("{}{}", filter.prefix, char::MAX));
        let named = activity::subject_folded.ge(from).and(activity::subject_folded.lt(to.clone()));
        entries = entries.filter(named.or(activity::mask.ge(from).and(activity::mask.lt(to))));
    }
    if let Some(before) = before {
        entries = entries.filter(activity::id.lt(before));
    }
    Ok(entries
        .order(activity::id.desc())
        .limit(limit)
        .select(ActivityEntry::as_select())
        .load(connection)?)
}

/// The entries about members who were removed from a project or left it, newest first.
fn departures(
    project: &ProjectId,
) -> activity::BoxedQuery<'_, <DbConnection as Connection>::Backend> {
    activity::table
        .filter(
            activity::project_id.eq(project).and(activity::subject_kind.eq(SubjectKind::Member)),
        )
        .filter(activity::action.eq_any([Action::MemberRemoved, Action::MemberLeft]))
        .order(activity::id.desc())
        .into_boxed()
}

/// The entry about how this member last left the project.
pub fn departure(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: &UserId,
) -> Result<Option<ActivityEntry>> {
    Ok(departures(project)
        .filter(activity::subject_id.eq(user.as_str()))
        .select(ActivityEntry::as_select())
        .first(connection)
        .optional()?)
}

/// The users who left the project, with their names at that time: the latest first, one entry for
/// each time that they left.
pub fn departed(
    connection: &mut DbConnection,
    project: &ProjectId,
) -> Result<Vec<(String, String)>> {
    Ok(departures(project).select((activity::subject_id, activity::subject)).load(connection)?)
}

/// Replaces what an entry is about by another name.
pub(super) fn erase_subject(connection: &mut DbConnection, id: &str, name: &str) -> Result<()> {
    diesel::update(activity::table.filter(activity::subject_id.eq(id)))
        .set((activity::subject.eq(name), activity::subject_folded.eq(name.to_lowercase())))
        .execute(connection)?;
    Ok(())
}

/// Takes everything that names a person out of the entries: their name, their addresses, and what
/// they called themselves before. `name` stands there instead.
pub fn erase(connection: &mut DbConnection, user: &User, name: &str) -> Result<()> {
    erase_subject(connection, user.id.as_str(), name)?;
    let none = None::<String>;
    diesel::update(activity::table.filter(activity::actor_id.eq(&user.id)))
        .set((activity::actor.eq(name), activity::address.eq(&none), activity::session.eq(&none)))
        .execute(connection)?;
    let own = [
        Action::UserNameChanged,
        Action::UserEmailChanged,
        Action::UserEmailAsked,
        Action::UserEmailCancelled,
        Action::UserSessionEnded,
        Action::UserSignInRefused,
    ];
    let about = activity::subject_id.eq(user.id.as_str()).and(activity::action.eq_any(own));
    diesel::update(activity::table.filter(about))
        .set((activity::detail.eq(""), activity::address.eq(&none)))
        .execute(connection)?;
    let handed = activity::action.eq(Action::ProjectHandedOver);
    let to_them = activity::detail.eq(format!("to {}", user.name));
    diesel::update(activity::table.filter(handed.and(to_them)))
        .set(activity::detail.eq(format!("to {name}")))
        .execute(connection)?;
    Ok(())
}
