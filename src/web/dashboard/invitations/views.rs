//! The data that the templates show.

use askama::Template;
use chrono::NaiveDateTime;

use super::super::credentials::BUSY;
use crate::domain::invitations::{Invitation, Mail, Opened};
use crate::domain::members::{Role, may_manage};
use crate::web::dashboard::http::ProjectAccess;
use crate::web::dashboard::page::chrome::{Bare, Chrome};
use crate::web::dashboard::page::views::{Field, Piece, Time};

#[derive(Template)]
#[template(path = "invitations/invite.html")]
pub(super) struct InvitePage {
    pub(super) chrome: Chrome,
    pub(super) project: String,
    pub(super) project_name: String,
    pub(super) email: Field,
    pub(super) chosen: Role,
    /// The roles, and whether the reader may invite as each.
    pub(super) choices: Vec<(Role, bool)>,
    /// The origin of the link.
    pub(super) origin: String,
    /// The sender of the mail. `None` if the link is not sent.
    pub(super) from: Option<String>,
}

/// The page with the link, which is shown only once.
#[derive(Template)]
#[template(path = "invitations/invited.html")]
pub(super) struct InvitedPage {
    pub(super) chrome: Chrome,
    pub(super) project: String,
    pub(super) invitation: Invitation,
    pub(super) link: String,
    pub(super) until: Time,
    /// The host of the link, if it is a loopback address that nobody else can reach.
    pub(super) loopback: Option<String>,
}

impl InvitedPage {
    /// Whether the link was sent by mail.
    fn is_sent(&self) -> bool {
        matches!(self.invitation.mail, Mail::Sent)
    }

    /// `a member`, `an admin`
    fn role(&self) -> String {
        super::super::members::with_article(self.invitation.role)
    }
}

/// A pending invitation on the team's page.
pub(crate) struct PendingRow {
    pub(crate) invitation: Invitation,
    pub(crate) until: Time,
    pub(crate) expired: bool,
    /// Whether the reader may change it.
    pub(crate) editable: bool,
}

impl PendingRow {
    pub(crate) fn of(invitation: Invitation, access: &ProjectAccess, now: NaiveDateTime) -> Self {
        Self {
            until: Time::day(invitation.expires_at),
            expired: now >= invitation.expires_at,
            editable: may_manage(access.role, invitation.role),
            invitation,
        }
    }
}

/// The page for somebody with a good link.
#[derive(Template)]
#[template(path = "invitations/open.html")]
pub(super) struct OpenPage {
    pub(super) chrome: Bare,
    pub(super) opened: Opened,
    pub(super) token: String,
    pub(super) here: String,
    pub(super) visitor: Visitor,
}

pub(super) enum Visitor {
    /// Not signed in, and the address has no account.
    New {
        name: Field,
        password_error: Option<String>,
        busy: bool,
    },
    /// Not signed in, and the address has an account.
    SignedOut,
    Invited {
        csrf: String,
    },
    /// The invited person, who is a member already.
    Member,
    /// Somebody else.
    Other {
        csrf: String,
        name: String,
        email: String,
    },
}

impl OpenPage {
    fn role(&self) -> String {
        super::super::members::with_article(self.opened.invitation.role)
    }

    fn until(&self) -> Time {
        Time::moment(self.opened.invitation.expires_at)
    }
}

/// The page for somebody with a link that does not work.
#[derive(Template)]
#[template(path = "invitations/dead.html")]
pub(super) struct DeadPage {
    pub(super) chrome: Bare,
    pub(super) title: Vec<Piece>,
    pub(super) text: &'static str,
}
