//! The verdict, step by step: what was asked for, the state of the key, the place, the user, what
//! the call does, and the rate limit. Each step returns a type that only it can make and that the
//! next step needs, so no step can be left out or come in another order. A table of some thirty
//! rows tests the order without HTTP.

use std::sync::Arc;

use chrono::NaiveDateTime;

use super::{Answer, Damaged, FoundKey, Gone, Group, Refusal};
use crate::db::Kind;
use crate::domain::access_rules::{CallPlace, Denied, Original};
use crate::domain::limits::{Allowance, Limits};
use crate::domain::policies::Current;
use crate::model::{AskedFor, KeyState, Narrowed, Stored, readable};

/// For whom a good key speaks.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The key, with its environment.
    pub found: Arc<FoundKey>,
    /// The group, which decides what the call may do.
    pub group: Group,
    /// The user whose access token came with the key (`sub`).
    pub user: Option<String>,
}

/// A key of the environment that was asked for, which is active. The environment's rules come next.
#[derive(Debug)]
pub struct NeedsRules(Arc<FoundKey>);

/// A key that may be used from this place. The user comes next.
#[derive(Debug)]
pub struct NeedsUser {
    found: Arc<FoundKey>,
    current: Arc<Current>,
}

/// A key, and for whom it speaks. What the call does comes next.
#[derive(Debug)]
pub struct NeedsTarget {
    identity: Identity,
    current: Arc<Current>,
}

/// A call that is allowed. The rate limit comes last.
#[derive(Debug)]
pub struct NeedsTurn(Identity);

/// Checks the environment first, before anything else about the key: whoever asks about a key of
/// another project must not learn whether it is active. Then it checks the state: paused, expired
/// and deleted keys are refused here.
pub fn judge(answer: Answer, asked: &AskedFor, now: NaiveDateTime) -> Result<NeedsRules, Refusal> {
    let no_project = || Refusal::NoProject(readable(&asked.to_string()));
    let no_environment = || Refusal::NoEnvironment(readable(&asked.to_string()));
    if let Answer::Unknown { asked: meant, .. } | Answer::Elsewhere { asked: meant, .. } = &answer {
        match meant.gone {
            Some(Gone::Project) => return Err(no_project()),
            Some(Gone::Environment) => return Err(no_environment()),
            None => {}
        }
    }
    let found = match answer {
        Answer::NoProject => return Err(no_project()),
        Answer::NoEnvironment => return Err(no_environment()),
        Answer::Unknown { others, .. } => return Err(Refusal::Unknown(others)),
        Answer::Elsewhere { home, asked, .. } => {
            let key_of = (!home.deleted).then(|| home.name.clone());
            return Err(Refusal::OtherEnvironment { key_of, asked });
        }
        Answer::Here { home, .. } if home.deleted => return Err(Refusal::Deleted),
        Answer::Here { found, .. } => found.map_err(|Damaged(id)| Refusal::Damaged(id))?,
    };
    match found.key.times.state(now) {
        KeyState::Deleted => Err(Refusal::Deleted),
        KeyState::Rotated => Err(Refusal::Rotated),
        KeyState::Expired => Err(Refusal::Expired),
        KeyState::Paused => Err(Refusal::Paused),
        KeyState::Active => Ok(NeedsRules(found)),
    }
}

impl NeedsRules {
    /// The key, by which the rules are found.
    pub fn found(&self) -> &Arc<FoundKey> {
        &self.0
    }

    /// Checks whether the key may be used from this place.
    ///
    /// # Errors
    ///
    /// [`Refusal::Denied`], or [`Refusal::Damaged`] if the key's address ranges can't be read.
    pub fn admit(self, current: Arc<Current>, place: &CallPlace<'_>) -> Result<NeedsUser, Refusal> {
        let found = self.0;
        let addresses = narrowed(&found)?.addresses.as_ref();
        let admitted = current.policy.rules.admit(found.key.kind, addresses, place);
        admitted.map_err(|denied| explained(&found, denied))?;
        Ok(NeedsUser { found, current })
    }
}

/// What narrows the key. If it can't be read, that never means that nothing does.
fn narrowed(found: &FoundKey) -> Result<&Narrowed, Refusal> {
    match &found.key.narrowed {
        Stored::Read(narrowed) => Ok(narrowed),
        Stored::Damaged => Err(Refusal::Damaged(found.key.id.clone())),
    }
}

/// If something is not known, the refusal says that the key itself is good, for whoever sets up the
/// gateway.
fn explained(found: &FoundKey, denied: Denied) -> Refusal {
    match denied {
        Denied::UnknownRequest | Denied::UnknownAddress | Denied::IncompleteRequest => {
            Refusal::NotKnown { environment: found.home.name.clone(), denied }
        }
        denied => Refusal::Denied(denied),
    }
}

impl NeedsUser {
    /// The policy, if it checks access tokens and the key is one that they can come with.
    pub fn takes_token(&self) -> Option<&Current> {
        let publishable = self.found.key.kind == Kind::Publishable;
        (publishable && self.current.policy.tokens.is_some()).then_some(&self.current)
    }

    pub fn found(&self) -> &Arc<FoundKey> {
        &self.found
    }

    /// Sets for whom the key speaks: the user whose valid access token came with it, or nobody.
    pub fn identify(self, user: Option<String>) -> NeedsTarget {
        let group = Group::of(self.found.key.kind, user.as_deref());
        let identity = Identity { found: self.found, group, user };
        NeedsTarget { identity, current: self.current }
    }
}

impl NeedsTarget {
    /// Checks whether the call may do what it does.
    ///
    /// # Errors
    ///
    /// [`Refusal::Denied`], or [`Refusal::NotKnown`] if it is not known what the call does.
    pub fn may(self, original: &Original<'_>) -> Result<NeedsTurn, Refusal> {
        let Identity { found, group, .. } = &self.identity;
        let scopes = narrowed(found)?.scopes.as_ref();
        let allowed = self.current.policy.rules.may(*group, scopes, original);
        allowed.map_err(|denied| explained(found, denied))?;
        Ok(NeedsTurn(self.identity))
    }
}

impl NeedsTurn {
    /// Takes one of the calls that the key's rate limit allows.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooOften`] if there is none left.
    pub fn take(self, limits: &Limits) -> Result<(Identity, Option<Allowance>), Refusal> {
        let identity = self.0;
        let limit = narrowed(&identity.found)?.limit;
        let allowance = match (identity.found.key.id.number(), limit) {
            (Some(number), Some(limit)) => {
                Some(limits.take(number, limit).map_err(Refusal::TooOften)?)
            }
            _ => None,
        };
        Ok((identity, allowance))
    }
}
