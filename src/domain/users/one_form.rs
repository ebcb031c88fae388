//! Addresses that an earlier Keyrack stored as they were typed: `ida@müller.example`, with which
//! nobody can sign in whose browser sends `ida@xn--mller-kva.example`.

use super::{Email, User};
use crate::db::{DbConnection, Result, invitations, users};

/// Brings the addresses of users and pending invitations to the one form in which they are compared.
/// Gives the users who can't have it, because another one has it already.
pub fn unify_addresses(connection: &mut DbConnection) -> Result<Vec<User>> {
    let mut left = Vec::new();
    for (user, folded) in users::with_international_email(connection)? {
        let Ok(email) = Email::parse(&user.email) else { continue };
        if (email.as_str(), email.folded()) == (user.email.as_str(), folded.as_str()) {
            continue;
        }
        let other = users::find_by_email(connection, email.folded())?;
        if other.is_some_and(|(other, _)| other.id != user.id) {
            left.push(user);
        } else {
            users::set_email(connection, &user.id, email.as_str(), email.folded())?;
        }
    }
    for invitation in invitations::with_international_email(connection)? {
        let Ok(email) = Email::parse(&invitation.email) else { continue };
        let project = &invitation.project_id;
        let other = invitations::find_pending(connection, project, email.folded())?;
        if other.is_none_or(|other| other.id == invitation.id) {
            invitations::set_email(connection, &invitation.id, email.as_str(), email.folded())?;
        }
    }
    Ok(left)
}
