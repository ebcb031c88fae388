//! The data that the templates of a single key show. Some of it is in the list, too.

use askama::Template;
use chrono::NaiveDateTime;

use super::super::activity;
use super::delete_views::UseNow;
use super::forms::{KEEP, ON_A_DATE};
use super::reason_views::Reason;
use super::usage_views::{Plot, Where};
use super::value_views::{Behind, Values, Verdict};
use super::views::{EnvironmentPath, Problem, Used};
use crate::domain::api_keys::{ApiKey, ExpiryError, FormToken, Kind, OFFERED, Overlap};
use crate::model::{KeyState, Narrowed, Stored};
use crate::web::dashboard::http::Visit;
use crate::web::dashboard::http::flash::Flash;
use crate::web::dashboard::page::chrome::Chrome;
use crate::web::dashboard::page::views::{Field, Time};

/// The message after a mask was copied.
pub(crate) const MASK_COPIED: &str =
    "Masked key copied. It identifies the key but can't call the API.";

/// A badge for something exceptional about a key, such as `Expired` or `Rotating`.
pub(crate) struct Badge {
    /// Its colour: empty, `warn` or `danger`.
    pub(crate) class: &'static str,
    pub(crate) text: String,
    /// The end to which `text` counts the days in UTC. `app.js` counts them in the reader's zone.
    pub(crate) until: Option<String>,
}

/// The badges of a key that is not deleted.
pub(crate) fn badges(key: &ApiKey, now: NaiveDateTime) -> Vec<Badge> {
    let badge = |class, text: &str| Badge { class, text: text.to_owned(), until: None };
    let state = key.state(now);
    if state == KeyState::Expired {
        return vec![badge("danger", "Expired")];
    }
    let mut badges = Vec::new();
    if key.narrowed.read() == Stored::Damaged {
        badges.push(badge("danger", "Damaged"));
    }
    if key.leaked(now).is_some() {
        badges.push(badge("danger", "Leaked"));
    }
    if key.seen_in_browser_at.is_some() {
        badges.push(badge("danger", "Seen in a browser"));
    }
    if let Some(days) = key.expires_in_days(now) {
        let when = match days {
            0 => "today".to_owned(),
            1 => "tomorrow".to_owned(),
            days => format!("in {days} days"),
        };
        let until = key.expires_at.map(|at| Time::day(at).iso);
        badges.push(Badge { until, ..badge("warn", &format!("Expires {when}")) });
    }
    if state == KeyState::Paused {
        badges.push(badge("warn", "Paused"));
    }
    if key.overlaps_until(now).is_some() {
        badges.push(badge("", "Rotating"));
    }
    badges
}

/// The field for the expiry of a new key: its choices, and what was chosen.
pub(crate) struct ExpiryField {
    pub(crate) choices: Vec<Choice>,
    /// The date, as it was typed.
    pub(crate) date: String,
    /// The longest life in days, if there is one.
    pub(crate) longest: Option<u16>,
    pub(crate) error: Option<String>,
    /// Whether the error is about the date.
    pub(crate) on_a_date: bool,
    /// The zone in which the chosen day ends.
    pub(crate) zone: &'static str,
}

/// A choice in a list.
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) chosen: bool,
}

impl ExpiryField {
    pub(crate) fn new(
        chosen: &str,
        date: &str,
        longest: Option<u16>,
        error: Option<ExpiryError>,
        visit: &Visit,
    ) -> Self {
        let (now, zone) = (visit.clock.now(), visit.zone());
        let choice = |value: &str, label: String| Choice {
            value: value.to_owned(),
            label,
            chosen: value == chosen,
        };
        let days = |days: u16, why: &str| {
            let on = Time::day(zone.clock(now + chrono::TimeDelta::days(days.into()))).text;
            format!("{days} day{}, on {on}{why}", if days == 1 { "" } else { "s" })
        };
        let mut choices = vec![choice(
            "",
            longest.map_or_else(|| "Never".to_owned(), |longest| days(longest, " (longest life)")),
        )];
        let offered =
            OFFERED.into_iter().filter(|days| longest.is_none_or(|longest| *days < longest));
        choices.extend(offered.map(|number| choice(&number.to_string(), days(number, ""))));
        choices.push(choice(ON_A_DATE, "On a date…".to_owned()));
        let error = error.map(|error| error.to_string());
        Self {
            choices,
            date: date.to_owned(),
            longest,
            error,
            on_a_date: chosen == ON_A_DATE,
            zone: zone.name(),
        }
    }

