//! `/`: the API Keys page that was seen last.

use actix_web::cookie::{Cookie, time::Duration};
use actix_web::{HttpRequest, HttpResponse, web};

use super::Error;
use super::extract::{CurrentUser, EnvironmentAccess};
use crate::db::DbConnection;
use crate::domain::{environments, projects};
use crate::web::State;
use crate::web::htmx::see_other;
use crate::web::paths;

const COOKIE: &str = "keyrack-last";

/// The cookie that remembers this page, unless the browser has it.
pub(crate) fn remember(access: &EnvironmentAccess, state: &State, request: &HttpRequest) -> Option<Cookie<'static>> {
    let place = format!("{}/{}", access.slug(), access.environment.name);
    let known = request.cookie(&state.cookie_name(COOKIE)).is_some_and(|cookie| cookie.value() == place);
    (!known).then(|| {
        let mut cookie = state.cookie(COOKIE, place);
        cookie.set_max_age(Duration::days(365));
        cookie
    })
}

/// `GET /`
pub(crate) async fn home(user: CurrentUser, state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let last = request.cookie(&state.cookie_name(COOKIE)).map(|cookie| cookie.value().to_owned()).unwrap_or_default();
    let id = user.user.id;
    let find = move |c: &mut DbConnection| -> Result<Option<(String, String)>, Error> {
        let projects = projects::list_for(c, &id)?;
        let (slug, name) = last.split_once('/').unwrap_or_default();
        let seen = projects.iter().find(|(project, _)| project.slug == slug);
        let Some((project, _)) = seen.or(projects.first()) else { return Ok(None) };
        let environments = environments::list(c, &project.id)?;
        let environment = environments.iter().find(|environment| seen.is_some() && environment.name == name);
        let environment = environment.or(environments.first()).map(|environment| environment.name.clone());
        Ok(environment.map(|environment| (project.slug.clone(), environment)))
    };
    Ok(match state.db.read(find).await? {
        Some((project, environment)) => see_other(&paths::api_keys(&project, &environment)),
        None => see_other(paths::PROJECTS),
    })
}
