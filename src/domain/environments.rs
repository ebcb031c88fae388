//! Environments of a project.

use chrono::NaiveDateTime;

use super::CryptoRng;
use crate::db::environments::{self, NewEnvironment};
use crate::db::{DbConnection, EnvironmentId, ProjectId, Result};

pub use crate::db::EnvironmentId as Id;
pub use crate::db::environments::Environment;

/// The environments every project begins with, and whether each is protected.
const FIRST: [(&str, bool); 3] = [("dev", false), ("staging", false), ("prod", true)];

/// Adds the environments every project begins with.
pub(super) fn create_first(connection: &mut DbConnection, project: &ProjectId, now: NaiveDateTime, rng: &mut impl CryptoRng) -> Result<()> {
    for (nth, (name, protected)) in (0..).zip(FIRST) {
        environments::insert(
            connection,
            &NewEnvironment {
                id: &EnvironmentId::new(now, rng),
                project_id: project,
                name,
                protected,
                // They are listed in the order of their making.
                created_at: now + chrono::TimeDelta::microseconds(nth),
            },
        )?;
    }
    Ok(())
}

/// The environments of a project, in the order in which they were made.
pub fn list(connection: &mut DbConnection, project: &ProjectId) -> Result<Vec<Environment>> {
    environments::list(connection, project)
}
