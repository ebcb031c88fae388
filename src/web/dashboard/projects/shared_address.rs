//! Sets which environments the shared address includes.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::db::DbConnection;
use crate::domain::Act;
use crate::domain::environments::{self, Environment};
use crate::domain::projects::{self, SharedAddress, SharedAddressError};
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::flash::Flash;
use crate::web::dashboard::http::htmx::{html, see_other};
use crate::web::dashboard::http::{Error, ProjectAccess, ProjectAdmin, Visit};
use crate::web::dashboard::page::chrome::{Chrome, Section};
use crate::web::{http, paths};

/// The address.
pub(super) fn address(project: &str, visit: &Visit) -> String {
    format!("{}{}", http::origin(&visit.request, &visit.config), paths::verify(project, "*"))
}

/// The data that `projects/shared_address.html` shows.
struct SharedAddressForm {
    action: String,
    address: String,
    seen: String,
    /// Each environment, and whether its box is ticked.
    environments: Vec<(Environment, bool)>,
    /// Whether somebody else changed the environments meanwhile.
    stale: bool,
}

impl SharedAddressForm {
    /// The form for these environments, as they are stored.
    fn of(environments: Vec<Environment>, access: &ProjectAccess, visit: &Visit) -> Self {
        let slug = &access.project.slug;
        Self {
            action: paths::shared_address(slug),
            address: address(slug, visit),
            seen: projects::seen_shared_address(&environments),
            environments: environments
                .into_iter()
                .map(|environment| {
                    let ticked = environment.answers_all;
                    (environment, ticked)
                })
                .collect(),
            stale: false,
        }
    }
}

#[derive(Template)]
#[template(path = "projects/shared_address.html")]
struct Page {
    chrome: Chrome,
    project: String,
    shared: SharedAddressForm,
}

/// The fields that are sent: `seen`, and the ids of the environments whose boxes are ticked.
type Form = HashMap<String, String>;

/// `GET /projects/{project}/settings/shared-address`
pub(crate) async fn shared_address(
    access: ProjectAdmin,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let environments = access.environments.clone();
    let shared = SharedAddressForm::of(environments, &access, &visit);
    page(StatusCode::OK, shared, &access, &visit.request)
}

/// `POST /projects/{project}/settings/shared-address`
pub(crate) async fn set_shared_address(
    access: ProjectAdmin,
    CsrfForm(form): CsrfForm<Form>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let chosen = read(form)?;
    let ticked = chosen.environments.clone();
    let (project, actor) = (access.project.clone(), access.user.actor());
    let set = move |c: &mut DbConnection, act: &mut Act<'_>| {
        projects::set_shared_address(c, act, &project, &chosen)
    };
    match visit.change(actor, set).await {
        Ok(()) => {
            let text = " are saved.".to_owned();
            let subject = "The environments of the shared address".to_owned();
            let flash = Flash { subject, text };
            flash.send(see_other(&paths::settings(&access.project.slug)), &visit)
        }
        Err(SharedAddressError::Stale) => {
            let id = access.project.id.clone();
            let now = visit.db.read(move |c| environments::list(c, &id)).await?;
            let mut shared = SharedAddressForm::of(now, &access, &visit);
            shared.stale = true;
            for (environment, box_is_ticked) in &mut shared.environments {
                *box_is_ticked = ticked.contains(&environment.id);
            }
            page(StatusCode::CONFLICT, shared, &access, &visit.request)
        }
        Err(SharedAddressError::Refused(refused)) => Err(refused.into()),
        Err(SharedAddressError::Db(error)) => Err(error.into()),
    }
}

fn read(mut form: Form) -> Result<SharedAddress, Error> {
    const NONE: Error = Error::BadRequest("The form has a field too many, or one is missing.");
    let seen = form.remove("seen").ok_or(NONE)?;
    let ticked = |(id, value): (String, String)| {
        environments::Id::parse(&id).filter(|_| value == "yes").ok_or(NONE)
    };
    let environments = form.into_iter().map(ticked).collect::<Result<_, _>>()?;
    Ok(SharedAddress { environments, seen })
}

fn page(
    status: StatusCode,
    shared: SharedAddressForm,
    access: &ProjectAccess,
    request: &HttpRequest,
) -> Result<HttpResponse, Error> {
    let chrome = Chrome::of_project("Shared address", Section::Settings, access, request);
    let project = access.project.slug.clone();
    html(status, &Page { chrome, project, shared })
}
