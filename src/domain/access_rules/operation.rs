//! The five operations, and which group may do which.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::api_keys::Group;

/// What a call does to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    /// `GET` of one item.
    Read,
    /// `GET` of a collection.
    List,
    /// `POST`
    Create,
    /// `PUT` and `PATCH`
    Update,
    /// `DELETE`
    Delete,
}

impl Operation {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 5] = [Self::Read, Self::List, Self::Create, Self::Update, Self::Delete];

    /// Its word: in scopes, messages, and forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::List => "list",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    /// The one with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.as_str() == word)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which group may do what: the table that people edit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, Vec<Operation>>", into = "BTreeMap<String, Vec<Operation>>")]
pub struct Rights([[bool; Operation::ALL.len()]; Group::ALL.len()]);

impl Rights {
    /// Nobody may do anything.
    pub const NONE: Self = Self([[false; Operation::ALL.len()]; Group::ALL.len()]);

    /// Whether a call of this group may do this.
    pub fn allow(&self, group: Group, operation: Operation) -> bool {
        self.0[group as usize][operation as usize]
    }

    /// Allows this group to do this.
    pub fn grant(&mut self, group: Group, operation: Operation) {
        self.0[group as usize][operation as usize] = true;
    }

    /// The words of what a group may do.
    pub fn of(&self, group: Group) -> Vec<Operation> {
        Operation::ALL.into_iter().filter(|operation| self.allow(group, *operation)).collect()
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
        Group::ALL.into_iter().map(|group| (group.as_str().to_owned(), rights.of(group))).collect()
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
