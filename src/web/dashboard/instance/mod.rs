//! The pages of whoever runs the instance: accounts and projects, and nothing of what is in a project.

mod change;
mod hand_over;
mod projects;
mod settings;
mod user;
mod users;
mod views;

pub(crate) use change::{ask, change};
pub(crate) use hand_over::{ask as ask_hand_over, begin as hand_over, open as open_stop, stop};
pub(crate) use projects::index as projects;
pub(crate) use settings::{index as settings, save as save_settings};
pub(crate) use user::show as user;
pub(crate) use users::{index as users, search};
