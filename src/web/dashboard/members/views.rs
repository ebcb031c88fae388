//! The data that the templates show.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use chrono::NaiveDateTime;

use super::super::invitations::PendingRow;
use crate::domain::invitations::Mail;
use crate::domain::members::{CreatedKey, Member, Role, may_manage};
use crate::domain::users::User;
use crate::web::dashboard::http::flash::Flash;
use crate::web::dashboard::http::htmx::html;
use crate::web::dashboard::http::{Error, ProjectAccess, Visit};
use crate::web::dashboard::page::chrome::{Chrome, Section};
use crate::web::dashboard::page::paging::Paging;
use crate::web::dashboard::page::views::{Piece, Time, ago};
use crate::web::paths;

#[derive(Template)]
#[template(path = "members/index.html")]
pub(crate) struct IndexPage {
    pub(crate) chrome: Chrome,
    pub(crate) project: String,
    pub(crate) project_name: String,
    pub(crate) flash: Option<Flash>,
    pub(crate) members: Vec<Row>,
    pub(crate) paging: Paging,
    /// Pending invitations, if the reader may invite.
    pub(crate) pending: Vec<PendingRow>,
    pub(crate) may_invite: bool,
    /// Whether links are sent by e-mail.
    pub(crate) mails: bool,
    pub(crate) role: Role,
    /// Why some controls are disabled.
    pub(crate) why: Option<&'static str>,
}

/// A member in the table.
pub(crate) struct Row {
    pub(crate) user: User,
    pub(crate) role: Role,
    pub(crate) last_seen: Option<(Time, String)>,
    pub(crate) you: bool,
    /// Whether the reader may change the role and remove them.
    pub(crate) editable: bool,
}

impl Row {
    pub(crate) fn of(member: Member, access: &ProjectAccess, now: NaiveDateTime) -> Self {
        let Member { user, role, last_seen } = member;
        let last_seen = last_seen.map(|at| (Time::moment(at), ago(at, now)));
        Self {
            last_seen,
            you: user.id == access.user.user.id,
            editable: may_manage(access.role, role),
            user,
            role,
        }
    }
}

/// A question before something is changed: a dialog with htmx, and a page without it.
pub(crate) struct Ask {
    pub(crate) csrf: String,
    pub(crate) project: String,
    pub(crate) project_name: String,
    pub(crate) action: String,
    pub(crate) body: Body,
}

pub(crate) enum Body {
    Role {
        user: User,
        was: Role,
        chosen: Role,
        choices: Vec<(Role, bool)>,
        email: String,
        password_error: Option<String>,
    },
    /// If the other one is an owner, the reader's password is asked for, and `email` is the
    /// reader's own.
    Remove {
        user: User,
        keys: Keys,
        email: Option<String>,
        password_error: Option<String>,
    },
    Leave {
        keys: Keys,
    },
    HandOver {
        email: String,
        people: Vec<User>,
        chosen: String,
        person_error: Option<String>,
        password_error: Option<String>,
    },
}

/// A key that somebody created.
pub(crate) struct KeyRow {
    pub(crate) name: String,
    pub(crate) mask: String,
    pub(crate) environment: String,
    pub(crate) address: String,
    /// Where its value is changed.
    pub(crate) rotate: String,
    /// The last accepted call: `2 minutes ago`.
    pub(crate) last_used: Option<(Time, String)>,
}

impl KeyRow {
    pub(crate) fn of(
        (key, environment, last_used): CreatedKey,
        slug: &str,
        now: NaiveDateTime,
    ) -> Self {
        Self {
            address: paths::api_key(slug, &environment, &key.id),
            rotate: paths::api_key_verb(slug, &environment, &key.id, "rotate"),
            last_used: last_used.map(|at| (Time::moment(at), ago(at, now))),
            name: key.name,
            mask: key.mask,
            environment,
        }
    }
}

