//! The search box posts, so that a full key that is pasted into it never stands in a URL.

use actix_web::HttpResponse;

use super::super::extract::EnvironmentAccess;
use super::forms::SearchForm;
use crate::domain::api_keys::{Kind, Search};
use crate::web::csrf::CsrfForm;
use crate::web::htmx::see_other;
use crate::web::paths;

/// `POST …/api-keys/search`
pub(crate) async fn search(access: EnvironmentAccess, CsrfForm(form): CsrfForm<SearchForm>) -> HttpResponse {
    let search = Search::parse(&form.q);
    see_other(&paths::api_keys_page(access.slug(), &access.environment.name, search.as_str(), Kind::Publishable, 1))
}
