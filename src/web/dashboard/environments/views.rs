//! The data that the templates show.

use askama::Template;

use super::former::Former;
use crate::domain::environments::{self, Environment};
use crate::domain::projects::{KeyCounts, Project};
use crate::web::dashboard::http::Error;
use crate::web::dashboard::http::flash::Flash;
use crate::web::dashboard::page::chrome::Chrome;
use crate::web::dashboard::page::paging::Paging;
use crate::web::dashboard::page::views::{Field, Piece, Time, number, pattern};
use crate::web::paths;

#[derive(Template)]
#[template(path = "environments/index.html")]
pub(crate) struct IndexPage {
    pub(crate) chrome: Chrome,
    pub(crate) project: Project,
    pub(crate) flash: Option<Flash>,
    pub(crate) may_add: bool,
    /// Why the member can't do everything here. It is said once on the page.
    pub(crate) why: Option<&'static str>,
    pub(crate) rows: Vec<Row>,
    pub(crate) paging: Paging,
    /// Whether it is the only environment.
    pub(crate) is_last: bool,
}

impl IndexPage {
    fn may_change(&self) -> bool {
        self.why.is_none()
    }

    fn may_delete(&self) -> bool {
        self.may_change() && !self.is_last
    }
}

/// An environment in the list.
pub(crate) struct Row {
    pub(crate) environment: Environment,
    pub(crate) created: Time,
    pub(crate) keys: KeyCounts,
}

impl Row {
    pub(crate) fn of(environment: Environment, counts: &[(environments::Id, KeyCounts)]) -> Self {
        let keys = counts
            .iter()
            .find_map(|(id, counts)| (*id == environment.id).then_some(*counts))
            .unwrap_or_default();
        Self { created: Time::day(environment.created_at), keys, environment }
    }
}

/// The page with the form for a new environment.
#[derive(Template)]
#[template(path = "environments/new.html")]
pub(crate) struct NewPage {
    pub(crate) chrome: Chrome,
    pub(crate) project: String,
    pub(crate) name: Field,
    pub(crate) protected: bool,
    pub(crate) former: Option<Former>,
    pub(crate) may_protect: bool,
}

/// The page with the form for an existing environment.
#[derive(Template)]
#[template(path = "environments/edit.html")]
pub(crate) struct EditPage {
    pub(crate) chrome: Chrome,
    pub(crate) project: String,
    pub(crate) environment: Environment,
    pub(crate) seen: String,
    pub(crate) name: Field,
    pub(crate) protected: bool,
    pub(crate) former: Option<Former>,
    pub(crate) stale: bool,
}

/// The confirmation of a deletion, as a dialog.
#[derive(Template)]
#[template(path = "environments/delete_dialog.html")]
pub(crate) struct DeleteDialog {
    pub(crate) form: Confirmation,
}

/// The confirmation of a deletion, as a page.
#[derive(Template)]
#[template(path = "environments/delete_page.html")]
pub(crate) struct DeletePage {
    pub(crate) chrome: Chrome,
    pub(crate) form: Confirmation,
}

pub(crate) struct Confirmation {
    pub(crate) project: Project,
    pub(crate) csrf: String,
    pub(crate) environment: Environment,
    pub(crate) keys: KeyCounts,
    pub(crate) typed: String,
    pub(crate) wrong: bool,
}

impl Confirmation {
    fn action(&self) -> String {
        paths::environment_delete(&self.project.slug, &self.environment.id)
    }

    fn list(&self) -> String {
        paths::environments(&self.project.slug)
    }

    fn pattern(&self) -> String {
        pattern(&self.environment.name)
    }

    fn total(&self) -> String {
        number(self.keys.total())
    }

    fn kinds(&self) -> String {
        format!(
            "{} publishable and {} secret",
            number(self.keys.publishable),
            number(self.keys.secret)
        )
    }
}

/// A dialog in place of a confirmation, which says why there is nothing to confirm.
#[derive(Template)]
#[template(path = "environments/notice_dialog.html")]
pub(crate) struct NoticeDialog {
    pub(crate) notice: Notice,
}

/// The same as a page.
#[derive(Template)]
#[template(path = "environments/notice_page.html")]
pub(crate) struct NoticePage {
    pub(crate) chrome: Chrome,
    pub(crate) notice: Notice,
}

pub(crate) struct Notice {
    pub(crate) title: Vec<Piece>,
    pub(crate) text: &'static str,
    pub(crate) back: String,
}

/// Whether a box was ticked.
pub(crate) fn yes(sent: &str) -> Result<bool, Error> {
    match sent {
        "" => Ok(false),
        "yes" => Ok(true),
        _ => Err(Error::BadRequest("A box is ticked or not.")),
    }
}