    /// For a key that is there: it may stay as it is.
    pub(crate) fn of_key(
        key: &ApiKey,
        chosen: &str,
        date: &str,
        longest: Option<u16>,
        error: Option<ExpiryError>,
        visit: &Visit,
    ) -> Self {
        let mut field = Self::new(chosen, date, longest, error, visit);
        let zone = visit.zone();
        let now = key.expires_at.map_or_else(
            || "never".to_owned(),
            |at| format!("on {}", Time::day(zone.clock(at)).text),
        );
        if longest.is_some() {
            field.choices.remove(0); // the longest life counts from the making of the value
        }
        let keep = Choice {
            value: KEEP.to_owned(),
            label: format!("As it is: {now}"),
            chosen: chosen == KEEP,
        };
        field.choices.insert(0, keep);
        field
    }

    /// Whether something was chosen or is wrong, so that the options are open.
    pub(crate) fn touched(&self) -> bool {
        self.error.is_some()
            || !self.date.is_empty()
            || self.choices.iter().any(|choice| choice.chosen && !choice.value.is_empty())
    }
}

#[derive(Template)]
#[template(path = "api_keys/key.html")]
pub(crate) struct KeyPage {
    pub(crate) chrome: Chrome,
    pub(crate) place: EnvironmentPath,
    pub(crate) flash: Option<Flash>,
    pub(crate) key: ApiKey,
    pub(crate) created: Time,
    pub(crate) created_by: String,
    pub(crate) expires: Option<Time>,
    pub(crate) expired: bool,
    pub(crate) narrowed: Stored<Narrowed>,
    pub(crate) last_used: Used,
    /// Whether calls were accepted in the last 24 hours. If so, pausing asks for a confirmation.
    pub(crate) in_use: bool,
    pub(crate) plot: Plot,
    /// Why calls were refused within the range of the plot.
    pub(crate) reasons: Vec<Reason>,
    /// The time from which the places are counted.
    pub(crate) places_since: Time,
    pub(crate) places: Vec<Where>,
    pub(crate) badges: Vec<Badge>,
    /// The value before the last rotation, as long as it works, and who uses which of the two.
    pub(crate) values: Option<Values>,
    /// Replaced values that are still called.
    pub(crate) left_behind: Vec<Behind>,
    /// When it was reported leaked.
    pub(crate) leaked: Option<Time>,
    /// When a browser first sent it, although it is a secret key.
    pub(crate) seen_in_browser: Option<Time>,
    /// When it was deleted and by whom.
    pub(crate) deleted: Option<(Time, String)>,
    /// Why the member can't change keys here.
    pub(crate) why: Option<String>,
    /// The latest entries of its activity.
    pub(crate) activity: Vec<activity::Row>,
    pub(crate) history: String,
}

impl KeyPage {
    fn title(&self) -> &str {
        if self.key.name.is_empty() { "Deleted key" } else { &self.key.name }
    }

    fn kind(&self) -> &'static str {
        match self.key.kind {
            Kind::Publishable => "Publishable",
            Kind::Secret => "Secret",
        }
    }

    /// Whether it can be rotated. A paused key can't be, unless it leaked.
    fn rotatable(&self) -> bool {
        self.values.is_none() && (self.key.paused_at.is_none() || self.key.leaked_at.is_some())
    }

    /// Whether the overlap can be ended without a confirmation.
    fn may_end_at_once(&self) -> bool {
        self.key.former_leaked_at.is_some()
            || self
                .values
                .as_ref()
                .is_some_and(|values| matches!(values.verdict, Verdict::Safe(..)))
    }

    /// Why it can't be rotated now.
    fn why_not_rotate(&self) -> &'static str {
        if self.values.is_some() {
            "To rotate this key again, end the overlap first."
        } else {
            "To rotate this key, resume it first."
        }
    }

    /// What to do about a key that leaked.
    fn after_a_leak(&self) -> &'static str {
        match (self.values.is_some(), self.key.leaked_at.is_some(), self.key.paused_at.is_some()) {
            (false, _, false) => {
                "Calls with it are still accepted: rotate it without an overlap, or delete it."
            }
            (false, _, true) => {
                "Rotate it: its new value is good at once and the one that leaked never again. Or delete it."
            }
            (true, true, _) => "End the overlap, then rotate it once more. Or delete it.",
            (true, false, false) => {
                "Only the old value leaked: end the overlap as soon as your apps use the new one."
            }
            (true, false, true) => {
                "Only the old value leaked: end the overlap, then resume the key."
            }
        }
    }

    /// Whether it is neither deleted nor expired.
    fn lives(&self) -> bool {
        self.deleted.is_none() && !self.expired
    }
}

