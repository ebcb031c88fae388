//! Invitations: each is a link with which one person can join one project, once, within a week.

mod create;
mod end;
mod join;
mod open;

pub use create::{InvitationLimit, InviteError, New, create};
pub use end::{Problem, cancel, find, renew};
pub use join::{JoinError, join, join_as_new};
pub use open::{DeadLink, Opened, open};

pub use crate::db::InvitationId as Id;
pub use crate::db::invitations::{Invitation, mark_sent, pending};
pub use crate::db::{Ended, Mail};

use chrono::TimeDelta;

use super::members::Role;

/// How long a link is valid.
pub const VALID_FOR: TimeDelta = TimeDelta::days(7);

/// The roles for which somebody can be invited. Only a member can be made an owner.
pub const ROLES: [Role; 3] = [Role::Admin, Role::Member, Role::Viewer];
