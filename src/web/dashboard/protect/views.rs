//! What the template shows.

use askama::Template;

use super::files::Front;
use super::live::{Finding, Live};
use crate::web::dashboard::page::chrome::Chrome;
use crate::web::dashboard::page::views::Field;

/// Something to copy: its id in the page, its name, and its text.
pub(crate) type Text = (String, &'static str, String);

#[derive(Template)]
#[template(path = "protect/index.html")]
pub(crate) struct IndexPage {
    pub(crate) chrome: Chrome,
    pub(crate) environment: String,
    /// Where the page is, for its form.
    pub(crate) action: String,
    /// Where keys are added, and where the base path is set.
    pub(crate) keys: String,
    pub(crate) rules: String,
    pub(crate) front: Front,
    pub(crate) keyrack: Field,
    pub(crate) api: Field,
    pub(crate) public: Field,
    /// Files to copy. None, while something is wrong with a field.
    pub(crate) files: Vec<Text>,
    /// What an API is called with to see whether it works.
    pub(crate) tries: Vec<Text>,
    pub(crate) live: Live,
}
