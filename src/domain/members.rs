//! Who may do what: the table of rights of a project.

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
