//! The keys of an environment, a page at a time.

use super::{ApiKey, Kind, Sort, Status};
use crate::domain::key_shape::{mask_in, prefix as prefix_of};
use chrono::NaiveDateTime;

use crate::db::api_keys::{self, ListedKey, Matching};
use crate::db::{DbConnection, EnvironmentId, ProjectId, Result};
use crate::domain::text::fold;
use crate::domain::usage::{self, LastUsed};

pub const PAGE_SIZE: i64 = 50;

/// A search: the beginning of a name, a mask, an id or a word of the note.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search(String);

impl Search {
    /// Parses what was typed into the search box. A full key is replaced by its mask.
    pub fn parse(raw: &str) -> Self {
        // Control characters are removed first, because the rest may be a key.
        let text: String = raw.trim().chars().filter(|c| !c.is_control()).collect();
        Self(mask_in(&text).unwrap_or_else(|| text.chars().take(100).collect()))
    }

    /// The text, without any key in it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the search matches every key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The folded text that names and masks are compared with.
    pub fn prefix(&self) -> String {
        fold(&self.0)
    }
}

/// Which keys to list, and in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Find {
    pub search: Search,
    /// Only keys with this status. `None`: all keys.
    pub status: Option<Status>,
    pub sort: Sort,
}

impl Find {
    /// Whether all keys are listed.
    pub fn is_all(&self) -> bool {
        self.search.is_empty() && self.status.is_none()
    }

    fn matching(&self, kind: Kind, now: NaiveDateTime) -> Matching {
        let mut prefix = self.search.prefix();
        if prefix_of(kind).starts_with(&prefix) {
            prefix.clear(); // every mask begins like this
        }
        Matching { prefix, status: self.status.map(|status| (status, now)), sort: self.sort }
    }
}

/// A key in the list.
#[derive(Debug, Clone)]
pub struct Listed {
    pub key: ApiKey,
    /// The name of who created it. `None`: the command line.
    pub created_by: Option<String>,
    /// When the key was last used.
    pub last_used: LastUsed,
}

impl Listed {
    fn of((key, created_by, accepted_at): ListedKey, began: Option<NaiveDateTime>) -> Self {
        let last_used = LastUsed::of(&key, accepted_at, began);
        Self { key, created_by, last_used }
    }
}

/// A page of the list.
#[derive(Debug, Clone)]
pub struct KeyPage {
    /// At most [`PAGE_SIZE`].
    pub keys: Vec<Listed>,
    /// The number of the page, from 1.
    pub page: i64,
    pub total: i64,
}

impl KeyPage {
    /// The number of the first key on this page, from 1.
    pub fn first(&self) -> i64 {
        (self.page - 1) * PAGE_SIZE + 1
    }

    /// The number of the last key on this page.
    pub fn last(&self) -> i64 {
        (self.page * PAGE_SIZE).min(self.total)
    }

    /// The page with newer keys.
    pub fn newer(&self) -> Option<i64> {
        (self.page > 1).then(|| self.page - 1)
    }

    /// The page with older keys.
    pub fn older(&self) -> Option<i64> {
        (self.last() < self.total).then(|| self.page + 1)
    }
}

/// A page of the living keys of a kind. If the page does not exist, the nearest one is returned.
pub fn list(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    kind: Kind,
    find: &Find,
    page: i64,
    now: NaiveDateTime,
) -> Result<KeyPage> {
    if is_unknown(connection, find, now)? {
        return Ok(KeyPage { keys: Vec::new(), page: 1, total: 0 });
    }
    let matching = find.matching(kind, now);
    let found = api_keys::find_matching(connection, environment, kind, &matching)?;
    let page = nearest(page, found.total);
    let keys = api_keys::list(
        connection,
        environment,
        kind,
        &matching,
        &found,
        PAGE_SIZE,
        (page - 1) * PAGE_SIZE,
    )?;
    let began = if keys.is_empty() { None } else { usage::began(connection)? };
    let keys = keys.into_iter().map(|row| Listed::of(row, began)).collect();
    Ok(KeyPage { keys, page, total: found.total })
}

/// All living keys of a project, or of one of its environments, with the environment's name.
pub fn list_of_project(
    connection: &mut DbConnection,
    project: &ProjectId,
    environment: Option<&EnvironmentId>,
) -> Result<Vec<(Listed, String)>> {
    let keys = api_keys::list_of_project(connection, project, environment)?;
    let began = usage::began(connection)?;
    Ok(keys.into_iter().map(|(row, environment)| (Listed::of(row, began), environment)).collect())
}

/// How many living keys of both kinds match.
pub fn count_found(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    find: &Find,
    now: NaiveDateTime,
) -> Result<i64> {
    if is_unknown(connection, find, now)? {
        return Ok(0);
    }
    Kind::ALL.iter().try_fold(0, |sum, kind| {
        Ok(sum
            + api_keys::find_matching(connection, environment, *kind, &find.matching(*kind, now))?
                .total)
    })
}

/// When it will be known which keys have been unused for that long, if it is not known yet. Calls
/// must have been counted for the whole time.
pub fn unknown_until(
    connection: &mut DbConnection,
    status: Status,
    now: NaiveDateTime,
) -> Result<Option<NaiveDateTime>> {
    let Some(span) = status.unused() else { return Ok(None) };
    let known = usage::began(connection)?.unwrap_or(now) + span;
    Ok((known > now).then_some(known))
}

fn is_unknown(connection: &mut DbConnection, find: &Find, now: NaiveDateTime) -> Result<bool> {
    match find.status {
        Some(status) => Ok(unknown_until(connection, status, now)?.is_some()),
        None => Ok(false),
    }
}

/// How many living keys of a kind there are.
pub fn count(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    kind: Kind,
) -> Result<i64> {
    Ok(api_keys::find_matching(connection, environment, kind, &Matching::default())?.total)
}

/// The existing page that is nearest to the requested one.
pub(super) fn nearest(page: i64, total: i64) -> i64 {
    let last = (total + PAGE_SIZE - 1) / PAGE_SIZE;
    page.clamp(1, last.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_full_key_is_searched_by_its_mask() {
        let key = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";
        assert_eq!(Search::parse(&format!(" {key} ")).as_str(), "sk_0123••••••••7848");
        assert_eq!(Search::parse(&key.replacen("4", "\u{12}4", 1)).as_str(), "sk_0123••••••••7848");
        assert_eq!(Search::parse(" Server ").as_str(), "Server");
    }

    proptest! {
        #[test]
        fn any_page_is_answered_with_one_that_exists(page in any::<i64>(), total in 0i64..1_000_000) {
            let page = KeyPage { keys: Vec::new(), page: nearest(page, total), total };
            prop_assert!(page.page >= 1 && (total == 0 || page.first() <= total && page.first() <= page.last()));
            prop_assert_eq!(page.older().is_none(), page.last() == total);
        }
    }
}
