//! Sign-ins with the right password that still need a code. There is no session yet, so nothing can
//! be opened with one (OWASP ASVS 5.0, 6.3.3).

use chrono::{NaiveDateTime, TimeDelta};

use crate::db::{DbConnection, Result, pending_sign_ins};
use crate::domain::users::User;
use crate::domain::{CryptoRng, link_token, users};

/// How long the user has to find the phone.
pub const VALID_FOR: TimeDelta = TimeDelta::minutes(10);

/// Notes that this user gave the right password. Whoever has the token may give the code.
pub fn begin(
    connection: &mut DbConnection,
    user: &User,
    now: NaiveDateTime,
    rng: &mut impl CryptoRng,
) -> Result<String> {
    let token = link_token::new(rng);
    pending_sign_ins::insert(
        connection,
        &link_token::digest(&token),
        &user.id,
        user.generation,
        now + VALID_FOR,
        now,
    )?;
    Ok(token)
}

/// A user who gave the right password and must still give a code.
#[derive(Debug, Clone)]
pub struct PendingSignIn {
    pub user: User,
    pub(super) token: String,
}

/// The user of a pending sign-in, if the password is still theirs and the sign-in has not expired.
pub fn pending(
    connection: &mut DbConnection,
    token: &str,
    now: NaiveDateTime,
) -> Result<Option<PendingSignIn>> {
    let Some((id, generation)) =
        pending_sign_ins::find(connection, &link_token::digest(token), now)?
    else {
        return Ok(None);
    };
    let user = users::find(connection, &id)?.filter(|user| user.generation == generation);
    Ok(user.map(|user| PendingSignIn { user, token: token.to_owned() }))
}

/// Ends the pending sign-in, because the user is in.
pub(super) fn end(connection: &mut DbConnection, token: &str) -> Result<()> {
    pending_sign_ins::delete(connection, &link_token::digest(token))
}
