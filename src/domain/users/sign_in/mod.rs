//! Signing in under attack: how often it may fail (OWASP ASVS 5.0, 6.3.1). `docs/sign-in.md` has
//! all rules and numbers.
//!
//! An attempt is counted as failed before its password is checked, and the count is taken back if
//! the password is right. So a hundred attempts at once can't all pass the check. Accounts that do
//! not exist are counted like all others, because the limit would otherwise tell which ones do
//! (ASVS 6.3.8). Limits are per network, and never per account alone, so nobody can lock the owner
//! out from elsewhere. A browser that signed in to the account before has its own count instead.

mod attempt;
mod begin;
mod check;
mod enter;
mod forget;
mod networks;
mod refuse;
mod succeed;

use chrono::TimeDelta;

pub use attempt::Attempt;
pub use begin::{Counted, begin};
pub use check::check;
pub use enter::{Entered, enter};
pub use forget::forget;
pub use networks::networks;
pub use refuse::refuse;
pub use succeed::succeed;

use crate::db;

/// How long a failure counts.
pub const WINDOW: TimeDelta = TimeDelta::minutes(15);

/// After this many failures within [`WINDOW`] a network has to wait.
#[derive(Debug, Clone, Copy)]
struct Limits {
    of_one_account: usize,
    in_all: usize,
}

/// The limits of an IPv4 address or an IPv6 /64, of a /56, and of a /48.
const LIMITS: [Limits; 3] = [
    Limits { of_one_account: 5, in_all: 50 },
    Limits { of_one_account: 10, in_all: 100 },
    Limits { of_one_account: 20, in_all: 200 },
];

/// Why an attempt may not go on.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// There were too many failures.
    #[error("too many failed sign-ins")]
    TooMany {
        /// How long to wait before the next attempt.
        wait: TimeDelta,
    },
    #[error(transparent)]
    Db(#[from] db::Error),
}
