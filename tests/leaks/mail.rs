//! What owners and admins are told by e-mail.
