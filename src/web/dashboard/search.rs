//! The search of lists that come in pages. The form posts, so that a key that is pasted into it never
//! stands in an address.

use actix_web::HttpResponse;
use serde::Deserialize;

use crate::domain::key_shape::mask_in;
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::htmx::see_other;
use crate::web::dashboard::http::{CurrentUser, Error};
use crate::web::dashboard::page::paging::part_of;
use crate::web::paths;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SearchForm {
    /// The address of the list.
    list: String,
    q: String,
}

/// `POST /search`
pub(crate) async fn search(
    _: CurrentUser,
    CsrfForm(form): CsrfForm<SearchForm>,
) -> Result<HttpResponse, Error> {
    if !paths::is_local(&form.list) || form.list.contains(['?', '#']) {
        return Err(Error::BadRequest("The form does not say which list is to be searched."));
    }
    let q = mask_in(&form.q).unwrap_or(form.q);
    Ok(see_other(&part_of(&form.list, q.trim(), 1)))
}
