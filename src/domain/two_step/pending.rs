//! PendingSignIn of a sign-in: the password was right, the code is missing. There is no session yet, so
//! there is nothing that it could open (OWASP ASVS 5.0, 6.3.3).

use chrono::{NaiveDateTime, TimeDelta};

use crate::db::{DbConnection, Result, pending_sign_ins};
use crate::domain::users::User;
use crate::domain::{CryptoRng, link_token, users};

/// To find the phone in.
pub const VALID_FOR: TimeDelta = TimeDelta::minutes(10);

/// Notes that this user gave the right password; whoever has the token may go on.
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

/// Somebody who gave the right password, and owes a code.
#[derive(Debug, Clone)]
pub struct PendingSignIn {
    pub user: User,
    pub(super) token: String,
}

/// Who gave the right password, if it is still theirs and not long ago.
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

/// They are in: the token is of no use any more.
pub(super) fn end(connection: &mut DbConnection, token: &str) -> Result<()> {
    pending_sign_ins::delete(connection, &link_token::digest(token))
}
