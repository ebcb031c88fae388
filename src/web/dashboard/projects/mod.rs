//! Projects: the list, a new one, and the overview of one.

mod create;
mod key_life;
mod list;
mod overview;

#[cfg(fuzzing)]
pub(crate) use create::ProjectForm;
pub(crate) use create::{create, new};
pub(crate) use key_life::{key_life, set_key_life};
pub(crate) use list::list;
pub(crate) use overview::overview;
