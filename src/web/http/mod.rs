//! What Keyrack reads from a request: the caller, the address, and the original request.

pub(crate) mod body;
mod caller;
pub(crate) mod connection;
mod forwarded;
mod original;
mod user_agent;

pub(crate) use caller::{Caller, host, origin};
pub(crate) use original::original;
pub(crate) use user_agent::browser;
