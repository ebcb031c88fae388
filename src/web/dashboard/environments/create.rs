//! A new environment.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::super::Error;
use super::super::chrome::{Chrome, Section};
use super::super::extract::{EnvironmentCreator, ProjectAccess};
use super::super::views::Field;
use super::views::{NewPage, yes};
use crate::domain::environments::{self, CreateError, Name, NewEnvironment};
use crate::domain::members::Right;
use crate::domain::os_rng;
use crate::web::csrf::CsrfForm;
use crate::web::flash::Flash;
use crate::web::htmx::{html, see_other};
use crate::web::{State, paths};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewForm {
    name: String,
    /// A box that is not ticked is not sent.
    #[serde(default)]
    protected: String,
}

/// `GET /projects/{project}/environments/new`
pub(crate) async fn new(
    access: EnvironmentCreator,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    page(StatusCode::OK, Field::default(), false, &access, &request)
}

/// `POST /projects/{project}/environments`
pub(crate) async fn create(
    access: EnvironmentCreator,
    CsrfForm(form): CsrfForm<NewForm>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let protected = yes(&form.protected)?;
    let mut name = Field::kept(&form.name);
    let Some(checked) = name.check(Name::parse) else {
        return page(StatusCode::UNPROCESSABLE_ENTITY, name, protected, &access, &request);
    };
    let new = NewEnvironment { name: checked, protected };
    let (project, actor, now) = (access.project.id.clone(), access.user.actor(), state.clock.now());
    match state
        .db
        .write(move |c| environments::create(c, &project, &new, &actor, now, &mut os_rng()))
        .await
    {
        Ok(environment) => {
            let text = if protected { " was added and is protected." } else { " was added." };
            let flash = Flash { subject: environment.name, text: text.to_owned() };
            flash.send(see_other(&paths::environments(&access.project.slug)), &state)
        }
        Err(CreateError::NameTaken(taken)) => {
            name.error =
                Some(format!("There is an environment {taken} already. Choose another name."));
            page(StatusCode::UNPROCESSABLE_ENTITY, name, protected, &access, &request)
        }
        Err(enough @ CreateError::TooMany) => {
            name.error = Some(enough.to_string());
            page(StatusCode::UNPROCESSABLE_ENTITY, name, protected, &access, &request)
        }
        Err(CreateError::Refused(refused)) => Err(refused.into()),
        Err(CreateError::Db(error)) => Err(error.into()),
    }
}

fn page(
    status: StatusCode,
    name: Field,
    protected: bool,
    access: &ProjectAccess,
    request: &HttpRequest,
) -> Result<HttpResponse, Error> {
    let chrome = Chrome::of_project("New environment", Section::Environments, access, request);
    let may_protect = Right::Manage.belongs_to(access.role);
    html(
        status,
        &NewPage { chrome, project: access.project.slug.clone(), name, protected, may_protect },
    )
}
