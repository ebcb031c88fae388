//! The Access Tokens page: whose tokens are good in an environment, and a form to try one.

mod index;
mod save;
mod try_token;
mod views;

pub(crate) use index::{current, index};
#[cfg(fuzzing)]
pub(crate) use save::SettingsForm;
pub(crate) use save::save;
pub(crate) use try_token::try_token;
