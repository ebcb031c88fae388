//! Mail about changes to people's accounts and keys.

pub(crate) mod account;
pub(crate) mod notices;
pub(crate) mod words;
