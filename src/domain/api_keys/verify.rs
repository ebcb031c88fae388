//! Deciding whether a presented key is good, and who it speaks for.
//!
//! In three steps, so that many requests can share the middle one: [`super::Digest::of_presented`]
//! checks shape and checksum, `db::api_keys::find_by_digests` asks the database, [`decide`] says.

use super::{Id, Kind};
use crate::db::ProjectId;
use crate::db::api_keys::Verifiable;

/// What a call may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Everything: a secret key.
    Admin,
    /// A publishable key alone.
    Guest,
}

impl Group {
    /// The word of the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Guest => "guest",
        }
    }
}

/// Who a good key speaks for.
#[derive(Debug, Clone)]
pub struct Identity {
    /// `key_…`
    pub key: Id,
    /// Publishable or secret.
    pub kind: Kind,
    /// The key's name.
    pub name: String,
    /// `prj_…`
    pub project: ProjectId,
    /// The environment's name.
    pub environment: String,
    /// What the call may do.
    pub group: Group,
}

/// Why a well-formed key is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody issued it here.
    #[error("This API key is unknown.")]
    Unknown,
    /// It was good once.
    #[error("This API key was deleted.")]
    Revoked,
}

/// Decides by what the database says of the key.
pub fn decide(found: Option<Verifiable>) -> Result<Identity, Refusal> {
    let key = found.ok_or(Refusal::Unknown)?;
    if key.deleted_at.is_some() {
        return Err(Refusal::Revoked);
    }
    let group = match key.kind {
        Kind::Secret => Group::Admin,
        Kind::Publishable => Group::Guest,
    };
    Ok(Identity { key: key.id, kind: key.kind, name: key.name, project: key.project, environment: key.environment, group })
}
