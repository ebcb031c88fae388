//! Deciding whether a presented key is good, and who it speaks for.
//!
//! In steps, so that many requests can share one of them: [`super::Digest::of_presented`] checks
//! shape and checksum, `db::api_keys::find_by_digests` asks the database, then [`good`] says whether
//! the key is good, and [`group`] who it speaks for. Whether it may be used from there, and for what
//! the call does, is for [`crate::domain::access_rules::Rules`] to say.

use std::sync::Arc;

use chrono::NaiveDateTime;

use super::Kind;
use crate::db::api_keys::{Found, Verifiable};
use crate::domain::access_rules::{Denied, Group};

/// Who a good key speaks for.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The key, and where it is good.
    pub found: Arc<Found>,
    /// What the call may do.
    pub group: Group,
    /// Whose access token came with it (`sub`).
    pub user: Option<String>,
}

/// Why a well-formed key is not good, or not for this call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
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
    /// It is good, the call is not.
    #[error(transparent)]
    Denied(#[from] Denied),
}

impl Refusal {
    /// Whether the key was refused because only the clock says that its time is over.
    pub fn is_news_of(&self, key: &Verifiable) -> bool {
        match self {
            Self::Rotated => key.ended_at.is_none(),
            Self::Expired => key.expired_at.is_none(),
            Self::Unknown | Self::Revoked | Self::Paused | Self::Denied(_) => false,
        }
    }
}

/// Whether the key is good at all. What was once noted as over stays over, whatever the clock says.
pub fn good(key: &Verifiable, now: NaiveDateTime) -> Result<(), Refusal> {
    let over = |at: Option<NaiveDateTime>| at.is_some_and(|at| at <= now);
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
    Ok(())
}

/// Who the key speaks for; `user` has sent a good access token with it.
pub fn group(kind: Kind, user: Option<&str>) -> Group {
    match (kind, user) {
        (Kind::Secret, _) => Group::Admin,
        (Kind::Publishable, Some(_)) => Group::User,
        (Kind::Publishable, None) => Group::Guest,
    }
}
