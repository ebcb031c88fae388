//! Version 1 of the contract.

mod identify;
pub(crate) mod key;
pub(crate) mod verify;
