//! Rotating a key: the same key gets a new value. The old value may go on working for a while.

use chrono::{NaiveDateTime, TimeDelta};

use super::living::{LifeError, hold, hold_living, require_seen};
use super::{ApiKey, Created, FormToken, Id, SecretKey, terms};
use crate::db::rotated_secrets::{self, Former};
use crate::db::{self, DbConnection, api_keys};
use crate::domain::activity::{self, Action, Event};
use crate::domain::environments::Environment;
use crate::domain::{Act, usage};
use crate::model::{KeyState, words};

words! {
    /// How long the old value goes on working.
    pub enum Overlap {
        None = "0",
        Hour = "1h",
        Day = "24h",
        Week = "7d",
    }
}

impl Overlap {
    /// The overlap to propose. The value of a key that leaked must not work on.
    pub fn proposed(key: &ApiKey) -> Self {
        if key.leaked_at.is_some() { Self::None } else { Self::Day }
    }

    /// The overlap in words: `24 hours`.
    pub fn words(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Hour => "1 hour",
            Self::Day => "24 hours",
            Self::Week => "7 days",
        }
    }

    fn time(self) -> TimeDelta {
        match self {
            Self::None => TimeDelta::zero(),
            Self::Hour => TimeDelta::hours(1),
            Self::Day => TimeDelta::hours(24),
            Self::Week => TimeDelta::days(7),
        }
    }
}

#[derive(Debug, Clone)]
pub struct Rotation {
    /// The token of the form.
    pub form_token: FormToken,
    /// How often the key had been rotated when the form was made. If two people rotate it at the
    /// same time, only one succeeds.
    pub rotations: i64,
    /// How long the old value goes on working.
    pub overlap: Overlap,
}

/// Why a key was not rotated.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// The key can't be changed.
    #[error(transparent)]
    Life(#[from] LifeError),
    /// The key is paused, so nobody could use the new value. (A paused key that leaked can be
    /// rotated: it gets a new value, and the old one stays refused.)
    #[error("the key is paused")]
    Paused,
    /// The last overlap is not over. With two old values, nobody would know who calls which.
    #[error("the old value of the last rotation still works")]
    Overlapping,
    /// Somebody else has rotated the key meanwhile.
    #[error("the key was rotated meanwhile")]
    Changed,
    /// The form belongs to another key.
    #[error("the form is one of another key")]
    ForeignToken,
    /// The form has rotated this key before.
    #[error("the form rotated the key before")]
    TokenUsed(Box<ApiKey>),
}

impl From<db::Error> for RotateError {
    fn from(error: db::Error) -> Self {
        Self::Life(error.into())
    }
}

/// How often a key was rotated.
pub fn rotations(connection: &mut DbConnection, id: &Id) -> db::Result<i64> {
    rotated_secrets::count(connection, id)
}

/// Whether a key can be rotated now.
pub fn may_rotate(key: &ApiKey, now: NaiveDateTime) -> Result<(), RotateError> {
    match key.state(now) {
        KeyState::Deleted => Err(LifeError::Deleted(Box::new(key.clone())).into()),
        KeyState::Expired => Err(LifeError::Expired.into()),
        KeyState::Paused if key.leaked_at.is_none() => Err(RotateError::Paused),
        _ if key.overlaps_until(now).is_some() => Err(RotateError::Overlapping),
        KeyState::Paused | KeyState::Active | KeyState::Rotated => Ok(()),
    }
}

