//! The parts of every page, and the parts that many pages show.

pub(crate) mod chrome;
pub(crate) mod paging;
pub(crate) mod views;
