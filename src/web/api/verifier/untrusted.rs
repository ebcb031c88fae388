//! Peers that send an original request but are not trusted. Most likely it is a gateway that is
//! missing in `--trusted-proxy`. This happens with every call, so it is logged only once a minute.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::db::EnvironmentId;
use crate::domain::Clock;

/// How often it is logged.
const EVERY: Duration = Duration::from_secs(60);

/// When it was last logged, as the time since this process started.
#[derive(Default)]
pub(crate) struct UntrustedGateways(Mutex<Option<Duration>>);

impl UntrustedGateways {
    /// Warns about a call with a valid key of this environment.
    pub(crate) fn warn(&self, clock: &Clock, peer: Option<IpAddr>, environment: &EnvironmentId) {
        if self.is_due(clock.elapsed()) {
            tracing::warn!(
                peer = peer.map(tracing::field::display),
                %environment,
                "a peer that is not trusted tells what the original request is, which is ignored; \
                 if it is your gateway, name it in --trusted-proxy"
            );
        }
    }

    fn is_due(&self, now: Duration) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = told.is_none_or(|before| now.saturating_sub(before) >= EVERY);
        if due {
            *told = Some(now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_due_once_a_minute() {
        let gateways = UntrustedGateways::default();
        let due = |seconds| gateways.is_due(Duration::from_secs(seconds));
        assert_eq!(
            [0, 1, 59, 60, 61, 119, 120].map(due),
            [true, false, false, true, false, false, true]
        );
    }
}
