//! The policies of environments, kept ready for the verifier.
//!
//! The look-up of a key returns the tag of the policy that its environment had at that moment. A
//! policy that is kept here is used only if it has the same tag, so it can't be stale.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use crate::db::{self, Db, EnvironmentId};
use crate::domain::policies::{self, Current};
use crate::model::PolicyTag;

/// The most environments whose policies are kept.
const MOST: usize = 10_000;

/// The policies that were read so far.
#[derive(Default)]
pub(crate) struct Policies {
    known: RwLock<HashMap<EnvironmentId, Arc<Current>>>,
    /// Only one request reads at a time, and all others wait, even those for another environment.
    reading: tokio::sync::Mutex<()>,
}

impl Policies {
    /// The policy with this tag, or a later one.
    pub(crate) async fn of(
        &self,
        db: &Db,
        environment: &EnvironmentId,
        tag: &PolicyTag,
        deadline: Instant,
    ) -> db::Result<Arc<Current>> {
        if let Some(current) = self.known(environment, tag) {
            return Ok(current);
        }
        let read = self.read(db, environment, tag);
        let late = || db::Error::Unavailable("a policy was not read in time".to_owned());
        tokio::time::timeout_at(deadline.into(), read).await.unwrap_or_else(|_| Err(late()))
    }

    fn known(&self, environment: &EnvironmentId, tag: &PolicyTag) -> Option<Arc<Current>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(environment).filter(|current| current.tag.as_ref() == Some(tag)).cloned()
    }

    async fn read(
        &self,
        db: &Db,
        environment: &EnvironmentId,
        tag: &PolicyTag,
    ) -> db::Result<Arc<Current>> {
        let _turn = self.reading.lock().await;
        if let Some(current) = self.known(environment, tag) {
            return Ok(current);
        }
        let id = environment.clone();
        let current =
            Arc::new(db.read(move |connection| policies::current(connection, &id)).await?);
        if current.tag.is_none() {
            return Err(db::Error::Unavailable(
                "the environment was deleted this moment".to_owned(),
            ));
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(environment.clone(), Arc::clone(&current));
        Ok(current)
    }
}
