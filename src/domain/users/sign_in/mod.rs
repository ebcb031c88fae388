//! Signing in, under attack: how often it may fail (OWASP ASVS 5.0, 6.3.1).
//!
//! A try is counted as failed before its password is looked at, and the count is taken back when it
//! fits: so a hundred tries at once can't all pass the check. Accounts that do not exist are
//! counted like all others, or the limit would tell which ones do (ASVS 6.3.8). Limits are per
//! address and never per account alone: nobody can lock the owner out from elsewhere.

mod attempt;
mod begin;
mod check;
mod enter;
mod forget;
mod refuse;
mod succeed;

use chrono::TimeDelta;

pub use attempt::{Attempt, network};
pub use begin::begin;
pub use check::check;
pub use enter::{Entered, enter};
pub use forget::forget;
pub use refuse::refuse;
pub use succeed::succeed;

use crate::db;

/// How long a failure counts.
pub const WINDOW: TimeDelta = TimeDelta::minutes(15);
/// Failures of one account from one address.
pub const PER_ACCOUNT: usize = 5;
/// Failures from one address, whatever the accounts.
pub const PER_ADDRESS: usize = 50;

/// Failures of the second step of one account, from wherever. Who comes that far knows the
/// password, and with many addresses could otherwise try all codes; nobody else can lock the owner
/// out with this.
pub const PER_SECOND_STEP: usize = 50;

/// Why a try may not go on.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// There were too many failures.
    #[error("too many failed sign-ins")]
    TooMany {
        /// How long until the next try.
        wait: TimeDelta,
    },
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}
