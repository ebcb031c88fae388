//! HTTP: the pages of the dashboard for people, and the answers of the verifier for gateways and
//! programs.
//!
//! `routes.rs` is the table of URLs. `dashboard` (HTML) and `api` (JSON) answer them, and don't use
//! each other. Both use `http`, `mail`, `paths` and `state`.

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
