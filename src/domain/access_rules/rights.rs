//! Which operations each group may perform.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Group, Operation};

/// The table on the access rules page: for each group, the operations that it may perform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, Vec<Operation>>", into = "BTreeMap<String, Vec<Operation>>")]
pub struct Rights([[bool; Operation::ALL.len()]; Group::ALL.len()]);

impl Rights {
    /// Allows nothing to anybody.
    pub const NONE: Self = Self([[false; Operation::ALL.len()]; Group::ALL.len()]);

    /// Whether a call of this group may perform the operation.
    pub fn allow(&self, group: Group, operation: Operation) -> bool {
        self.0[group as usize][operation as usize]
    }

    /// Allows the operation to the group.
    pub fn grant(&mut self, group: Group, operation: Operation) {
        self.0[group as usize][operation as usize] = true;
    }

    /// The operations that a group may perform.
    pub fn of(&self, group: Group) -> Vec<Operation> {
        let allowed = |operation: &Operation| self.allow(group, *operation);
        Operation::ALL.iter().copied().filter(allowed).collect()
    }
}

impl Default for Rights {
    fn default() -> Self {
        use Operation::{Create, List, Read};
        let mut rights = Self::NONE;
        for (group, operations) in [
            (Group::Guest, &[Read, List][..]),
            (Group::User, &[Read, List, Create]),
            (Group::Admin, &Operation::ALL),
        ] {
            operations.iter().for_each(|operation| rights.grant(group, *operation));
        }
        rights
    }
}

impl TryFrom<BTreeMap<String, Vec<Operation>>> for Rights {
    type Error = String;

    fn try_from(stored: BTreeMap<String, Vec<Operation>>) -> Result<Self, String> {
        let mut rights = Self::NONE;
        for (word, operations) in stored {
            let group = Group::parse(&word).ok_or_else(|| format!("there is no group {word}"))?;
            operations.into_iter().for_each(|operation| rights.grant(group, operation));
        }
        Ok(rights)
    }
}

impl From<Rights> for BTreeMap<String, Vec<Operation>> {
    fn from(rights: Rights) -> Self {
        Group::ALL.iter().map(|group| (group.as_str().to_owned(), rights.of(*group))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_default_guests_read_users_add_and_admins_do_all() {
        let rights = Rights::default();
        let words = |group| {
            rights.of(group).into_iter().map(Operation::as_str).collect::<Vec<_>>().join(" ")
        };
        assert_eq!([words(Group::Guest), words(Group::User)], ["read list", "read list create"]);
        assert_eq!(words(Group::Admin), "read list create update delete");
    }

    #[test]
    fn they_are_stored_as_words_and_come_back() {
        let mut rights = Rights::NONE;
        rights.grant(Group::User, Operation::Delete);
        let json = serde_json::to_string(&rights).unwrap();
        assert_eq!(json, r#"{"admin":[],"guest":[],"user":["delete"]}"#);
        assert_eq!(serde_json::from_str::<Rights>(&json).unwrap(), rights);
        for bad in [r#"{"root":["read"]}"#, r#"{"user":["fly"]}"#, r#"{"user":"read"}"#] {
            assert!(serde_json::from_str::<Rights>(bad).is_err(), "{bad}");
        }
    }
}
