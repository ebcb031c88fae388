//! The Access Rules page: what calls may do in an environment, and from where.

mod index;
mod save;
mod views;

pub(crate) use index::index;
pub(crate) use save::save;
