//! Rows of the verifier, and the columns that they are made of.

use std::sync::Arc;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{CountedKey, Found, Home, Verifiable};
use crate::db::schema::{api_keys, environments, policies, projects, rotated_secrets};
use crate::db::{DbConnection, EnvironmentId, KeyId, Kind, NarrowedColumns, ProjectId, Result};
use crate::model::{KeyTimes, PolicyTag};

/// A key, living or deleted, and where it is good.
#[derive(Debug, Queryable)]
pub(super) struct KeyRow {
    id: KeyId,
    pub(super) environment: EnvironmentId,
    pub(super) project: ProjectId,
    kind: Kind,
    name: String,
    times: KeyTimes,
    narrowed: NarrowedColumns,
    seen_in_browser_at: Option<NaiveDateTime>,
}

impl KeyRow {
    pub(super) fn counted(&self) -> CountedKey {
        CountedKey { id: self.id.clone(), environment: self.environment.clone(), kind: self.kind }
    }

    pub(super) fn found(self, digest: [u8; 32], home: Arc<Home>) -> Found {
        let key = Verifiable {
            id: self.id,
            kind: self.kind,
            name: self.name,
            times: self.times,
            narrowed: self.narrowed.read(),
            seen_in_browser_at: self.seen_in_browser_at,
        };
        Found { digest, key, home }
    }
}

/// An environment, living or deleted.
#[derive(Debug, Queryable)]
pub(super) struct HomeRow {
    environment: EnvironmentId,
    name: String,
    project: ProjectId,
    deleted_at: Option<NaiveDateTime>,
    project_deleted_at: Option<NaiveDateTime>,
    policy: Option<PolicyTag>,
}

impl HomeRow {
    pub(super) fn is_living(&self) -> bool {
        self.deleted_at.is_none() && self.project_deleted_at.is_none()
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

/// The columns of [`KeyRow`], of a table that has most of them.
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

/// Of keys with their current values.
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

/// Of keys with a value that a rotation replaced.
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
            environments::deleted_at,
            projects::deleted_at,
            policies::tag.nullable(),
        )
    };
}
pub(super) use home;

/// All keys that have this value, or had it.
pub(super) fn find_all(connection: &mut DbConnection, digest: &[u8; 32]) -> Result<Vec<Found>> {
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
    Ok(rows.into_iter().map(|(key, home)| key.found(*digest, Arc::new(home.into()))).collect())
}
