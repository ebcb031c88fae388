//! The data for the templates of a deletion.

use askama::Template;
use chrono::NaiveDateTime;

use super::usage_views::count;
use super::views::EnvironmentPath;
use crate::domain::api_keys::ApiKey;
use crate::domain::usage::InUse;
use crate::model::KeyState;
use crate::web::dashboard::http::EnvironmentAccess;
use crate::web::dashboard::page::chrome::Chrome;
use crate::web::dashboard::page::views::{Time, ago, pattern};

/// The confirmation of a deletion, as a dialog.
#[derive(Template)]
#[template(path = "api_keys/delete_dialog.html")]
pub(crate) struct DeleteDialog {
    pub(crate) place: EnvironmentPath,
    pub(crate) form: DeleteConfirmation,
}

/// The confirmation of a deletion, as a page.
#[derive(Template)]
#[template(path = "api_keys/delete_page.html")]
pub(crate) struct DeletePage {
    pub(crate) chrome: Chrome,
    pub(crate) place: EnvironmentPath,
    pub(crate) form: DeleteConfirmation,
}

pub(crate) struct DeleteConfirmation {
    pub(crate) csrf: String,
    pub(crate) key: ApiKey,
    pub(crate) protected: bool,
    pub(crate) typed: String,
    pub(crate) wrong: bool,
    pub(crate) in_use: UseNow,
}

/// How the key is used now, for the question whether to delete or pause it.
pub(crate) struct UseNow {
    in_use: InUse,
    now: NaiveDateTime,
    created_at: NaiveDateTime,
    may_pause: bool,
}

impl UseNow {
    pub(crate) fn of(key: &ApiKey, in_use: InUse, now: NaiveDateTime) -> Self {
        Self {
            in_use,
            now,
            created_at: key.created_at,
            may_pause: key.state(now) == KeyState::Active,
        }
    }

    /// `1,204 calls in the last 24 hours, 8,310 in 7 days, from 3 addresses.` If all of them were
    /// refused, the text says so, because then nobody would miss the key.
    pub(crate) fn calls(&self) -> Option<String> {
        let InUse { totals, addresses, and_others, .. } = self.in_use;
        let (day, week) = (totals.day.all(), totals.week.all());
        let number = count(addresses as u64);
        let from = match (addresses, and_others) {
            (0, _) => String::new(),
            (_, true) => format!(", from more than {number} addresses"),
            (1, false) => ", from 1 address".to_owned(),
            (_, false) => format!(", from {number} addresses"),
        };
        let calls = if day == 1 { "call" } else { "calls" };
        (week > 0).then(|| {
            let refused = if totals.week.accepted > 0 { "." } else { "; all were refused." };
            format!(
                "{} {calls} in the last 24 hours, {} in 7 days{from}{refused}",
                count(day),
                count(week)
            )
        })
    }

    /// The time of the last call, in words and exactly.
    pub(crate) fn last(&self) -> Option<(String, Time)> {
        self.in_use.last.map(|at| (ago(at, self.now), Time::moment(at)))
    }

    /// Since when the key was not called, as far as is known, and what happened at that time.
    pub(crate) fn quiet_since(&self) -> (Time, &'static str) {
        match self.in_use.last {
            Some(last) => (Time::moment(last), ""),
            None if self.in_use.known_since > self.created_at => {
                (Time::day(self.in_use.known_since), ", when tracking began")
            }
            None => (Time::day(self.in_use.known_since), ", when it was created"),
        }
    }

    pub(crate) fn offers_pause(&self) -> bool {
        self.may_pause && self.in_use.totals.day.accepted > 0
    }
}

impl DeleteConfirmation {
    pub(crate) fn pattern(&self) -> String {
        pattern(&self.key.name)
    }
}

/// The answer to htmx after a key was deleted.
#[derive(Template)]
#[template(path = "api_keys/deleted.html")]
pub(crate) struct DeletedPartial {
    pub(crate) key: ApiKey,
}

/// The answer to htmx if somebody else was first.
#[derive(Template)]
#[template(path = "api_keys/gone.html")]
pub(crate) struct GonePartial {
    pub(crate) gone: Gone,
    /// Whether the request came from the form in the dialog, and not from the link in the row.
    pub(crate) from_dialog: bool,
}

/// The page if somebody else was first.
#[derive(Template)]
#[template(path = "api_keys/gone_page.html")]
pub(crate) struct GonePage {
    pub(crate) chrome: Chrome,
    pub(crate) place: EnvironmentPath,
    pub(crate) gone: Gone,
}

/// A key that was deleted, with who did it and when.
pub(crate) struct Gone {
    pub(crate) key: ApiKey,
    pub(crate) who: String,
    pub(crate) ago: String,
}

impl Gone {
    pub(crate) fn new(
        key: ApiKey,
        by: Option<String>,
        access: &EnvironmentAccess,
        now: NaiveDateTime,
    ) -> Self {
        let who = match (&key.deleted_by, by) {
            (Some(id), _) if *id == access.project.user.user.id => "You".to_owned(),
            (_, Some(name)) => name,
            (_, None) => "The command line".to_owned(),
        };
        let ago = ago(key.deleted_at.unwrap_or(now), now);
        Self { key, who, ago }
    }
}
