//! The database layer: the only place that knows diesel and SQL.
//!
//! [`Db`] holds the pools, and the layers above call it: `read` for queries, `write` for one
//! transaction. Each table has its own file or folder, with its row, its insert struct and its
//! queries. Each query is written once for both databases, and where the two must differ a comment
//! says so. All times are UTC.

mod access;
pub mod activity;
pub mod api_keys;
mod backup;
mod before_migration;
mod command;
mod connection;
mod contract;
pub mod email_changes;
pub mod environments;
mod error;
pub mod former_names;
pub mod gateways_seen;
pub mod hand_overs;
mod international;
pub mod invitations;
pub mod key_terms;
pub mod known_browsers;
pub mod members;
mod migrations;
mod narrowed;
pub mod pending_sign_ins;
pub mod policies;
mod pool;
pub mod projects;
pub mod recovery_codes;
pub mod rotated_secrets;
mod schema;
pub mod sessions;
pub mod settings;
pub mod setup_tokens;
pub mod sign_in_failures;
mod transaction;
pub mod two_step;
mod upsert;
mod url;
pub mod usage_hours;
pub mod usage_latest;
pub mod usage_places;
pub mod usage_refusals;
pub mod usage_value_places;
pub mod usage_values;
pub mod users;
pub mod verification;
mod write_ahead_log;

pub use access::{Db, Reader};
pub use backup::backup;
pub use command::CommandDb;

pub use crate::model::{
    Action, ActivityId, Ended, EnvironmentId, InvitationId, KeyId, KeySort, KeyStatus, Kind, Mail,
    PlaceKind, ProjectId, RefusalReason, Role, SubjectKind, UserId,
};
pub use connection::{DbConnection, Use};
pub use error::{Error, Result};
pub use migrations::MigrateError;
pub use narrowed::NarrowedColumns;
pub use transaction::{take_time, transaction};
pub use url::DatabaseUrl;

/// Takes a lock until the end of the transaction, so that only one process at a time is between a
/// check and its write. On SQLite every write transaction has such a lock anyway.
pub fn lock(connection: &mut DbConnection, what: Lock) -> Result<()> {
    use diesel::RunQueryDsl;
    if let DbConnection::Postgres(c) = connection {
        let number: i64 = match what {
            Lock::Migrations => 0x6b65_7972_6163_6b01,
            Lock::Setup => 0x6b65_7972_6163_6b02,
            Lock::SignIn => 0x6b65_7972_6163_6b03,
            Lock::Slugs => 0x6b65_7972_6163_6b04,
            Lock::Environments => 0x6b65_7972_6163_6b0e,
            Lock::Usage => 0x6b65_7972_6163_6b08,
            Lock::Members => 0x6b65_7972_6163_6b05,
        };
        diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
            .bind::<diesel::sql_types::BigInt, _>(number)
            .execute(c)?;
    }
    Ok(())
}

/// The things that [`lock`] can lock. Their numbers must never change, because processes of several
/// versions may share a database.
#[derive(Debug, Clone, Copy)]
pub enum Lock {
    Migrations,
    /// Creating the first user.
    Setup,
    /// Counting failed sign-ins.
    SignIn,
    Slugs,
    /// Choosing the name of an environment, and counting the environments that are left.
    Environments,
    /// Writing counted calls.
    Usage,
    /// Changing who is in a project, and who is invited.
    Members,
}
