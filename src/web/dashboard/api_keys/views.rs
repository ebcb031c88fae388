//! What the templates of the page show.

use askama::Template;
use chrono::NaiveDateTime;

use super::super::chrome::Chrome;
use super::super::extract::EnvironmentAccess;
use super::super::views::{Time, number};
use super::key_views::{Badge, ExpiryField, badges};
use crate::domain::api_keys::{ApiKey, Find, FormToken, KeyPage, Kind, Listed, Sort, Status};
use crate::web::flash::Flash;
use crate::web::paths;

/// The page.
#[derive(Template)]
#[template(path = "api_keys/index.html")]
pub(crate) struct IndexPage {
    pub(crate) chrome: Chrome,
    pub(crate) place: Place,
    pub(crate) flash: Option<Flash>,
    pub(crate) q: String,
    pub(crate) find: Find,
    pub(crate) searchable: bool,
    /// Whether keys were deleted lately.
    pub(crate) any_deleted: bool,
    /// Why the member can't change keys here; said once in each card.
    pub(crate) why: Option<String>,
    pub(crate) cards: Vec<Card>,
}

impl IndexPage {
    /// Whether a search found something in each card: otherwise the empty one leads back to all keys.
    pub(crate) fn found_everywhere(&self) -> bool {
        !self.find.is_all() && self.cards.iter().all(|card| !card.rows.is_empty())
    }

    fn status_label(&self, status: &Status) -> &'static str {
        match status {
            Status::Active => "Active",
            Status::Expiring => "Expiring in 14 days",
            Status::Expired => "Expired",
            Status::Paused => "Paused",
        }
    }

    fn sort_label(&self, sort: &Sort) -> &'static str {
        match sort {
            Sort::Newest => "Newest",
            Sort::Name => "Name",
        }
    }
}

/// Where the page is.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) project: String,
    pub(crate) environment: String,
}

impl Place {
    pub(crate) fn of(access: &EnvironmentAccess) -> Self {
        Self { project: access.slug().to_owned(), environment: access.environment.name.clone() }
    }

    pub(crate) fn list(&self) -> String {
        paths::api_keys(&self.project, &self.environment)
    }

    pub(crate) fn new_key(&self, kind: &Kind) -> String {
        paths::api_key_new(&self.project, &self.environment, *kind)
    }

    pub(crate) fn search(&self) -> String {
        paths::api_keys_search(&self.project, &self.environment)
    }

    pub(crate) fn delete(&self, key: &ApiKey) -> String {
        paths::api_key_delete(&self.project, &self.environment, &key.id)
    }

    pub(crate) fn replace(&self, key: &ApiKey) -> String {
        paths::api_key_replace(&self.project, &self.environment, &key.id)
    }

    pub(crate) fn key(&self, key: &ApiKey) -> String {
        paths::api_key(&self.project, &self.environment, &key.id)
    }

    /// `edit`, `pause`, `resume`, `rotate`, `end-overlap`
    pub(crate) fn verb(&self, key: &ApiKey, verb: &str) -> String {
        paths::api_key_verb(&self.project, &self.environment, &key.id, verb)
    }

    pub(crate) fn deleted(&self) -> String {
        paths::api_keys_deleted(&self.project, &self.environment)
    }

    pub(crate) fn turn(&self, find: &Find, kind: &Kind, page: &i64) -> String {
        paths::api_keys_page(&self.project, &self.environment, find, *kind, *page)
    }

    /// The same for htmx, which would scroll to an anchor.
    pub(crate) fn again(&self, find: &Find, kind: &Kind, page: &i64) -> String {
        self.turn(find, kind, page).split('#').next().unwrap_or_default().to_owned()
    }
}

/// The keys of one kind.
pub(crate) struct Card {
    pub(crate) kind: Kind,
    pub(crate) rows: Vec<Row>,
    pub(crate) page: KeyPage,
    /// How many there are without the search.
    pub(crate) of: i64,
    pub(crate) editable: bool,
    pub(crate) form: Option<FormRow>,
    pub(crate) used: Option<UsedRow>,
}

