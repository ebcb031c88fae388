//! Keyrack: the place where a team keeps its API keys, and the verifier that a REST API asks on
//! each call.
//!
//! The layers, each of which knows only those after it:
//!
//! - [`cli`] and [`startup`]: from the command line to a running server.
//! - [`web`]: HTTP, HTML and JSON; the only async layer. `web/routes.rs` is the table of URLs.
//! - [`domain`]: the rules, as plain functions that take a connection, the time and randomness.
//! - [`mail`]: e-mail, if a mail server is configured.
//! - [`db`]: SQL through diesel, the same for SQLite and PostgreSQL.
//! - [`model`]: ids, words and values, parsed; imports no other layer.
//!
//! Every feature has one name in every layer: `api_keys` is a folder in `web/dashboard`, in
//! `domain`, in `db` and in `templates`.

pub mod cli;
pub mod config;
pub mod db;
pub mod domain;
pub mod mail;
pub mod model;
pub mod startup;
pub mod telemetry;
pub mod web;
