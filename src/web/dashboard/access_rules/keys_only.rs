//! Turns *Check keys only* on or off.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, rt};
use serde::Deserialize;

use super::super::access_tokens;
use super::index::page;
use super::views::Fields;
use crate::db::DbConnection;
use crate::domain::Act;
use crate::domain::policies::{self, Change, EditError};
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::flash::Flash;
use crate::web::dashboard::http::htmx::see_other;
use crate::web::dashboard::http::{EnvironmentAdmin, Error, Visit};
use crate::web::dashboard::page::views::seen_policy;
use crate::web::mail::notices::{self, KeysOnlyNotice};
use crate::web::paths;

/// The fields of the form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Form {
    /// The id of the environment that the form was shown for.
    environment: String,
    version: String,
    turn: String,
}

/// `POST …/access-rules/check-keys-only`
pub(crate) async fn turn(
    access: EnvironmentAdmin,
    CsrfForm(form): CsrfForm<Form>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let on = match form.turn.as_str() {
        "on" => true,
        "off" => false,
        _ => return Err(Error::BadRequest("There is no such choice.")),
    };
    let seen = seen_policy(&form.version)?;
    let environment = access.environment.clone();
    let change = Change::CheckKeysOnly(on);
    let changed = if form.environment == environment.id.as_str() {
        let edit = move |c: &mut DbConnection, act: &mut Act<'_>| {
            policies::edit(c, act, &environment, seen.as_ref(), change)
        };
        visit.change(access.actor(), edit).await
    } else {
        Err(EditError::Stale) // another environment has the name now
    };
    let changed = match changed {
        Ok(changed) => changed,
        Err(EditError::Stale) => {
            let current = access_tokens::current(&access, &visit.state).await?;
            let fields = Fields { stale: true, ..Fields::of(&current) };
            return page(StatusCode::CONFLICT, &access, &current, fields, &visit).await;
        }
        Err(EditError::Refused(refused)) => return Err(refused.into()),
        Err(EditError::Db(error)) => return Err(error.into()),
    };
    if changed {
        let notice = KeysOnlyNotice {
            project: access.project.project.clone(),
            environment: access.environment.clone(),
            by: access.project.user.user.name.clone(),
            on,
        };
        let state = visit.state.clone();
        rt::spawn(async move { notices::tell_keys_only(&state, &notice).await });
    }
    let text = if on { " is on." } else { " is off." };
    let flash = Flash { subject: "Check keys only".to_owned(), text: text.to_owned() };
    flash.send(see_other(&paths::access_rules(access.slug(), &access.environment.name)), &visit)
}
