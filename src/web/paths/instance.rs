//! The addresses of the pages of whoever runs the instance.

use super::encode;
use crate::db::{ProjectId, UserId};

/// Whoever runs the instance: the accounts, one of them, the projects.
pub(crate) const INSTANCE: &str = "/instance";
pub(crate) const INSTANCE_USERS: &str = "/instance/users";
pub(crate) const INSTANCE_PROJECTS: &str = "/instance/projects";
/// Stopping a hand-over, by the link of a mail.
pub(crate) const HAND_OVER_STOP: &str = "/hand-over/stop";

pub(crate) fn hand_over_stop(token: &str) -> String {
    format!("{HAND_OVER_STOP}?token={token}")
}

pub(crate) fn instance_hand_over(project: &ProjectId) -> String {
    format!("{INSTANCE_PROJECTS}/{project}/hand-over")
}

pub(crate) const INSTANCE_SETTINGS: &str = "/instance/settings";

pub(crate) fn instance_users(q: &str, page: usize) -> String {
    match (q, page) {
        ("", 1) => INSTANCE_USERS.to_owned(),
        (q, page) => format!("{INSTANCE_USERS}?q={}&page={page}", encode(q)),
    }
}

pub(crate) fn instance_user(user: &UserId) -> String {
    format!("{INSTANCE_USERS}/{user}")
}

pub(crate) fn instance_change(user: &UserId, verb: &str) -> String {
    format!("{INSTANCE_USERS}/{user}/{verb}")
}
