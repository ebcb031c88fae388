//! The projects of the user.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::domain::projects::{self, Listed};
use crate::web::State;
use crate::web::dashboard::http::flash::{self, Flash};
use crate::web::dashboard::http::htmx::html;
use crate::web::dashboard::http::{CurrentUser, Error};
use crate::web::dashboard::page::chrome::Chrome;

#[derive(Template)]
#[template(path = "projects/list.html")]
struct Page {
    chrome: Chrome,
    flash: Option<Flash>,
    projects: Vec<Listed>,
}

/// `GET /projects`
pub(crate) async fn list(
    user: CurrentUser,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let id = user.user.id.clone();
    let projects = state.db.read(move |c| projects::list(c, &id)).await?;
    let page = Page {
        chrome: Chrome::plain("Projects", &user, &request),
        flash: Flash::of(&request, &state),
        projects,
    };
    let mut response = html(StatusCode::OK, &page)?;
    flash::clear(&mut response, &request, &state)?;
    Ok(response)
}
