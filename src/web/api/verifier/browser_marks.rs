//! Marks secret keys that were sent from a browser. Each is marked once, and no request waits for
//! that.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use actix_web::web;

use crate::db::KeyId;
use crate::domain::api_keys::mark_seen_in_browser;
use crate::domain::verification::Verifiable;
use crate::web::State;

/// The keys that are being marked.
#[derive(Default)]
pub(crate) struct BrowserMarks(Mutex<HashSet<KeyId>>);

impl BrowserMarks {
    /// Marks a key that is not marked yet. If the mark can't be written, the next request tries
    /// again.
    pub(crate) fn mark(&self, state: &web::Data<State>, key: &Verifiable) {
        if key.seen_in_browser_at.is_some() || !self.set().insert(key.id.clone()) {
            return;
        }
        let (state, id, now) = (state.clone(), key.id.clone(), state.clock.now());
        actix_web::rt::spawn(async move {
            let marked = id.clone();
            if let Err(error) = state.db.write(move |c| mark_seen_in_browser(c, &marked, now)).await
            {
                tracing::warn!(%error, key = %id, "a secret key from a browser was not marked");
            }
            state.browser_marks.set().remove(&id);
        });
    }

    fn set(&self) -> std::sync::MutexGuard<'_, HashSet<KeyId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
