//! The decision: whether a key may do what a call does.
//!
//! Where something that matters is not known, the answer is no. What can't change the answer does
//! not matter: a key that may do everything everywhere needs neither a known request nor a clear
//! path.

use std::fmt;

use super::original::{Method, Original, Request};
use super::path::{self, Ambiguity, Reading};
use super::{Elsewhere, Group, Kind, Operation, Rules, Scopes};

/// What a call does, to what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The first segment under the base path; empty: the base path itself.
    pub resource: String,
    /// What is done to it.
    pub operation: Operation,
}

/// Why a key may not be used for a call, though it is good.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// A secret key in the hands of everybody who visits a page.
    #[error(
        "This is a secret key, and it was sent by a browser. Use a publishable key there, and replace this one: others have seen it."
    )]
    Browser,
    /// A page that is not on the list.
    #[error("Publishable keys of this environment may not be used from this origin.")]
    Origin,
    /// An address that is in none of its ranges.
    #[error("This key may not be used from this address.")]
    Address,
    /// It is narrowed to addresses, and nobody knows where the call comes from.
    #[error(
        "This key is limited to IP addresses, but the client's address is not known: the gateway does not pass it, or is not in --trusted-proxy."
    )]
    UnknownAddress,
    /// What it may do depends on the original request, and nobody knows that.
    #[error("The gateway does not pass the original request, or is not in --trusted-proxy.")]
    UnknownRequest,
    /// The gateway passed a method without a URI, or one without the other.
    #[error(
        "The original request can't be judged: the gateway must pass its method and its URI, once each."
    )]
    IncompleteRequest,
    /// The answer depends on how the API reads the path.
    #[error("The original request can't be judged: {0}.")]
    Ambiguous(#[from] Ambiguity),
    /// A method that means nothing under the base path.
    #[error(
        "The original request can't be judged: its method is none of GET, HEAD, POST, PUT, PATCH, DELETE."
    )]
    Method,
    /// `OPTIONS` that is no preflight, with a narrowed key.
    #[error("A key with scopes can't be used for OPTIONS, except for a browser's preflight.")]
    Options,
    /// A path outside the base path.
    #[error("{}", elsewhere_is_closed(*.elsewhere, .base_path))]
    Elsewhere {
        /// Who may be there.
        elsewhere: Elsewhere,
        base_path: String,
    },
    /// The key is narrowed to other things.
    #[error("The scopes of this key do not allow to {0}.")]
    Scope(Target),
    /// The group may not do this.
    #[error("Calls of the group {group} may not {target}.")]
    Right {
        group: Group,
        /// What it may not do.
        target: Target,
    },
}

fn elsewhere_is_closed(elsewhere: Elsewhere, base_path: &str) -> String {
    let who = match elsewhere {
        Elsewhere::Everybody | Elsewhere::SecretKeys => "only secret keys without scopes are",
        Elsewhere::Nobody => "no API key is",
    };
    format!("Outside {base_path} {who} accepted.")
}

/// A key, and the rules that it is judged by.
struct Judge<'a> {
    rules: &'a Rules,
    group: Group,
    scopes: Option<&'a Scopes>,
}

impl Rules {
    /// Whether a key of this kind can be judged only if the original request is known.
    pub fn need_original(&self, kind: Kind, scopes: Option<&Scopes>) -> bool {
        let judge = |group: &Group| Judge { rules: self, group: *group, scopes };
        !Group::ALL
            .iter()
            .filter(|group| group.kind() == kind)
            .all(|group| judge(group).may_do_everything())
    }

