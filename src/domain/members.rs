//! Who may do what: the table of rights of a project.

use super::Actor;
use crate::db::{self, DbConnection, ProjectId};

pub use crate::db::Role;
pub use crate::db::members::people;

/// What only some roles may do in a whole project. (Keys have their own rule: [`may_change_keys`].)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Add environments.
    AddEnvironments,
    /// Rename, protect and delete environments; invite, remove and change members; change settings.
    Manage,
    /// Delete the project or hand it over; change who its owners and admins are.
    Own,
}

impl Right {
    /// Whether somebody with this role has it.
    pub fn belongs_to(self, role: Role) -> bool {
        match role {
            Role::Owner => true,
            Role::Admin => matches!(self, Self::AddEnvironments | Self::Manage),
            Role::Member => matches!(self, Self::AddEnvironments),
            Role::Viewer => false,
        }
    }

    /// Why others may not, in words for them.
    pub fn why_not(self) -> &'static str {
        match self {
            Self::AddEnvironments => "You are a viewer of this project. Only owners, admins and members can add environments.",
            Self::Manage => "Only owners and admins of this project can change this.",
            Self::Own => "Only owners of this project can do this.",
        }
    }
}

/// Why somebody may not do what they ask for.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// They are no member, or the project is deleted: for them it does not exist.
    #[error("not a member of a living project")]
    Stranger,
    /// Their role does not have this right.
    #[error("{}", .0.why_not())]
    Role(Right),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Asks for a right inside the transaction of the change: what the page was shown for may have been taken
/// away meanwhile. The command line has every right.
pub fn require(connection: &mut DbConnection, project: &ProjectId, actor: &Actor, right: Right) -> Result<(), Refused> {
    let Some(user) = actor.user() else { return Ok(()) };
    match db::members::role(connection, project, user)? {
        Some(role) if right.belongs_to(role) => Ok(()),
        Some(_) => Err(Refused::Role(right)),
        None => Err(Refused::Stranger),
    }
}

/// Why a member may not add or change environments, in words for them; `None`: they may.
pub fn why_not_change_environments(role: Role) -> Option<&'static str> {
    match role {
        Role::Owner | Role::Admin => None,
        Role::Member => Some("Only owners and admins can rename, protect or delete environments."),
        Role::Viewer => Some(
            "You are a viewer of this project. Only owners, admins and members can add environments, and only owners and admins can change them.",
        ),
    }
}

/// Whether a member may add and delete keys in an environment.
pub fn may_change_keys(role: Role, protected: bool) -> bool {
    match role {
        Role::Owner | Role::Admin => true,
        Role::Member => !protected,
        Role::Viewer => false,
    }
}

/// Why a member may not add and delete keys in `environment`, in words for them.
pub fn why_not_change_keys(role: Role, environment: &str) -> String {
    match role {
        Role::Viewer => "You are a viewer of this project. Only owners, admins and members can add or delete keys.".to_owned(),
        Role::Owner | Role::Admin | Role::Member => {
            format!("{environment} is protected. Only owners and admins can add or delete keys.")
        }
    }
}
