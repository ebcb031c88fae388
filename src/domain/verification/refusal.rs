//! Why a well-formed key is not good, or not for this call.

use std::sync::Arc;

use super::{AskedEnvironments, CountedKey, RefusalReason};
use crate::db::KeyId;
use crate::domain::access_rules::Denied;
use crate::domain::limits::OverLimit;

/// Why a well-formed key is not good, or not for this call. The messages are for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The gateway asks about a project that does not exist.
    #[error("There is no such project: the gateway asks for {0}.")]
    NoProject(String),
    /// The gateway asks about an environment that does not exist.
    #[error("There is no such environment: the gateway asks for {0}.")]
    NoEnvironment(String),
    /// The project has no such key. Other projects may have it, but nobody is told.
    #[error("This API key is unknown.")]
    Unknown(Vec<CountedKey>),
    /// The key belongs to another environment of the project.
    #[error("{}", other_environment(.key_of.as_deref(), &.asked.names))]
    OtherEnvironment {
        /// The name of the key's environment. `None`: it was deleted.
        key_of: Option<String>,
        asked: Arc<AskedEnvironments>,
    },
    /// The key was deleted.
    #[error("This API key was deleted.")]
    Deleted,
    /// A rotation replaced this value. The key itself has another one now.
    #[error("This API key was rotated. Use its new value.")]
    Rotated,
    #[error("This API key has expired.")]
    Expired,
    /// The key is paused, until somebody resumes it.
    #[error("This API key is paused.")]
    Paused,
    /// A stored value of the key can't be read. That never means that nothing narrows the key.
    #[error("What is stored of this key can't be read.")]
    Damaged(KeyId),
    /// The key is good, but the call is not allowed.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The key is good, but what the call does or where it comes from is not known.
    #[error("The key is good for {environment}. {denied}")]
    NotKnown {
        /// The name of the environment.
        environment: String,
        denied: Denied,
    },
    /// The key is over its rate limit.
    #[error("This API key is used too often. Try again later.")]
    TooOften(OverLimit),
}

fn other_environment(key_of: Option<&str>, asked: &[String]) -> String {
    let key = key_of.map_or_else(
        || "This is a key of an environment that was deleted".to_owned(),
        |name| format!("This is a key of {name}"),
    );
    format!("{key}; this API takes keys of {}.", asked.join(", "))
}

impl Refusal {
    /// Whether nobody in the project that was asked for has the key. Other projects may have it.
    pub fn is_nobodys(&self) -> bool {
        matches!(self, Self::NoProject(_) | Self::NoEnvironment(_) | Self::Unknown(_))
    }

    /// The reason under which the refusal is counted for the key. `None`: it is not about the key.
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
