//! The addresses of a project's team and of its invitations.

use super::{PROJECTS, encode};
use crate::db::{InvitationId, UserId};

/// The page that the link of an invitation leads to.
pub(crate) const INVITATIONS: &str = "/invitations";
/// Joins a project with an existing account.
pub(crate) const INVITATION_JOIN: &str = "/invitations/join";
/// Joins a project with a new account.
pub(crate) const INVITATION_ACCOUNT: &str = "/invitations/account";

pub(crate) fn team(project: &str) -> String {
    format!("{PROJECTS}/{project}/team")
}

/// The form for the role of a member.
pub(crate) fn member_role(project: &str, user: &UserId) -> String {
    format!("{}/{user}/role", team(project))
}

pub(crate) fn member_remove(project: &str, user: &UserId) -> String {
    format!("{}/{user}/remove", team(project))
}

pub(crate) fn team_leave(project: &str) -> String {
    format!("{}/leave", team(project))
}

/// The form to make somebody else the owner.
pub(crate) fn team_hand_over(project: &str) -> String {
    format!("{}/hand-over", team(project))
}

pub(crate) fn team_invite(project: &str) -> String {
    format!("{}/invite", team(project))
}

/// Makes a new link for an invitation.
pub(crate) fn invitation_renew(project: &str, id: &InvitationId) -> String {
    format!("{}/invitations/{id}/renew", team(project))
}

/// Sends a new link by e-mail.
pub(crate) fn invitation_send(project: &str, id: &InvitationId) -> String {
    format!("{}/invitations/{id}/send", team(project))
}

pub(crate) fn invitation_cancel(project: &str, id: &InvitationId) -> String {
    format!("{}/invitations/{id}/cancel", team(project))
}

/// The link of an invitation.
pub(crate) fn invitation(token: &str) -> String {
    format!("{INVITATIONS}?token={}", encode(token))
}
