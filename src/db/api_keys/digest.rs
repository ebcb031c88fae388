//! Keys by digest, with their project and environment: who a value that somebody found belongs to.
//! (The lookup of each call is in `db/verification`.)

use diesel::prelude::*;

use super::row::ApiKey;
use crate::db::environments::Environment;
use crate::db::projects::Project;
use crate::db::rotated_secrets::Former;
use crate::db::schema::{api_keys, environments, projects, rotated_secrets};
use crate::db::{DbConnection, ProjectId, Result};
use crate::model::KeyTimes;

/// A key, and one of its values: the current one, or one that a rotation replaced.
#[derive(Debug, Clone)]
pub struct KeyWithValue {
    /// The key, living or deleted.
    pub key: ApiKey,
    pub environment: Environment,
    pub project: Project,
    /// `None`: the value is the current one.
    pub former: Option<Former>,
}

impl KeyWithValue {
    /// The times of the key and of this value.
    pub fn times(&self) -> KeyTimes {
        let former = self.former.as_ref();
        KeyTimes {
            valid_until: former.map(|former| former.valid_until),
            ended_at: former.and_then(|former| former.ended_at),
            ..self.key.times()
        }
    }
}

/// The keys that have, or had, the value with this digest: of one project, or of all.
pub fn with_digest(
    connection: &mut DbConnection,
    digest: &[u8; 32],
    project: Option<&ProjectId>,
) -> Result<Vec<KeyWithValue>> {
    let keys = api_keys::table.inner_join(environments::table.inner_join(projects::table));
    let (key, environment, project_of) =
        (ApiKey::as_select(), Environment::as_select(), Project::as_select());
    let mut current = keys
        .filter(api_keys::digest.eq(&digest[..]))
        .select((key, environment, project_of))
        .into_boxed();
    let mut former = rotated_secrets::table
        .inner_join(keys)
        .filter(rotated_secrets::digest.eq(&digest[..]))
        .select((key, environment, project_of, Former::as_select()))
        .into_boxed();
    if let Some(project) = project {
        current = current.filter(api_keys::project_id.eq(project));
        former = former.filter(rotated_secrets::project_id.eq(project));
    }
    let found =
        |key, environment, project, former| KeyWithValue { key, environment, project, former };
    let mut all: Vec<KeyWithValue> = Vec::new();
    for (key, environment, project) in current.load(connection)? {
        all.push(found(key, environment, project, None));
    }
    for (key, environment, project, former) in former.load(connection)? {
        all.push(found(key, environment, project, Some(former)));
    }
    Ok(all)
}
