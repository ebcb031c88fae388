//! What an environment allows beyond its keys: one row, two parts that people edit on two pages.

mod edit;
mod model;

pub use edit::{EditError, edit, why_not};
pub use model::{Change, Current, Policy, checks_keys_only, current};