/// The page with the form for the name and note of a key.
#[derive(Template)]
#[template(path = "api_keys/key_edit.html")]
pub(crate) struct EditPage {
    pub(crate) chrome: Chrome,
    pub(crate) place: EnvironmentPath,
    pub(crate) key: ApiKey,
    pub(crate) form: Form,
}

/// The content of the form.
pub(crate) struct Form {
    pub(crate) name: String,
    pub(crate) problem: Option<Problem>,
    pub(crate) note: Field,
    /// What [`crate::domain::api_keys::described`] returned when the form was shown.
    pub(crate) seen: String,
    /// Whether somebody has changed the key since then.
    pub(crate) stale: bool,
}

/// The page that asks how long the old value should keep working.
#[derive(Template)]
#[template(path = "api_keys/rotate.html")]
pub(crate) struct RotatePage {
    pub(crate) chrome: Chrome,
    pub(crate) place: EnvironmentPath,
    pub(crate) key: ApiKey,
    pub(crate) token: FormToken,
    /// How often it was rotated before.
    pub(crate) rotations: i64,
}

impl RotatePage {
    /// The overlaps to choose from. A paused key that can be rotated has leaked, so its old value
    /// must not keep working.
    fn overlaps(&self) -> &'static [Overlap] {
        if self.key.paused_at.is_some() { &[Overlap::None] } else { &Overlap::ALL }
    }

    fn is_proposed(&self, overlap: &Overlap) -> bool {
        *overlap == Overlap::proposed(&self.key)
    }
}

/// The page that asks whether to end the overlap.
#[derive(Template)]
#[template(path = "api_keys/end_overlap.html")]
pub(crate) struct EndOverlapPage {
    pub(crate) chrome: Chrome,
    pub(crate) place: EnvironmentPath,
    pub(crate) key: ApiKey,
    pub(crate) values: Values,
}

/// The page that asks whether to pause a key that is in use.
#[derive(Template)]
#[template(path = "api_keys/pause.html")]
pub(crate) struct PausePage {
    pub(crate) chrome: Chrome,
    pub(crate) place: EnvironmentPath,
    pub(crate) key: ApiKey,
    pub(crate) in_use: UseNow,
}

/// The page that asks whether to resume a paused key.
#[derive(Template)]
#[template(path = "api_keys/resume.html")]
pub(crate) struct ResumePage {
    pub(crate) chrome: Chrome,
    pub(crate) place: EnvironmentPath,
    pub(crate) key: ApiKey,
    pub(crate) now: NaiveDateTime,
}

impl ResumePage {
    /// Whether the key could be rotated instead.
    fn rotatable(&self) -> bool {
        self.key.leaked_at.is_some() && self.key.overlaps_until(self.now).is_none()
    }
}

/// The page that says why a key was not rotated, or why something else was not done to it.
#[derive(Template)]
#[template(path = "api_keys/refused.html")]
pub(crate) struct RefusedPage {
    pub(crate) chrome: Chrome,
    pub(crate) place: EnvironmentPath,
    pub(crate) key: ApiKey,
    pub(crate) title: String,
    pub(crate) text: String,
}

/// The list of keys that were deleted recently.
#[derive(Template)]
#[template(path = "api_keys/deleted_keys.html")]
pub(crate) struct DeletedPage {
    pub(crate) chrome: Chrome,
    pub(crate) place: EnvironmentPath,
    pub(crate) rows: Vec<DeletedRow>,
    pub(crate) span: Option<String>,
    pub(crate) newer: Option<i64>,
    pub(crate) older: Option<i64>,
}

/// A deleted key in the list.
pub(crate) struct DeletedRow {
    pub(crate) key: ApiKey,
    pub(crate) deleted: Time,
    pub(crate) by: String,
    /// Whether it was still called in the last 24 hours.
    pub(crate) still: bool,
    pub(crate) refused: Option<RefusedCalls>,
}

/// The calls since a key was deleted.
pub(crate) struct RefusedCalls {
    pub(crate) day: String,
    pub(crate) total: String,
    pub(crate) last: Time,
    pub(crate) address: Option<String>,
}
