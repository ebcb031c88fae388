//! What the verifier reads, for every call: many keys at once, and no more of each than it needs.
//!
//! A question is a digest *and* the environment that the gateway asks for. [`look_up`] gives what
//! the database knows of both; `domain/verification` decides. `sqlite` and `postgres` are the two
//! ways there, `rows` and `target` what they have in common.

mod postgres;
mod rows;
mod sqlite;
mod target;

use std::sync::Arc;

use diesel::Connection;

use super::{DbConnection, EnvironmentId, KeyId, Kind, ProjectId};
use crate::model::{AskedFor, KeyTimes, Narrowed, PolicyTag, Stored};

/// A value that somebody presented, and for which environment a gateway asks.
#[derive(Debug, Clone)]
pub struct Question {
    pub asked: Arc<AskedFor>,
    /// SHA-256 of the value.
    pub digest: [u8; 32],
}

/// What the database knows of a question.
#[derive(Debug, Clone)]
pub enum Answer {
    /// There never was such a project.
    NoProject,
    /// There never was such an environment in the project.
    NoEnvironment,
    /// The project has no key with this value, and never had.
    Unknown {
        /// The keys of other projects that have it, to be counted (but for damaged ones): whoever
        /// asks must not learn of them.
        others: Vec<CountedKey>,
        asked: Arc<Meant>,
    },
    /// It is, or was, a key of the environment that was asked for.
    Here { home: Arc<Home>, found: Result<Arc<Found>, Damaged> },
    /// It is, or was, a key of another environment of the project.
    Elsewhere { home: Arc<Home>, found: Result<Arc<Found>, Damaged>, asked: Arc<Meant> },
}

/// A key of which something that is stored can't be read. It is refused, and no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damaged(pub KeyId);

/// The environments that were asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct Meant {
    pub names: Vec<String>,
    /// The environment, if it is a single one.
    pub environment: Option<EnvironmentId>,
    /// What of it was deleted: then it takes no keys, and its own are told that they are deleted.
    pub gone: Option<Gone>,
}

/// What was deleted of an environment that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    Project,
    Environment,
}

/// A value that is, or was, a key's, and what is known of it.
#[derive(Debug)]
pub struct Found {
    /// SHA-256 of the value.
    pub digest: [u8; 32],
    /// The key that has this value, or had it.
    pub key: Verifiable,
    /// Where the key is good.
    pub home: Arc<Home>,
}

/// What the verifier needs to know of a key, living or deleted.
#[derive(Debug)]
pub struct Verifiable {
    /// `key_…`
    pub id: KeyId,
    /// What it may be used for.
    pub kind: Kind,
    pub name: String,
    /// What time does to it.
    pub times: KeyTimes,
    /// To what it is narrowed.
    pub narrowed: Stored<Narrowed>,
    /// UTC. When it first arrived from a browser, though it is secret.
    pub seen_in_browser_at: Option<chrono::NaiveDateTime>,
}

/// The environment in which keys are good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// `env_…`
    pub environment: EnvironmentId,
    pub name: String,
    pub project: ProjectId,
    /// Whether it was deleted, or its project, and its keys with it.
    pub deleted: bool,
    /// The tag of its policy, read no earlier than the key; none: the defaults.
    pub policy: Option<PolicyTag>,
}

/// A key as far as counting needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedKey {
    /// `key_…`
    pub id: KeyId,
    pub environment: EnvironmentId,
    /// What it may be used for.
    pub kind: Kind,
}

/// The answers to these questions, in their order. Of two equal questions that follow each other
/// only one is looked up. Everything is read within this call, so that what it says was true after
/// the call began.
///
/// A value only ever goes from the table of current ones to the table of those that a rotation
/// replaced, so whoever looks in this order misses none. What is not found in the project that was
/// asked for is looked for in all places, whether or not another project has it: nobody can tell by
/// the time that it takes.
///
/// # Errors
/// [`super::Error::Unavailable`] when the database can't be asked, or keeps another contract.
pub fn look_up(
    connection: &mut DbConnection,
    questions: &[Question],
) -> super::Result<Vec<Answer>> {
    match connection {
        // For many one snapshot, taken by the first of them: each would lock and unlock the file by
        // itself. For one that costs more than it saves.
        DbConnection::Sqlite(_) if questions.len() > 1 => {
            connection.transaction(|connection| sqlite::look_up(connection, questions))
        }
        DbConnection::Sqlite(_) => sqlite::look_up(connection, questions),
        DbConnection::Postgres(_) => postgres::look_up(connection, questions),
    }
}

/// All keys that have this value, or had it, in whichever project: for whoever found one.
pub fn find_all(
    connection: &mut DbConnection,
    digest: &[u8; 32],
) -> super::Result<Vec<Arc<Found>>> {
    rows::find_all(connection, digest)
}
