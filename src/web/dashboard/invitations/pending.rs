//! Renews, sends and cancels a pending invitation.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::super::members::views;
use super::post::{deliver, invited};
use crate::db::DbConnection;
use crate::domain::Act;
use crate::domain::invitations::{self, Ended, Problem};
use crate::web::dashboard::http::csrf::{CsrfForm, Empty};
use crate::web::dashboard::http::{Error, ProjectAccess, ProjectAdmin, Visit};
use crate::web::dashboard::page::views::{Piece, ago};
use crate::web::paths;

type Address = web::Path<(String, String)>;

fn id(path: &Address) -> Result<invitations::Id, Error> {
    invitations::Id::parse(&path.1).ok_or(Error::NotFound)
}

/// `POST …/team/invitations/{invitation}/renew`
pub(crate) async fn renew(
    access: ProjectAdmin,
    path: Address,
    CsrfForm(Empty {}): CsrfForm<Empty>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    new_link(&access, id(&path)?, false, &visit).await
}

/// `POST …/team/invitations/{invitation}/send`
///
/// Only a hash of the link is stored, so a new link is sent.
pub(crate) async fn send(
    access: ProjectAdmin,
    path: Address,
    CsrfForm(Empty {}): CsrfForm<Empty>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    if visit.mail.is_none() {
        return Err(Error::BadRequest(
            "No mail server is configured. Use New link and send the link yourself.",
        ));
    }
    new_link(&access, id(&path)?, true, &visit).await
}

async fn new_link(
    access: &ProjectAccess,
    id: invitations::Id,
    mail: bool,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    let project = access.project.clone();
    let renew = move |c: &mut DbConnection, act: &mut Act<'_>| {
        invitations::renew(c, act, &project, &id, mail)
    };
    match visit.change(access.user.actor(), renew).await {
        Ok(new) => invited(deliver(new, access, visit).await, access, visit),
        Err(problem) => answer(problem, access, visit),
    }
}

/// `POST …/team/invitations/{invitation}/cancel`
pub(crate) async fn cancel(
    access: ProjectAdmin,
    path: Address,
    CsrfForm(Empty {}): CsrfForm<Empty>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let (id, project, actor) = (id(&path)?, access.project.id.clone(), access.user.actor());
    match visit.change(actor, move |c, act| invitations::cancel(c, act, &project, &id)).await {
        Ok(invitation) => {
            let text = " is not invited any more. The link is refused.";
            views::done(&invitation.email, text, &paths::team(&access.project.slug), &visit)
        }
        Err(problem) => answer(problem, &access, &visit),
    }
}

fn answer(problem: Problem, access: &ProjectAccess, visit: &Visit) -> Result<HttpResponse, Error> {
    let (how, email, by, at) = match problem {
        Problem::Refused(refused) => return Err(refused.into()),
        Problem::Unknown => return Err(Error::NotFound),
        Problem::TooMany(too_many) => {
            let title = vec![Piece::words("Those were too many invitations")];
            let text = format!("{too_many} The link that is there goes on working.");
            return views::tell(StatusCode::TOO_MANY_REQUESTS, title, &text, access, visit);
        }
        Problem::Db(error) => return Err(error.into()),
        Problem::Already { how, email, by, at } => {
            (how, email, by.unwrap_or_else(|| "The command line".to_owned()), at)
        }
    };
    let ago = ago(at, visit.clock.now());
    let (did, text) = match how {
        Ended::Used => {
            (" joined ", format!("The invitation for {email} was used. Nothing was changed."))
        }
        Ended::Cancelled => (
            " cancelled this invitation ",
            format!("{email} is not invited any more. Nothing was changed."),
        ),
        Ended::Replaced => (
            " made a new link ",
            format!(
                "Look at the team again: {email} is invited by the newer link. Nothing was changed."
            ),
        ),
    };
    let title = vec![Piece::name(by), Piece::words(format!("{did}{ago}"))];
    views::tell(StatusCode::CONFLICT, title, &text, access, visit)
}
