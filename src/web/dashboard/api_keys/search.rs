//! The search box. It is sent by POST, so that a full key that is pasted into it is never in a URL.
//! A key of the project leads to its page, and of any other key only the mask is searched for.

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

/// The page of the key that was pasted, if it is one of the project.
async fn page_of_key(
    typed: String,
    access: &EnvironmentAccess,
    state: &State,
) -> Result<Option<String>, Error> {
    let project = access.project.project.id.clone();
    let found = state.db.read(move |c| api_keys::find_pasted(c, &project, &typed)).await?;
    Ok(found.map(|found| paths::api_key(access.slug(), &found.environment.name, &found.key.id)))
}

/// Whether the text contains an imported key of the project. If so, it must not be sent back.
pub(crate) async fn is_imported(
    typed: &str,
    project: &Project,
    state: &State,
) -> Result<bool, Error> {
    let (project, typed) = (project.id.clone(), typed.to_owned());
    Ok(state.db.read(move |c| api_keys::holds_imported(c, &project, &typed)).await?)
}

/// The text that was typed, with the mask in place of a key.
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
