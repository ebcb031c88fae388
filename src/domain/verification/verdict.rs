//! The verdict, step by step: what was asked for, the key's state, the place, the user, what the
//! call does, and how often. Each step is a type that only the step before can make, so that none
//! can be left out or come in another order, and thirty rows of a table test the order without
//! HTTP.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::NaiveDateTime;

use super::{Answer, Found, Group, Refusal, Verifiable};
use crate::db::Kind;
use crate::domain::access_rules::{AddressRanges, Rules, Scopes, Target};
use crate::domain::limits::{Allowance, Limits, RateLimit};
use crate::domain::policies::Current;
use crate::model::{AskedFor, KeyState};

/// Where a call comes from.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place<'a> {
    /// The client's address.
    pub address: Option<IpAddr>,
    /// What stands in its `Origin`s.
    pub origin: Option<&'a [u8]>,
    /// Whether a browser sent it.
    pub browser: bool,
}

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
pub struct NeedsTurn {
    identity: Identity,
    limit: Option<RateLimit>,
}

/// The boundary first, before anything else about a key: whoever asks about a key of another
/// project must not learn whether it lives. Then its state.
pub fn judge(answer: Answer, asked: &AskedFor, now: NaiveDateTime) -> Result<NeedsRules, Refusal> {
    let found = match answer {
        Answer::NoProject => return Err(Refusal::NoProject(asked.to_string())),
        Answer::NoEnvironment => return Err(Refusal::NoEnvironment(asked.to_string())),
        Answer::Unknown(others) => return Err(Refusal::Unknown(others)),
        Answer::Elsewhere { found, asked } => {
            let key_of = (!found.home.deleted).then(|| found.home.name.clone());
            return Err(Refusal::OtherEnvironment { key_of, asked });
        }
        Answer::Here(found) => found,
    };
    if found.home.deleted {
        return Err(Refusal::Deleted);
    }
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
    pub fn admit(self, current: Arc<Current>, place: &Place<'_>) -> Result<NeedsUser, Refusal> {
        admit(&self.0.key, &current.policy.rules, place)?;
        Ok(NeedsUser { found: self.0, current })
    }
}

fn admit(key: &Verifiable, rules: &Rules, place: &Place<'_>) -> Result<(), Refusal> {
    if let Some(ranges) = &key.address_ranges
        && !place.address.is_some_and(|address| AddressRanges::contain(ranges, address))
    {
        return Err(Refusal::Address);
    }
    match key.kind {
        Kind::Secret if place.browser && rules.refuse_secret_keys_from_browsers => {
            Err(Refusal::Browser)
        }
        Kind::Secret => Ok(()),
        Kind::Publishable => {
            let allowed = |origin: &[u8]| {
                std::str::from_utf8(origin).is_ok_and(|origin| rules.origins.allow(origin))
            };
            if rules.origins.is_empty() || place.origin.is_none_or(allowed) {
                Ok(())
            } else {
                Err(Refusal::Origin)
            }
        }
    }
}

impl NeedsUser {
    /// The policy, if it says how access tokens are checked and this key comes with one.
    pub fn takes_token(&self) -> Option<&Current> {
        let publishable = self.found.key.kind == Kind::Publishable;
        (publishable && self.current.policy.tokens.is_some()).then_some(&self.current)
    }

    /// The key.
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
    /// The rules that say where the API's resources are.
    pub fn rules(&self) -> &Rules {
        &self.current.policy.rules
    }

    /// Whether the call may do all of this: the key's scopes first, also for `admin`, and then the
    /// rights of the group.
    pub fn may(self, targets: impl IntoIterator<Item = Target>) -> Result<NeedsTurn, Refusal> {
        let key = &self.identity.found.key;
        for target in targets {
            if let Some(scopes) = &key.scopes
                && !Scopes::allow(scopes, &target.resource, target.operation)
            {
                return Err(Refusal::Scope(target));
            }
            let group = self.identity.group;
            if !self.rules().rights.allow(group, target.operation) {
                return Err(Refusal::Right { group, target });
            }
        }
        let limit = RateLimit::stored(key.rate_limit, key.rate_burst);
        Ok(NeedsTurn { identity: self.identity, limit })
    }
}

impl NeedsTurn {
    /// Takes one of the calls that a limited key may make.
    pub fn take(self, limits: &Limits) -> Result<(Identity, Option<Allowance>), Refusal> {
        let number = self.identity.found.key.id.number();
        let allowance = match (number, self.limit) {
            (Some(number), Some(limit)) => {
                Some(limits.take(number, limit).map_err(Refusal::TooOften)?)
            }
            _ => None,
        };
        Ok((self.identity, allowance))
    }
}
