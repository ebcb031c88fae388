//! The Access Rules page: what calls may do in an environment, and where they may come from.

mod index;
mod keys_only;
mod save;
mod views;

pub(crate) use index::index;
pub(crate) use keys_only::turn;
pub(crate) use save::save;
