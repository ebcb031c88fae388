//! The list of environments, with the number of keys in each.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::views::{IndexPage, Row};
use crate::domain::members::{self, Right};
use crate::domain::paging::Part;
use crate::domain::projects;
use crate::web::dashboard::http::flash::{self, Flash};
use crate::web::dashboard::http::htmx::html;
use crate::web::dashboard::http::{Error, ProjectAccess, Visit};
use crate::web::dashboard::page::chrome::{Chrome, Section};
use crate::web::dashboard::page::paging::{Paging, wanted};
use crate::web::paths;

/// `GET /projects/{project}/environments`
pub(crate) async fn index(access: ProjectAccess, visit: Visit) -> Result<HttpResponse, Error> {
    let id = access.project.id.clone();
    let counts = visit.db.read(move |c| projects::key_counts(c, &id)).await?;
    let row = |environment| Row::of(environment, &counts);
    let wanted = wanted(&visit.request)?;
    let part =
        Part::of(access.environments.clone(), &wanted, |environment| vec![&environment.name]);
    let page = IndexPage {
        chrome: Chrome::of_project("Environments", Section::Environments, &access, &visit.request),
        project: access.project.clone(),
        flash: Flash::of(&visit),
        may_add: Right::AddEnvironments.belongs_to(access.role),
        why: members::why_not_change_environments(access.role),
        paging: Paging::of(&part, &wanted, paths::environments(&access.project.slug)),
        is_last: part.all == 1,
        rows: part.rows.into_iter().map(row).collect(),
    };
    flash::shown(html(StatusCode::OK, &page)?, &visit)
}
