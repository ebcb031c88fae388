//! The search box posts, so that a full key that is pasted into it never stands in a URL.

use actix_web::{HttpResponse, web};

use super::super::Error;
use super::super::extract::EnvironmentAccess;
use super::forms::SearchForm;
use crate::domain::api_keys::{self, Find, Kind, Search, Sort, Status};
use crate::web::State;
use crate::web::csrf::CsrfForm;
use crate::web::htmx::see_other;
use crate::web::paths;

/// `POST …/api-keys/search`
pub(crate) async fn search(
    access: EnvironmentAccess,
    CsrfForm(form): CsrfForm<SearchForm>,
    state: web::Data<State>,
) -> Result<HttpResponse, Error> {
    let mut search = Search::parse(&form.q);
    if state.any_imported() {
        // Of an imported key only the database can tell that it is one.
        if let Some(mask) = state.db.read(move |c| api_keys::mask_of_imported(c, &form.q)).await? {
            search = Search::parse(&mask);
        }
    }
    let find = Find { search, status: Status::parse(&form.status), sort: Sort::parse(&form.sort).unwrap_or_default() };
    Ok(see_other(&paths::api_keys_page(access.slug(), &access.environment.name, &find, Kind::Publishable, 1)))
}
