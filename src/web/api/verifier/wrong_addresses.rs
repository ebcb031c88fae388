//! Gateways that ask for a project or environment that does not exist. A warning, once a minute,
//! says which.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use actix_web::HttpRequest;

use crate::domain::Clock;
use crate::model::readable;

const MINUTE: Duration = Duration::from_secs(60);

/// When the last warning was logged, and how many such calls there were since then.
#[derive(Default)]
pub(crate) struct WrongAddresses(Mutex<(Option<Duration>, u64)>);

impl WrongAddresses {
    /// Warns about a call for `asked`, which may be any text, unless there was a warning within the
    /// last minute.
    pub(crate) fn warn(&self, clock: &Clock, request: &HttpRequest, asked: &str) {
        let now = clock.elapsed();
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, calls) = &mut *held;
        *calls += 1;
        if last.is_some_and(|last| now.saturating_sub(last) < MINUTE) {
            return;
        }
        let peer = request.peer_addr().map(|peer| peer.ip());
        tracing::warn!(
            peer = peer.map(tracing::field::display),
            asked = readable(asked),
            calls = *calls,
            "a gateway asks for a project or an environment that does not exist"
        );
        (*last, *calls) = (Some(now), 0);
    }
}
