//! The page.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::super::activity::Row;
use super::views::{Forms, IndexPage, SessionRow};
use crate::db::DbConnection;
use crate::domain::users::email_change;
use crate::domain::{activity, two_step, users};
use crate::web::dashboard::http::flash::{self, Flash};
use crate::web::dashboard::http::htmx::{come_again, html};
use crate::web::dashboard::http::query::Query;
use crate::web::dashboard::http::{CurrentUser, Error, session};
use crate::web::dashboard::page::chrome::Chrome;
use crate::web::dashboard::page::views::Time;
use crate::web::{State, paths};

/// Entries on a page.
const PAGE_SIZE: usize = 20;

/// `GET /account?before=`
pub(crate) async fn index(
    user: CurrentUser,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let forms = Forms::of(&user.user);
    let mut response = page(StatusCode::OK, forms, None, &user, &state, &request).await?;
    flash::clear(&mut response, &request, &state)?;
    Ok(response)
}

/// The page with these forms; after too many tries it says when to come again.
pub(super) async fn page(
    status: StatusCode,
    forms: Forms,
    retry_after: Option<u64>,
    user: &CurrentUser,
    state: &State,
    request: &HttpRequest,
) -> Result<HttpResponse, Error> {
    let before = Query::of(request)?.get("before").and_then(activity::Id::parse);
    let (whose, older_than, now) = (user.user.clone(), before.clone(), state.clock.now());
    let load = move |c: &mut DbConnection| -> Result<_, Error> {
        let (began, seen) = session::alive_since(now);
        // One more than is shown tells whether there are older ones.
        let limit = i64::try_from(PAGE_SIZE + 1).unwrap_or(i64::MAX);
        let id = &whose.id;
        let entries = activity::list_of_account(c, id, older_than.as_ref(), limit)?;
        let pending = email_change::pending(c, &whose, now)?;
        Ok((two_step::codes_left(c, id)?, users::sessions(c, id, began, seen)?, pending, entries))
    };
    let (codes_left, sessions, pending, mut entries) = state.db.read(load).await?;
    let more = entries.len() > PAGE_SIZE;
    entries.truncate(PAGE_SIZE);
    let page = IndexPage {
        chrome: Chrome::plain("Account", user, request),
        flash: Flash::of(request, state),
        older: entries.last().filter(|_| more).map(|last| paths::account_before(&last.id)),
        paged: before.is_some(),
        me: user.user.id.clone(),
        forms,
        pending_email: pending.map(|change| (change.email, Time::moment(change.expires_at))),
        mails: state.mail.is_some(),
        codes_left,
        sessions: sessions
            .into_iter()
            .map(|session| SessionRow::of(session, &user.session))
            .collect(),
        rows: entries.into_iter().map(Row::of).collect(),
    };
    Ok(come_again(html(status, &page)?, retry_after))
}
