//! Deciding whether a presented key is good, and who it speaks for.
//!
//! In three steps, so that many requests can share the middle one: [`super::Digest::of_presented`]
//! checks shape and checksum, `db::api_keys::find_by_digests` asks the database, [`decide`] says.

use chrono::NaiveDateTime;

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
    /// UTC. When the key expires.
    pub expires_at: Option<NaiveDateTime>,
    /// Whether it was called with the value before its last rotation.
    pub previous: bool,
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
    /// The key lives on with another value.
    #[error("This API key was rotated. Use its new value.")]
    Rotated,
    /// Its time is over.
    #[error("This API key has expired.")]
    Expired,
    /// Somebody may resume it.
    #[error("This API key is paused.")]
    Paused,
}

/// Decides by what the database says of the key. What was once noted as over stays over, whatever the clock says.
pub fn decide(found: Option<Verifiable>, now: NaiveDateTime) -> Result<Identity, Refusal> {
    let over = |at: Option<NaiveDateTime>| at.is_some_and(|at| at <= now);
    let key = found.ok_or(Refusal::Unknown)?;
    if key.deleted_at.is_some() {
        return Err(Refusal::Revoked);
    }
    if key.ended_at.is_some() || over(key.valid_until) {
        return Err(Refusal::Rotated);
    }
    if key.expired_at.is_some() || over(key.expires_at) {
        return Err(Refusal::Expired);
    }
    if key.paused_at.is_some() {
        return Err(Refusal::Paused);
    }
    let group = match key.kind {
        Kind::Secret => Group::Admin,
        Kind::Publishable => Group::Guest,
    };
    Ok(Identity {
        key: key.id,
        kind: key.kind,
        name: key.name,
        project: key.project,
        environment: key.environment,
        group,
        expires_at: key.expires_at,
        previous: key.valid_until.is_some(),
    })
}
