//! What the verifier reads for each call: many keys at once, and no more of each than it needs.
//!
//! A question is a digest and the environment that the gateway asks about. [`look_up`] returns what
//! the database knows about both, and `domain/verification` decides. `sqlite` and `postgres` have
//! the queries of each database, `rows` and `target` what both share.

mod postgres;
mod rows;
mod sqlite;
mod target;

use std::sync::Arc;

use diesel::Connection;

use super::{DbConnection, EnvironmentId, KeyId, Kind, ProjectId};
use crate::model::{AskedFor, KeyTimes, Narrowed, PolicyTag, Stored};

/// A value that was presented, and the environment that the gateway asks about.
#[derive(Debug, Clone)]
pub struct Question {
    pub asked: Arc<AskedFor>,
    /// SHA-256 of the value.
    pub digest: [u8; 32],
}

/// What the database knows about a question.
#[derive(Debug, Clone)]
pub enum Answer {
    /// No project was ever called this.
    NoProject,
    /// No environment of the project was ever called this.
    NoEnvironment,
    /// The project never had a key with this value.
    Unknown {
        /// The keys of other projects with this value, except damaged ones. They are only for
        /// counting: whoever asks must not learn about them.
        others: Vec<CountedKey>,
        asked: Arc<AskedEnvironments>,
    },
    /// The value belongs, or belonged, to a key of the environment that was asked for.
    Here { home: Arc<Home>, found: Result<Arc<FoundKey>, Damaged> },
    /// The value belongs, or belonged, to a key of another environment of the project.
    Elsewhere {
        home: Arc<Home>,
        found: Result<Arc<FoundKey>, Damaged>,
        asked: Arc<AskedEnvironments>,
    },
}

/// A key with a stored value that can't be read. Only this key is refused for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damaged(pub KeyId);

/// The environments that were asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct AskedEnvironments {
    pub names: Vec<String>,
    /// The environment, if there is exactly one.
    pub environment: Option<EnvironmentId>,
    /// What was deleted. Such an environment accepts no keys, and its own keys are told that they
    /// are deleted.
    pub gone: Option<Gone>,
}

/// What was deleted of the environment that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    Project,
    Environment,
}

/// A value that is, or was, one of a key, and what is known about the key.
#[derive(Debug)]
pub struct FoundKey {
    /// SHA-256 of the value.
    pub digest: [u8; 32],
    /// The key that has or had this value.
    pub key: Verifiable,
    /// The environment in which the key is good.
    pub home: Arc<Home>,
}

/// What the verifier needs to know about a key, living or deleted.
#[derive(Debug)]
pub struct Verifiable {
    /// `key_…`
    pub id: KeyId,
    /// What it may be used for.
    pub kind: Kind,
    pub name: String,
    /// The times of the key and of the presented value.
    pub times: KeyTimes,
    /// What narrows the key.
    pub narrowed: Stored<Narrowed>,
    /// When the key, though secret, first came from a browser, UTC.
    pub seen_in_browser_at: Option<chrono::NaiveDateTime>,
}

/// The environment of a key, in which the key is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// `env_…`
    pub environment: EnvironmentId,
    pub name: String,
    pub project: ProjectId,
    /// Whether the environment or its project was deleted, and the key with it.
    pub deleted: bool,
    /// The tag of the environment's policy, read no earlier than the key. `None`: the defaults
    /// apply.
    pub policy: Option<PolicyTag>,
}

/// What counting needs to know about a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedKey {
    /// `key_…`
    pub id: KeyId,
    pub environment: EnvironmentId,
    /// What it may be used for.
    pub kind: Kind,
}

/// The answers to these questions, in the same order. If two questions in a row are equal, only the
/// first is looked up. Everything is read within this call, so every answer was true after the call
/// began.
///
/// A value only ever moves from the table of current values to that of replaced ones. A lookup in
/// this order can't miss it. A value that the project does not have is looked for in all projects,
/// whether or not another one has it, so that the time of an answer tells nobody.
///
/// # Errors
/// [`super::Error::Unavailable`] when the database can't be asked, or keeps another contract.
pub fn look_up(
    connection: &mut DbConnection,
    questions: &[Question],
) -> super::Result<Vec<Answer>> {
    match connection {
        // Many questions share one snapshot, which the first of them takes. Without it, each
        // statement would lock and unlock the file. For a single question the snapshot costs more
        // than it saves.
        DbConnection::Sqlite(_) if questions.len() > 1 => {
            connection.transaction(|connection| sqlite::look_up(connection, questions))
        }
        DbConnection::Sqlite(_) => sqlite::look_up(connection, questions),
        DbConnection::Postgres(_) => postgres::look_up(connection, questions),
    }
}

/// All keys, of any project, that have or had this value: for whoever found one.
pub fn find_all(
    connection: &mut DbConnection,
    digest: &[u8; 32],
) -> super::Result<Vec<Arc<FoundKey>>> {
    rows::find_all(connection, digest)
}
