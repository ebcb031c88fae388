//! Gateways that asked the verifier: from which address, about which environment, and what they
//! passed on about the call.
//!
//! Like calls of keys, they are noted in memory ([`Gateways`]) and written later ([`write()`]),
//! never on the path of a request. Everything has a limit, so that strangers with made-up addresses
//! can neither fill the table nor push the real gateways out of it.

mod class;
mod noted;
mod prune;
mod seen;
mod write;

pub use noted::{GatewayCalls, Gateways, Request};
pub use prune::prune;
pub use seen::{asked_for, of_environment, untrusted_originals};
pub use write::write;

pub use crate::db::gateways_seen::GatewaySeen;

use chrono::TimeDelta;

/// How long a gateway is remembered after it last asked.
pub const KEPT: TimeDelta = TimeDelta::days(30);
