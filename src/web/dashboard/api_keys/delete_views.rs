//! What is shown around a deletion.

use askama::Template;
use chrono::NaiveDateTime;

use super::super::chrome::Chrome;
use super::super::extract::EnvironmentAccess;
use super::super::views::{ago, pattern};
use super::views::Place;
use crate::domain::api_keys::ApiKey;

/// The confirmation of a deletion, as a dialog.
#[derive(Template)]
#[template(path = "api_keys/delete_dialog.html")]
pub(crate) struct DeleteDialog {
    pub(crate) place: Place,
    pub(crate) form: DeleteConfirmation,
}

/// The confirmation of a deletion, as a page.
#[derive(Template)]
#[template(path = "api_keys/delete_page.html")]
pub(crate) struct DeletePage {
    pub(crate) chrome: Chrome,
    pub(crate) place: Place,
    pub(crate) form: DeleteConfirmation,
}

/// What both show.
pub(crate) struct DeleteConfirmation {
    pub(crate) csrf: String,
    pub(crate) key: ApiKey,
    pub(crate) protected: bool,
    pub(crate) typed: String,
    pub(crate) wrong: bool,
}

impl DeleteConfirmation {
    pub(crate) fn pattern(&self) -> String {
        pattern(&self.key.name)
    }
}

/// The answer to htmx when a key was deleted.
#[derive(Template)]
#[template(path = "api_keys/deleted.html")]
pub(crate) struct DeletedPartial {
    pub(crate) key: ApiKey,
}

/// The answer to htmx when somebody else was first.
#[derive(Template)]
#[template(path = "api_keys/gone.html")]
pub(crate) struct GonePartial {
    pub(crate) gone: Gone,
    /// Whether the form in the dialog asked, and not the link in the row.
    pub(crate) from_dialog: bool,
}

/// The page when somebody else was first.
#[derive(Template)]
#[template(path = "api_keys/gone_page.html")]
pub(crate) struct GonePage {
    pub(crate) chrome: Chrome,
    pub(crate) place: Place,
    pub(crate) gone: Gone,
}

/// Who deleted a key, and when.
pub(crate) struct Gone {
    pub(crate) key: ApiKey,
    pub(crate) who: String,
    pub(crate) ago: String,
}

impl Gone {
    pub(crate) fn new(key: ApiKey, by: Option<String>, access: &EnvironmentAccess, now: NaiveDateTime) -> Self {
        let who = match (&key.deleted_by, by) {
            (Some(id), _) if *id == access.project.user.user.id => "You".to_owned(),
            (_, Some(name)) => name,
            (_, None) => "The command line".to_owned(),
        };
        let ago = ago(key.deleted_at.unwrap_or(now), now);
        Self { key, who, ago }
    }
}
