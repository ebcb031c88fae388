//! The data that the template of a key's limits shows.

use askama::Template;

use super::views::{EnvironmentPath, Options};
use crate::domain::api_keys::{ApiKey, Kind};
use crate::web::dashboard::page::chrome::Chrome;
use crate::web::dashboard::page::views::Field;

/// What may be changed of a key in use, as it was typed.
pub(crate) struct Limits {
    pub(crate) kind: Kind,
    pub(crate) options: Options,
    pub(crate) rate: Field,
    pub(crate) burst: Field,
    pub(crate) seen: String,
    /// Whether somebody else saved meanwhile.
    pub(crate) stale: bool,
    /// Why it was not done.
    pub(crate) problem: Option<String>,
}

#[derive(Template)]
#[template(path = "api_keys/key_limits.html")]
pub(crate) struct LimitsPage {
    pub(crate) chrome: Chrome,
    pub(crate) place: EnvironmentPath,
    pub(crate) key: ApiKey,
    pub(crate) form: Limits,
}
