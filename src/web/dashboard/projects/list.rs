//! The projects of the user.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use crate::domain::projects::{self, Listed};
use crate::web::dashboard::http::flash::{self, Flash};
use crate::web::dashboard::http::htmx::html;
use crate::web::dashboard::http::{CurrentUser, Error, Visit};
use crate::web::dashboard::page::chrome::Chrome;
use crate::web::dashboard::page::paging::{Paging, wanted};
use crate::web::paths;

#[derive(Template)]
#[template(path = "projects/list.html")]
struct Page {
    chrome: Chrome,
    flash: Option<Flash>,
    projects: Vec<Listed>,
    paging: Paging,
}

/// `GET /projects`
pub(crate) async fn list(user: CurrentUser, visit: Visit) -> Result<HttpResponse, Error> {
    let id = user.user.id.clone();
    let wanted = wanted(&visit.request)?;
    let asked = wanted.clone();
    let projects = visit.db.read(move |c| projects::list(c, &id, &asked)).await?;
    let page = Page {
        chrome: Chrome::plain("Projects", &user, &visit.request),
        flash: Flash::of(&visit),
        paging: Paging::of(&projects, &wanted, paths::PROJECTS.to_owned()),
        projects: projects.rows,
    };
    flash::shown(html(StatusCode::OK, &page)?, &visit)
}
