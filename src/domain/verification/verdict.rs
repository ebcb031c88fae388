//! The verdict, step by step: what was asked for, the key's state, the place, the user, what the
//! call does, and how often. Each step is a type that only the step before can make, so that none
//! can be left out or come in another order, and thirty rows of a table test the order without
//! HTTP.

use std::sync::Arc;

use chrono::NaiveDateTime;

use super::{Answer, Damaged, Found, Gone, Group, Refusal};
use crate::db::Kind;
use crate::domain::access_rules::{Denied, Original, Place};
use crate::domain::limits::{Allowance, Limits};
use crate::domain::policies::Current;
use crate::model::{AskedFor, KeyState, Narrowed, Stored, readable};

/// Who a good key speaks for.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The key, and where it is good.
    pub found: Arc<Found>,
    /// What the call may do.
    pub group: Group,
    /// Whose access token came with it (`sub`).
    pub user: Option<String>,
}

/// A key of the environment that was asked for, which works. The rules there come next.
#[derive(Debug)]
pub struct NeedsRules(Arc<Found>);

/// A key that may be used from there. Who sent the call comes next.
#[derive(Debug)]
pub struct NeedsUser {
    found: Arc<Found>,
    current: Arc<Current>,
}

/// A key with whom it speaks for. What the call does comes next.
#[derive(Debug)]
pub struct NeedsTarget {
    identity: Identity,
    current: Arc<Current>,
}

/// A call that is allowed. Whether it is one too many comes last.
#[derive(Debug)]
pub struct NeedsTurn(Identity);

/// The boundary first, before anything else about a key: whoever asks about a key of another
/// project must not learn whether it lives. Then its state.
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
    /// The key, to find the rules by.
    pub fn found(&self) -> &Arc<Found> {
        &self.0
    }

    /// Whether the key may be used from there.
    ///
    /// # Errors
    /// [`Refusal::Denied`], or [`Refusal::Damaged`] when it can't be read where it may.
    pub fn admit(self, current: Arc<Current>, place: &Place<'_>) -> Result<NeedsUser, Refusal> {
        let found = self.0;
        let addresses = narrowed(&found)?.addresses.as_ref();
        let admitted = current.policy.rules.admit(found.key.kind, addresses, place);
        admitted.map_err(|denied| explained(&found, denied))?;
        Ok(NeedsUser { found, current })
    }
}

/// To what the key is narrowed: what can't be read never means that nothing narrows it.
fn narrowed(found: &Found) -> Result<&Narrowed, Refusal> {
    match &found.key.narrowed {
        Stored::Read(narrowed) => Ok(narrowed),
        Stored::Damaged => Err(Refusal::Damaged(found.key.id.clone())),
    }
}

/// Where something is missing, whoever sets a gateway up shall see that the key itself is good.
fn explained(found: &Found, denied: Denied) -> Refusal {
    match denied {
        Denied::UnknownRequest | Denied::UnknownAddress | Denied::IncompleteRequest => {
            Refusal::NotKnown { environment: found.home.name.clone(), denied }
        }
        denied => Refusal::Denied(denied),
    }
}

impl NeedsUser {
    /// The policy, if it says how access tokens are checked and this key comes with one.
    pub fn takes_token(&self) -> Option<&Current> {
        let publishable = self.found.key.kind == Kind::Publishable;
        (publishable && self.current.policy.tokens.is_some()).then_some(&self.current)
    }

    pub fn found(&self) -> &Arc<Found> {
        &self.found
    }

    /// Who the key speaks for: the user whose valid access token came with it, or nobody.
    pub fn identify(self, user: Option<String>) -> NeedsTarget {
        let group = Group::of(self.found.key.kind, user.as_deref());
        let identity = Identity { found: self.found, group, user };
        NeedsTarget { identity, current: self.current }
    }
}

impl NeedsTarget {
    /// Whether the call may do what it does.
    ///
    /// # Errors
    /// [`Refusal::Denied`], or [`Refusal::NotKnown`] when nobody can say what it does.
    pub fn may(self, original: &Original<'_>) -> Result<NeedsTurn, Refusal> {
        let Identity { found, group, .. } = &self.identity;
        let scopes = narrowed(found)?.scopes.as_ref();
        let allowed = self.current.policy.rules.may(*group, scopes, original);
        allowed.map_err(|denied| explained(found, denied))?;
        Ok(NeedsTurn(self.identity))
    }
}

impl NeedsTurn {
    /// Takes one of the calls that a limited key may make.
    ///
    /// # Errors
    /// [`Refusal::TooOften`] when there is none left.
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
