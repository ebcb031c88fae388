//! The first user. While there is none, `startup` prints a link to standard error, so whoever can
//! read the server's terminal makes the first account.

use crate::domain::Act;
use chrono::{NaiveDateTime, TimeDelta};

use super::activity::{self, Action, Event};
use super::projects::{self, Slug};
use super::users::{self, NewUser};
use super::{CryptoRng, Newcomer, link_token};
use crate::db::{self, DbConnection, setup_tokens};

/// How long a link is valid.
pub const VALID_FOR: TimeDelta = TimeDelta::hours(24);

#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The token is unknown or has expired, or there is a user already.
    #[error("the setup link is used or too old")]
    BadToken,
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Makes a token, of which only the hash is stored. `None`: there is a user already.
pub fn issue(
    connection: &mut DbConnection,
    now: NaiveDateTime,
    rng: &mut impl CryptoRng,
) -> Result<Option<String>, db::Error> {
    db::lock(connection, db::Lock::Setup)?;
    if users::any(connection)? {
        return Ok(None);
    }
    let token = link_token::new(rng);
    setup_tokens::insert(connection, &link_token::digest(&token), now + VALID_FOR)?;
    Ok(Some(token))
}

/// Whether this token exists and has not expired.
pub fn is_good(
    connection: &mut DbConnection,
    token: &str,
    now: NaiveDateTime,
) -> Result<bool, db::Error> {
    setup_tokens::is_good(connection, &link_token::digest(token), now)
}

/// Creates the first user and their project. If two requests come at once, only one succeeds.
pub fn complete(
    connection: &mut DbConnection,
    token: &str,
    user: &NewUser,
    project_name: &projects::Name,
    newcomer: Newcomer,
    now: NaiveDateTime,
    rng: &mut impl CryptoRng,
) -> Result<(users::Id, Slug), SetupError> {
    db::lock(connection, db::Lock::Setup)?;
    if !is_good(connection, token, now)? {
        return Err(SetupError::BadToken);
    }
    let id = users::create(connection, user, now, rng).map_err(|e| match e {
        users::CreateError::EmailTaken => SetupError::BadToken, // there is a user already
        users::CreateError::Db(e) => SetupError::Db(e),
    })?;
    let actor = newcomer.into_actor(id.clone());
    if let Some(user) = users::find(connection, &id)? {
        activity::record(
            connection,
            &mut Act::new(&actor, now, rng),
            &Event::user(Action::UserSignedIn, &user).detail("with the setup link"),
        )?;
    }
    let project = projects::NewProject {
        name: project_name.clone(),
        slug: None,
        description: projects::Description::default(),
    };
    match projects::create(connection, &mut Act::new(&actor, now, rng), &project, &id) {
        Ok(slug) => Ok((id, slug)),
        Err(projects::CreateError::Db(e)) => Err(e.into()),
        // None can happen: the slug is made here, and whoever comes first runs the instance.
        Err(_) => Err(SetupError::Db(db::Error::Conflict("slug".to_owned()))),
    }
}
