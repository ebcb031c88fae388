//! The members of a team, and its former members.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDateTime;

use super::Role;
use crate::db::api_keys;
pub use crate::db::api_keys::CreatedKey;
use crate::db::{Action, DbConnection, ProjectId, Result, activity, members, sessions};
use crate::domain::paging::{Part, Wanted};
use crate::domain::text::fold;
use crate::domain::users::{self, User};
use crate::model::Natural;

#[derive(Debug, Clone)]
pub struct Member {
    pub user: User,
    /// What they may do.
    pub role: Role,
    /// When the member made the last request, or signed out. `None`: never.
    pub last_seen: Option<NaiveDateTime>,
}

#[derive(Debug, Clone)]
pub struct Departure {
    pub name: String,
    /// The name of who removed them. `None`: they left.
    pub by: Option<String>,
    pub at: NaiveDateTime,
}

/// The members of a project: owners first, then by name.
pub fn list(connection: &mut DbConnection, project: &ProjectId) -> Result<Vec<Member>> {
    let people = in_order(connection, project)?;
    with_last_seen(connection, people)
}

/// A page of the members.
pub fn page(
    connection: &mut DbConnection,
    project: &ProjectId,
    wanted: &Wanted,
) -> Result<Part<Member>> {
    let people = in_order(connection, project)?;
    let (people, part) = Part::of(people, wanted, |(user, _)| vec![&user.name, &user.email]).take();
    Ok(part.with(with_last_seen(connection, people)?))
}

fn in_order(connection: &mut DbConnection, project: &ProjectId) -> Result<Vec<(User, Role)>> {
    let mut people = members::list(connection, project)?;
    people.sort_by_cached_key(|(user, role)| {
        let rank = Role::ALL.iter().position(|other| other == role);
        (rank, Natural::of(&fold(&user.name)))
    });
    Ok(people)
}

fn with_last_seen(connection: &mut DbConnection, people: Vec<(User, Role)>) -> Result<Vec<Member>> {
    let ids: Vec<users::Id> = people.iter().map(|(user, _)| user.id.clone()).collect();
    let seen: HashMap<users::Id, Option<NaiveDateTime>> =
        sessions::last_seen(connection, &ids)?.into_iter().collect();
    let mut listed = Vec::with_capacity(people.len());
    for (user, role) in people {
        let last_seen = match seen.get(&user.id).copied().flatten() {
            Some(at) => Some(at),
            None => activity::last_of_account(connection, &user.id)?,
        };
        listed.push(Member { user, role, last_seen });
    }
    Ok(listed)
}

/// A member of a project.
pub fn find(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: &users::Id,
) -> Result<Option<(User, Role)>> {
    members::find(connection, project, user)
}

/// The newest living keys of a project that a member created, and how many there are. The keys work whether or not their creator is a member.
pub fn keys_of(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: &users::Id,
    limit: i64,
) -> Result<(Vec<CreatedKey>, i64)> {
    api_keys::list_created_by(connection, project, user, limit)
}

/// How this user left the project, according to the activity, if they were a member.
pub fn departure(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: &users::Id,
) -> Result<Option<Departure>> {
    Ok(activity::departure(connection, project, user)?.map(|entry| Departure {
        name: entry.subject,
        by: (entry.action == Action::MemberRemoved).then_some(entry.actor),
        at: entry.at,
    }))
}

/// The former members, with the names that they had when they left, sorted by name.
pub fn former(
    connection: &mut DbConnection,
    project: &ProjectId,
) -> Result<Vec<(users::Id, String)>> {
    let mut known: HashSet<users::Id> =
        members::people(connection, project)?.into_iter().map(|user| user.id).collect();
    let gone = activity::departed(connection, project)?.into_iter();
    let gone = gone.filter_map(|(id, name)| Some((users::Id::parse(&id)?, name)));
    let mut former: Vec<_> = gone.filter(|(id, _)| known.insert(id.clone())).collect();
    former.sort_by_cached_key(|(_, name)| fold(name));
    Ok(former)
}
