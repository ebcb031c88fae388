//! The answers to changes that were not made.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::views::tell;
use crate::domain::members::{Departure, Problem};
use crate::web::dashboard::http::{Error, ProjectAccess, Visit};
use crate::web::dashboard::page::views::{Piece, ago};

/// The answer to a problem.
pub(crate) fn answer(
    problem: Problem,
    access: &ProjectAccess,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    match problem {
        Problem::Refused(refused) => Err(refused.into()),
        Problem::Unknown => Err(Error::NotFound),
        Problem::Gone(Departure { name, by, at }) => {
            let ago = ago(at, visit.clock.now());
            let title = match by {
                Some(by) => vec![
                    Piece::name(by),
                    Piece::words(" removed "),
                    Piece::name(name),
                    Piece::words(format!(" {ago}")),
                ],
                None => vec![Piece::name(name), Piece::words(format!(" left {ago}"))],
            };
            tell(
                StatusCode::CONFLICT,
                title,
                "They are not in the team any more. Nothing was changed.",
                access,
                visit,
            )
        }
        Problem::Changed(role) => {
            let title = vec![Piece::words("Somebody else changed this role")];
            let text = format!(
                "It is {role} now. Nothing was changed by you. Look at the team and choose again if you like."
            );
            tell(StatusCode::CONFLICT, title, &text, access, visit)
        }
        Problem::LastOwner => needs_owner(StatusCode::CONFLICT, access, visit),
    }
}

pub(super) fn needs_owner(
    status: StatusCode,
    access: &ProjectAccess,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    let text = "This is its last one. Make somebody else an owner first, or hand the project over. Nothing was changed.";
    tell(status, vec![Piece::words("A project needs an owner")], text, access, visit)
}
