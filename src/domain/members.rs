//! Who may do what: the table of rights of a project.

pub use crate::db::Role;
pub use crate::db::members::people;

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
