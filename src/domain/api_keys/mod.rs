//! API keys: one verb, one file.

mod create;
mod delete;
mod list;
mod model;
mod replace;
mod scan;
mod secret;
mod verify;

pub use create::{CreateError, Created, NewKey, create};
pub use delete::{Deletion, delete, find, find_anywhere};
pub use list::{KeyPage, Listed, PAGE_SIZE, Search, count, list};
pub use model::{FormToken, KeyName, KeyNameError};
pub use replace::{ReplaceError, replace};
pub use scan::{KEY_LEN, Sighting, scan};
pub use secret::{Digest, Malformed, SecretKey, mask_in};
pub use verify::{Group, Identity, Refusal, decide};

pub use crate::db::api_keys::{ApiKey, find_by_digest, list_of_project};
pub use crate::db::{KeyId as Id, Kind};
