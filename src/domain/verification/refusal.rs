//! Why a well-formed key is not good, or not for this call.

use std::sync::Arc;

use super::{CountedKey, Group, RefusalReason};
use crate::domain::access_rules::{Odd, Target};
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
    #[error("{}", other_environment(.key_of.as_deref(), .asked))]
    OtherEnvironment {
        /// The name of the environment that it is of; `None`: that one was deleted.
        key_of: Option<String>,
        /// The names of those that were asked for.
        asked: Arc<[String]>,
    },
    /// It was good once.
    #[error("This API key was deleted.")]
    Deleted,
    /// The key lives on with another value.
    #[error("This API key was rotated. Use its new value.")]
    Rotated,
    /// Its time is over.
    #[error("This API key has expired.")]
    Expired,
    /// Somebody may resume it.
    #[error("This API key is paused.")]
    Paused,
    /// What narrows it can't be read. That never means that nothing does.
    #[error("What limits this key can't be read.")]
    Damaged,
    /// A secret key in the hands of everybody who visits a page.
    #[error(
        "This is a secret key, and it was sent by a browser. Use a publishable key there, and \
         replace this one: others have seen it."
    )]
    Browser,
    /// A page that is not on the list.
    #[error("Publishable keys of this environment may not be used from this origin.")]
    Origin,
    /// An address that is in none of its ranges.
    #[error("This key may not be used from this address.")]
    Address,
    /// The key is narrowed to other things.
    #[error("The scopes of this key do not allow to {0}.")]
    Scope(Target),
    /// The group may not do this.
    #[error("Calls of the group {} may not {target}.", .group.as_str())]
    Right {
        /// Which group.
        group: Group,
        /// What it may not do.
        target: Target,
    },
    /// Nobody can say what the call would do.
    #[error("The original request can't be judged: {0}.")]
    Odd(#[from] Odd),
    /// The gateway passed a method without a URI, or one without the other.
    #[error(
        "The original request can't be judged: the gateway must pass its method and its URI, once \
         each."
    )]
    Half,
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
    /// What it is counted as, with the key. `None`: the key has nothing to do with it.
    pub fn reason(&self) -> Option<RefusalReason> {
        match self {
            Self::NoProject(_) | Self::NoEnvironment(_) | Self::Damaged => None,
            Self::Unknown(_) => Some(RefusalReason::OtherProject),
            Self::OtherEnvironment { .. } => Some(RefusalReason::OtherEnvironment),
            Self::Deleted => Some(RefusalReason::Deleted),
            Self::Rotated => Some(RefusalReason::Rotated),
            Self::Expired => Some(RefusalReason::Expired),
            Self::Paused => Some(RefusalReason::Paused),
            Self::Browser => Some(RefusalReason::Browser),
            Self::Origin => Some(RefusalReason::Origin),
            Self::Address => Some(RefusalReason::Address),
            Self::Scope(_) => Some(RefusalReason::Scope),
            Self::Right { .. } => Some(RefusalReason::Right),
            Self::Odd(_) | Self::Half => Some(RefusalReason::Request),
            Self::TooOften(_) => Some(RefusalReason::Rate),
        }
    }
}
