//! The environments of a project: the list, and adding, changing and deleting one.

mod create;
mod delete;
mod edit;
mod former;
mod index;
mod views;

pub(crate) use create::{create, new};
pub(crate) use delete::{confirm, delete};
pub(crate) use edit::{edit, save};
pub(crate) use index::index;
