//! All accounts.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::views::UserRow;
use crate::domain::instance;
use crate::domain::key_shape::mask_in;
use crate::domain::text::fold;
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::flash::{self, Flash};
use crate::web::dashboard::http::htmx::{html, see_other};
use crate::web::dashboard::http::query::Query;
use crate::web::dashboard::http::{Administrator, Error, Visit};
use crate::web::dashboard::page::chrome::Chrome;
use crate::web::paths;

const PAGE_SIZE: usize = 50;

#[derive(Template)]
#[template(path = "instance/users.html")]
struct Page {
    chrome: Chrome,
    flash: Option<Flash>,
    /// What was looked for; nothing: everybody.
    q: String,
    rows: Vec<UserRow>,
    /// How many there are on all pages.
    total: usize,
    earlier: Option<String>,
    later: Option<String>,
}

/// The form posts, so that a key that is pasted into it never stands in a URL.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SearchForm {
    q: String,
}

/// `POST /instance/users`
pub(crate) async fn search(
    _: Administrator,
    CsrfForm(form): CsrfForm<SearchForm>,
) -> Result<HttpResponse, Error> {
    let q = mask_in(&form.q).unwrap_or(form.q);
    Ok(see_other(&paths::instance_users(q.trim(), 1)))
}

/// `GET /instance/users?q=&page=`
pub(crate) async fn index(me: Administrator, visit: Visit) -> Result<HttpResponse, Error> {
    let query = Query::of(&visit.request)?;
    let q = query.get("q").unwrap_or_default().to_owned();
    let page = query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1_usize).max(1);
    let now = visit.clock.now();
    let wanted = fold(&q);
    let accounts = visit.db.read(instance::accounts).await?;
    let found: Vec<_> = accounts
        .into_iter()
        .filter(|account| {
            fold(&account.user.name).contains(&wanted)
                || fold(&account.user.email).contains(&wanted)
        })
        .collect();
    let total = found.len();
    let page = page.min(total.div_ceil(PAGE_SIZE).max(1));
    let rows = found.into_iter().skip((page - 1) * PAGE_SIZE).take(PAGE_SIZE);
    let page = Page {
        chrome: Chrome::plain("Users", &me, &visit.request),
        flash: Flash::of(&visit),
        earlier: (page > 1).then(|| paths::instance_users(&q, page - 1)),
        later: (page * PAGE_SIZE < total).then(|| paths::instance_users(&q, page + 1)),
        rows: rows.map(|account| UserRow::of(account, &me.user, now)).collect(),
        q,
        total,
    };
    flash::shown(html(StatusCode::OK, &page)?, &visit)
}
