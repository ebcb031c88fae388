//! The data that the template shows.

use askama::Template;

use super::filter::{Asked, COMMAND_LINE, Span};
use crate::domain::activity::{self, Action, ActivityEntry, SubjectKind};
use crate::domain::api_keys::ApiKey;
use crate::domain::environments::Environment;
use crate::domain::users::{self, User};
use crate::web::dashboard::page::chrome::Chrome;
use crate::web::dashboard::page::views::Time;
use crate::web::paths;

#[derive(Template)]
#[template(path = "activity/index.html")]
pub(crate) struct IndexPage {
    pub(crate) chrome: Chrome,
    pub(crate) project: String,
    pub(crate) asked: Asked,
    pub(crate) people: Vec<User>,
    /// People who are no longer members, with the names that they had.
    pub(crate) former: Vec<(users::Id, String)>,
    pub(crate) environments: Vec<Environment>,
    pub(crate) rows: Vec<Row>,
    /// The key whose history this is.
    pub(crate) key: Option<HistoryOf>,
    /// The address of the next page.
    pub(crate) older: Option<String>,
    pub(crate) newest: String,
    pub(crate) export: String,
}

/// A key whose history is asked for.
pub(crate) struct HistoryOf {
    pub(crate) name: String,
    pub(crate) mask: String,
    /// The address of the key's page, unless its environment was deleted.
    pub(crate) address: Option<String>,
}

impl HistoryOf {
    /// `None` once the name of the key was removed.
    pub(crate) fn new(key: ApiKey, environment: &Environment, project: &str) -> Option<Self> {
        let address = environment
            .deleted_at
            .is_none()
            .then(|| paths::api_key(project, &environment.name, &key.id));
        (!key.name.is_empty()).then_some(Self { name: key.name, mask: key.mask, address })
    }
}

impl IndexPage {
    /// Where *Show all* leads to.
    fn all(&self) -> String {
        Asked::everything().address(&self.project, None)
    }

    /// The label of a kind of subject in the filters.
    fn label(&self, kind: &SubjectKind) -> &'static str {
        match kind {
            SubjectKind::Key => "Keys",
            SubjectKind::Project => "Settings",
            SubjectKind::Environment => "Environments",
            SubjectKind::User => "Accounts",
            SubjectKind::Instance => "This Keyrack",
            SubjectKind::Member => "Members",
            SubjectKind::Invitation => "Invitations",
        }
    }
}

/// An entry in words: who did what to what.
pub(crate) struct Row {
    pub(crate) entry: ActivityEntry,
    pub(crate) at: Time,
}

impl Row {
    pub(crate) fn of(entry: ActivityEntry) -> Self {
        Self { at: Time::moment(entry.at), entry }
    }

    /// Who did it.
    pub(crate) fn who(&self) -> String {
        activity::who(&self.entry)
    }

    /// From where it was done, as far as the reader may know.
    pub(crate) fn from(&self) -> &str {
        match &self.entry.address {
            Some(address) => address,
            None if self.entry.actor == activity::COMMAND_LINE => "this machine",
            None => "",
        }
    }

    /// The environment in which it was done, if the entry does not name it anyway.
    pub(crate) fn place(&self) -> Option<&str> {
        let told = self.entry.environment.is_empty()
            || self.entry.subject_kind == SubjectKind::Environment;
        (!told).then_some(&self.entry.environment)
    }

    /// `deleted secret key`
    pub(crate) fn did(&self) -> &'static str {
        activity::did(&self.entry)
    }

    /// `deleted this key`, where it is clear which key is meant.
    pub(crate) fn did_here(&self) -> String {
        let did = self.did();
        let verb = [" secret key", " publishable key", " key"]
            .iter()
            .find_map(|object| did.strip_suffix(object));
        verb.map_or_else(|| did.to_owned(), |verb| format!("{verb} this key"))
    }

    /// Whether the subject is the person who did it, so that the name is shown already.
    pub(crate) fn is_about_the_actor(&self) -> bool {
        matches!(self.entry.action, Action::MemberJoined | Action::MemberLeft)
    }
}
