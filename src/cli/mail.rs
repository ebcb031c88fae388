//! Mail to users about changes that a command made to their account.

use std::io::Write;

use crate::config::Config;
use crate::domain::Clock;
use crate::domain::users::User;
use crate::mail::Mailer;
use crate::web::mail::account::{self, Notice};

/// Sends a notice about a change that is done, if mail is configured. If the mail server refuses
/// it, the change stays, and whoever runs the command sees that the user was not told.
pub(super) fn tell(config: &Config, user: &User, notice: Notice<'_>) {
    if let Err(why) = send(config, user, notice) {
        let name = &user.email;
        let _ = writeln!(std::io::stderr(), "keyrack: done, but {name} was not told: {why}");
    }
}

fn send(config: &Config, user: &User, notice: Notice<'_>) -> Result<(), String> {
    let Some(mail) = Mailer::new(config)? else { return Ok(()) };
    let now = Clock::default().now();
    let Some(letter) = account::letter(&mail, user, notice, now, None) else { return Ok(()) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let sent = runtime.map_err(|e| e.to_string())?.block_on(mail.send(
        &letter.to,
        letter.subject,
        letter.text,
        now,
    ));
    sent.map_err(|e| super::one_line(&e))
}
