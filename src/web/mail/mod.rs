//! Mail that tells people of what happened to their account and their keys.

pub(crate) mod account;
pub(crate) mod notices;
pub(crate) mod words;
