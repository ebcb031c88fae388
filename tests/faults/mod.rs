//! What Keyrack does when things go wrong: databases that hang, vanish or are full, processes that
//! are killed, and restarts. `scripts/soak` runs the same with more rounds (`SOAK_…`).

mod crashes;
mod deadlines_postgres;
mod deadlines_sqlite;
mod disk_full;
mod fate;
mod histories;
mod journal;
mod leaks;
mod lost_answers;
mod memory;
mod names;
mod outages;
mod places;
mod restarts;
mod start_and_stop;
mod timing;
mod upgrade;

use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;

/// The limit for "within a second", on a machine that also does other things.
const SECOND: Duration = Duration::from_millis(1500);

/// The number of rounds: a few, or as many as `scripts/soak` says.
fn rounds(variable: &str, few: usize) -> usize {
    std::env::var(variable).map_or(few, |number| number.parse().unwrap())
}

/// Random numbers that are the same in each run, so that a failure can be repeated.
fn dice(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}
