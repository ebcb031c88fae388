//! Noting a sign-in that was refused.

use std::net::IpAddr;

use chrono::NaiveDateTime;

use crate::db::{self, DbConnection};
use crate::domain::activity::{self, Action, Event};
use crate::domain::users::User;
use crate::domain::{Act, Actor, CryptoRng};

/// Notes that a sign-in was refused, at the account that it was for. One that does not exist costs
/// the same row, or the time would tell which accounts do (ASVS 5.0, 6.3.8). Only tries whose
/// password or code is looked at come here, so the limits on guessing bound these rows too.
pub fn refuse(
    connection: &mut DbConnection,
    user: Option<&User>,
    why: &str,
    address: Option<IpAddr>,
    now: NaiveDateTime,
    rng: &mut impl CryptoRng,
) -> db::Result<()> {
    let event = match user {
        Some(user) => Event::user(Action::UserSignInRefused, user),
        None => Event::nobody(Action::UserSignInRefused),
    };
    activity::record(
        connection,
        &mut Act::new(&Actor::Stranger { address }, now, rng),
        &event.detail(why),
    )
}
