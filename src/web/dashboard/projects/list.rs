//! The list of the user's projects.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use crate::db::{self, DbConnection};
use crate::domain::instance::settings;
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
    /// Why the reader may not create projects.
    why: Option<&'static str>,
}

/// `GET /projects`
pub(crate) async fn list(user: CurrentUser, visit: Visit) -> Result<HttpResponse, Error> {
    let (id, actor) = (user.user.id.clone(), user.actor());
    let wanted = wanted(&visit.request)?;
    let asked = wanted.clone();
    let load = move |c: &mut DbConnection| -> db::Result<_> {
        let why = settings::why_not_create_projects(c, &actor)?;
        Ok((projects::list(c, &id, &asked)?, why))
    };
    let (projects, why) = visit.db.read(load).await?;
    let page = Page {
        chrome: Chrome::plain("Projects", &user, &visit.request),
        flash: Flash::of(&visit),
        paging: Paging::of(&projects, &wanted, paths::PROJECTS.to_owned()),
        projects: projects.rows,
        why,
    };
    flash::shown(html(StatusCode::OK, &page)?, &visit)
}
