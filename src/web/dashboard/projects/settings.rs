//! The settings of a project: its name and description, its id, and the way to delete it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::super::api_keys::is_imported;
use super::shared_address::address;
use crate::db::DbConnection;
use crate::domain::members::Right;
use crate::domain::projects::{
    self, Change, ChangeError, Description, DescriptionError, KeyLife, Name, Project,
};
use crate::domain::text::NameError;
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::flash::{self, Flash};
use crate::web::dashboard::http::htmx::{html, see_other};
use crate::web::dashboard::http::{Error, ProjectAccess, ProjectAdmin, Visit};
use crate::web::dashboard::page::chrome::{Chrome, Section};
use crate::web::dashboard::page::views::{Field, Time};
use crate::web::paths;

#[derive(Template)]
#[template(path = "projects/settings.html")]
struct Page {
    chrome: Chrome,
    flash: Option<Flash>,
    project: Project,
    created: Time,
    seen: String,
    name: Field,
    description: Field,
    /// Whether somebody else changed the project meanwhile.
    stale: bool,
    why_not_change: Option<&'static str>,
    /// The longest life of secret keys.
    life: Option<KeyLife>,
    /// The shared address.
    shared: String,
    /// The environments that it includes: `dev, staging`.
    shared_environments: String,
    pause_leaked: bool,
    why_not_delete: Option<&'static str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingsForm {
    name: String,
    description: String,
    seen: String,
}

/// `GET /projects/{project}/settings`
pub(crate) async fn settings(access: ProjectAccess, visit: Visit) -> Result<HttpResponse, Error> {
    let form = Form::of(&access.project);
    let page = page(StatusCode::OK, access.project.clone(), form, &access, &visit).await?;
    flash::shown(page, &visit)
}

/// `POST /projects/{project}/settings`
pub(crate) async fn save(
    access: ProjectAdmin,
    CsrfForm(typed): CsrfForm<SettingsForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let mut form = Form {
        name: Field::kept(&typed.name),
        description: Field::kept(&typed.description),
        stale: false,
    };
    let project = &access.project;
    // What was not changed is not checked, because the rules may have become stricter. Browsers
    // send other line breaks than those that are stored.
    let same_name = typed.name == project.name;
    let same_description = typed.description.replace("\r\n", "\n") == project.description;
    let name = |text: &str| if same_name { Ok(None) } else { Name::parse(text).map(Some) };
    let description =
        |text: &str| if same_description { Ok(None) } else { Description::parse(text).map(Some) };
    let mut checked = (form.name.check(name), form.description.check(description));
    if !same_name && is_imported(&typed.name, project, &visit.state).await? {
        (form.name, checked.0) = (Field::refused(NameError::IsKey), None);
    }
    if !same_description && is_imported(&typed.description, project, &visit.state).await? {
        (form.description, checked.1) = (Field::refused(DescriptionError::HasKey), None);
    }
    let (Some(name), Some(description)) = checked else {
        return page(
            StatusCode::UNPROCESSABLE_ENTITY,
            access.project.clone(),
            form,
            &access,
            &visit,
        )
        .await;
    };
    let change = Change { name, description, seen: typed.seen };
    let (id, actor) = (access.project.id.clone(), access.user.actor());
    match visit.change(actor, move |c, act| projects::change(c, act, &id, &change)).await {
        Ok(project) => {
            let flash = Flash { subject: project.name, text: " is saved.".to_owned() };
            flash.send(see_other(&paths::settings(&project.slug)), &visit)
        }
        Err(ChangeError::Stale(now)) => {
            form.stale = true;
            page(StatusCode::CONFLICT, *now, form, &access, &visit).await
        }
        // There is a key in it that was imported just now.
        Err(ChangeError::Name(_) | ChangeError::Description(_)) => {
            Err(Error::BadRequest("There is a key in the name or the description."))
        }
        Err(ChangeError::Refused(refused)) => Err(refused.into()),
        Err(ChangeError::Db(error)) => Err(error.into()),
    }
}

/// The content of the form.
struct Form {
    name: Field,
    description: Field,
    stale: bool,
}

impl Form {
    fn of(project: &Project) -> Self {
        Self {
            name: Field::kept(&project.name),
            description: Field::kept(&project.description),
            stale: false,
        }
    }
}

async fn page(
    status: StatusCode,
    project: Project,
    Form { name, description, stale }: Form,
    access: &ProjectAccess,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    let why_not = |right: Right| (!right.belongs_to(access.role)).then(|| right.why_not());
    let id = project.id.clone();
    let read = move |c: &mut DbConnection| -> Result<_, Error> {
        Ok((projects::key_life(c, &id)?, projects::pauses_leaked(c, &id)?))
    };
    let (life, pause_leaked) = visit.db.read(read).await?;
    let chosen = access.environments.iter().filter(|environment| environment.answers_all);
    let chosen: Vec<&str> = chosen.map(|environment| environment.name.as_str()).collect();
    let page = Page {
        life,
        shared: address(&project.slug, visit),
        shared_environments: chosen.join(", "),
        pause_leaked,
        chrome: Chrome::of_project("Project Settings", Section::Settings, access, &visit.request),
        flash: Flash::of(visit),
        created: Time::day(project.created_at),
        seen: projects::seen(&project),
        project,
        name,
        description,
        stale,
        why_not_change: why_not(Right::Manage),
        why_not_delete: why_not(Right::Own),
    };
    html(status, &page)
}
