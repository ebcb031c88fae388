//! A key that was refused because its time was over stays refused, even if the clock jumps back.
//! That is noted in the database for good, and until then, this process remembers it. It must not
//! remember it longer: after a clock that was ten years ahead, every new key would expire at once.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use actix_web::{rt, web};
use chrono::{DateTime, NaiveDateTime};

use crate::db::Result;
use crate::domain::Clock;
use crate::domain::api_keys;
use crate::web::State;

/// The latest time by which a key was refused although that is not noted yet.
pub(crate) struct Overdue {
    micros: AtomicI64,
    /// Whether a refusal has started to note it. Only one does so at a time, and after a failure
    /// none until the next upkeep.
    claimed: AtomicBool,
}

const NOTHING: i64 = i64::MIN;

impl Default for Overdue {
    fn default() -> Self {
        Self { micros: AtomicI64::new(NOTHING), claimed: AtomicBool::new(false) }
    }
}

impl Overdue {
    /// The time by which keys are judged: now, or a later time by which one was refused before.
    pub(crate) fn judge(&self, clock: &Clock) -> NaiveDateTime {
        let now = clock.now();
        match self.micros.load(Ordering::SeqCst) {
            NOTHING => now,
            before => DateTime::from_timestamp_micros(before)
                .map_or(now, |before| now.max(before.naive_utc())),
        }
    }

    /// Called when a key was refused by the clock alone. The refusal will be noted in a moment.
    pub(crate) fn refused(state: &web::Data<State>, at: NaiveDateTime) {
        state.overdue.micros.fetch_max(at.and_utc().timestamp_micros(), Ordering::SeqCst);
        if !state.overdue.claimed.swap(true, Ordering::SeqCst) {
            let state = state.clone();
            rt::spawn(async move { note(&state).await });
        }
    }
}

/// Notes keys and overlaps whose time is over. If this fails, the next upkeep does it.
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
        // A later refusal may have left it to this call.
        if past.micros.load(Ordering::SeqCst) == NOTHING
            || past.claimed.swap(true, Ordering::SeqCst)
        {
            return;
        }
    }
}

async fn note_as_of(state: &State, at: NaiveDateTime, lower_bound: NaiveDateTime) -> Result<()> {
    // It reads first, so that no writer has to wait if there is nothing to do.
    if state.db.read(move |c| api_keys::is_upkeep_due(c, at, lower_bound)).await? {
        while state.db.write(move |c| api_keys::upkeep(c, at, lower_bound)).await? {}
    }
    Ok(())
}
