//! The team of a project: who is in it, and with which role.

mod hand_over;
mod index;
mod problem;
mod remove;
mod role;
pub(crate) mod views;

pub(crate) use hand_over::{confirm_hand_over, hand_over};
pub(crate) use index::index;
pub(crate) use remove::{confirm_leave, confirm_remove, leave, remove};
pub(crate) use role::{change_role, role, with_article};
