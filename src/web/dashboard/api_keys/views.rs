//! The data that the templates of the page show.

use askama::Template;
use chrono::NaiveDateTime;

use super::key_views::{Badge, ExpiryField, MASK_COPIED, badges};
use crate::db::EnvironmentId;
use crate::domain::api_keys::{
    ApiKey, Find, FormToken, KeyPage, Kind, Listed, Sort, Status, Taken,
};
use crate::domain::usage::LastUsed;
use crate::model::{KeyState, Narrowed, Stored};
use crate::web::dashboard::http::EnvironmentAccess;
use crate::web::dashboard::http::flash::Flash;
use crate::web::dashboard::page::chrome::Chrome;
use crate::web::dashboard::page::views::{Field, Time, ago, number};
use crate::web::paths;

#[derive(Template)]
#[template(path = "api_keys/index.html")]
pub(crate) struct IndexPage {
    pub(crate) chrome: Chrome,
    pub(crate) place: EnvironmentPath,
    pub(crate) flash: Option<Flash>,
    pub(crate) q: String,
    pub(crate) find: Find,
    pub(crate) searchable: bool,
    /// From when on it is known which keys were not used for that long.
    pub(crate) unknown_until: Option<Time>,
    /// Whether keys were deleted recently.
    pub(crate) any_deleted: bool,
    /// Whether *Check keys only* is on.
    pub(crate) check_keys_only: bool,
    /// Why the member can't change keys here. Each card says it once.
    pub(crate) why: Option<String>,
    pub(crate) cards: Vec<Card>,
}

impl IndexPage {
    /// Whether a search found something in each card that has keys. If not, the empty card has a
    /// link to all keys.
    pub(crate) fn found_everywhere(&self) -> bool {
        !self.find.is_all() && self.cards.iter().all(|card| !card.rows.is_empty() || card.is_bare())
    }

    fn status_label(&self, status: &Status) -> &'static str {
        match status {
            Status::Active => "Active",
            Status::Expiring => "Expiring in 14 days",
            Status::Expired => "Expired",
            Status::Paused => "Paused",
            Status::Unused30 => "Unused for 30 days",
            Status::Unused90 => "Unused for 90 days",
            Status::Leaked => "Leaked",
        }
    }

    fn sort_label(&self, sort: &Sort) -> &'static str {
        match sort {
            Sort::Newest => "Newest",
            Sort::Name => "Name",
            Sort::LastUsed => "Last used",
        }
    }
}

#[derive(Clone)]
pub(crate) struct EnvironmentPath {
    pub(crate) project: String,
    pub(crate) environment: String,
}

impl EnvironmentPath {
    pub(crate) fn of(access: &EnvironmentAccess) -> Self {
        Self { project: access.slug().to_owned(), environment: access.environment.name.clone() }
    }

    pub(crate) fn list(&self) -> String {
        paths::api_keys(&self.project, &self.environment)
    }

    pub(crate) fn rules(&self) -> String {
        paths::access_rules(&self.project, &self.environment)
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

    /// The same address without the anchor, for htmx, which would scroll to it.
    pub(crate) fn again(&self, find: &Find, kind: &Kind, page: &i64) -> String {
        self.turn(find, kind, page).split('#').next().unwrap_or_default().to_owned()
    }
}

/// The keys of one kind.
pub(crate) struct Card {
    pub(crate) kind: Kind,
    pub(crate) rows: Vec<Row>,
    pub(crate) page: KeyPage,
    /// The number of all keys of the kind, if a search found none.
    pub(crate) of: Option<i64>,
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
        (page.total > 10).then(|| {
            format!("{}–{} of {}", number(page.first()), number(page.last()), number(page.total))
        })
    }

    /// Whether there are no keys of the kind at all, so that it is not the search that hides them.
    pub(crate) fn is_bare(&self) -> bool {
        self.of == Some(0)
    }

    /// `312 secret keys in dev.`
    pub(crate) fn all(&self, environment: &str) -> Option<String> {
        let of = self.of?;
        Some(format!(
            "{} {} key{} in {environment}.",
            number(of),
            self.kind,
            if of == 1 { "" } else { "s" }
        ))
    }
}

