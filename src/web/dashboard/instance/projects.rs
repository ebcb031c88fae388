//! All projects: who owns them, and how much is in them.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::views::ProjectRow;
use crate::db::DbConnection;
use crate::domain::{instance, projects};
use crate::web::dashboard::http::flash::{self, Flash};
use crate::web::dashboard::http::htmx::html;
use crate::web::dashboard::http::{Administrator, Error, Visit};
use crate::web::dashboard::page::chrome::Chrome;

#[derive(Template)]
#[template(path = "instance/projects.html")]
struct Page {
    chrome: Chrome,
    flash: Option<Flash>,
    rows: Vec<ProjectRow>,
}

/// `GET /instance/projects`
pub(crate) async fn index(me: Administrator, visit: Visit) -> Result<HttpResponse, Error> {
    let reader = me.user.id.clone();
    let load = move |c: &mut DbConnection| -> crate::db::Result<_> {
        Ok((instance::projects(c)?, projects::list_for(c, &reader)?))
    };
    let (holdings, own) = visit.db.read(load).await?;
    let rows = holdings.into_iter().map(|holding| ProjectRow {
        mine: own.iter().any(|(project, _)| project.id == holding.project.id),
        holding,
    });
    let chrome = Chrome::plain("Projects of this Keyrack", &me, &visit.request);
    let page = Page { chrome, flash: Flash::of(&visit), rows: rows.collect() };
    flash::shown(html(StatusCode::OK, &page)?, &visit)
}
