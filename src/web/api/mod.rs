//! The verifier, for gateways and programs: JSON, and no session.

pub(crate) mod addresses;
mod error;
pub(crate) mod health;
pub(crate) mod v1;
pub(crate) mod verifier;

pub(crate) use error::Error;
