//! The Team page.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::super::invitations::PendingRow;
use super::views::{IndexPage, Row};
use crate::db::{self, DbConnection};
use crate::domain::invitations;
use crate::domain::members::{self, Right, Role};
use crate::web::dashboard::http::flash::{self, Flash};
use crate::web::dashboard::http::htmx::html;
use crate::web::dashboard::http::{Error, ProjectAccess, Visit};
use crate::web::dashboard::page::chrome::{Chrome, Section};
use crate::web::dashboard::page::paging::{Paging, wanted};
use crate::web::paths;

/// `GET /projects/{project}/team`
pub(crate) async fn index(access: ProjectAccess, visit: Visit) -> Result<HttpResponse, Error> {
    let (project, now) = (access.project.id.clone(), visit.clock.now());
    let may_invite = Right::Manage.belongs_to(access.role);
    let wanted = wanted(&visit.request)?;
    let asked = wanted.clone();
    let load = move |c: &mut DbConnection| -> db::Result<_> {
        let pending = if may_invite { invitations::pending(c, &project)? } else { Vec::new() };
        Ok((members::page(c, &project, &asked)?, pending))
    };
    let (members, pending) = visit.db.read(load).await?;
    let page = IndexPage {
        chrome: Chrome::of_project("Team", Section::Team, &access, &visit.request),
        project: access.project.slug.clone(),
        project_name: access.project.name.clone(),
        paging: Paging::of(&members, &wanted, paths::team(&access.project.slug)),
        members: members.rows.into_iter().map(|member| Row::of(member, &access, now)).collect(),
        pending: pending
            .into_iter()
            .map(|invitation| PendingRow::of(invitation, &access, now))
            .collect(),
        may_invite,
        mails: visit.mail.is_some(),
        role: access.role,
        why: (access.role != Role::Owner).then(|| members::why_not_manage(access.role)),
        flash: Flash::of(&visit),
    };
    flash::shown(html(StatusCode::OK, &page)?, &visit)
}
