//! The activity of a project: who did what, when and from where.

mod export;
mod filter;
mod index;
mod views;

pub(crate) use export::export;
pub(crate) use index::{index, search};
pub(crate) use views::Row;
