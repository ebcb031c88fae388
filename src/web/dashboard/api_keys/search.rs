//! The search box posts, so that a full key that is pasted into it never stands in a URL. One that
//! the project knows leads to its page; of any other its mask is looked for.

use actix_web::HttpResponse;

use super::forms::SearchForm;
use crate::db::DbConnection;
use crate::domain::api_keys::{self, Find, Kind, Search, Sort, Status};
use crate::domain::projects::Project;
use crate::web::State;
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::htmx::see_other;
use crate::web::dashboard::http::{EnvironmentAccess, Error, Visit};
use crate::web::paths;

/// The page of the key that was pasted, if the project has it.
async fn page_of_key(
    typed: String,
    access: &EnvironmentAccess,
    state: &State,
) -> Result<Option<String>, Error> {
    let project = access.project.project.id.clone();
    let found = state.db.read(move |c| api_keys::find_pasted(c, &project, &typed)).await?;
    Ok(found.map(|found| paths::api_key(access.slug(), &found.environment.name, &found.key.id)))
}

/// Whether an imported key of the project stands in what was typed: nobody gets it back.
pub(crate) async fn is_imported(
    typed: &str,
    project: &Project,
    state: &State,
) -> Result<bool, Error> {
    let (project, typed) = (project.id.clone(), typed.to_owned());
    Ok(state.db.read(move |c| api_keys::holds_imported(c, &project, &typed)).await?)
}

/// What was typed; of a key its mask.
pub(crate) async fn without_key(
    typed: String,
    project: &Project,
    state: &State,
) -> Result<String, Error> {
    let project = project.id.clone();
    let read = move |c: &mut DbConnection| {
        Ok::<_, Error>(api_keys::mask_of_imported(c, &project, &typed)?.unwrap_or(typed))
    };
    state.db.read(read).await
}

/// `POST …/api-keys/search`
pub(crate) async fn search(
    access: EnvironmentAccess,
    CsrfForm(form): CsrfForm<SearchForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    if let Some(page) = page_of_key(form.q.clone(), &access, &visit.state).await? {
        return Ok(see_other(&page));
    }
    let search = without_key(form.q, &access.project.project, &visit.state).await?;
    let find = Find {
        search: Search::parse(&search),
        status: Status::parse(&form.status),
        sort: Sort::parse(&form.sort).unwrap_or_default(),
    };
    Ok(see_other(&paths::api_keys_page(
        access.slug(),
        &access.environment.name,
        &find,
        Kind::Publishable,
        1,
    )))
}
