//! Changing a part of an environment's policy.

use super::{Change, Policy, current};
use crate::db::{self, DbConnection, environments, policies};
use crate::domain::Act;
use crate::domain::access_rules::{Elsewhere, Group, Operation, Rules};
use crate::domain::access_tokens::{Settings, Source};
use crate::domain::activity::{self, Action, Event};
use crate::domain::environments::Environment;
use crate::domain::members::{self, AccessError, Right, Role};
use crate::model::PolicyTag;

#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// Somebody else has changed the policy since it was shown.
    #[error("the policy was changed meanwhile")]
    Stale,
    /// The environment was deleted or protected, or the actor's role was taken away.
    #[error(transparent)]
    Refused(#[from] AccessError),
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Replaces one part of the policy that was shown. Returns whether that changes anything; if not,
/// nothing is written.
pub fn edit(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    environment: &Environment,
    seen: Option<&PolicyTag>,
    change: Change,
) -> Result<bool, EditError> {
    let environment =
        environments::hold(connection, &environment.id)?.ok_or(AccessError::Stranger)?;
    let role = members::role_of(connection, &environment.project_id, act.actor)?;
    change.require(role, &environment)?;
    let before = current(connection, &environment.id)?;
    if before.tag.as_ref() != seen {
        return Err(EditError::Stale);
    }
    let Policy { tokens, rules } = before.policy.clone();
    let (action, detail, policy) = match change {
        Change::Tokens(new) => (
            Action::AccessTokensChanged,
            tokens_changed(tokens.as_ref(), new.as_ref()),
            Policy { tokens: new, rules },
        ),
        Change::Rules(new) => {
            let new = Rules { check_keys_only: rules.check_keys_only, ..new };
            (Action::AccessRulesChanged, rules_changed(&rules, &new), Policy { tokens, rules: new })
        }
        Change::CheckKeysOnly(check_keys_only) => {
            let detail = if check_keys_only { "on" } else { "off" };
            let rules = Rules { check_keys_only, ..rules };
            (Action::CheckKeysOnlyChanged, detail.to_owned(), Policy { tokens, rules })
        }
    };
    if policy == before.policy {
        return Ok(false);
    }
    let settings = serde_json::to_string(&policy)
        .map_err(|error| db::Error::Unavailable(error.to_string()))?;
    let tag = PolicyTag::new(act.rng());
    if !policies::replace(connection, &environment.id, seen, &tag, &settings)? {
        return Err(EditError::Stale);
    }
    let event = Event::environment(action, &environment).detail(&detail);
    activity::record(connection, act, &event)?;
    Ok(true)
}

fn tokens_changed(before: Option<&Settings>, after: Option<&Settings>) -> String {
    let (before, after) = match (before, after) {
        (_, None) => return "access tokens are not looked at any more".to_owned(),
        (None, Some(after)) => return format!("access tokens are checked with {}", keys(after)),
        (Some(before), Some(after)) => (before, after),
    };
    let or_any = |text: &Option<String>| text.clone().unwrap_or_else(|| "any".to_owned());
    let mut changed = Vec::new();
    if before.issuer != after.issuer {
        changed.push(format!("issuer {}", or_any(&after.issuer)));
    }
    if before.audience != after.audience {
        changed.push(format!("audience {}", or_any(&after.audience)));
    }
    if before.subject != after.subject {
        let claim = after.subject.as_deref().unwrap_or("none");
        changed.push(format!("claim in place of sub: {claim}"));
    }
    if before.source != after.source {
        changed.push(keys(after));
    }
    changed.join("; ")
}

fn keys(settings: &Settings) -> String {
    match &settings.source {
        Source::Pasted(_) => "pasted keys".to_owned(),
        Source::Url(url) => format!("keys from {}", url.as_str()),
    }
}

fn rules_changed(before: &Rules, after: &Rules) -> String {
    let mut changed = Vec::new();
    if before.base_path != after.base_path {
        changed.push(format!("API base path {}", after.base_path.as_str()));
    }
    if before.elsewhere != after.elsewhere {
        let who = match after.elsewhere {
            Elsewhere::Everybody => "everyone",
            Elsewhere::SecretKeys => "secret keys without scopes",
            Elsewhere::Nobody => "no one",
        };
        changed.push(format!("open to {who} outside the base path"));
    }
    for group in Group::ALL {
        let (old, new) = (before.rights.of(group), after.rights.of(group));
        if old != new {
            let words: Vec<_> = new.into_iter().map(Operation::as_str).collect();
            changed.push(format!(
                "{} may {}",
                group.as_str(),
                if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
            ));
        }
    }
    if before.origins != after.origins {
        let origins = after.origins.lines().replace('\n', ", ");
        changed.push(if origins.is_empty() {
            "all origins".to_owned()
        } else {
            format!("origins {origins}")
        });
    }
    if before.refuse_secret_keys_from_browsers != after.refuse_secret_keys_from_browsers {
        let verb = if after.refuse_secret_keys_from_browsers { "refused" } else { "accepted" };
        changed.push(format!("secret keys from browsers are {verb}"));
    }
    changed.join("; ")
}

impl Change {
    /// Rules and tokens may be changed by those who may change the environment's keys. Only owners
    /// and admins may lift rules, whether or not the environment is protected.
    fn require(&self, role: Role, environment: &Environment) -> Result<(), AccessError> {
        let (allowed, why_not) = match self {
            Self::Tokens(_) | Self::Rules(_) => (
                members::may_change_keys(role, environment.protected),
                why_not(role, &environment.name),
            ),
            Self::CheckKeysOnly(_) => {
                (Right::Manage.belongs_to(role), Right::Manage.why_not().to_owned())
            }
        };
        if allowed { Ok(()) } else { Err(AccessError::Forbidden(why_not)) }
    }
}

/// Why somebody may not change a policy of `environment`, as a message for them.
pub fn why_not(role: Role, environment: &str) -> String {
    match role {
        Role::Viewer => {
            "You are a viewer of this project. Only owners, admins and members can change this."
                .to_owned()
        }
        Role::Owner | Role::Admin | Role::Member => {
            format!("{environment} is protected. Only owners and admins can change this.")
        }
    }
}
