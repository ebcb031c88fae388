//! Invitations: making them, and what somebody with the link sees.

mod account;
mod invite;
mod join;
mod open;
mod pending;
mod post;
mod views;

pub(crate) use account::make_account;
pub(crate) use invite::{form, invite};
pub(crate) use join::join;
pub(crate) use open::open;
pub(crate) use pending::{cancel, renew, send};
pub(crate) use views::PendingRow;
