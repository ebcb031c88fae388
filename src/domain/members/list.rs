//! Who is in a team, and who was.

use std::collections::HashSet;

use chrono::NaiveDateTime;

use super::Role;
use crate::db::api_keys::{self, ApiKey};
use crate::db::{Action, DbConnection, ProjectId, Result, activity, members, sessions};
use crate::domain::users::{self, User};

/// Somebody in a project.
#[derive(Debug, Clone)]
pub struct Member {
    /// Who.
    pub user: User,
    /// What they may do.
    pub role: Role,
    /// Their last request, if they have a session.
    pub last_seen: Option<NaiveDateTime>,
}

/// How somebody went.
#[derive(Debug, Clone)]
pub struct Departure {
    /// Who.
    pub name: String,
    /// Who removed them; nobody: they left.
    pub by: Option<String>,
    /// UTC.
    pub at: NaiveDateTime,
}

/// The members of a project: owners first, then by name.
pub fn list(connection: &mut DbConnection, project: &ProjectId) -> Result<Vec<Member>> {
    let people = members::list(connection, project)?;
    let ids: Vec<users::Id> = people.iter().map(|(user, _)| user.id.clone()).collect();
    let seen = sessions::last_seen(connection, &ids)?;
    let member = |(user, role): (User, Role)| {
        let last_seen = seen.iter().find(|(id, _)| *id == user.id).and_then(|(_, at)| *at);
        Member { user, role, last_seen }
    };
    let mut listed: Vec<Member> = people.into_iter().map(member).collect();
    listed.sort_by_key(|member| Role::ALL.iter().position(|role| *role == member.role));
    Ok(listed)
}

/// A member of a project.
pub fn find(connection: &mut DbConnection, project: &ProjectId, user: &users::Id) -> Result<Option<(User, Role)>> {
    members::find(connection, project, user)
}

/// The newest living keys of a project that a member created, with the environment's name, and how many there are. They
/// work whether or not their creator is there.
pub fn keys_of(connection: &mut DbConnection, project: &ProjectId, user: &users::Id, limit: i64) -> Result<(Vec<(ApiKey, String)>, i64)> {
    api_keys::list_created_by(connection, project, user, limit)
}

/// How this user went, if they were a member; the activity remembers.
pub fn departure(connection: &mut DbConnection, project: &ProjectId, user: &users::Id) -> Result<Option<Departure>> {
    Ok(activity::departure(connection, project, user)?.map(|entry| Departure {
        name: entry.subject,
        by: (entry.action == Action::MemberRemoved).then_some(entry.actor),
        at: entry.at,
    }))
}

/// Those who were members and are not, with the name they had then, by name.
pub fn former(connection: &mut DbConnection, project: &ProjectId) -> Result<Vec<(users::Id, String)>> {
    let mut known: HashSet<users::Id> = members::people(connection, project)?.into_iter().map(|user| user.id).collect();
    let gone = activity::departed(connection, project)?.into_iter();
    let gone = gone.filter_map(|(id, name)| Some((users::Id::parse(&id)?, name)));
    let mut former: Vec<_> = gone.filter(|(id, _)| known.insert(id.clone())).collect();
    former.sort_by(|(_, a), (_, b)| a.cmp(b));
    Ok(former)
}
