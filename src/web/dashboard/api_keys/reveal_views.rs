//! The reveal, which is the only time that a value is shown.

use crate::web::dashboard::http::Visit;
use askama::Template;

use super::key_views::MASK_COPIED;
use super::views::{EnvironmentPath, Row, Used};
use crate::domain::api_keys::{ApiKey, SecretKey};
use crate::web::dashboard::page::chrome::Chrome;
use crate::web::dashboard::page::views::Time;
use crate::web::{http, paths};

/// The answer to htmx after a key was created: its row, and the reveal as a dialog.
#[derive(Template)]
#[template(path = "api_keys/created.html")]
pub(crate) struct CreatedPartial {
    pub(crate) place: EnvironmentPath,
    pub(crate) row: Row,
    pub(crate) reveal: Reveal,
    /// The id of the row of the key that this one replaces.
    pub(crate) replaced: Option<String>,
}

/// The answer without JavaScript after a key was created.
#[derive(Template)]
#[template(path = "api_keys/reveal_page.html")]
pub(crate) struct RevealPage {
    pub(crate) chrome: Chrome,
    pub(crate) place: EnvironmentPath,
    pub(crate) reveal: Reveal,
    pub(crate) back: String,
}

/// The reveal, which is the only time that a value is shown.
pub(crate) struct Reveal {
    pub(crate) key: ApiKey,
    pub(crate) secret: SecretKey,
    /// The address of the verifier for the key's environment, for the example.
    pub(crate) address: String,
    /// The mask of the value that this one replaces, and until when that one works.
    pub(crate) former: Option<(String, Option<Time>)>,
}

impl Reveal {
    /// The address of the verifier for the environment, with the origin at which the client reaches
    /// it.
    pub(crate) fn address(place: &EnvironmentPath, visit: &Visit) -> String {
        let origin = http::origin(&visit.request, &visit.config);
        format!("{origin}{}", paths::key(&place.project, &place.environment))
    }

    /// The value in four parts. The mask shows the prefix, the second part and the last.
    pub(crate) fn parts(&self) -> (&str, &str, &str, &str) {
        let (prefix, digits) = self.secret.expose().split_at(3);
        let (first, rest) = digits.split_at(4);
        let (middle, last) = rest.split_at(rest.len() - 4);
        (prefix, first, middle, last)
    }
}
