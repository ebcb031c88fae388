//! The addresses of a project's team and of its invitations.

use super::{PROJECTS, encode};
use crate::db::{InvitationId, UserId};

/// Where links of invitations lead.
pub(crate) const INVITATIONS: &str = "/invitations";
/// Coming in with an account.
pub(crate) const INVITATION_JOIN: &str = "/invitations/join";
/// Coming in with a new account.
pub(crate) const INVITATION_ACCOUNT: &str = "/invitations/account";

/// Who is in a project.
pub(crate) fn team(project: &str) -> String {
    format!("{PROJECTS}/{project}/team")
}

/// Another role for a member.
pub(crate) fn member_role(project: &str, user: &UserId) -> String {
    format!("{}/{user}/role", team(project))
}

pub(crate) fn member_remove(project: &str, user: &UserId) -> String {
    format!("{}/{user}/remove", team(project))
}

pub(crate) fn team_leave(project: &str) -> String {
    format!("{}/leave", team(project))
}

/// Making somebody else the owner.
pub(crate) fn team_hand_over(project: &str) -> String {
    format!("{}/hand-over", team(project))
}

pub(crate) fn team_invite(project: &str) -> String {
    format!("{}/invite", team(project))
}

/// A new link for an invitation.
pub(crate) fn invitation_renew(project: &str, id: &InvitationId) -> String {
    format!("{}/invitations/{id}/renew", team(project))
}

/// A new link, by e-mail.
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
