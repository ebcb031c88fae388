//! Joins a project with an existing account.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Deserialize;

use super::open::{dead, show};
use crate::domain::invitations::{self, JoinError};
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::htmx::see_other;
use crate::web::dashboard::http::{CurrentUser, Error, Visit};
use crate::web::paths;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JoinForm {
    token: String,
}

/// `POST /invitations/join`
pub(crate) async fn join(
    user: CurrentUser,
    CsrfForm(form): CsrfForm<JoinForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let (token, id, actor) = (form.token.clone(), user.user.id.clone(), user.actor());
    match visit.change(actor, move |c, act| invitations::join(c, act, &token, &id)).await {
        Ok(project) => Ok(see_other(&paths::project(&project.slug))),
        Err(JoinError::Dead(why)) => dead(why, &visit.request),
        // The page says which of these it is, and what to do.
        Err(JoinError::NotYours | JoinError::IsMember | JoinError::HasAccount) => {
            show(StatusCode::CONFLICT, form.token, Some(user), &visit).await
        }
        Err(JoinError::Db(error)) => Err(error.into()),
    }
}
