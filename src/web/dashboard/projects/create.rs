//! Creates a project.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use crate::db::DbConnection;
use crate::domain::instance::settings;
use crate::domain::projects::{self, CreateError, Description, Name, NewProject, Slug};
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::htmx::{html, see_other};
use crate::web::dashboard::http::{CurrentUser, Error, Visit};
use crate::web::dashboard::page::chrome::Chrome;
use crate::web::dashboard::page::views::Field;
use crate::web::paths;

#[derive(Template)]
#[template(path = "projects/new.html")]
struct Page {
    chrome: Chrome,
    name: Field,
    slug: Field,
    description: Field,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProjectForm {
    name: String,
    #[serde(default)]
    slug: String,
    #[serde(default)]
    description: String,
}

/// `GET /projects/new`
pub(crate) async fn new(user: CurrentUser, visit: Visit) -> Result<HttpResponse, Error> {
    let actor = user.actor();
    let why_not = move |c: &mut DbConnection| settings::why_not_create_projects(c, &actor);
    if let Some(why) = visit.db.read(why_not).await? {
        return Err(Error::Forbidden(why.to_owned()));
    }
    page(
        StatusCode::OK,
        [Field::default(), Field::default(), Field::default()],
        &user,
        &visit.request,
    )
}

/// `POST /projects`
pub(crate) async fn create(
    user: CurrentUser,
    CsrfForm(form): CsrfForm<ProjectForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let (mut name, mut slug, mut description) =
        (Field::kept(&form.name), Field::kept(&form.slug), Field::kept(&form.description));
    // If the slug is empty, it is made from the name.
    let parse_slug =
        |text: &str| if text.trim().is_empty() { Ok(None) } else { Slug::parse(text).map(Some) };
    let checked =
        (name.check(Name::parse), slug.check(parse_slug), description.check(Description::parse));
    let (Some(checked_name), Some(checked_slug), Some(checked_description)) = checked else {
        if let Some(Some(typed)) = checked.1 {
            let looked_up = typed.clone();
            if visit.db.read(move |c| projects::is_slug_taken(c, &looked_up)).await? {
                slug.error = Some(slug_taken(&typed));
            }
        }
        return page(
            StatusCode::UNPROCESSABLE_ENTITY,
            [name, slug, description],
            &user,
            &visit.request,
        );
    };
    let new =
        NewProject { name: checked_name, slug: checked_slug, description: checked_description };
    let (owner, actor) = (user.user.id.clone(), user.actor());
    match visit.change(actor, move |c, act| projects::create(c, act, &new, &owner)).await {
        Ok(created) => Ok(see_other(&paths::api_keys(created.as_str(), "dev"))),
        Err(CreateError::SlugTaken(taken)) => {
            slug.error = Some(slug_taken(&taken));
            page(StatusCode::UNPROCESSABLE_ENTITY, [name, slug, description], &user, &visit.request)
        }
        Err(CreateError::NotAllowed(why)) => Err(Error::Forbidden(why.to_owned())),
        Err(enough @ CreateError::TooMany(_)) => {
            name.error = Some(enough.to_string());
            page(StatusCode::UNPROCESSABLE_ENTITY, [name, slug, description], &user, &visit.request)
        }
        Err(CreateError::Db(error)) => Err(error.into()),
    }
}

fn slug_taken(slug: &Slug) -> String {
    format!("The slug {slug} is taken. Choose another one.")
}

fn page(
    status: StatusCode,
    [name, slug, description]: [Field; 3],
    user: &CurrentUser,
    request: &HttpRequest,
) -> Result<HttpResponse, Error> {
    html(
        status,
        &Page { chrome: Chrome::plain("New project", user, request), name, slug, description },
    )
}
