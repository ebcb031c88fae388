//! The rows that the verifier reads, and their columns.

use std::sync::Arc;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{CountedKey, Damaged, FoundKey, Gone, Home, Verifiable};
use crate::db::schema::{api_keys, environments, policies, projects, rotated_secrets};
use crate::db::{
    DbConnection, EnvironmentId, Error, KeyId, Kind, NarrowedColumns, ProjectId, Result, contract,
};
use crate::model::{KeyTimes, PolicyTag, Stored};

/// A key, living or deleted, and the environment that it belongs to. diesel fails all rows if it
/// can't read one of them, so columns that may be damaged are read as [`Stored`].
#[derive(Debug, Queryable)]
pub(super) struct KeyRow {
    id: KeyId,
    pub(super) environment: EnvironmentId,
    pub(super) project: ProjectId,
    kind: Stored<Kind>,
    name: String,
    times: TimesRow,
    narrowed: NarrowedColumns,
    seen_in_browser_at: Option<Stored<NaiveDateTime>>,
}

/// The columns of [`KeyTimes`].
#[derive(Debug, Queryable)]
pub(super) struct TimesRow {
    deleted_at: Option<Stored<NaiveDateTime>>,
    expires_at: Option<Stored<NaiveDateTime>>,
    expired_at: Option<Stored<NaiveDateTime>>,
    paused_at: Option<Stored<NaiveDateTime>>,
    overlap_until: Option<Stored<NaiveDateTime>>,
    valid_until: Option<Stored<NaiveDateTime>>,
    ended_at: Option<Stored<NaiveDateTime>>,
}

impl TimesRow {
    /// `None`: one of the times is damaged.
    fn read(&self) -> Option<KeyTimes> {
        Some(KeyTimes {
            deleted_at: time(self.deleted_at)?,
            expires_at: time(self.expires_at)?,
            expired_at: time(self.expired_at)?,
            paused_at: time(self.paused_at)?,
            overlap_until: time(self.overlap_until)?,
            valid_until: time(self.valid_until)?,
            ended_at: time(self.ended_at)?,
        })
    }
}

/// `None`: the time is damaged.
fn time(column: Option<Stored<NaiveDateTime>>) -> Option<Option<NaiveDateTime>> {
    match column {
        None => Some(None),
        Some(stored) => stored.read().map(Some),
    }
}

impl KeyRow {
    /// `None`: the kind is damaged.
    pub(super) fn counted(&self) -> Option<CountedKey> {
        let (id, environment) = (self.id.clone(), self.environment.clone());
        Some(CountedKey { id, environment, kind: self.kind.read()? })
    }

    pub(super) fn found(
        self,
        digest: [u8; 32],
        home: Arc<Home>,
    ) -> std::result::Result<Arc<FoundKey>, Damaged> {
        let id = self.id.clone();
        let key = self.read().ok_or(Damaged(id))?;
        Ok(Arc::new(FoundKey { digest, key, home }))
    }

    /// `None`: the row is damaged.
    fn read(self) -> Option<Verifiable> {
        Some(Verifiable {
            id: self.id,
            kind: self.kind.read()?,
            name: self.name,
            times: self.times.read()?,
            narrowed: self.narrowed.read(),
            seen_in_browser_at: time(self.seen_in_browser_at)?,
        })
    }
}

/// An environment, living or deleted.
#[derive(Debug, Queryable)]
pub(super) struct HomeRow {
    environment: EnvironmentId,
    name: String,
    project: ProjectId,
    is_deleted: bool,
    is_project_deleted: bool,
    policy: Option<PolicyTag>,
}

impl HomeRow {
    pub(super) fn is_living(&self) -> bool {
        self.gone().is_none()
    }

    pub(super) fn gone(&self) -> Option<Gone> {
        match (self.is_project_deleted, self.is_deleted) {
            (true, _) => Some(Gone::Project),
            (false, true) => Some(Gone::Environment),
            (false, false) => None,
        }
    }
}

impl From<HomeRow> for Home {
    fn from(row: HomeRow) -> Self {
        Self {
            deleted: !row.is_living(),
            environment: row.environment,
            name: row.name,
            project: row.project,
            policy: row.policy,
        }
    }
}

/// The columns of [`KeyRow`], from a table that has most of them.
macro_rules! columns {
    ($keys:ident, $id:ident, $valid_until:expr, $ended_at:expr) => {
        (
            $keys::$id,
            $keys::environment_id,
            $keys::project_id,
            $keys::kind,
            $keys::name,
            (
                $keys::deleted_at,
                $keys::expires_at,
                $keys::expired_at,
                $keys::paused_at,
                $keys::overlap_until,
                $valid_until,
                $ended_at,
            ),
            ($keys::scopes, $keys::address_ranges, $keys::rate_limit, $keys::rate_burst),
            $keys::seen_in_browser_at,
        )
    };
}
pub(super) use columns;

/// Selects keys with their current values.
macro_rules! current {
    ($keys:ident, $id:ident) => {
        columns!(
            $keys,
            $id,
            None::<NaiveDateTime>.into_sql::<Nullable<Timestamp>>(),
            None::<NaiveDateTime>.into_sql::<Nullable<Timestamp>>()
        )
    };
}
pub(super) use current;

/// Selects keys with a value that a rotation replaced.
macro_rules! replaced {
    () => {
        columns!(api_keys, id, rotated_secrets::valid_until.nullable(), rotated_secrets::ended_at)
    };
}
pub(super) use replaced;

/// The columns of [`HomeRow`].
macro_rules! home {
    () => {
        (
            environments::id,
            environments::name,
            environments::project_id,
            environments::deleted_at.is_not_null(),
            projects::deleted_at.is_not_null(),
            policies::tag.nullable(),
        )
    };
}
pub(super) use home;

/// All keys that have or had this value.
///
/// # Errors
///
/// Also when one of the keys is damaged, because a damaged key must not look like a missing one.
pub(super) fn find_all(
    connection: &mut DbConnection,
    digest: &[u8; 32],
) -> Result<Vec<Arc<FoundKey>>> {
    use diesel::sql_types::{Nullable, Timestamp};
    let keys = api_keys::table
        .inner_join(environments::table.inner_join(projects::table).left_join(policies::table));
    let mut rows: Vec<(KeyRow, HomeRow)> = keys
        .filter(api_keys::digest.eq(&digest[..]))
        .select((current!(api_keys, id), home!()))
        .load(connection)?;
    let former: Vec<(KeyRow, HomeRow)> = rotated_secrets::table
        .inner_join(keys)
        .filter(rotated_secrets::digest.eq(&digest[..]))
        .select((replaced!(), home!()))
        .load(connection)?;
    rows.extend(former);
    contract::check(connection)?;
    let found = |(key, home): (KeyRow, HomeRow)| key.found(*digest, Arc::new(home.into()));
    let damaged = |Damaged(id)| Error::Unavailable(format!("what is stored of {id} can't be read"));
    rows.into_iter().map(|row| found(row).map_err(damaged)).collect()
}
