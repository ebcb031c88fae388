//! A key's own page.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::super::Error;
use super::super::activity::Row;
use super::super::chrome::{Chrome, Section};
use super::super::extract::EnvironmentAccess;
use super::super::views::Time;
use super::key_views::{KeyPage, badges};
use super::views::Place;
use super::{Address, of_address};
use crate::db::DbConnection;
use crate::domain::activity::{self, Filter};
use crate::domain::{api_keys, users};
use crate::web::State;
use crate::web::flash::{self, Flash};
use crate::web::htmx::html;
use crate::web::paths;

/// So many entries of its activity stand on the page.
const ENTRIES: i64 = 10;

/// `GET …/api-keys/{key id}`
pub(crate) async fn show(
    access: EnvironmentAccess,
    path: Address,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let id = of_address(&path)?;
    let (environment, project, now) = (access.environment.id.clone(), access.project.project.id.clone(), state.clock.now());
    let load = move |c: &mut DbConnection| -> Result<_, Error> {
        let key = api_keys::find(c, &environment, &id)?.ok_or(Error::NotFound)?;
        let created_by = name(c, key.created_by.as_ref())?;
        let deleted_by = name(c, key.deleted_by.as_ref())?;
        let former = if key.deleted_at.is_none() { api_keys::former_value(c, &key, now)? } else { None };
        let filter = Filter { subject_id: Some(id.to_string()), ..Filter::default() };
        Ok((key, created_by, deleted_by, former, activity::list(c, &project, &filter, None, ENTRIES)?))
    };
    let (key, created_by, deleted_by, former, entries) = state.db.read(load).await?;
    let title = if key.name.is_empty() { "Deleted key" } else { &key.name };
    let page = KeyPage {
        chrome: Chrome::of_environment(title, Section::ApiKeys, &access, &request),
        place: Place::of(&access),
        flash: Flash::of(&request, &state),
        created: Time::day(key.created_at),
        created_by,
        expires: key.expires_at.map(Time::moment),
        expired: key.is_expired(now),
        badges: if key.deleted_at.is_none() { badges(&key, now) } else { Vec::new() },
        former: former.map(|former| (former.clone(), Time::moment(former.valid_until))),
        leaked: key.leaked(now).map(Time::moment),
        deleted: key.deleted_at.map(|at| (Time::moment(at), deleted_by)),
        why: access.why_not_change_keys(),
        activity: entries.into_iter().map(Row::of).collect(),
        history: paths::history(access.slug(), key.id.as_str()),
        key,
    };
    let mut response = html(StatusCode::OK, &page)?;
    let taken = flash::taken(&state);
    if request.cookie(taken.name()).is_some() {
        response.add_cookie(&taken).map_err(|e| Error::Internal(e.to_string()))?;
    }
    Ok(response)
}

fn name(connection: &mut DbConnection, user: Option<&users::Id>) -> Result<String, Error> {
    let user = match user {
        Some(user) => users::find(connection, user)?,
        None => None,
    };
    Ok(user.map_or_else(|| "the command line".to_owned(), |user| user.name))
}