/// A key in the list.
pub(crate) struct Row {
    pub(crate) key: ApiKey,
    pub(crate) created: Time,
    pub(crate) created_by: String,
    pub(crate) last_used: Used,
    pub(crate) editable: bool,
    pub(crate) badges: Vec<Badge>,
    /// Whether the row is dimmed.
    pub(crate) expired: bool,
}

/// When a key was last used.
pub(crate) enum Used {
    At(Time),
    NotYet,
    /// Not since counting began, at this time.
    NotSince(Time),
}

impl Used {
    pub(crate) fn of(last_used: LastUsed, now: NaiveDateTime) -> Self {
        match last_used {
            LastUsed::At(at) => Self::At(Time { text: ago(at, now), ..Time::day(at) }),
            LastUsed::NotYet => Self::NotYet,
            LastUsed::NotSince(began) => Self::NotSince(Time::day(began)),
        }
    }
}

impl Row {
    pub(crate) fn of(listed: Listed, editable: bool, now: NaiveDateTime) -> Self {
        Self {
            badges: badges(&listed.key, now),
            expired: listed.key.state(now) == KeyState::Expired,
            created: Time::day(listed.key.created_at),
            created_by: listed.created_by.unwrap_or_else(|| "the command line".to_owned()),
            last_used: Used::of(listed.last_used, now),
            key: listed.key,
            editable,
        }
    }

    /// What the key is narrowed to, in short and in full.
    pub(crate) fn narrowed(&self) -> Vec<(String, String)> {
        let short = |list: &str, many: &str| match list.split(' ').count() {
            1 => list.to_owned(),
            count => format!("{count} {many}"),
        };
        let badge = |list: &str, many: &str| (short(list, many), list.to_owned());
        match self.key.narrowed.read() {
            Stored::Read(Narrowed { scopes, addresses, .. }) => {
                let scopes = scopes.map(|scopes| badge(scopes.as_str(), "scopes"));
                let addresses =
                    addresses.map(|addresses| badge(addresses.as_str(), "address ranges"));
                scopes.into_iter().chain(addresses).collect()
            }
            Stored::Damaged => Vec::new(),
        }
    }

    /// The row of a key that was created by this request.
    pub(crate) fn brand_new(key: ApiKey) -> Self {
        let created = Time { text: "just now".to_owned(), ..Time::day(key.created_at) };
        let badges = badges(&key, key.created_at);
        Self {
            key,
            created,
            created_by: "you".to_owned(),
            last_used: Used::NotYet,
            editable: true,
            badges,
            expired: false,
        }
    }
}

/// The form for a new key, on top of the table.
#[derive(Template)]
#[template(path = "api_keys/form_row.html")]
pub(crate) struct FormRow {
    pub(crate) place: EnvironmentPath,
    /// The form sends this id, because another environment may have got the name by then.
    pub(crate) environment_id: EnvironmentId,
    pub(crate) csrf: String,
    pub(crate) token: FormToken,
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) problem: Option<Problem>,
    pub(crate) options: Options,
}

/// The fields under *Options*, as they were typed.
pub(crate) struct Options {
    pub(crate) scopes: Field,
    pub(crate) from: Field,
    pub(crate) expiry: ExpiryField,
}

impl Options {
    /// Empty fields.
    pub(crate) fn new(expiry: ExpiryField) -> Self {
        Self { scopes: Field::default(), from: Field::default(), expiry }
    }

    /// Whether the options are open, because something is wrong in them, or is set and must not be
    /// overlooked.
    pub(crate) fn open(&self) -> bool {
        self.expiry.touched()
            || [&self.scopes, &self.from]
                .iter()
                .any(|field| field.error.is_some() || !field.value.trim().is_empty())
    }
}

impl FormRow {
    pub(crate) fn is_secret(&self) -> bool {
        self.kind == Kind::Secret
    }

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
    Taken {
        other: Box<ApiKey>,
        free: Option<String>,
    },
}

impl Problem {
    pub(crate) fn taken((other, free): Taken) -> Self {
        Self::Taken { other: Box::new(other), free: free.map(|name| name.to_string()) }
    }
}

/// Shown in place of a form that has already created a key.
#[derive(Template)]
#[template(path = "api_keys/used_row.html")]
pub(crate) struct UsedRow {
    pub(crate) place: EnvironmentPath,
    pub(crate) csrf: String,
    /// The one-time token of the form that replaces the key.
    pub(crate) token: FormToken,
    pub(crate) key: ApiKey,
}
