//! Gateways that asked the verifier: from where, for which address, and what they told of the call.
//!
//! Noted in memory ([`Gateways`]) and written down later ([`write()`]), never on the path of a
//! request, like calls of keys. Everything is bounded, so that made-up addresses and strangers can
//! neither fill the table nor push the real gateways out of it.

mod class;
mod noted;
mod prune;
mod seen;
mod write;

pub use noted::{Entry, Gateways, Request};
pub use prune::prune;
pub use seen::{asked_for, of_environment, untrusted_originals};
pub use write::write;

pub use crate::db::gateways_seen::GatewaySeen;

use chrono::TimeDelta;

/// How long a gateway that does not ask any more is remembered.
pub const KEPT: TimeDelta = TimeDelta::days(30);
