//! The verifier, for gateways and programs: JSON, and no session.

mod batch;
mod browser_marks;
mod error;
pub(crate) mod health;
mod limits;
mod untrusted;
pub(crate) mod v1;
mod wrong_addresses;

pub(crate) use batch::Batcher;
pub(crate) use browser_marks::BrowserMarks;
pub(crate) use error::Error;
pub(crate) use untrusted::UntrustedGateways;
pub(crate) use wrong_addresses::WrongAddresses;
