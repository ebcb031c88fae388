//! Version 1 of the contract.

mod identify;
pub(crate) mod key;
pub(crate) mod leaks;
mod user;
pub(crate) mod verify;
