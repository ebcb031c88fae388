//! The help: short pages about keys, for everybody who is signed in.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use crate::web::dashboard::http::htmx::html;
use crate::web::dashboard::http::{CurrentUser, Error, Visit};
use crate::web::dashboard::page::chrome::Chrome;
use crate::web::http;

#[derive(Template)]
#[template(path = "help/index.html")]
struct Index {
    chrome: Chrome,
}

#[derive(Template)]
#[template(path = "help/api_keys.html")]
struct ApiKeys {
    chrome: Chrome,
}

#[derive(Template)]
#[template(path = "help/using_a_key.html")]
struct Using {
    chrome: Chrome,
    origin: String,
}

#[derive(Template)]
#[template(path = "help/project_settings.html")]
struct Settings {
    chrome: Chrome,
}

/// `GET /help`
pub(crate) async fn index(user: CurrentUser, visit: Visit) -> Result<HttpResponse, Error> {
    html(StatusCode::OK, &Index { chrome: Chrome::plain("Help", &user, &visit.request) })
}

/// `GET /help/api-keys`
pub(crate) async fn api_keys(user: CurrentUser, visit: Visit) -> Result<HttpResponse, Error> {
    html(
        StatusCode::OK,
        &ApiKeys { chrome: Chrome::plain("Understanding API Keys", &user, &visit.request) },
    )
}

/// `GET /help/using-a-key`
pub(crate) async fn using(user: CurrentUser, visit: Visit) -> Result<HttpResponse, Error> {
    let origin = http::origin(&visit.request, &visit.config);
    html(
        StatusCode::OK,
        &Using { chrome: Chrome::plain("Integrating", &user, &visit.request), origin },
    )
}

/// `GET /help/project-settings`
pub(crate) async fn settings(user: CurrentUser, visit: Visit) -> Result<HttpResponse, Error> {
    html(
        StatusCode::OK,
        &Settings { chrome: Chrome::plain("Project Settings", &user, &visit.request) },
    )
}
