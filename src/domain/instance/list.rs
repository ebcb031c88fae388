//! What the pages of the instance list. It tells of projects who owns them and how much is in them,
//! and nothing of what is in them.

use std::collections::HashMap;

use chrono::NaiveDateTime;

use super::AccountError;
use crate::db::{DbConnection, Result, Role, activity, members, sessions, two_step};
use crate::domain::projects::{self, Holds, Project};
use crate::domain::text::fold;
use crate::domain::users::{self, User};

/// An account.
#[derive(Debug, Clone)]
pub struct Account {
    pub user: User,
    /// When the user made the last request, or signed out. `None`: never.
    pub last_seen: Option<NaiveDateTime>,
    /// Whether signing in asks for a code.
    pub two_step: bool,
    /// The living projects, by name, and what the user is there.
    pub projects: Vec<(Project, Role)>,
}

/// A project, as whoever runs the instance sees it.
#[derive(Debug, Clone)]
pub struct Holding {
    pub project: Project,
    pub holds: Holds,
    /// By name.
    pub owners: Vec<User>,
    pub members: usize,
}

impl Holding {
    /// Whether none of the owners can sign in.
    pub fn is_orphaned(&self) -> bool {
        !self.owners.iter().any(User::is_active)
    }
}

/// All accounts, by name.
pub fn accounts(connection: &mut DbConnection) -> Result<Vec<Account>> {
    let users = users::all(connection)?;
    let ids: Vec<users::Id> = users.iter().map(|user| user.id.clone()).collect();
    let seen: HashMap<users::Id, Option<NaiveDateTime>> =
        sessions::last_seen(connection, &ids)?.into_iter().collect();
    let with_code = two_step::users(connection)?;
    let known: HashMap<_, _> = projects::list_all(connection)?
        .into_iter()
        .map(|(project, _)| (project.id.clone(), project))
        .collect();
    let mut of: HashMap<users::Id, Vec<(Project, Role)>> = HashMap::new();
    for (project, user, role) in members::all(connection)? {
        if let Some(project) = known.get(&project) {
            of.entry(user.id).or_default().push((project.clone(), role));
        }
    }
    let mut accounts = Vec::with_capacity(users.len());
    for user in users {
        let last_seen = match seen.get(&user.id).copied().flatten() {
            Some(at) => Some(at),
            None => activity::last_of_account(connection, &user.id)?,
        };
        let mut projects = of.remove(&user.id).unwrap_or_default();
        projects.sort_by_cached_key(|(project, _)| fold(&project.name));
        let two_step = with_code.contains(&user.id);
        accounts.push(Account { user, last_seen, two_step, projects });
    }
    accounts.sort_by_cached_key(|account| (fold(&account.user.name), account.user.email.clone()));
    Ok(accounts)
}

/// One account.
pub fn account(
    connection: &mut DbConnection,
    user: &users::Id,
) -> std::result::Result<Account, AccountError> {
    let found = accounts(connection)?.into_iter().find(|account| account.user.id == *user);
    found.ok_or(AccountError::Unknown)
}

/// All living projects, by name.
pub fn projects(connection: &mut DbConnection) -> Result<Vec<Holding>> {
    let mut people: HashMap<_, Vec<(User, Role)>> = HashMap::new();
    for (project, user, role) in members::all(connection)? {
        people.entry(project).or_default().push((user, role));
    }
    let mut holdings = Vec::new();
    for (project, holds) in projects::list_all(connection)? {
        let team = people.remove(&project.id).unwrap_or_default();
        let members = team.len();
        let owners = team.into_iter().filter(|(_, role)| *role == Role::Owner);
        let mut owners: Vec<User> = owners.map(|(user, _)| user).collect();
        owners.sort_by_cached_key(|owner| fold(&owner.name));
        holdings.push(Holding { project, holds, owners, members });
    }
    holdings.sort_by_cached_key(|holding| fold(&holding.project.name));
    Ok(holdings)
}
