//! Changes the name and the protection of an environment.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::super::api_keys::is_imported;
use super::delete::{find, gone};
use super::former::Former;
use super::views::{EditPage, yes};
use crate::domain::environments::{
    self, Change, ChangeError, Changed, Environment, GivenUp, Name, NameError,
};
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::flash::Flash;
use crate::web::dashboard::http::htmx::{html, see_other};
use crate::web::dashboard::http::{Error, ProjectAccess, ProjectAdmin, Visit};
use crate::web::dashboard::page::chrome::{Chrome, Section};
use crate::web::dashboard::page::views::Field;
use crate::web::paths;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditForm {
    name: String,
    /// A box that is not ticked is not sent.
    #[serde(default)]
    protected: String,
    /// The id of the environment that had the name before, if the form showed that.
    #[serde(default)]
    former: String,
    seen: String,
}

/// `GET /projects/{project}/environments/{id}/edit`
pub(crate) async fn edit(
    access: ProjectAdmin,
    path: web::Path<(String, String)>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let (environment, by) = find(&access, &path.1, &visit.state).await?;
    if environment.deleted_at.is_some() {
        return gone(environment, by, &access, &visit);
    }
    let form = Form {
        name: Field::kept(&environment.name),
        protected: environment.protected,
        former: None,
        stale: false,
    };
    page(StatusCode::OK, environment, form, &access, &visit.request)
}

/// `POST /projects/{project}/environments/{id}/edit`
pub(crate) async fn save(
    access: ProjectAdmin,
    path: web::Path<(String, String)>,
    CsrfForm(typed): CsrfForm<EditForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let (environment, by) = find(&access, &path.1, &visit.state).await?;
    if environment.deleted_at.is_some() {
        return gone(environment, by, &access, &visit);
    }
    let protected = yes(&typed.protected)?;
    let mut form = Form { name: Field::kept(&typed.name), protected, former: None, stale: false };
    let is_other = typed.name != environment.name;
    if is_other && is_imported(&typed.name, &access.project, &visit.state).await? {
        form.name = Field::refused(NameError::IsKey);
        return page(StatusCode::UNPROCESSABLE_ENTITY, environment, form, &access, &visit.request);
    }
    let Some(name) = form.name.check(Name::parse) else {
        return page(StatusCode::UNPROCESSABLE_ENTITY, environment, form, &access, &visit.request);
    };
    let former = environments::Id::parse(&typed.former);
    let change = Change { name: name.clone(), protected, told: former, seen: typed.seen };
    let (project, id) = (access.project.id.clone(), environment.id.clone());
    let actor = access.user.actor();
    match visit
        .change(actor, move |c, act| environments::change(c, act, &project, &id, &change))
        .await
    {
        Ok(changed) => {
            let location = see_other(&paths::environments(&access.project.slug));
            match told(changed) {
                Some(flash) => flash.send(location, &visit),
                None => Ok(location),
            }
        }
        Err(ChangeError::NameTaken(taken)) => {
            form.name.error =
                Some(format!("There is an environment {taken} already. Choose another name."));
            page(StatusCode::UNPROCESSABLE_ENTITY, environment, form, &access, &visit.request)
        }
        Err(ChangeError::Name(error)) => {
            form.name = Field::refused(error);
            page(StatusCode::UNPROCESSABLE_ENTITY, environment, form, &access, &visit.request)
        }
        Err(ChangeError::GivenUp(GivenUp::Untold(holder))) => {
            form.former = Some(Former::of(name, *holder, &access, &visit.state).await?);
            page(StatusCode::CONFLICT, environment, form, &access, &visit.request)
        }
        Err(problem @ (ChangeError::GivenUp(GivenUp::Protected(_)) | ChangeError::TooMany)) => {
            form.name.error = Some(problem.to_string());
            page(StatusCode::UNPROCESSABLE_ENTITY, environment, form, &access, &visit.request)
        }
        Err(ChangeError::Stale(now)) => {
            form.stale = true;
            page(StatusCode::CONFLICT, *now, form, &access, &visit.request)
        }
        Err(ChangeError::Gone(deletion)) => match *deletion {
            environments::Deletion::Already { environment, by } => {
                gone(environment, by, &access, &visit)
            }
            environments::Deletion::Deleted { environment, .. } => {
                gone(environment, None, &access, &visit)
            }
        },
        Err(ChangeError::NotFound) => Err(Error::NotFound),
        Err(ChangeError::Refused(refused) | ChangeError::GivenUp(GivenUp::Refused(refused))) => {
            Err(refused.into())
        }
        Err(ChangeError::Db(error) | ChangeError::GivenUp(GivenUp::Db(error))) => Err(error.into()),
    }
}

/// The message on the list after a change.
fn told(Changed { before, after }: Changed) -> Option<Flash> {
    let renamed = (before.name != after.name)
        .then(|| format!(" was {}; old links and gateways keep working", before.name));
    let protected = match (before.protected, after.protected) {
        (false, true) => Some(" is protected now"),
        (true, false) => Some(" is not protected any more"),
        (true, true) | (false, false) => None,
    };
    let text = match (renamed, protected) {
        (None, None) => return None,
        (Some(renamed), None) => format!("{renamed}."),
        (None, Some(protected)) => format!("{protected}."),
        (Some(renamed), Some(protected)) => format!("{renamed}, and it{protected}."),
    };
    Some(Flash { subject: after.name, text })
}

/// The content of the form.
struct Form {
    name: Field,
    protected: bool,
    former: Option<Former>,
    /// Whether somebody else changed the environment meanwhile.
    stale: bool,
}

fn page(
    status: StatusCode,
    environment: Environment,
    Form { name, protected, former, stale }: Form,
    access: &ProjectAccess,
    request: &HttpRequest,
) -> Result<HttpResponse, Error> {
    let chrome = Chrome::of_project("Edit environment", Section::Environments, access, request);
    let seen = environments::seen(&environment);
    html(
        status,
        &EditPage {
            chrome,
            project: access.project.slug.clone(),
            environment,
            seen,
            name,
            protected,
            former,
            stale,
        },
    )
}
