//! What a key may do, from where, how often and until when, changed while the key is in use. The
//! change holds from the next call on.

use chrono::NaiveDateTime;

use super::expiry::{Expiry, ExpiryError, longest_life};
use super::living::{LifeError, hold};
use super::{ApiKey, Id, Kind};
use crate::db::{self, DbConnection, api_keys, rotated_secrets};
use crate::domain::Act;
use crate::domain::access_rules::{AddressRanges, Scopes};
use crate::domain::activity::{self, Action, Event};
use crate::domain::environments::Environment;
use crate::domain::limits::RateLimit;
use crate::domain::text::fingerprint;
use crate::model::{KeyState, Narrowed, Stored};

/// A change of something that a key may have or lack.
#[derive(Debug, Clone, Default)]
pub enum Set<T> {
    #[default]
    Keep,
    To(Option<T>),
}

impl<T: Clone> Set<T> {
    fn or(&self, before: Option<T>) -> Option<T> {
        match self {
            Self::Keep => before,
            Self::To(after) => after.clone(),
        }
    }

    fn is_given(&self) -> bool {
        matches!(self, Self::To(_))
    }
}

/// What is to change.
#[derive(Debug, Clone, Default)]
pub struct Restriction {
    pub scopes: Set<Scopes>,
    pub addresses: Set<AddressRanges>,
    pub limit: Set<RateLimit>,
    pub expiry: Set<Expiry>,
    /// What [`restricted`] returned when the form was made, so that nobody overwrites a change that
    /// they have not seen.
    pub seen: Option<String>,
}

/// A fingerprint of what a form shows of a key.
pub fn restricted(key: &ApiKey) -> String {
    let narrowed = format!("{:?}", key.narrowed);
    fingerprint(&[&narrowed, &expiry_text(key.expires_at), &expiry_text(key.expired_at)])
}

#[derive(Debug, thiserror::Error)]
pub enum RestrictError {
    /// The key can't be changed.
    #[error(transparent)]
    Life(#[from] LifeError),
    /// Somebody has changed the key since the form was made. This is how it is now.
    #[error("the key was changed meanwhile")]
    Stale(Box<ApiKey>),
    /// The key can't expire at that time.
    #[error(transparent)]
    Expiry(#[from] ExpiryError),
    #[error("Publishable keys are used from everywhere.")]
    Publishable,
    /// Its value was reported as leaked, so it must not come back.
    #[error("This key leaked, so it can't be revived. Add a new one.")]
    Leaked,
    /// What is stored can't be read. Keeping a part of it could widen the key.
    #[error("what is stored of the key is damaged: say its scopes, addresses and rate anew")]
    Damaged,
}

impl From<db::Error> for RestrictError {
    fn from(error: db::Error) -> Self {
        Self::Life(error.into())
    }
}

/// Changes what narrows a key, and when it expires. An expired key works again if it gets a later
/// expiry.
pub fn restrict(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    environment: &Environment,
    id: &Id,
    change: &Restriction,
) -> Result<ApiKey, RestrictError> {
    let key = hold(connection, environment, id, act.actor)?;
    if change.seen.as_ref().is_some_and(|seen| *seen != restricted(&key)) {
        return Err(RestrictError::Stale(Box::new(key)));
    }
    let Restriction { scopes, addresses, limit, expiry, .. } = change;
    let all = scopes.is_given() && addresses.is_given() && limit.is_given();
    let before = match key.narrowed.read() {
        Stored::Read(narrowed) => narrowed,
        Stored::Damaged if all => Narrowed::default(),
        Stored::Damaged => return Err(RestrictError::Damaged),
    };
    let narrowed = Narrowed {
        scopes: scopes.or(before.scopes.clone()),
        addresses: addresses.or(before.addresses.clone()),
        limit: limit.or(before.limit),
    };
    if key.kind == Kind::Publishable && narrowed.addresses.is_some() {
        return Err(RestrictError::Publishable);
    }
    let expires_at = expires_at(connection, act.now, environment, &key, expiry)?;
    let new_expiry =
        expires_at != key.expires_at || (expiry.is_given() && key.expired_at.is_some());
    if new_expiry && key.state(act.now) == KeyState::Expired && key.leaked_at.is_some() {
        return Err(RestrictError::Leaked);
    }
    if narrowed == before && !new_expiry && key.narrowed.read() != Stored::Damaged {
        return Ok(key);
    }
    api_keys::life::restrict(connection, id, &narrowed, new_expiry.then_some(expires_at))?;
    let detail = difference(&before, &narrowed, (key.expires_at, expires_at));
    let event = Event::key(Action::KeyRestricted, &key, environment).detail(&detail);
    activity::record(connection, act, &event)?;
    Ok(ApiKey {
        narrowed: (&narrowed).into(),
        expires_at,
        expired_at: key.expired_at.filter(|_| !new_expiry),
        ..key
    })
}

/// When the key expires from now on. The longest life counts from the making of the value.
fn expires_at(
    connection: &mut DbConnection,
    now: NaiveDateTime,
    environment: &Environment,
    key: &ApiKey,
    expiry: &Set<Expiry>,
) -> Result<Option<NaiveDateTime>, RestrictError> {
    let longest = longest_life(connection, &environment.project_id, key.kind)?;
    Ok(match (expiry, longest) {
        (Set::Keep, _) => key.expires_at,
        (Set::To(None), Some(days)) => return Err(ExpiryError::TooLong(days).into()),
        (Set::To(None), None) => None,
        (Set::To(Some(expiry)), longest) => {
            let rotated = rotated_secrets::latest(connection, &key.id, 1)?;
            let made = rotated.first().map_or(key.created_at, |(_, former)| former.rotated_at);
            Some(expiry.at_of_value(longest, made, now)?)
        }
    })
}

fn expiry_text(at: Option<NaiveDateTime>) -> String {
    at.map_or_else(|| "never".to_owned(), |at| at.format("%-d %b %Y, %H:%M UTC").to_string())
}

/// What changed, in words.
fn difference(
    before: &Narrowed,
    after: &Narrowed,
    expiry: (Option<NaiveDateTime>, Option<NaiveDateTime>),
) -> String {
    let scopes = |of: &Narrowed| of.scopes.as_ref().map_or("none", Scopes::as_str).to_owned();
    let addresses =
        |of: &Narrowed| of.addresses.as_ref().map_or("none", AddressRanges::as_str).to_owned();
    let rate = |of: &Narrowed| of.limit.map_or_else(|| "none".to_owned(), |rate| rate.to_string());
    let parts = [
        ("scopes", scopes(before), scopes(after)),
        ("addresses", addresses(before), addresses(after)),
        ("rate", rate(before), rate(after)),
        ("expiry", expiry_text(expiry.0), expiry_text(expiry.1)),
    ];
    let changed = parts.into_iter().filter(|(_, before, after)| before != after);
    changed
        .map(|(what, before, after)| format!("{what}: {before} to {after}"))
        .collect::<Vec<_>>()
        .join("; ")
}
