//! Which keys of an environment to list, and what is looked for in the indexes of table `api_keys`.

use chrono::{NaiveDateTime, TimeDelta};

use crate::db::{KeySort, KeyStatus};

/// What `column` is, to whoever looks at it; no index knows it by that name.
macro_rules! unindexed {
    ($column:literal) => {
        concat!("coalesce(api_keys.", $column, ", api_keys.", $column, ")")
    };
}

pub(super) use unindexed;

impl KeyStatus {
    /// Whether the keys with this status have an index of their own.
    fn is_indexed(self) -> bool {
        match self {
            Self::Expiring | Self::Expired | Self::Paused | Self::Leaked => true,
            Self::Active | Self::Unused30 | Self::Unused90 => false,
        }
    }

    /// For how long a key with this status was not used, if it is about that.
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
    /// The beginning of the folded name, the mask, the id, or of a word of the note; empty: all.
    pub prefix: String,
    /// Only those with this status, at this time.
    pub status: Option<(KeyStatus, NaiveDateTime)>,
    pub sort: KeySort,
}

impl Matching {
    pub(super) fn with_status(&self, status: Option<KeyStatus>) -> Self {
        Self { status: self.status.and_then(|(_, now)| Some((status?, now))), ..self.clone() }
    }

    /// Whether the indexes of what is searched are the best way to all keys that match.
    pub(super) fn is_search(&self) -> bool {
        !self.prefix.is_empty() && !self.status.is_some_and(|(status, _)| status.is_indexed())
    }
}

/// The texts that begin with the prefix, as a half-open range: an index can find it, and there are
/// no wild cards to escape. Folded names and masks are compared byte by byte in both databases.
pub(super) struct Range<'a> {
    pub(super) from: &'a str,
    pub(super) to: String,
    /// The same of ids; the end of the range, so that there is none, when it is not about them.
    pub(super) id_from: String,
    /// How those are found, around the environment, the beginning and the end.
    pub(super) ids: [&'static str; 3],
}

pub(super) fn range(matching: &Matching) -> Option<Range<'_>> {
    let from = matching.prefix.as_str();
    if from.is_empty() {
        return None;
    }
    let to = format!("{from}{}", char::MAX);
    // Any key's id begins with `key_`: some digits have to be there, too. The first twelve are the
    // time, and many keys may have them in common, here and elsewhere; only more than those are
    // looked for among the ids of all environments.
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
