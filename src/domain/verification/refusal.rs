//! Why a well-formed key is not good, or not for this call.

use std::sync::Arc;

use super::{CountedKey, Meant, RefusalReason};
use crate::db::KeyId;
use crate::domain::access_rules::Denied;
use crate::domain::limits::TooMany;

/// Why a well-formed key is not good, or not for this call. The messages are for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The gateway asks for a project that is not there.
    #[error("There is no such project: the gateway asks for {0}.")]
    NoProject(String),
    /// The gateway asks for an environment that is not there.
    #[error("There is no such environment: the gateway asks for {0}.")]
    NoEnvironment(String),
    /// The project has no such key. Other projects may have it, of which nobody is told.
    #[error("This API key is unknown.")]
    Unknown(Vec<CountedKey>),
    /// A key of another environment of the project.
    #[error("{}", other_environment(.key_of.as_deref(), &.asked.names))]
    OtherEnvironment {
        /// The name of the environment that it is of; `None`: that one was deleted.
        key_of: Option<String>,
        asked: Arc<Meant>,
    },
    /// It was good once.
    #[error("This API key was deleted.")]
    Deleted,
    /// The key lives on with another value.
    #[error("This API key was rotated. Use its new value.")]
    Rotated,
    #[error("This API key has expired.")]
    Expired,
    /// Somebody may resume it.
    #[error("This API key is paused.")]
    Paused,
    /// Something that is stored of it can't be read. That never means that nothing limits it.
    #[error("What is stored of this key can't be read.")]
    Damaged(KeyId),
    /// The key is good, the call is not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The key is good, and the call can't be judged: what it does, or where it comes from, is not
    /// known.
    #[error("The key is good for {environment}. {denied}")]
    NotKnown {
        /// The name of the environment.
        environment: String,
        denied: Denied,
    },
    /// It is used too often.
    #[error("This API key is used too often. Try again later.")]
    TooOften(TooMany),
}

fn other_environment(key_of: Option<&str>, asked: &[String]) -> String {
    let key = key_of.map_or_else(
        || "This is a key of an environment that was deleted".to_owned(),
        |name| format!("This is a key of {name}"),
    );
    format!("{key}; this API takes keys of {}.", asked.join(", "))
}

impl Refusal {
    /// Whether nobody has the key where it was asked for. Elsewhere somebody may.
    pub fn is_nobodys(&self) -> bool {
        matches!(self, Self::NoProject(_) | Self::NoEnvironment(_) | Self::Unknown(_))
    }

    /// What it is counted as, with the key. `None`: the key has nothing to do with it.
    pub fn reason(&self) -> Option<RefusalReason> {
        match self {
            Self::NoProject(_) | Self::NoEnvironment(_) | Self::Damaged(_) => None,
            Self::Unknown(_) => Some(RefusalReason::OtherProject),
            Self::OtherEnvironment { .. } => Some(RefusalReason::OtherEnvironment),
            Self::Deleted => Some(RefusalReason::Deleted),
            Self::Rotated => Some(RefusalReason::Rotated),
            Self::Expired => Some(RefusalReason::Expired),
            Self::Paused => Some(RefusalReason::Paused),
            Self::Denied(denied) | Self::NotKnown { denied, .. } => Some(denied_as(denied)),
            Self::TooOften(_) => Some(RefusalReason::Rate),
        }
    }
}

fn denied_as(denied: &Denied) -> RefusalReason {
    match denied {
        Denied::Browser => RefusalReason::Browser,
        Denied::Origin => RefusalReason::Origin,
        Denied::Address | Denied::UnknownAddress => RefusalReason::Address,
        Denied::UnknownRequest
        | Denied::IncompleteRequest
        | Denied::Ambiguous(_)
        | Denied::Method
        | Denied::Options => RefusalReason::Request,
        Denied::Scope(_) => RefusalReason::Scope,
        Denied::Elsewhere { .. } | Denied::Right { .. } => RefusalReason::Right,
    }
}
