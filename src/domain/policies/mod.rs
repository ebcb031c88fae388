//! What an environment allows beyond its keys: a single row with two parts, each with its own page.

mod edit;
mod model;

pub use edit::{EditError, edit, why_not};
pub use model::{Change, Current, Policy, checks_keys_only, current};
