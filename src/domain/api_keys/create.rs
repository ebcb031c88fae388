//! Creating a key.

use chrono::{NaiveDateTime, TimeDelta};

use super::{
    ApiKey, Expiry, ExpiryError, FormToken, Id, KeyName, Kind, SecretKey, holds_imported,
    longest_life,
};
use crate::db::{self, DbConnection, EnvironmentId, api_keys};
use crate::domain::Act;
use crate::domain::access_rules::{AddressRanges, Scopes};
use crate::domain::activity::{self, Action, Event};
use crate::domain::environments::Environment;
use crate::domain::instance;
use crate::domain::limits::RateLimit;
use crate::domain::members::{self, AccessError};
use crate::domain::text::NameError;
use crate::model::Narrowed;

/// A key that is to be created.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// What it may be used for.
    pub kind: Kind,
    /// The name, unique among the living keys of the environment and kind.
    pub name: KeyName,
    /// The token of the form. A command has none.
    pub form_token: Option<FormToken>,
    /// What narrows the key.
    pub narrowed: Narrowed,
    /// When the key expires. `None`: never, or after the longest life that the project allows.
    pub expiry: Option<Expiry>,
}

/// What narrows a key, in words for the activity.
fn detail(narrowed: &Narrowed) -> String {
    let scopes = narrowed.scopes.as_ref().map(|scopes| format!("only {scopes}"));
    let addresses = narrowed.addresses.as_ref().map(|addresses| format!("only from {addresses}"));
    let limit = narrowed.limit.map(|limit| format!("at most {limit}"));
    [scopes, addresses, limit].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// A new key, with its full text for the one response that shows it.
#[derive(Debug)]
pub struct Created {
    pub key: ApiKey,
    /// The full text, which is shown once.
    pub secret: SecretKey,
}

/// Why no key was created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// Another living key has this name.
    #[error("'{}' ({}) has this name already", .other.name, .other.mask)]
    NameTaken {
        /// The key that has it.
        other: Box<ApiKey>,
        /// A similar name that is free.
        free: Option<KeyName>,
    },
    /// It is a key that was imported.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The environment was deleted meanwhile.
    #[error("the environment is deleted")]
    Gone,
    /// The actor may not do this, or not any more.
    #[error(transparent)]
    Refused(#[from] AccessError),
    /// The form has created this key before.
    #[error("the form made '{}' before", .0.name)]
    TokenUsed(Box<ApiKey>),
    /// The environment has too many keys.
    #[error("An environment has at most {0} keys. Delete some that nobody needs.")]
    TooMany(u32),
    /// The key can't expire at that time.
    #[error(transparent)]
    Expiry(#[from] ExpiryError),
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Creates a key. All requests with the same form token together create a single key.
pub fn create(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    environment: &Environment,
    new: &NewKey,
) -> Result<Created, CreateError> {
    // Holds the environment, because its deletion ends the keys that exist at that moment. A key
    // that was added right afterwards would stay valid for ever.
    let environment =
        &db::environments::hold(connection, &environment.id)?.ok_or(CreateError::Gone)?;
    members::require_keys(connection, &environment.id, act.actor)?;
    if holds_imported(connection, &environment.project_id, new.name.as_str())? {
        return Err(NameError::IsKey.into());
    }
    refuse(connection, &environment.id, new)?;
    let most = instance::settings::get(connection)?.limits.keys;
    if api_keys::count_living(connection, &environment.id)? >= i64::from(most) {
        return Err(CreateError::TooMany(most));
    }
    let longest = longest_life(connection, &environment.project_id, new.kind)?;
    let expires_at = match new.expiry {
        Some(expiry) => Some(expiry.at(longest, act.now)?),
        None => longest.map(|days| act.now + TimeDelta::days(days.into())),
    };
    let secret = SecretKey::generate(new.kind, act.rng());
    let id = Id::new(act.now, act.rng());
    let mask = secret.mask();
    let digest = secret.digest();
    let (rate_limit, rate_burst) = RateLimit::to_store(new.narrowed.limit);
    let addresses = new.narrowed.addresses.as_ref();
    let row = api_keys::NewApiKey {
        id: &id,
        environment_id: &environment.id,
        project_id: &environment.project_id,
        kind: new.kind,
        name: new.name.as_str(),
        name_folded: new.name.folded(),
        mask: &mask,
        digest: digest.bytes(),
        form_token: new.form_token.as_ref().map(FormToken::as_str),
        created_at: act.now,
        created_by: act.actor.user(),
        rate_limit,
        rate_burst,
        scopes: new.narrowed.scopes.as_ref().map(Scopes::as_str),
        address_ranges: addresses.map(AddressRanges::as_str),
        expires_at,
    };
    if let Err(error) = api_keys::insert(connection, &row) {
        if let db::Error::Conflict(_) = error {
            refuse(connection, &environment.id, new)?; // somebody was quicker: say who
        }
        return Err(error.into());
    }
    let key = ApiKey {
        id,
        environment_id: environment.id.clone(),
        kind: new.kind,
        name: new.name.as_str().to_owned(),
        mask,
        created_at: act.now,
        created_by: act.actor.user().cloned(),
        deleted_at: None,
        deleted_by: None,
        narrowed: (&new.narrowed).into(),
        seen_in_browser_at: None,
        expires_at,
        expired_at: None,
        paused_at: None,
        overlap_until: None,
        leaked_at: None,
        former_leaked_at: None,
        note: String::new(),
    };
    let detail = detail(&new.narrowed);
    activity::record(
        connection,
        act,
        &Event::key(Action::KeyCreated, &key, environment).detail(&detail),
    )?;
    Ok(Created { key, secret })
}

/// The living key that has a name, and a name like it that is free.
pub type Taken = (ApiKey, Option<KeyName>);

/// What a key would be refused for, of what is known of it: so that a form with several mistakes is
/// told of all at once. Nothing is held until it is made.
pub fn check_new(
    connection: &mut DbConnection,
    environment: &Environment,
    kind: Kind,
    name: Option<&KeyName>,
    expiry: Option<Expiry>,
    now: NaiveDateTime,
) -> db::Result<(Option<Taken>, Option<ExpiryError>)> {
    let taken = match name {
        Some(name) => taken(connection, &environment.id, kind, name)?,
        None => None,
    };
    let longest = longest_life(connection, &environment.project_id, kind)?;
    Ok((taken, expiry.and_then(|expiry| expiry.at(longest, now).err())))
}

fn refuse(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    new: &NewKey,
) -> Result<(), CreateError> {
    // The token is looked up last. When the same form is sent twice at once, PostgreSQL may show
    // the key of the first request only to the later of two queries, and then the answer must be
    // that the form was used.
    let taken = taken(connection, environment, new.kind, &new.name)?;
    if let Some(token) = &new.form_token
        && let Some(key) = api_keys::find_by_form_token(connection, token.as_str())?
    {
        return Err(CreateError::TokenUsed(Box::new(key)));
    }
    match taken {
        Some((other, free)) => Err(CreateError::NameTaken { other: Box::new(other), free }),
        None => Ok(()),
    }
}

pub(super) fn taken(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    kind: Kind,
    name: &KeyName,
) -> db::Result<Option<Taken>> {
    let Some(other) = api_keys::find_by_name(connection, environment, kind, name.folded())? else {
        return Ok(None);
    };
    let alternatives: Vec<KeyName> = name.alternatives().collect();
    let folded: Vec<&str> = alternatives.iter().map(KeyName::folded).collect();
    let used = api_keys::import::known_names(connection, environment, kind, &folded)?;
    Ok(Some((other, alternatives.into_iter().find(|free| !used.contains(free.folded())))))
}
