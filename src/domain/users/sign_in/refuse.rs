//! Records a sign-in that was refused.

use std::net::IpAddr;

use chrono::NaiveDateTime;

use crate::db::{self, DbConnection};
use crate::domain::activity::{self, Action, Event};
use crate::domain::users::User;
use crate::domain::{Act, Actor, CryptoRng};

/// Records that a sign-in was refused, in the activity of its account. For an account that does not
/// exist it writes a row as well, because the time would otherwise tell which accounts exist (ASVS
/// 5.0, 6.3.8). Only attempts whose password or code was checked are recorded, so the limits on
/// guessing also limit these rows.
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
