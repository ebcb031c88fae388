//! The API Keys page.

mod create;
mod delete;
mod forms;
mod index;
mod search;
mod views;

pub(crate) use create::{create, new, replace};
pub(crate) use delete::{confirm, delete};
#[cfg(fuzzing)]
pub(crate) use forms::{CreateForm, DeleteForm, SearchForm};
pub(crate) use index::index;
pub(crate) use search::search;
