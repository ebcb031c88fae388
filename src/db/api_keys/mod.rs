//! Table `api_keys`, with a file for each use of it. The row of a deleted key stays, so that calls
//! with the key are told that it was deleted.

pub mod digest;
pub mod import;
pub mod leaks;
pub mod life;
mod list;
mod matching;
pub mod notices;
mod row;
mod state;

pub use list::{ListedKey, Matches, count_living, find as find_matching, list};
pub use matching::Matching;
pub use row::*;
