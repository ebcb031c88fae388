//! The account page. Each form has a page of its own (`form.rs`), because what is typed into one
//! form is lost when another one on the same page is sent.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::super::activity::Row;
use super::views::{IndexPage, SessionRow};
use crate::db::DbConnection;
use crate::domain::users::email_change;
use crate::domain::{activity, two_step, users};
use crate::web::dashboard::http::flash::{self, Flash};
use crate::web::dashboard::http::htmx::html;
use crate::web::dashboard::http::query::Query;
use crate::web::dashboard::http::{CurrentUser, Error, Visit, session};
use crate::web::dashboard::page::chrome::Chrome;
use crate::web::dashboard::page::views::Time;
use crate::web::paths;

const PAGE_SIZE: usize = 20;

/// `GET /account?before=`
pub(crate) async fn index(user: CurrentUser, visit: Visit) -> Result<HttpResponse, Error> {
    let before = Query::of(&visit.request)?.get("before").and_then(activity::Id::parse);
    let (whose, older_than, now) = (user.user.clone(), before.clone(), visit.clock.now());
    let load = move |c: &mut DbConnection| -> Result<_, Error> {
        let (began, seen) = session::alive_since(now);
        // One entry more than is shown is read, to see whether there are older ones.
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
        chrome: Chrome::plain("Account", &user, &visit.request),
        flash: Flash::of(&visit),
        older: entries.last().filter(|_| more).map(|last| paths::account_before(&last.id)),
        paged: before.is_some(),
        me: user.user.id.clone(),
        pending_email: pending.map(|change| (change.email, Time::moment(change.expires_at))),
        codes_left,
        sessions: sessions
            .into_iter()
            .map(|session| SessionRow::of(session, &user.session))
            .collect(),
        rows: entries.into_iter().map(Row::of).collect(),
    };
    flash::shown(html(StatusCode::OK, &page)?, &visit)
}
