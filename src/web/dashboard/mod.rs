//! The dashboard: HTML for people who are signed in. Each feature has a folder or a file. The
//! features share three folders: `http` (sessions, rights, forms, errors), `page` (what is around a
//! page) and `credentials` (checking passwords and codes).

pub(crate) mod access_rules;
pub(crate) mod access_tokens;
pub(crate) mod account;
pub(crate) mod activity;
pub(crate) mod api_keys;
pub(crate) mod credentials;
pub(crate) mod environments;
pub(crate) mod help;
pub(crate) mod home;
pub(crate) mod http;
pub(crate) mod instance;
pub(crate) mod invitations;
pub(crate) mod members;
pub(crate) mod page;
pub(crate) mod projects;
pub(crate) mod protect;
pub(crate) mod search;
pub(crate) mod setup;
pub(crate) mod sign_in;
pub(crate) mod theme;
