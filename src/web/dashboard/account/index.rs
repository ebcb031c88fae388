//! The page.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::super::activity::Row;
use super::views::{Forms, IndexPage, SessionRow};
use crate::db::DbConnection;
use crate::domain::users::email_change;
use crate::domain::{activity, two_step, users};
use crate::web::dashboard::http::flash::{self, Flash};
use crate::web::dashboard::http::htmx::{come_again, html};
use crate::web::dashboard::http::query::Query;
use crate::web::dashboard::http::{CurrentUser, Error, Visit, session};
use crate::web::dashboard::page::chrome::Chrome;
use crate::web::dashboard::page::views::Time;
use crate::web::paths;

const PAGE_SIZE: usize = 20;

/// `GET /account?before=`
pub(crate) async fn index(user: CurrentUser, visit: Visit) -> Result<HttpResponse, Error> {
    let forms = Forms::of(&user.user);
    let page = page(StatusCode::OK, forms, None, &user, &visit).await?;
    flash::shown(page, &visit)
}

/// The page with these forms; after too many tries it says when to come again.
pub(super) async fn page(
    status: StatusCode,
    forms: Forms,
    retry_after: Option<u64>,
    user: &CurrentUser,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    let before = Query::of(&visit.request)?.get("before").and_then(activity::Id::parse);
    let (whose, older_than, now) = (user.user.clone(), before.clone(), visit.clock.now());
    let load = move |c: &mut DbConnection| -> Result<_, Error> {
        let (began, seen) = session::alive_since(now);
        // One more than is shown tells whether there are older ones.
        let limit = i64::try_from(PAGE_SIZE + 1).unwrap_or(i64::MAX);
        let id = &whose.id;
        let entries = activity::list_of_account(c, id, older_than.as_ref(), limit)?;
        let pending = email_change::pending(c, &whose, now)?;
        Ok((two_step::codes_left(c, id)?, users::sessions(c, id, began, seen)?, pending, entries))
    };
    let (codes_left, sessions, pending, mut entries) = visit.db.read(load).await?;
    let more = entries.len() > PAGE_SIZE;
    entries.truncate(PAGE_SIZE);
    let page = IndexPage {
        chrome: Chrome::plain("Account", user, &visit.request),
        flash: Flash::of(visit),
        older: entries.last().filter(|_| more).map(|last| paths::account_before(&last.id)),
        paged: before.is_some(),
        me: user.user.id.clone(),
        forms,
        pending_email: pending.map(|change| (change.email, Time::moment(change.expires_at))),
        mails: visit.mail.is_some(),
        codes_left,
        sessions: sessions
            .into_iter()
            .map(|session| SessionRow::of(session, &user.session))
            .collect(),
        rows: entries.into_iter().map(Row::of).collect(),
    };
    Ok(come_again(html(status, &page)?, retry_after))
}
