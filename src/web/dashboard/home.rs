//! `/`: leads to the API Keys page that the user saw last.

use actix_web::HttpResponse;

use crate::db::DbConnection;
use crate::domain::{environments, projects};
use crate::web::dashboard::http::htmx::see_other;
use crate::web::dashboard::http::{CurrentUser, Error, Visit, last_seen};
use crate::web::paths;

/// `GET /`
pub(crate) async fn home(user: CurrentUser, visit: Visit) -> Result<HttpResponse, Error> {
    let (slug, name) = last_seen::of(&visit.request).unwrap_or_default();
    let id = user.user.id;
    let find = move |c: &mut DbConnection| -> Result<Option<(String, String)>, Error> {
        let projects = projects::list_for(c, &id)?;
        let seen = projects.iter().find(|(project, _)| project.slug == slug);
        let Some((project, _)) = seen.or(projects.first()) else { return Ok(None) };
        let environments = environments::list(c, &project.id)?;
        let mut environment = environments
            .iter()
            .find(|environment| seen.is_some() && environment.name == name)
            .cloned();
        if environment.is_none() && seen.is_some() {
            environment = environments::called_before(c, &project.id, &name)?;
        }
        let environment = environment
            .as_ref()
            .or(environments.first())
            .map(|environment| environment.name.clone());
        Ok(environment.map(|environment| (project.slug.clone(), environment)))
    };
    Ok(match visit.db.read(find).await? {
        Some((project, environment)) => see_other(&paths::api_keys(&project, &environment)),
        None => see_other(paths::PROJECTS),
    })
}