    /// Whether a call of this group, with a key that has these scopes, may do what it does.
    ///
    /// # Errors
    /// [`Denied`], with words for whoever makes the call.
    pub fn may(
        &self,
        group: Group,
        scopes: Option<&Scopes>,
        original: &Original<'_>,
    ) -> Result<(), Denied> {
        let judge = Judge { rules: self, group, scopes };
        match original {
            Original::Known(requests) if !requests.is_empty() => {
                requests.iter().try_for_each(|request| judge.may_do(request))
            }
            _ if !self.need_original(group.kind(), scopes) => Ok(()),
            Original::Known(_) | Original::Unknown(_) => {
                let lifted = self.check_keys_only && group.kind() == Kind::Publishable;
                if lifted && scopes.is_none() { Ok(()) } else { Err(Denied::UnknownRequest) }
            }
            Original::Incomplete => Err(Denied::IncompleteRequest),
        }
    }
}

impl Judge<'_> {
    fn may_do(&self, request: &Request<'_>) -> Result<(), Denied> {
        if self.may_do_anywhere(request.method)? {
            return Ok(());
        }
        let base_path = &self.rules.base_path;
        match path::read(request.uri, base_path)? {
            Reading::Elsewhere if self.may_be_elsewhere() => Ok(()),
            Reading::Elsewhere => Err(Denied::Elsewhere {
                elsewhere: self.rules.elsewhere,
                base_path: base_path.as_str().to_owned(),
            }),
            Reading::Under { resource, item } => {
                let operation = match (request.method, item) {
                    (Method::Get, true) => Operation::Read,
                    (Method::Get, false) => Operation::List,
                    (Method::Post, _) => Operation::Create,
                    (Method::Put, _) => Operation::Update,
                    (Method::Delete, _) => Operation::Delete,
                    (Method::Options | Method::Preflight, _) => return Ok(()),
                    (Method::Other, _) => return Err(Denied::Method),
                };
                self.may_do_to(Target { resource, operation })
            }
        }
    }

    /// Whether the path can't change the answer, because it is yes for all of them. `OPTIONS` does
    /// nothing to a resource, but a key with scopes is for nothing else than what they say.
    fn may_do_anywhere(&self, method: Method) -> Result<bool, Denied> {
        let operations: &[Operation] = match method {
            Method::Preflight => return Ok(true),
            Method::Other => return Ok(false),
            Method::Options if self.scopes.is_some() => return Err(Denied::Options),
            Method::Options => &[],
            Method::Get => &[Operation::Read, Operation::List],
            Method::Post => &[Operation::Create],
            Method::Put => &[Operation::Update],
            Method::Delete => &[Operation::Delete],
        };
        Ok(self.may_be_elsewhere() && operations.iter().all(|what| self.may_do_to_all(*what)))
    }

    fn may_do_everything(&self) -> bool {
        self.scopes.is_none()
            && self.may_be_elsewhere()
            && Operation::ALL.iter().all(|what| self.may_do_to_all(*what))
    }

    fn may_be_elsewhere(&self) -> bool {
        match self.rules.elsewhere {
            Elsewhere::Everybody => true,
            Elsewhere::SecretKeys => self.group.kind() == Kind::Secret && self.scopes.is_none(),
            Elsewhere::Nobody => false,
        }
    }

    fn may_do_to_all(&self, operation: Operation) -> bool {
        self.rules.rights.allow(self.group, operation)
            && self.scopes.is_none_or(|scopes| scopes.allow_everywhere(operation))
    }

    /// The key's scopes first, also for `admin`, and then the rights of the group.
    fn may_do_to(&self, target: Target) -> Result<(), Denied> {
        if self.scopes.is_some_and(|scopes| !scopes.allow(&target.resource, target.operation)) {
            return Err(Denied::Scope(target));
        }
        if self.rules.rights.allow(self.group, target.operation) {
            Ok(())
        } else {
            Err(Denied::Right { group: self.group, target })
        }
    }
}

impl fmt::Display for Target {
    /// `create posts`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.resource.as_str() {
            "" => write!(f, "{} the API's root", self.operation),
            resource => {
                write!(f, "{} ", self.operation)?;
                // It stands in an answer that people read in a terminal.
                resource
                    .chars()
                    .take(64)
                    .try_for_each(|c| write!(f, "{}", if c.is_ascii_graphic() { c } else { '?' }))
            }
        }
    }
}
