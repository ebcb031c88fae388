//! Notices to a project before its keys expire: one two weeks before, and one a day before.

use chrono::{NaiveDateTime, TimeDelta};

use super::ApiKey;
use crate::db::{DbConnection, Result, api_keys, environments, projects};
use crate::domain::environments::Environment;
use crate::domain::projects::Project;

/// How many days before. The later notice comes first, so that a key for which both are due is
/// named once.
const DAYS: [i32; 2] = [1, 14];
/// How many keys are looked at in one transaction.
const AT_ONCE: i64 = 200;

/// A notice for one project.
#[derive(Debug, Clone)]
pub struct ExpiryNotice {
    pub project: Project,
    /// The keys that expire, with their environments.
    pub keys: Vec<(ApiKey, Environment)>,
}

/// Whether [`claim_expiry_notices`] would do something.
pub fn is_expiry_notice_due(connection: &mut DbConnection, now: NaiveDateTime) -> Result<bool> {
    for days in DAYS {
        if !api_keys::notices::untold(connection, days, now, now + before(days), 1)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The notices that are due. They are noted as sent, so that of several processes only one gets
/// each, and that one sends it. A key that was created within the time of a notice is left out,
/// because whoever created it knows.
pub fn claim_expiry_notices(
    connection: &mut DbConnection,
    now: NaiveDateTime,
) -> Result<Vec<ExpiryNotice>> {
    let mut notices: Vec<ExpiryNotice> = Vec::new();
    for days in DAYS {
        for key in api_keys::notices::untold(connection, days, now, now + before(days), AT_ONCE)? {
            let old_enough = key.expires_at.is_some_and(|at| key.created_at < at - before(days));
            if !api_keys::notices::claim(connection, &key.id, days)? || !old_enough {
                continue;
            }
            let Some(environment) = environments::find(connection, &key.environment_id)? else {
                continue;
            };
            match notices.iter_mut().find(|notice| notice.project.id == environment.project_id) {
                Some(notice) => notice.keys.push((key, environment)),
                None => {
                    let Some(project) = projects::find_by_id(connection, &environment.project_id)?
                    else {
                        continue;
                    };
                    notices.push(ExpiryNotice { project, keys: vec![(key, environment)] });
                }
            }
        }
    }
    Ok(notices)
}

fn before(days: i32) -> TimeDelta {
    TimeDelta::days(days.into())
}