/// Keys that somebody created: some of them, and the number of the others.
pub(crate) struct Keys {
    pub(crate) some: Vec<KeyRow>,
    pub(crate) more: i64,
}

impl Keys {
    pub(crate) const NAMED: i64 = 8;

    pub(crate) fn of(
        (some, all): (Vec<CreatedKey>, i64),
        access: &ProjectAccess,
        now: NaiveDateTime,
    ) -> Self {
        let slug = &access.project.slug;
        let some = some.into_iter().map(|key| KeyRow::of(key, slug, now)).collect();
        Self { some, more: (all - Self::NAMED).max(0) }
    }
}

impl Ask {
    pub(crate) fn new(access: &ProjectAccess, action: String, body: Body) -> Self {
        let project = &access.project;
        let csrf = access.user.csrf.clone();
        Self {
            csrf,
            project: project.slug.clone(),
            project_name: project.name.clone(),
            action,
            body,
        }
    }

    /// The heading: the text before the name, the name, and the text after it.
    fn title(&self) -> (&'static str, &str, &'static str) {
        match &self.body {
            Body::Role { user, .. } => ("Role of ", &user.name, ""),
            Body::Remove { user, .. } => ("Remove ", &user.name, " from the team?"),
            Body::Leave { .. } => ("Leave ", &self.project_name, "?"),
            Body::HandOver { .. } => ("Hand over ", &self.project_name, ""),
        }
    }

    /// The text of the button, before and while the form is sent.
    fn verb(&self) -> (&'static str, &'static str) {
        match self.body {
            Body::Role { .. } => ("Change role", "Changing…"),
            Body::Remove { .. } => ("Remove", "Removing…"),
            Body::Leave { .. } => ("Leave", "Leaving…"),
            Body::HandOver { .. } => ("Hand over", "Handing over…"),
        }
    }

    /// Whether the reader may not choose every role.
    fn is_limited(&self) -> bool {
        matches!(&self.body, Body::Role { choices, .. } if choices.iter().any(|(_, allowed)| !allowed))
    }

    fn dangerous(&self) -> bool {
        !matches!(self.body, Body::Role { .. })
    }
}

#[derive(Template)]
#[template(path = "members/ask_dialog.html")]
struct AskDialog {
    ask: Ask,
}

#[derive(Template)]
#[template(path = "members/ask_page.html")]
struct AskPage {
    chrome: Chrome,
    ask: Ask,
}

pub(crate) fn ask(
    status: StatusCode,
    ask: Ask,
    access: &ProjectAccess,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    if visit.htmx.0 {
        html(status, &AskDialog { ask })
    } else {
        html(
            status,
            &AskPage {
                chrome: Chrome::of_project(ask.verb().0, Section::Team, access, &visit.request),
                ask,
            },
        )
    }
}

/// Shown in place of a question, if the change can't be made.
pub(crate) struct Told {
    pub(crate) title: Vec<Piece>,
    pub(crate) text: String,
    pub(crate) back: String,
}

#[derive(Template)]
#[template(path = "members/told_dialog.html")]
struct ToldDialog {
    told: Told,
}

#[derive(Template)]
#[template(path = "members/told_page.html")]
struct ToldPage {
    chrome: Chrome,
    told: Told,
}

pub(crate) fn tell(
    status: StatusCode,
    title: Vec<Piece>,
    text: &str,
    access: &ProjectAccess,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    let told = Told { title, text: text.to_owned(), back: paths::team(&access.project.slug) };
    if visit.htmx.0 {
        html(status, &ToldDialog { told })
    } else {
        html(
            status,
            &ToldPage {
                chrome: Chrome::of_project("Team", Section::Team, access, &visit.request),
                told,
            },
        )
    }
}

/// Leads to a page that says what was done. htmx loads the whole page, because the rights of the
/// reader may have changed, too.
pub(crate) fn done(
    subject: &str,
    text: &str,
    to: &str,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    Flash { subject: subject.to_owned(), text: text.to_owned() }.send(visit.go_on(to), visit)
}
