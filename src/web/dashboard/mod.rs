//! The dashboard: HTML for people who are signed in. A folder a feature.

pub(crate) mod account;
pub(crate) mod activity;
pub(crate) mod api_keys;
pub(crate) mod chrome;
mod credentials;
pub(crate) mod environments;
mod error;
mod extract;
pub(crate) mod help;
pub(crate) mod home;
pub(crate) mod invitations;
pub(crate) mod members;
pub(crate) mod projects;
pub(crate) mod setup;
pub(crate) mod sign_in;
pub(crate) mod theme;
pub(crate) mod views;

pub(crate) use error::Error;
