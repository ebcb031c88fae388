//! What the template shows.

use askama::Template;

use super::super::chrome::Chrome;
use super::super::views::Time;
use super::filter::{Asked, COMMAND_LINE, Span};
use crate::domain::activity::{Action, Entry, SubjectKind};
use crate::domain::environments::Environment;
use crate::domain::users::User;

/// The page.
#[derive(Template)]
#[template(path = "activity/index.html")]
pub(crate) struct IndexPage {
    pub(crate) chrome: Chrome,
    pub(crate) project: String,
    pub(crate) asked: Asked,
    pub(crate) people: Vec<User>,
    pub(crate) environments: Vec<Environment>,
    pub(crate) rows: Vec<Row>,
    /// The address of the next page.
    pub(crate) older: Option<String>,
    pub(crate) newest: String,
    pub(crate) export: String,
}

impl IndexPage {
    /// What the filter calls a kind of thing.
    fn label(&self, kind: &SubjectKind) -> &'static str {
        match kind {
            SubjectKind::Key => "Keys",
            SubjectKind::Project => "Settings",
        }
    }
}

/// An entry in words: somebody, what they did, to what.
pub(crate) struct Row {
    pub(crate) entry: Entry,
    pub(crate) at: Time,
}

impl Row {
    pub(crate) fn of(entry: Entry) -> Self {
        Self { at: Time::moment(entry.at), entry }
    }

    /// `deleted secret key`
    pub(crate) fn did(&self) -> &'static str {
        let secret = self.entry.mask.starts_with("sk_");
        match (self.entry.action, secret) {
            (Action::KeyCreated, true) => "created secret key",
            (Action::KeyCreated, false) => "created publishable key",
            (Action::KeyDeleted, true) => "deleted secret key",
            (Action::KeyDeleted, false) => "deleted publishable key",
            (Action::ProjectCreated, _) => "created project",
            (Action::KeyChanged, _) => "changed key",
            (Action::KeyPaused, _) => "paused key",
            (Action::KeyResumed, _) => "resumed key",
            (Action::KeyRotated, _) => "rotated key",
            (Action::KeyOverlapEnded, _) => "ended the overlap of key",
            (Action::KeysImported, _) => "imported keys into project",
            (Action::KeyLifeChanged, _) => "changed the longest life of secret keys of project",
        }
    }
}
