//! E-mails to users about their own account: about changes, and about attacks on it (OWASP ASVS
//! 5.0, 6.3.5 and 6.3.7). No request waits for a notice. One that the mail server refuses is not
//! sent again, because the account page shows the same. Only the link for a new address is waited
//! for, so that whoever asked for it sees whether it was sent.

use std::net::IpAddr;

use chrono::NaiveDateTime;

use super::words::quoted;
use crate::domain::two_step::Alert;
use crate::domain::users::{Email, User};
use crate::mail::{Letter, Mailer};
use crate::web::{State, paths};

#[derive(Debug, Clone, Copy)]
pub(crate) enum Notice<'a> {
    /// Many wrong codes after the right password.
    Codes(Alert),
    TwoStepOn,
    TwoStepOff,
    RecoveryCodes,
    Password,
    /// A new password was set on the command line.
    PasswordReset,
    /// Two-step sign-in was turned off on the command line.
    TwoStepDisabled,
    /// Somebody asked for this new address.
    EmailAsked(&'a str),
    /// The address was changed to this one.
    Email(&'a str),
}

/// The advice for changes that somebody else may have made.
const CHANGE_PASSWORD: &str = "If it wasn't you, change your password now.";
const ASK_ADMINISTRATOR: &str = "If it wasn't you, ask your Keyrack administrator to run \
     `keyrack user reset-password`: you can't change the password yourself any more.";
const ASK_WHY: &str = "If you didn't ask for that, find out from them why it was done.";

impl Notice<'_> {
    fn subject(self) -> &'static str {
        match self {
            Self::Codes(_) => "Wrong codes for your Keyrack account",
            Self::TwoStepOn => "Two-step sign-in is on",
            Self::TwoStepOff | Self::TwoStepDisabled => "Two-step sign-in is off",
            Self::RecoveryCodes => "You have new recovery codes",
            Self::Password | Self::PasswordReset => "Your Keyrack password was changed",
            Self::EmailAsked(_) => "Your Keyrack e-mail address is about to change",
            Self::Email(_) => "Your Keyrack e-mail address was changed",
        }
    }

    /// What happened, and the advice.
    fn text(self) -> (String, &'static str) {
        let other_codes = "Somebody gave your password and then wrong codes";
        match self {
            Self::Codes(Alert::WrongCodes) => {
                (format!("{other_codes}, several in a row"), CHANGE_PASSWORD)
            }
            Self::Codes(Alert::Closed) => (
                format!(
                    "{other_codes}, a hundred in a row. Until you change your password, codes of \
                     your app work only in browsers in which you signed in before; recovery codes \
                     work everywhere. The last one was"
                ),
                CHANGE_PASSWORD,
            ),
            Self::TwoStepOn => ("Two-step sign-in was turned on".to_owned(), CHANGE_PASSWORD),
            Self::TwoStepOff => ("Two-step sign-in was turned off".to_owned(), CHANGE_PASSWORD),
            Self::RecoveryCodes => (
                "New recovery codes were made, and the earlier ones no longer work".to_owned(),
                CHANGE_PASSWORD,
            ),
            Self::Password => ("Your password was changed".to_owned(), ASK_ADMINISTRATOR),
            Self::PasswordReset => (
                "Whoever runs your Keyrack server set a new password for you, and ended all your \
                 sessions,"
                    .to_owned(),
                ASK_WHY,
            ),
            Self::TwoStepDisabled => (
                "Whoever runs your Keyrack server turned two-step sign-in off for you".to_owned(),
                ASK_WHY,
            ),
            Self::EmailAsked(email) => (
                format!(
                    "A link was sent to {email}. Once it is followed, you sign in with that \
                     address. This was asked for"
                ),
                "If it wasn't you, change your password now: that cancels it.",
            ),
            Self::Email(email) => {
                (format!("Your e-mail address was changed to {email}"), ASK_ADMINISTRATOR)
            }
        }
    }
}

/// `on 3 Mar 2026, 09:12 UTC, from 192.0.2.7`
fn when(now: NaiveDateTime, address: Option<IpAddr>) -> String {
    let at = now.format("on %-d %b %Y, %H:%M UTC");
    address.map_or_else(|| at.to_string(), |address| format!("{at}, from {address}"))
}

/// Writes a notice to the owner of an account. The address is the one in `user`, which is the
/// former one after a change.
pub(crate) fn letter(
    mail: &Mailer,
    user: &User,
    notice: Notice<'_>,
    now: NaiveDateTime,
    address: Option<IpAddr>,
) -> Option<Letter> {
    let to = Email::parse(&user.email).ok()?;
    let (what, advice) = notice.text();
    let calm = match notice {
        Notice::PasswordReset | Notice::TwoStepDisabled => "",
        _ => "If it was you, there is nothing to do. ",
    };
    let text = format!(
        "Hello {name},\r\n\r\n{what} {when}.\r\n\r\n{calm}{advice}\r\n\r\n{link}\r\n",
        name = user.name,
        when = when(now, address),
        link = mail.link(paths::ACCOUNT),
    );
    Some(Letter { to, subject: notice.subject(), text })
}

/// Sends a notice to the owner of an account, if mail is configured.
pub(crate) fn tell(state: &State, user: &User, notice: Notice<'_>, address: Option<IpAddr>) {
    let Some(mail) = state.mail.clone() else { return };
    let now = state.clock.now();
    let Some(letter) = letter(&mail, user, notice, now, address) else { return };
    actix_web::rt::spawn(async move {
        if let Err(error) = mail.send(&letter.to, letter.subject, letter.text, now).await {
            tracing::warn!(%error, "a notice about an account was not sent");
        }
    });
}

/// Sends the link that confirms a new address to that address. `false` if it was not sent. Sending
/// goes on even if the browser does not wait.
pub(crate) async fn send_link(state: &State, user: &User, to: &Email, token: &str) -> bool {
    let Some(mail) = state.mail.clone() else { return false };
    let text = format!(
        "Hello,\r\n\r\nsomebody who calls themselves {name} would like to sign in to Keyrack with \
         {to}. If that is you, open this link:\r\n\r\n{link}\r\n\r\n\
         It works once, for 24 hours, in a browser in which you are signed in. If you don't know \
         what this is about, you can ignore it.\r\n",
        // Nobody has shown yet that the address is theirs, so the name is marked as the user's own
        // words.
        name = quoted(&user.name),
        to = to.as_str(),
        link = mail.link(&paths::account_email_confirm(token)),
    );
    let (to, now) = (to.clone(), state.clock.now());
    let sending = actix_web::rt::spawn(async move {
        let sent = mail.send(&to, "Confirm your new e-mail address", text, now).await;
        sent.inspect_err(|error| tracing::warn!(%error, "the link of an address was not sent"))
            .is_ok()
    });
    sending.await.unwrap_or(false)
}
