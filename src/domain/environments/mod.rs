//! Environments of a project. Each verb has a file of its own.

mod change;
mod create;
mod delete;
mod list;
mod model;
mod names;

pub use change::{Change, ChangeError, Changed, change, seen};
pub use create::{CreateError, NewEnvironment, create};
pub use delete::{DeleteError, Deletion, delete, find};
pub use list::{called_before, list};
pub use model::{Name, NameError};
pub use names::{GivenUp, former_holder};

pub(super) use create::create_first;
pub(super) use delete::end;

pub use crate::db::EnvironmentId as Id;
pub use crate::db::environments::Environment;
