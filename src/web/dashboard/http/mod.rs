//! HTTP for the dashboard: the user and their rights, what comes with a request, and how a handler
//! answers.

pub(crate) mod csrf;
mod error;
mod extract;
pub(crate) mod flash;
pub(crate) mod htmx;
pub(crate) mod kept;
pub(crate) mod known_browser;
pub(crate) mod last_seen;
pub(crate) mod other_address;
pub(crate) mod query;
pub(crate) mod sealed;
pub(crate) mod session;
mod visit;

use actix_web::HttpRequest;
use actix_web::web::Data;

pub(crate) use error::Error;
pub(crate) use extract::{
    Administrator, CurrentUser, EnvironmentAccess, EnvironmentAdmin, EnvironmentCreator, KeyEditor,
    Newcomer, ProjectAccess, ProjectAdmin, ProjectOwner,
};
pub(crate) use visit::Visit;

use crate::web::State;

/// The value of our cookie with this name, if the request has it.
pub(crate) fn cookie_of(request: &HttpRequest, name: &str) -> Option<String> {
    let name = request.app_data::<Data<State>>()?.cookie_name(name);
    request.cookie(&name).map(|cookie| cookie.value().to_owned())
}
