//! Version 1 of the contract.

mod identify;
pub(crate) mod key;
mod original;
mod user;
pub(crate) mod verify;
