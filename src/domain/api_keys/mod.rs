//! API keys. Each verb has a file of its own.

mod create;
mod delete;
mod deleted;
mod describe;
mod expiry;
mod import;
mod imported_text;
mod leak;
mod list;
mod living;
mod model;
mod notices;
mod pause;
mod replace;
mod restrict;
mod rotate;
mod scan;
mod secret;
mod terms;
mod upkeep;
mod values;
mod whose;

pub use create::{CreateError, Created, NewKey, Taken, check_new, create};
pub use delete::{Deletion, delete, find, find_anywhere};
pub use deleted::{Deleted, DeletedPage, count_deleted, count_still_called, list_deleted};
pub use describe::{Change, DescribeError, Note, describe, described, name_taken};
pub use expiry::{Expiry, ExpiryError, OFFERED, longest_life};
pub use import::{BadRows, Import, ImportError, Report, any_imported, mask_of_imported};
pub use imported_text::holds_imported;
pub use leak::{Leak, count_leaked, is_leak_news, report_leak};
pub use list::{
    Find, KeyPage, Listed, PAGE_SIZE, Search, count, count_found, list, list_of_project,
    unknown_until,
};
pub use living::{LifeError, seen};
pub use model::{FormToken, KeyName};
pub use notices::{ExpiryNotice, claim_expiry_notices, is_expiry_notice_due};
pub use pause::{pause, resume};
pub use replace::{ReplaceError, replace};
pub use restrict::{RestrictError, Restriction, Set, restrict, restricted};
pub use rotate::{Overlap, RotateError, Rotation, end_overlap, may_rotate, rotate, rotations};
pub use scan::{KEY_LEN, SAMPLE, Sighting, scan};
pub use secret::{Digest, Malformed, SecretKey};
pub use upkeep::{is_upkeep_due, upkeep};
pub use values::{LeftBehind, Rotating, Safety, left_behind, rotating};
pub use whose::{find_pasted, whose};

pub use crate::db::api_keys::digest::KeyWithValue;
pub use crate::db::api_keys::{ApiKey, mark_seen_in_browser};
pub use crate::db::rotated_secrets::Former;
pub use crate::db::{KeyId as Id, KeySort as Sort, KeyStatus as Status, Kind};
pub use crate::model::Narrowed;
