//! What is on every page, and what many pages show.

pub(crate) mod chrome;
pub(crate) mod paging;
pub(crate) mod views;
