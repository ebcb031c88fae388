//! Decides whether a key may do what a call does.
//!
//! If something that matters is not known, the answer is no. But what can't change the answer does
//! not matter: a key that may do everything everywhere needs neither a known request nor an
//! unambiguous path.

use std::fmt;

use super::original::{Method, Original, Request};
use super::path::{self, Ambiguity, Reading};
use super::{Elsewhere, Group, Kind, Operation, Rules, Scopes};

/// An operation on a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The first segment below the base path. Empty: the base path itself.
    pub resource: String,
    /// The operation that the call performs on the resource.
    pub operation: Operation,
}

/// Why a call is denied although its key is good.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// A browser sent a secret key, so everybody who visits that page has it.
    #[error(
        "This is a secret key, and it was sent by a browser. Use a publishable key there, and replace this one: others have seen it."
    )]
    Browser,
    /// The `Origin` is not on the environment's list.
    #[error("Publishable keys of this environment may not be used from this origin.")]
    Origin,
    /// The client's address is in none of the key's ranges.
    #[error("This key may not be used from this address.")]
    Address,
    /// The key has address ranges, and the client's address is not known.
    #[error(
        "This key is limited to IP addresses, but the client's address is not known: the gateway does not pass it, or is not in --trusted-proxy."
    )]
    UnknownAddress,
    /// The answer depends on the original request, which is not known.
    #[error("The gateway does not pass the original request, or is not in --trusted-proxy.")]
    UnknownRequest,
    /// The gateway passed a method without a URI, a URI without a method, or one of them twice.
    #[error(
        "The original request can't be judged: the gateway must pass its method and its URI, once each."
    )]
    IncompleteRequest,
    /// The answer depends on how the API reads the path.
    #[error("The original request can't be judged: {0}.")]
    Ambiguous(#[from] Ambiguity),
    /// The method has no meaning below the base path.
    #[error(
        "The original request can't be judged: its method is none of GET, HEAD, POST, PUT, PATCH, DELETE."
    )]
    Method,
    /// The call is an `OPTIONS` request that is not a preflight, and the key has scopes.
    #[error("A key with scopes can't be used for OPTIONS, except for a browser's preflight.")]
    Options,
    /// The path is outside the base path.
    #[error("{}", elsewhere_is_closed(*.elsewhere, .base_path))]
    Elsewhere {
        /// Who may call such paths.
        elsewhere: Elsewhere,
        base_path: String,
    },
    /// The scopes of the key do not allow this.
    #[error("The scopes of this key do not allow to {0}.")]
    Scope(Target),
    /// The access rules do not allow this to the group.
    #[error("Calls of the group {group} may not {target}.")]
    Right {
        group: Group,
        /// The operation that is not allowed.
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

/// A key, with the rules that decide about it.
struct Judge<'a> {
    rules: &'a Rules,
    group: Group,
    scopes: Option<&'a Scopes>,
}

impl Rules {
    /// Whether the original request must be known to decide about a key of this kind.
    pub fn need_original(&self, kind: Kind, scopes: Option<&Scopes>) -> bool {
        let judge = |group: &Group| Judge { rules: self, group: *group, scopes };
        !Group::ALL
            .iter()
            .filter(|group| group.kind() == kind)
            .all(|group| judge(group).may_do_everything())
    }

    /// Whether a call of this group may do what it does, with a key that has these scopes.
    ///
    /// # Errors
    /// [`Denied`], with a message for whoever makes the call.
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

    /// Whether the answer is yes for every path, so that the path does not matter. `OPTIONS` does
    /// nothing to a resource, but a key with scopes may do nothing that its scopes do not name.
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

    /// Asks the key's scopes first, which limit the group `admin`, too, and then the rights of the
    /// group.
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
                // The resource stands in a message that people read on a terminal.
                resource
                    .chars()
                    .take(64)
                    .try_for_each(|c| write!(f, "{}", if c.is_ascii_graphic() { c } else { '?' }))
            }
        }
    }
}
