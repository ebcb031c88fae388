//! The pages to change the name, the e-mail address and the password.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::views::{FormPage, Forms, Part};
use crate::db::DbConnection;
use crate::domain::two_step;
use crate::web::dashboard::http::htmx::{come_again, html};
use crate::web::dashboard::http::{CurrentUser, Error, Visit};
use crate::web::dashboard::page::chrome::Chrome;

/// The empty form.
pub(super) async fn empty(
    part: Part,
    user: &CurrentUser,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    page(part, StatusCode::OK, Forms::of(&user.user), None, user, visit).await
}

/// The page with what was typed. After too many attempts, it says when to try again.
pub(super) async fn page(
    part: Part,
    status: StatusCode,
    forms: Forms,
    retry_after: Option<u64>,
    user: &CurrentUser,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    let id = user.user.id.clone();
    let codes_left =
        visit.db.read(move |c: &mut DbConnection| two_step::codes_left(c, &id)).await?;
    let page = FormPage {
        chrome: Chrome::plain(part.title(), user, &visit.request),
        part,
        forms,
        mails: visit.mail.is_some(),
        asks_for_code: codes_left.is_some(),
    };
    Ok(come_again(html(status, &page)?, retry_after))
}
