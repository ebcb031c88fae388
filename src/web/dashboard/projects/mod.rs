//! Projects: the list, creating one, its overview, its settings, and deleting it.

mod create;
mod delete;
mod key_life;
mod list;
mod overview;
mod pause_leaked;
mod settings;
mod shared_address;

#[cfg(fuzzing)]
pub(crate) use create::ProjectForm;
pub(crate) use create::{create, new};
pub(crate) use delete::{confirm, delete};
pub(crate) use key_life::{key_life, set_key_life};
pub(crate) use list::list;
pub(crate) use overview::overview;
pub(crate) use pause_leaked::{pause_leaked, set_pause_leaked};
pub(crate) use settings::{save, settings};
pub(crate) use shared_address::{set_shared_address, shared_address};
