//! What somebody with the link sees. They may know who is invited by whom to which project, and
//! whether that address has an account. Nobody else may.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};

use super::views::{DeadPage, OpenPage, Visitor};
use crate::domain::invitations::{self, DeadLink, Ended, Opened};
use crate::web::dashboard::http::htmx::html;
use crate::web::dashboard::http::query::Query;
use crate::web::dashboard::http::{CurrentUser, Error, Visit};
use crate::web::dashboard::page::chrome::{Bare, Theme};
use crate::web::dashboard::page::views::{Field, Piece};
use crate::web::{State, paths};

/// `GET /invitations?token=`
pub(crate) async fn open(user: Option<CurrentUser>, visit: Visit) -> Result<HttpResponse, Error> {
    let token = Query::of(&visit.request)?.get("token").unwrap_or_default().to_owned();
    show(StatusCode::OK, token, user, &visit).await
}

/// Looks up a link.
pub(super) async fn look(token: &str, state: &State) -> Result<Opened, DeadLink> {
    let (token, now) = (token.to_owned(), state.clock.now());
    state.db.read(move |c| invitations::open(c, &token, now)).await
}

/// The page for somebody with a good link.
pub(super) async fn show(
    status: StatusCode,
    token: String,
    user: Option<CurrentUser>,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    let opened = match look(&token, &visit.state).await {
        Ok(opened) => opened,
        Err(why) => return dead(why, &visit.request),
    };
    let visitor = match (user, &opened.account) {
        (None, None) => Visitor::New { name: Field::default(), password_error: None, busy: false },
        (None, Some(_)) => Visitor::SignedOut,
        (Some(user), Some(account)) if user.user.id == account.id => {
            if opened.is_member {
                Visitor::Member
            } else {
                Visitor::Invited { csrf: user.csrf }
            }
        }
        (Some(user), _) => {
            Visitor::Other { csrf: user.csrf, name: user.user.name, email: user.user.email }
        }
    };
    page(status, opened, token, visitor, &visit.request)
}

pub(super) fn page(
    status: StatusCode,
    opened: Opened,
    token: String,
    visitor: Visitor,
    request: &HttpRequest,
) -> Result<HttpResponse, Error> {
    let chrome = Bare { title: "Invitation".to_owned(), theme: Theme::of(request) };
    let here = paths::invitation(&token);
    html(status, &OpenPage { chrome, opened, token, here, visitor })
}

/// The page for a link that does not work, with the reason.
pub(super) fn dead(why: DeadLink, request: &HttpRequest) -> Result<HttpResponse, Error> {
    const ASK: &str = "Ask whoever invited you for a new one.";
    let said = |words: &str| vec![Piece::words(words)];
    let (status, title, text) = match why {
        DeadLink::Unknown => (
            StatusCode::NOT_FOUND,
            said("This is no invitation link"),
            "It may have been cut: open the whole link, or ask for a new one.",
        ),
        DeadLink::Expired => (
            StatusCode::GONE,
            said("This invitation has expired"),
            "Links work for 7 days. Ask whoever invited you for a new one.",
        ),
        DeadLink::Ended(Ended::Used) => (
            StatusCode::GONE,
            said("This invitation was used"),
            "Each link works once. If it was you, you are in: sign in with your account.",
        ),
        DeadLink::Ended(Ended::Replaced) => (
            StatusCode::GONE,
            said("There is a newer link"),
            "This one was replaced and works no more. Look for the newest message, or ask for the new link.",
        ),
        DeadLink::Ended(Ended::Cancelled) => {
            (StatusCode::GONE, said("This invitation was cancelled"), ASK)
        }
        DeadLink::ProjectGone(project) => {
            let title = vec![Piece::name(project), Piece::words(" is gone")];
            let text =
                "The project that you were invited to was deleted. There is nothing left to join.";
            (StatusCode::GONE, title, text)
        }
        DeadLink::Db(error) => return Err(error.into()),
    };
    let chrome = Bare { title: "Invitation".to_owned(), theme: Theme::of(request) };
    html(status, &DeadPage { chrome, title, text })
}