impl Card {
    pub(crate) fn heading(&self) -> &'static str {
        match self.kind {
            Kind::Publishable => "Publishable Keys",
            Kind::Secret => "Secret Keys",
        }
    }

    pub(crate) fn prefix(&self) -> &'static str {
        match self.kind {
            Kind::Publishable => "pk_",
            Kind::Secret => "sk_",
        }
    }

    pub(crate) fn usage(&self) -> &'static str {
        match self.kind {
            Kind::Publishable => "Client-side (browser, mobile app): limited permissions",
            Kind::Secret => "Server-side only: full permissions",
        }
    }

    pub(crate) fn invitation(&self) -> &'static str {
        match self.kind {
            Kind::Publishable => "Add one for your website or app.",
            Kind::Secret => "Add one for your server.",
        }
    }

    /// `1–50 of 312`, once there are more than ten.
    pub(crate) fn span(&self) -> Option<String> {
        let page = &self.page;
        (page.total > 10).then(|| format!("{}–{} of {}", number(page.first()), number(page.last()), number(page.total)))
    }

    pub(crate) fn of(&self) -> String {
        number(self.of)
    }
}

/// A key in the list.
pub(crate) struct Row {
    pub(crate) key: ApiKey,
    pub(crate) created: Time,
    pub(crate) created_by: String,
    pub(crate) editable: bool,
    pub(crate) badges: Vec<Badge>,
    /// Whether it stands there dimmed.
    pub(crate) expired: bool,
}

impl Row {
    pub(crate) fn of(listed: Listed, editable: bool, now: NaiveDateTime) -> Self {
        Self {
            badges: badges(&listed.key, now),
            expired: listed.key.is_expired(now),
            created: Time::day(listed.key.created_at),
            created_by: listed.created_by.unwrap_or_else(|| "the command line".to_owned()),
            key: listed.key,
            editable,
        }
    }

    /// The row of a key that was made with this very request.
    pub(crate) fn brand_new(key: ApiKey) -> Self {
        let created = Time { text: "just now".to_owned(), ..Time::day(key.created_at) };
        let badges = badges(&key, key.created_at);
        Self { key, created, created_by: "you".to_owned(), editable: true, badges, expired: false }
    }
}

/// The form for a key, on top of the table.
#[derive(Template)]
#[template(path = "api_keys/form_row.html")]
pub(crate) struct FormRow {
    pub(crate) place: Place,
    pub(crate) csrf: String,
    pub(crate) token: FormToken,
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) problem: Option<Problem>,
    pub(crate) expiry: ExpiryField,
}

impl FormRow {
    pub(crate) fn placeholder(&self) -> &'static str {
        match self.kind {
            Kind::Publishable => "my-app-key",
            Kind::Secret => "server-key",
        }
    }
}

/// What is wrong with the name of a key.
pub(crate) enum Problem {
    /// In words.
    Text(String),
    /// Another key has it.
    Taken { other: Box<ApiKey>, free: Option<String> },
}

/// Instead of the form, when it made a key before.
#[derive(Template)]
#[template(path = "api_keys/used_row.html")]
pub(crate) struct UsedRow {
    pub(crate) place: Place,
    pub(crate) csrf: String,
    /// For the form that replaces the key.
    pub(crate) token: FormToken,
    pub(crate) key: ApiKey,
}

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
    /// The name as a `pattern`, which browsers compile with the `v` flag: only what that flag lets
    /// one escape is escaped. The server compares in any case.
    pub(crate) fn pattern(&self) -> String {
        let mut pattern = String::from("\\s*");
        for c in self.key.name.chars() {
            if "\\^$.*+?()[]{}|/".contains(c) {
                pattern.push('\\');
            }
            pattern.push(c);
        }
        pattern.push_str("\\s*");
        pattern
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
        let ago = super::super::views::ago(key.deleted_at.unwrap_or(now), now);
        Self { key, who, ago }
    }
}
