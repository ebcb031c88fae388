//! What HTTP is to us: who calls, by which address, and what a gateway tells of the call.

pub(crate) mod body;
mod caller;
pub(crate) mod connection;
mod forwarded;
mod original;
mod user_agent;

pub(crate) use caller::{Caller, host, origin};
pub(crate) use original::original;
pub(crate) use user_agent::browser;
