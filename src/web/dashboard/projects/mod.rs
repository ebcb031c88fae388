//! Projects: the list, a new one, and the overview of one.

mod create;
mod list;
mod overview;

#[cfg(fuzzing)]
pub(crate) use create::ProjectForm;
pub(crate) use create::{create, new};
pub(crate) use list::list;
pub(crate) use overview::overview;