/// Gives a key a new value. Returns the mask of the former one as well.
pub fn rotate(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    environment: &Environment,
    id: &Id,
    rotation: &Rotation,
) -> Result<(Created, String), RotateError> {
    let key = hold(connection, environment, id, act.actor)?;
    refuse_used(connection, &rotation.form_token, &key)?;
    may_rotate(&key, act.now)?;
    if key.paused_at.is_some() && rotation.overlap != Overlap::None {
        // Resuming a key that leaked is a separate decision.
        return Err(RotateError::Paused);
    }
    if rotated_secrets::count(connection, id)? != rotation.rotations {
        return Err(RotateError::Changed);
    }
    if key.overlap_until.is_some() {
        // It is over, but this was not noted yet.
        finish_overlap(connection, &key, act.now)?;
    }
    let until = act.now + rotation.overlap.time();
    let overlap_until = (until > act.now).then_some(until);
    let secret = SecretKey::generate(key.kind, act.rng());
    let token = rotation.form_token.as_str();
    let kept = rotated_secrets::keep(connection, id, token, act.now, until);
    if let Err(db::Error::Conflict(_)) = kept {
        // The same form may have rotated another key at this moment.
        refuse_used(connection, &rotation.form_token, &key)?;
    }
    let former = kept?;
    // The former value is counted anew: from now on it is one of another two.
    usage::forget_value(connection, id, &former)?;
    let former_leaked_at = key.leaked_at.filter(|_| overlap_until.is_some());
    api_keys::life::set_value(
        connection,
        id,
        &secret.mask(),
        secret.digest().bytes(),
        overlap_until,
        former_leaked_at,
    )?;
    let resumed = key.is_paused_by_leak();
    if resumed {
        api_keys::life::set_paused(connection, id, None)?;
    }
    terms::index(connection, &key, &key.note, overlap_until.map(|_| key.mask.as_str()))?;
    let former = key.mask.clone();
    let paused_at = key.paused_at.filter(|_| !resumed);
    let key = ApiKey {
        mask: secret.mask(),
        overlap_until,
        paused_at,
        leaked_at: None,
        former_leaked_at,
        ..key
    };
    let overlap = format!(
        "overlap {}{}",
        rotation.overlap.words(),
        if resumed { "; it was paused because it leaked, and is not any more" } else { "" }
    );
    activity::record(
        connection,
        act,
        &Event::key(Action::KeyRotated, &key, environment).detail(&overlap),
    )?;
    Ok((Created { key, secret }, former))
}

/// Checks that no key was rotated with this token yet.
fn refuse_used(
    connection: &mut DbConnection,
    token: &FormToken,
    key: &ApiKey,
) -> Result<(), RotateError> {
    match rotated_secrets::key_of_form_token(connection, token.as_str())? {
        Some(rotated) if rotated == key.id => Err(RotateError::TokenUsed(Box::new(key.clone()))),
        Some(_) => Err(RotateError::ForeignToken),
        None => Ok(()),
    }
}

/// Ends the overlap that the form showed. Returns `false` if it was over already.
pub fn end_overlap(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    environment: &Environment,
    id: &Id,
    by_form: Option<&str>,
) -> Result<(ApiKey, bool), LifeError> {
    let key = hold_living(connection, environment, id, act.actor, act.now)?;
    let overlapping = key.overlaps_until(act.now).is_some();
    if overlapping {
        require_seen(&key, by_form)?;
    }
    finish_overlap(connection, &key, act.now)?;
    if overlapping {
        activity::record(connection, act, &Event::key(Action::KeyOverlapEnded, &key, environment))?;
    }
    Ok((key, overlapping))
}

/// The value before the last rotation, if it still works.
pub(super) fn former_value(
    connection: &mut DbConnection,
    key: &ApiKey,
    now: NaiveDateTime,
) -> db::Result<Option<Former>> {
    if key.overlaps_until(now).is_none() {
        return Ok(None);
    }
    rotated_secrets::overlapping(connection, &key.id)
}

/// Notes that the old value does not work any more. This can't be undone.
pub(super) fn finish_overlap(
    connection: &mut DbConnection,
    key: &ApiKey,
    now: NaiveDateTime,
) -> db::Result<()> {
    rotated_secrets::end(connection, &key.id, now)?;
    api_keys::life::clear_overlap(connection, &key.id)?;
    terms::index(connection, key, &key.note, None)
}
