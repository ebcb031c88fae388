//! Table `api_keys`, a file for each thing that is asked of it. A deleted key stays as a tombstone.

pub mod digest;
pub mod import;
pub mod leaks;
pub mod life;
mod list;
mod matching;
pub mod notices;
mod row;
mod state;

pub use list::{Found, ListedKey, find as find_matching, list};
pub use matching::Matching;
pub use row::*;
