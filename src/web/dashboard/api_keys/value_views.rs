//! The data that the page of a key shows about its two values during an overlap, and about replaced
//! values.

use chrono::{NaiveDateTime, TimeDelta};

use super::usage_views::count;
use crate::domain::api_keys::{ApiKey, LeftBehind, Rotating, Safety};
use crate::domain::usage::{Caller, ValueUse};
use crate::web::dashboard::page::views::{Time, ago};

/// The number of places that a sentence names. The table has all of them.
const NAMED: usize = 3;
/// Up to this many callers of the old value are shown without opening them.
const SEEN_AT_ONCE: usize = 6;

/// An overlap, and who uses which value.
pub(crate) struct Values {
    pub(crate) mask: String,
    /// Until when the old value works.
    pub(crate) until: Time,
    /// When the key was rotated.
    pub(crate) since: Time,
    pub(crate) verdict: Verdict,
    /// The old value and the new one.
    pub(crate) rows: [ValueRow; 2],
}

/// Whether the overlap can be ended.
pub(crate) enum Verdict {
    /// The old value is still called: `3 calls`, and `, from 10.0.0.7`.
    Called {
        calls: String,
        from: String,
    },
    /// Nothing has called the old value since this time. The others also say how long ago that is.
    Untried(Time),
    Quiet(Time, String),
    Safe(Time, String),
}

impl Verdict {
    /// The kind of the note with this verdict.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Called { .. } => "warn",
            Self::Untried(_) | Self::Quiet(..) => "",
            Self::Safe(..) => "ok",
        }
    }
}

pub(crate) struct ValueRow {
    /// `Old` or `New`
    pub(crate) label: &'static str,
    pub(crate) mask: String,
    pub(crate) hour: String,
    pub(crate) day: String,
    pub(crate) last: Option<Time>,
    /// Addresses, and for publishable keys origins.
    pub(crate) callers: Vec<Callers>,
    /// Whether the callers are shown without opening them.
    pub(crate) open: bool,
}

pub(crate) struct Callers {
    /// `Address` or `Origin`
    pub(crate) heading: &'static str,
    /// Each place with its number of calls and the last one. An empty place stands for all others.
    pub(crate) rows: Vec<(String, String, Time)>,
}

impl Values {
    pub(crate) fn of(rotating: Rotating, key: &ApiKey, now: NaiveDateTime) -> Self {
        let moment = |since: NaiveDateTime| (Time::moment(since), ago(since, now));
        let verdict = match rotating.safety(now) {
            Safety::Called => called(&rotating.old, now),
            Safety::Untried(since) => Verdict::Untried(moment(since).0),
            Safety::Quiet(since) => Verdict::Quiet(moment(since).0, moment(since).1),
            Safety::Safe(since) => Verdict::Safe(moment(since).0, moment(since).1),
        };
        let Rotating { former, old, new } = rotating;
        Self {
            until: Time::moment(former.valid_until),
            since: Time::moment(former.rotated_at),
            verdict,
            rows: [
                ValueRow::of("Old", &former.mask, old, now),
                ValueRow::of("New", &key.mask, new, now),
            ],
            mask: former.mask,
        }
    }
}

fn called(old: &ValueUse, now: NaiveDateTime) -> Verdict {
    let lately = |callers: &[Caller]| -> Vec<String> {
        callers
            .iter()
            .filter(|caller| caller.last >= now - TimeDelta::hours(1))
            .map(|caller| caller.place.clone())
            .collect()
    };
    // For a page that is open in many browsers, the origin says more than the addresses.
    let origins: Vec<String> =
        lately(&old.origins).into_iter().filter(|origin| !origin.is_empty()).collect();
    let places = if origins.is_empty() { lately(&old.addresses) } else { origins };
    Verdict::Called { calls: calls("call", old.hour.all()), from: from(&places) }
}

impl ValueRow {
    fn of(label: &'static str, mask: &str, calls: ValueUse, now: NaiveDateTime) -> Self {
        let ago = |at: NaiveDateTime| Time { text: ago(at, now), ..Time::moment(at) };
        let callers = |heading, found: Vec<Caller>| Callers {
            heading,
            rows: found
                .into_iter()
                .map(|caller| (caller.place, count(caller.counts.all()), ago(caller.last)))
                .collect(),
        };
        let mut callers =
            vec![callers("Origin", calls.origins), callers("Address", calls.addresses)];
        callers.retain(|list| !list.rows.is_empty());
        let few = callers.iter().map(|list| list.rows.len()).sum::<usize>() <= SEEN_AT_ONCE;
        Self {
            label,
            mask: mask.to_owned(),
            hour: count(calls.hour.all()),
            day: count(calls.day.all()),
            last: calls.last.map(ago),
            callers,
            open: label == "Old" && few,
        }
    }

    pub(crate) fn word(&self) -> String {
        self.label.to_lowercase()
    }
}

/// A replaced value that is still called.
pub(crate) struct Behind {
    pub(crate) mask: String,
    pub(crate) ended: Time,
    /// `3 refused calls`
    pub(crate) refused: String,
    /// `, from 10.0.0.7`
    pub(crate) from: String,
    pub(crate) last: Time,
}

impl Behind {
    pub(crate) fn of(left: LeftBehind, now: NaiveDateTime) -> Self {
        Self {
            mask: left.former.mask,
            ended: Time::moment(left.ended),
            refused: calls("refused call", left.refused),
            from: from(&left.places),
            last: Time { text: ago(left.last, now), ..Time::moment(left.last) },
        }
    }
}

fn calls(word: &str, number: u64) -> String {
    format!("{} {word}{}", count(number), if number == 1 { "" } else { "s" })
}

/// `, from 10.0.0.7, 10.0.0.8 and others`
fn from(places: &[String]) -> String {
    let named: Vec<&str> =
        places.iter().map(String::as_str).filter(|place| !place.is_empty()).take(NAMED).collect();
    let others = if places.len() > named.len() { " and others" } else { "" };
    if named.is_empty() { String::new() } else { format!(", from {}{others}", named.join(", ")) }
}
