//! Deciding whether a presented key is good, and who it speaks for.
//!
//! In steps, so that many requests can share one of them: [`super::Digest::of_presented`] checks
//! shape and checksum, `db::api_keys::find_by_digests` asks the database, and then [`good`] and
//! [`admit`] say whether the key is good and may be used from there, [`group`] who it speaks for,
//! and [`permit`] whether the call may do what it does.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::NaiveDateTime;

use super::Kind;
use crate::db::api_keys::{Found, Verifiable};
use crate::domain::access_rules::{AddressRanges, Odd, Rules, Scopes, Target};

/// What a call may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// A publishable key alone.
    Guest,
    /// A publishable key, and a good access token.
    User,
    /// Everything: a secret key.
    Admin,
}

impl Group {
    /// All of them, from the least to the most.
    pub const ALL: [Self; 3] = [Self::Guest, Self::User, Self::Admin];

    /// The word of the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::User => "user",
            Self::Admin => "admin",
        }
    }

    /// The one with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.as_str() == word)
    }
}

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
    /// A secret key in the hands of everybody who visits a page.
    #[error(
        "This is a secret key, and it was sent by a browser. Use a publishable key there, and replace this one: others have seen it."
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
        "The original request can't be judged: the gateway must pass its method and its URI, once each."
    )]
    Half,
}

impl Refusal {
    /// Whether the key was refused because only the clock says that its time is over.
    pub fn is_news_of(&self, key: &Verifiable) -> bool {
        match self {
            Self::Rotated => key.ended_at.is_none(),
            Self::Expired => key.expired_at.is_none(),
            Self::Unknown
            | Self::Revoked
            | Self::Paused
            | Self::Browser
            | Self::Origin
            | Self::Address => false,
            Self::Scope(_) | Self::Right { .. } | Self::Odd(_) | Self::Half => false,
        }
    }
}

/// Where a call comes from.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place<'a> {
    /// The client's address.
    pub address: Option<IpAddr>,
    /// What stands in its `Origin`s.
    pub origin: Option<&'a [u8]>,
    /// Whether a browser sent it.
    pub browser: bool,
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

/// Whether the key may be used from there.
pub fn admit(key: &Verifiable, rules: &Rules, place: &Place<'_>) -> Result<(), Refusal> {
    match key.kind {
        Kind::Secret if place.browser && rules.refuse_secret_keys_from_browsers => {
            return Err(Refusal::Browser);
        }
        Kind::Secret => {}
        Kind::Publishable => {
            let allowed = |origin: &[u8]| {
                std::str::from_utf8(origin).is_ok_and(|origin| rules.origins.allow(origin))
            };
            if !rules.origins.is_empty() && !place.origin.is_none_or(allowed) {
                return Err(Refusal::Origin);
            }
        }
    }
    match &key.address_ranges {
        Some(ranges)
            if !place.address.is_some_and(|address| AddressRanges::contain(ranges, address)) =>
        {
            Err(Refusal::Address)
        }
        Some(_) | None => Ok(()),
    }
}

/// Who the key speaks for; `user` has sent a good access token with it.
pub fn group(kind: Kind, user: Option<&str>) -> Group {
    match (kind, user) {
        (Kind::Secret, _) => Group::Admin,
        (Kind::Publishable, Some(_)) => Group::User,
        (Kind::Publishable, None) => Group::Guest,
    }
}

/// Whether a call may do this: the key's scopes first, also for `admin`, and then the rights of the
/// group.
pub fn permit(
    key: &Verifiable,
    rules: &Rules,
    group: Group,
    target: Target,
) -> Result<(), Refusal> {
    if let Some(scopes) = &key.scopes
        && !Scopes::allow(scopes, &target.resource, target.operation)
    {
        return Err(Refusal::Scope(target));
    }
    if rules.rights.allow(group, target.operation) {
        Ok(())
    } else {
        Err(Refusal::Right { group, target })
    }
}
