//! The verifier, for gateways and programs: JSON, and no session.

mod batch;
mod error;
pub(crate) mod health;
mod limits;
pub(crate) mod v1;

pub use batch::Batcher;
pub(crate) use error::Error;
