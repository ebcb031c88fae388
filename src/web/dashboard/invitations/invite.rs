//! Invites somebody.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Deserialize;

use super::post::{deliver, invited};
use super::views::InvitePage;
use crate::db::DbConnection;
use crate::domain::Act;
use crate::domain::invitations::{self, InviteError, ROLES};
use crate::domain::members::{Role, may_manage};
use crate::domain::users::Email;
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::htmx::html;
use crate::web::dashboard::http::{Error, ProjectAccess, ProjectAdmin, Visit};
use crate::web::dashboard::page::chrome::{Chrome, Section};
use crate::web::dashboard::page::views::Field;
use crate::web::http;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InviteForm {
    email: String,
    role: String,
}

/// `GET /projects/{project}/team/invite`
pub(crate) async fn form(access: ProjectAdmin, visit: Visit) -> Result<HttpResponse, Error> {
    page(StatusCode::OK, Field::default(), Role::Member, &access, &visit)
}

/// `POST /projects/{project}/team/invite`
pub(crate) async fn invite(
    access: ProjectAdmin,
    CsrfForm(form): CsrfForm<InviteForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let role = Role::parse(&form.role).filter(|role| ROLES.contains(role));
    let role = role.ok_or(Error::BadRequest("One can be invited as admin, member or viewer."))?;
    let mut email = Field::kept(&form.email);
    let Some(address) = email.check(Email::parse) else {
        return page(StatusCode::UNPROCESSABLE_ENTITY, email, role, &access, &visit);
    };
    let (project, mail) = (access.project.clone(), visit.mail.is_some());
    let create = move |c: &mut DbConnection, act: &mut Act<'_>| {
        invitations::create(c, act, &project, &address, role, mail)
    };
    let error = match visit.change(access.user.actor(), create).await {
        Ok(new) => {
            let new = deliver(new, &access, &visit).await;
            return invited(new, &access, &visit);
        }
        Err(InviteError::IsMember(name)) => {
            format!("{name} has this address and is in the team already.")
        }
        Err(InviteError::IsInvited) => {
            "This address is invited already. Use New link in the list of pending invitations."
                .to_owned()
        }
        Err(InviteError::TooMany(too_many)) => {
            email.error = Some(too_many.to_string());
            return page(StatusCode::TOO_MANY_REQUESTS, email, role, &access, &visit);
        }
        Err(InviteError::Refused(refused)) => return Err(refused.into()),
        Err(InviteError::Db(error)) => return Err(error.into()),
    };
    email.error = Some(error);
    page(StatusCode::UNPROCESSABLE_ENTITY, email, role, &access, &visit)
}

fn page(
    status: StatusCode,
    email: Field,
    chosen: Role,
    access: &ProjectAccess,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    let page = InvitePage {
        chrome: Chrome::of_project("Invite", Section::Team, access, &visit.request),
        project: access.project.slug.clone(),
        project_name: access.project.name.clone(),
        email,
        chosen,
        choices: ROLES.iter().map(|role| (*role, may_manage(access.role, *role))).collect(),
        origin: http::origin(&visit.request, &visit.config),
        from: visit.mail.as_ref().map(|mail| mail.from().to_owned()),
    };
    html(status, &page)
}
