//! What was refused because its time was over stays refused, though the clock jumps back: it is
//! noted in the database for good, and until that is done this process remembers. (It must not
//! remember longer: a clock that was ten years ahead would have every new key expire at once.)

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use actix_web::{rt, web};
use chrono::{DateTime, NaiveDateTime};

use crate::db::Result;
use crate::domain::Clock;
use crate::domain::api_keys;
use crate::web::State;

/// The latest time for which a key was refused without that being noted.
pub(crate) struct Overdue {
    micros: AtomicI64,
    /// A refusal had it noted. Only one at a time does, and after a failure none until the next
    /// upkeep.
    claimed: AtomicBool,
}

const NOTHING: i64 = i64::MIN;

impl Default for Overdue {
    fn default() -> Self {
        Self { micros: AtomicI64::new(NOTHING), claimed: AtomicBool::new(false) }
    }
}

impl Overdue {
    /// The time to judge a key by: now, or what was now before.
    pub(crate) fn judge(&self, clock: &Clock) -> NaiveDateTime {
        let now = clock.now();
        match self.micros.load(Ordering::SeqCst) {
            NOTHING => now,
            before => DateTime::from_timestamp_micros(before)
                .map_or(now, |before| now.max(before.naive_utc())),
        }
    }

    /// A key was refused because only the clock said so: that is noted in a moment.
    pub(crate) fn refused(state: &web::Data<State>, at: NaiveDateTime) {
        state.overdue.micros.fetch_max(at.and_utc().timestamp_micros(), Ordering::SeqCst);
        if !state.overdue.claimed.swap(true, Ordering::SeqCst) {
            let state = state.clone();
            rt::spawn(async move { note(&state).await });
        }
    }
}

/// Notes what is over. What fails is done by the next upkeep.
pub(crate) async fn note(state: &State) {
    let past = &state.overdue;
    loop {
        let (at, lower_bound) = (past.judge(&state.clock), state.clock.lower_bound());
        if let Err(error) = note_as_of(state, at, lower_bound).await {
            return tracing::warn!(%error, "what is over was not noted; it is refused all the same");
        }
        let noted = at.and_utc().timestamp_micros();
        let _ = past.micros.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |before| {
            (before <= noted).then_some(NOTHING)
        });
        past.claimed.store(false, Ordering::SeqCst);
        // A later refusal that came meanwhile left it to us.
        if past.micros.load(Ordering::SeqCst) == NOTHING
            || past.claimed.swap(true, Ordering::SeqCst)
        {
            return;
        }
    }
}

async fn note_as_of(state: &State, at: NaiveDateTime, lower_bound: NaiveDateTime) -> Result<()> {
    // Reading first: where there is nothing to do, nobody who writes has to wait.
    if state.db.read(move |c| api_keys::is_upkeep_due(c, at, lower_bound)).await? {
        while state.db.write(move |c| api_keys::upkeep(c, at, lower_bound)).await? {}
    }
    Ok(())
}
