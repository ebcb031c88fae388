//! The Access Rules page: what calls may do in an environment, and from where.

mod index;
mod keys_only;
mod save;
mod views;

pub(crate) use index::index;
pub(crate) use keys_only::turn;
pub(crate) use save::save;
