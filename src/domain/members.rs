//! The members of a project, and the table of rights: who may do what.

mod add;
mod change_role;
mod hand_over;
mod list;
mod problem;
mod remove;

pub use add::{AddError, add};
pub use change_role::{change_role, keep_an_owner};
pub use hand_over::hand_over;
pub use list::{CreatedKey, Departure, Member, departure, find, former, keys_of, list, page};
pub use problem::Problem;
pub use remove::remove;

use super::Actor;
use crate::db::{self, DbConnection, EnvironmentId, ProjectId};

pub use crate::db::Role;
pub use crate::db::members::people;

/// The e-mail addresses of the owners and admins of a project.
pub fn managers(connection: &mut DbConnection, project: &ProjectId) -> db::Result<Vec<String>> {
    let people = db::members::list(connection, project)?.into_iter();
    Ok(people
        .filter(|(user, role)| user.is_active() && Right::Manage.belongs_to(*role))
        .map(|(user, _)| user.email)
        .collect())
}

/// Rights in a whole project that only some roles have. (Keys have a rule of their own:
/// [`may_change_keys`].)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    AddEnvironments,
    /// Rename, protect and delete environments; invite, remove and change members; change settings.
    Manage,
    /// Delete the project or hand it over; change who its owners and admins are.
    Own,
}

impl Right {
    /// Whether somebody with this role has the right.
    pub fn belongs_to(self, role: Role) -> bool {
        match role {
            Role::Owner => true,
            Role::Admin => matches!(self, Self::AddEnvironments | Self::Manage),
            Role::Member => matches!(self, Self::AddEnvironments),
            Role::Viewer => false,
        }
    }

    /// Why the others do not have it, as a message for them.
    pub fn why_not(self) -> &'static str {
        match self {
            Self::AddEnvironments => {
                "You are a viewer of this project. Only owners, admins and members can add environments."
            }
            Self::Manage => "Only owners and admins of this project can change this.",
            Self::Own => "Only owners of this project can do this.",
        }
    }
}

/// Why somebody may not do what they asked for.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// They are not a member, or the project is deleted. For them the project does not exist.
    #[error("not a member of a living project")]
    Stranger,
    /// Their role does not allow it. The text is a message for them.
    #[error("{0}")]
    Forbidden(String),
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// The role of the actor at this moment. The command line may do everything.
pub(crate) fn role_of(
    connection: &mut DbConnection,
    project: &ProjectId,
    actor: &Actor,
) -> Result<Role, AccessError> {
    match actor {
        Actor::CommandLine { .. } => Ok(Role::Owner),
        Actor::User { id, .. } => {
            db::members::role(connection, project, id)?.ok_or(AccessError::Stranger)
        }
        Actor::Stranger { .. } => Err(AccessError::Stranger),
    }
}

/// Checks a right within the transaction of the change, because it may have been taken away since
/// the page was shown.
pub fn require(
    connection: &mut DbConnection,
    project: &ProjectId,
    actor: &Actor,
    right: Right,
) -> Result<(), AccessError> {
    let role = role_of(connection, project, actor)?;
    if right.belongs_to(role) {
        Ok(())
    } else {
        Err(AccessError::Forbidden(right.why_not().to_owned()))
    }
}

/// Like [`require`], for the keys of an environment. The environment may have been protected
/// meanwhile, too.
pub fn require_keys(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    actor: &Actor,
) -> Result<(), AccessError> {
    let environment =
        db::environments::find(connection, environment)?.ok_or(AccessError::Stranger)?;
    let role = role_of(connection, &environment.project_id, actor)?;
    if may_change_keys(role, environment.protected) {
        Ok(())
    } else {
        Err(AccessError::Forbidden(why_not_change_keys(role, &environment.name)))
    }
}

/// Why a member may not add or change environments, as a message for them. `None`: they may.
pub fn why_not_change_environments(role: Role) -> Option<&'static str> {
    match role {
        Role::Owner | Role::Admin => None,
        Role::Member => Some("Only owners and admins can rename, protect or delete environments."),
        Role::Viewer => Some(
            "You are a viewer of this project. Only owners, admins and members can add environments, and only owners and admins can change them.",
        ),
    }
}

/// Whether a member with this role may add, change and delete keys of an environment.
pub fn may_change_keys(role: Role, protected: bool) -> bool {
    match role {
        Role::Owner | Role::Admin => true,
        Role::Member => !protected,
        Role::Viewer => false,
    }
}

/// Why a member may not add and delete keys of `environment`, as a message for them.
pub fn why_not_change_keys(role: Role, environment: &str) -> String {
    match role {
        Role::Viewer => "You are a viewer of this project. Only owners, admins and members can add or delete keys.".to_owned(),
        Role::Owner | Role::Admin | Role::Member => {
            format!("{environment} is protected. Only owners and admins can add or delete keys.")
        }
    }
}

/// Whether somebody with the role `by` may invite with the role `of`, remove a member who has it,
/// or change a role from or to it. Owners may do this for all roles, admins for those below them.
pub fn may_manage(by: Role, of: Role) -> bool {
    match by {
        Role::Owner => true,
        Role::Admin => matches!(of, Role::Member | Role::Viewer),
        Role::Member | Role::Viewer => false,
    }
}

/// Why somebody may not manage all roles, as a message for them.
pub fn why_not_manage(by: Role) -> &'static str {
    match by {
        Role::Owner | Role::Admin => "Only owners can invite, change or remove owners and admins.",
        Role::Member | Role::Viewer => {
            "Only owners and admins can invite people, change roles and remove members."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_manage_everybody_admins_those_below_them_and_others_nobody() {
        // The actor's role, and for each the roles that it is about, in the order of `Role::ALL`:
        // owner, admin, member, viewer.
        let table = [
            (Role::Owner, [true, true, true, true]),
            (Role::Admin, [false, false, true, true]),
            (Role::Member, [false; 4]),
            (Role::Viewer, [false; 4]),
        ];
        for (by, expected) in table {
            let may: Vec<bool> = Role::ALL.iter().map(|of| may_manage(by, *of)).collect();
            assert_eq!(may, expected, "{by}");
            assert_eq!(
                may.contains(&true),
                Right::Manage.belongs_to(by),
                "the page is for those who may do anything there"
            );
        }
    }
}
