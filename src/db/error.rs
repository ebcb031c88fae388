//! The errors of the database, as far as the layers above must tell them apart.

use diesel::result::{DatabaseErrorKind, Error as Diesel};

/// A failed read or write.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database can't answer now: it is away, locked, full, out of connections or too slow.
    /// After a write it is unknown whether the write happened.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// A newer Keyrack migrated the database and raised the contract to this number. Nothing was
    /// read or written.
    #[error(
        "the database keeps contract {0}, which this Keyrack does not know; use the Keyrack that \
         migrated it"
    )]
    Outdated(i32),
    /// A unique index refused the row.
    #[error("a row like this exists: {0}")]
    Conflict(String),
    /// Anything else: a bug, or an unexpected schema.
    #[error("database error: {0}")]
    Internal(Diesel),
}

/// The result of a query.
pub type Result<T> = std::result::Result<T, Error>;

/// SQLite's messages for "not now". diesel passes them on as text only.
const SQLITE_AWAY: &[&str] = &[
    "database is locked",
    "database table is locked",
    "disk I/O error",
    "database or disk is full",
    "unable to open database file",
    "attempt to write a readonly database",
    "file is not a database",
    "database disk image is malformed",
    "locking protocol",
    // Another file is in its place, which Keyrack did not create or has not migrated yet.
    "no such table",
];

/// PostgreSQL's messages for a statement or a lock that took too long, and for a server that shuts
/// down or is read-only. diesel keeps only the message, so connections ask for English ones where
/// they may (`SET lc_messages`).
const POSTGRES_AWAY: &[&str] = &[
    "canceling statement due to",
    "terminating connection",
    "the database system is",
    "server closed the connection",
    "no connection to the server",
    "could not receive data",
    "could not send data",
    "SSL connection has been closed",
    "SSL SYSCALL error",
    "remaining connection slots",
    "too many clients",
    "could not extend file",
    "No space left on device",
    "deadlock detected",
    "cannot execute",
    "terminated by the server",
    "connection pointer is NULL",
    "EOF detected",
];

impl From<Diesel> for Error {
    fn from(error: Diesel) -> Self {
        match error {
            Diesel::DatabaseError(DatabaseErrorKind::UniqueViolation, info) => {
                Self::Conflict(info.constraint_name().unwrap_or_else(|| info.message()).to_owned())
            }
            Diesel::DatabaseError(
                DatabaseErrorKind::ClosedConnection
                | DatabaseErrorKind::UnableToSendCommand
                | DatabaseErrorKind::SerializationFailure
                | DatabaseErrorKind::ReadOnlyTransaction,
                info,
            ) => Self::Unavailable(info.message().to_owned()),
            Diesel::DatabaseError(_, ref info)
                if SQLITE_AWAY
                    .iter()
                    .chain(POSTGRES_AWAY)
                    .any(|away| info.message().contains(away)) =>
            {
                Self::Unavailable(info.message().to_owned())
            }
            Diesel::BrokenTransactionManager => Self::Unavailable("broken transaction".to_owned()),
            Diesel::RollbackErrorOnCommit { commit_error, .. } => Self::from(*commit_error),
            other => Self::Internal(other),
        }
    }
}
