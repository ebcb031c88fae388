//! Projects: services or apps that hold keys.

mod attention;
mod change;
mod create;
mod delete;
mod key_life;
mod list;
mod model;
mod pause_leaked;
mod shared_address;

pub use attention::{Attention, attention};
pub use change::{Change, ChangeError, change, seen};
pub use create::{CreateError, NewProject, create, is_slug_taken};
pub use delete::{DeleteError, Deletion, delete};
pub use key_life::{KeyLife, key_life, set_key_life};
pub use list::{Holds, KeyCounts, Listed, key_counts, list, list_all};
pub use model::{Description, DescriptionError, Name, Slug, SlugError};
pub use pause_leaked::{pauses_leaked, set_pauses_leaked};
pub use shared_address::{
    SharedAddress, SharedAddressError, seen_shared_address, set_shared_address,
};

pub use crate::db::ProjectId as Id;
pub use crate::db::projects::{Project, find, find_by_id, list_for};
