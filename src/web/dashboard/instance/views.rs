//! What the templates show.

use chrono::NaiveDateTime;

use crate::domain::instance::{Account, Holding};
use crate::domain::users::User;
use crate::model::words;
use crate::web::dashboard::page::views::{Time, ago};
use crate::web::paths;

words! {
    /// What an administrator does to an account, as it stands in addresses.
    pub(crate) enum Verb {
        Disable = "disable",
        Enable = "enable",
        Promote = "promote",
        Demote = "demote",
        Delete = "delete",
    }
}

impl Verb {
    /// What the button says.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Disable => "Disable account",
            Self::Enable => "Enable account",
            Self::Promote => "Make administrator",
            Self::Demote => "End administration",
            Self::Delete => "Delete account",
        }
    }

    /// The question around the name.
    pub(crate) fn question(self) -> (&'static str, &'static str) {
        match self {
            Self::Disable => ("Disable the account of ", "?"),
            Self::Enable => ("Enable the account of ", "?"),
            Self::Promote => ("Make ", " an administrator?"),
            Self::Demote => ("End the administration by ", "?"),
            Self::Delete => ("Delete the account of ", "?"),
        }
    }

    /// What follows from it.
    pub(crate) fn about(self) -> &'static str {
        match self {
            Self::Disable => {
                "They are signed out everywhere at once and can't sign in until you enable the \
                 account again. Keys that they created keep working."
            }
            Self::Enable => "They can sign in again, with the roles that they have now.",
            Self::Promote => {
                "Administrators list, disable and delete accounts, and see which projects there \
                 are. They get no access to any project by that."
            }
            Self::Demote => "They keep their account and their projects.",
            Self::Delete => {
                "Their name and e-mail address go from Keyrack, and they leave all teams; what they \
                 did stays in the activity as done by a former member. Keys that they created keep \
                 working. Copies in backups and exports remain. This can't be undone."
            }
        }
    }

    /// What is said when it is done, after the name.
    pub(crate) fn done(self) -> &'static str {
        match self {
            Self::Disable => " is signed out everywhere and can't sign in any more.",
            Self::Enable => " can sign in again.",
            Self::Promote => " is an administrator now.",
            Self::Demote => " is no administrator any more.",
            Self::Delete => ": the account is deleted.",
        }
    }

    pub(crate) fn is_dangerous(self) -> bool {
        matches!(self, Self::Disable | Self::Delete)
    }
}

/// The verbs that make sense for an account.
pub(crate) fn verbs(user: &User, you: bool) -> Vec<Verb> {
    let fits = |verb: &Verb| match verb {
        Verb::Promote => !user.administrator,
        Verb::Demote => user.administrator,
        Verb::Enable => !you && user.disabled_at.is_some(),
        Verb::Disable => !you && user.disabled_at.is_none(),
        Verb::Delete => !you,
    };
    Verb::ALL.into_iter().filter(fits).collect()
}

/// An account in the table.
pub(crate) struct UserRow {
    pub(crate) account: Account,
    pub(crate) you: bool,
    pub(crate) last_seen: Option<(Time, String)>,
}

impl UserRow {
    pub(crate) fn of(account: Account, me: &User, now: NaiveDateTime) -> Self {
        Self {
            you: account.user.id == me.id,
            last_seen: account.last_seen.map(|at| (Time::moment(at), ago(at, now))),
            account,
        }
    }

    pub(crate) fn address(&self) -> String {
        paths::instance_user(&self.account.user.id)
    }
}

/// A project in the table.
pub(crate) struct ProjectRow {
    pub(crate) holding: Holding,
    /// Whether the reader is in its team, so that its name is a link.
    pub(crate) mine: bool,
}
