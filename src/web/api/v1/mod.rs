//! Version 1 of the contract.

mod asked;
mod identify;
pub(crate) mod key;
pub(crate) mod leaks;
mod user;
pub(crate) mod verify;
