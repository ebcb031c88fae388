//! HTTP: the dashboard's pages for people, the verifier's answers for gateways and programs.

mod account_mail;
pub(crate) mod api;
pub mod assets;
mod body;
pub(crate) mod connection;
mod csrf;
mod dashboard;
mod flash;
#[cfg(fuzzing)]
pub mod fuzzing;
mod htmx;
mod http;
mod issuer_keys;
mod known_browser;
pub(crate) mod middleware;
pub(crate) mod notices;
mod passwords;
pub(crate) mod past;
pub(crate) mod paths;
mod policies;
mod query;
pub(crate) mod routes;
mod sealed;
mod session;
mod state;
pub(crate) mod usage;

use actix_web::HttpRequest;
use actix_web::web::Data;

pub use session::cookie_key;
pub use state::State;

/// For templates.
use dashboard::chrome::{Section, Theme, initials};
use dashboard::views::{about_role, number};

/// What the cookie of ours with this name says, if it came with the request.
fn cookie_of(request: &HttpRequest, name: &str) -> Option<String> {
    let name = request.app_data::<Data<State>>()?.cookie_name(name);
    request.cookie(&name).map(|cookie| cookie.value().to_owned())
}
