//! Which keys of an environment to list, and how the indexes of table `api_keys` find them.

use chrono::{NaiveDateTime, TimeDelta};

use crate::db::{KeySort, KeyStatus};

/// The value of `column`, written so that no index fits and the planner takes another way.
macro_rules! unindexed {
    ($column:literal) => {
        concat!("coalesce(api_keys.", $column, ", api_keys.", $column, ")")
    };
}

pub(super) use unindexed;

impl KeyStatus {
    /// Whether there is an index of the keys with this status.
    fn is_indexed(self) -> bool {
        match self {
            Self::Expiring | Self::Expired | Self::Paused | Self::Leaked => true,
            Self::Active | Self::Unused30 | Self::Unused90 => false,
        }
    }

    /// For how long a key with this status has not been used. `None`: the status says nothing about
    /// that.
    pub fn unused(self) -> Option<TimeDelta> {
        match self {
            Self::Active | Self::Expiring | Self::Expired | Self::Paused | Self::Leaked => None,
            Self::Unused30 => Some(TimeDelta::days(30)),
            Self::Unused90 => Some(TimeDelta::days(90)),
        }
    }
}

/// Which of an environment's living keys to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matching {
    /// The beginning of the folded name, the mask, the id, or of a word of the note; empty: all
    /// keys.
    pub prefix: String,
    /// Only keys with this status at this time.
    pub status: Option<(KeyStatus, NaiveDateTime)>,
    pub sort: KeySort,
}

impl Matching {
    pub(super) fn with_status(&self, status: Option<KeyStatus>) -> Self {
        Self { status: self.status.and_then(|(_, now)| Some((status?, now))), ..self.clone() }
    }

    /// Whether the indexes on names, masks, ids and terms lead to the fewest keys.
    pub(super) fn is_search(&self) -> bool {
        !self.prefix.is_empty() && !self.status.is_some_and(|(status, _)| status.is_indexed())
    }
}

/// All texts that begin with the prefix, as a half-open range. An index can find a range, and it
/// has no wild cards that must be escaped. Both databases compare folded names and masks byte by
/// byte.
pub(super) struct Range<'a> {
    pub(super) from: &'a str,
    pub(super) to: String,
    /// Where the range of ids begins. If the prefix can't be an id, it is the end of the range, so
    /// that the range is empty.
    pub(super) id_from: String,
    /// The SQL that finds ids: what stands before the environment, before the beginning and before
    /// the end of the range.
    pub(super) ids: [&'static str; 3],
}

pub(super) fn range(matching: &Matching) -> Option<Range<'_>> {
    let from = matching.prefix.as_str();
    if from.is_empty() {
        return None;
    }
    let to = format!("{from}{}", char::MAX);
    // Every id begins with `key_`, so a search for ids needs some digits, too. The first twelve
    // digits are the time, which many keys can share; only longer prefixes are looked up in the
    // index of all ids.
    let is_id = from.starts_with("key_") && from.len() >= 8;
    let ids = if is_id && from.len() < 20 {
        [
            " FROM api_keys WHERE deleted_at IS NULL AND environment_id = ",
            concat!(" AND ", unindexed!("id"), " >= "),
            concat!(" AND ", unindexed!("id"), " < "),
        ]
    } else {
        [
            concat!(" FROM api_keys WHERE ", unindexed!("environment_id"), " = "),
            " AND id >= ",
            " AND id < ",
        ]
    };
    Some(Range { from, id_from: if is_id { from.to_owned() } else { to.clone() }, to, ids })
}
