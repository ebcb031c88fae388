//! Adds an environment.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::super::api_keys::is_imported;
use super::former::Former;
use super::views::{NewPage, yes};
use crate::domain::environments::{self, CreateError, GivenUp, Name, NameError, NewEnvironment};
use crate::domain::members::Right;
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::flash::Flash;
use crate::web::dashboard::http::htmx::{html, see_other};
use crate::web::dashboard::http::{EnvironmentCreator, Error, ProjectAccess, Visit};
use crate::web::dashboard::page::chrome::{Chrome, Section};
use crate::web::dashboard::page::views::Field;
use crate::web::paths;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewForm {
    name: String,
    /// A box that is not ticked is not sent.
    #[serde(default)]
    protected: String,
    /// The id of the environment that had the name before, if the form showed that.
    #[serde(default)]
    former: String,
}

/// The content of the form.
#[derive(Default)]
struct Form {
    name: Field,
    protected: bool,
    former: Option<Former>,
}

/// `GET /projects/{project}/environments/new`
pub(crate) async fn new(access: EnvironmentCreator, visit: Visit) -> Result<HttpResponse, Error> {
    page(StatusCode::OK, Form::default(), &access, &visit.request)
}

/// `POST /projects/{project}/environments`
pub(crate) async fn create(
    access: EnvironmentCreator,
    CsrfForm(typed): CsrfForm<NewForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let protected = yes(&typed.protected)?;
    let mut form = Form { name: Field::kept(&typed.name), protected, former: None };
    if is_imported(&typed.name, &access.project, &visit.state).await? {
        form.name = Field::refused(NameError::IsKey);
        return page(StatusCode::UNPROCESSABLE_ENTITY, form, &access, &visit.request);
    }
    let Some(name) = form.name.check(Name::parse) else {
        return page(StatusCode::UNPROCESSABLE_ENTITY, form, &access, &visit.request);
    };
    let told = environments::Id::parse(&typed.former);
    let new = NewEnvironment { name: name.clone(), protected, told };
    let (project, actor) = (access.project.id.clone(), access.user.actor());
    let created =
        visit.change(actor, move |c, act| environments::create(c, act, &project, &new)).await;
    let problem = match created {
        Ok(environment) => {
            let text = if protected { " was added and is protected." } else { " was added." };
            let flash = Flash { subject: environment.name, text: text.to_owned() };
            return flash.send(see_other(&paths::environments(&access.project.slug)), &visit);
        }
        Err(CreateError::GivenUp(GivenUp::Untold(holder))) => {
            form.former = Some(Former::of(name, *holder, &access, &visit.state).await?);
            return page(StatusCode::CONFLICT, form, &access, &visit.request);
        }
        Err(CreateError::Name(error)) => {
            form.name = Field::refused(error);
            return page(StatusCode::UNPROCESSABLE_ENTITY, form, &access, &visit.request);
        }
        Err(CreateError::NameTaken(taken)) => {
            format!("There is an environment {taken} already. Choose another name.")
        }
        Err(CreateError::GivenUp(protected @ GivenUp::Protected(_))) => protected.to_string(),
        Err(enough @ CreateError::TooMany(_)) => enough.to_string(),
        Err(CreateError::Refused(refused) | CreateError::GivenUp(GivenUp::Refused(refused))) => {
            return Err(refused.into());
        }
        Err(CreateError::Db(error) | CreateError::GivenUp(GivenUp::Db(error))) => {
            return Err(error.into());
        }
    };
    form.name.error = Some(problem);
    page(StatusCode::UNPROCESSABLE_ENTITY, form, &access, &visit.request)
}

fn page(
    status: StatusCode,
    Form { name, protected, former }: Form,
    access: &ProjectAccess,
    request: &HttpRequest,
) -> Result<HttpResponse, Error> {
    let chrome = Chrome::of_project("New environment", Section::Environments, access, request);
    let (project, may_protect) =
        (access.project.slug.clone(), Right::Manage.belongs_to(access.role));
    html(status, &NewPage { chrome, project, name, protected, former, may_protect })
}
