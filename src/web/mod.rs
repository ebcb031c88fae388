//! HTTP: the dashboard's pages for people, the verifier's answers for gateways and programs.
//!
//! `routes.rs` is the table of URLs. Two rooms answer, and know nothing of each other: `dashboard`
//! (HTML) and `api` (JSON). Both stand on `http`, `mail`, `paths` and
//! `state`.

pub(crate) mod api;
pub mod assets;
pub(crate) mod dashboard;
#[cfg(fuzzing)]
pub mod fuzzing;
pub(crate) mod http;
mod issuer_keys;
pub(crate) mod mail;
pub(crate) mod middleware;
pub(crate) mod paths;
pub(crate) mod routes;
mod state;

pub use dashboard::http::session::cookie_key;
pub use routes::addresses;
pub use state::State;

use dashboard::page::chrome::{Theme, initials};
use dashboard::page::views::{about_role, number};
