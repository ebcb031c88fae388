//! The list of keys that were deleted recently.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::index::page_number;
use super::key_views::{DeletedPage, DeletedRow, RefusedCalls};
use super::usage_views::count;
use super::views::EnvironmentPath;
use crate::domain::api_keys::{self, Deleted, PAGE_SIZE};
use crate::web::dashboard::http::htmx::html;
use crate::web::dashboard::http::query::Query;
use crate::web::dashboard::http::{EnvironmentAccess, Error, Visit};
use crate::web::dashboard::page::chrome::{Chrome, Section};
use crate::web::dashboard::page::views::{Time, ago, number};

/// `GET …/api-keys/deleted?page=`
pub(crate) async fn deleted(
    access: EnvironmentAccess,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let page = Query::of(&visit.request)?.get("page").map_or(1, page_number);
    let (environment, now) = (access.environment.id.clone(), visit.clock.now());
    let found = visit.db.read(move |c| api_keys::list_deleted(c, &environment, page, now)).await?;
    let (first, last) =
        ((found.page - 1) * PAGE_SIZE + 1, (found.page * PAGE_SIZE).min(found.total));
    let row = |Deleted { key, by, refused }: Deleted| DeletedRow {
        deleted: Time::moment(key.deleted_at.unwrap_or(now)),
        by: by.unwrap_or_else(|| "the command line".to_owned()),
        still: refused.as_ref().is_some_and(|refused| refused.still(now)),
        refused: refused.map(|refused| RefusedCalls {
            day: count(refused.day),
            total: count(refused.total),
            last: Time { text: ago(refused.last, now), ..Time::moment(refused.last) },
            address: refused.address,
        }),
        key,
    };
    let page = DeletedPage {
        chrome: Chrome::of_environment("Deleted keys", Section::ApiKeys, &access, &visit.request),
        place: EnvironmentPath::of(&access),
        rows: found.keys.into_iter().map(row).collect(),
        span: (found.total > 10)
            .then(|| format!("{}–{} of {}", number(first), number(last), number(found.total))),
        newer: (found.page > 1).then(|| found.page - 1),
        older: (last < found.total).then(|| found.page + 1),
    };
    html(StatusCode::OK, &page)
}
