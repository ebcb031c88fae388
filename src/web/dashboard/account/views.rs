//! The data that the templates show.

use askama::Template;
use fast_qr::{ECL, QRBuilder};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use super::super::activity::Row;
use crate::domain::activity::Action;
use crate::domain::users::{self, Session, User};
use crate::web::dashboard::http::flash::Flash;
use crate::web::dashboard::page::chrome::Chrome;
use crate::web::dashboard::page::views::{Field, Time};
use crate::web::paths;

/// What can be changed. Each has a page of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Name,
    Email,
    Password,
}

impl Part {
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Name => "Change your name",
            Self::Email => "Change your e-mail address",
            Self::Password => "Change your password",
        }
    }
}

/// The page of a form.
#[derive(Template)]
#[template(path = "account/form.html")]
pub(crate) struct FormPage {
    pub(crate) chrome: Chrome,
    pub(crate) part: Part,
    pub(crate) forms: Forms,
    /// Whether mail is configured, so that a link is sent to a new address.
    pub(crate) mails: bool,
    /// Whether two-step sign-in is on.
    pub(crate) asks_for_code: bool,
}

/// The content of the form on the page, and what is wrong with it. Passwords are never kept.
pub(crate) struct Forms {
    pub(crate) name: Field,
    pub(crate) email: Field,
    pub(crate) email_password: Option<String>,
    pub(crate) email_code: Option<String>,
    pub(crate) current: Option<String>,
    pub(crate) new: Option<String>,
    pub(crate) password_code: Option<String>,
}

impl Forms {
    pub(crate) fn of(user: &User) -> Self {
        Self {
            name: Field::kept(&user.name),
            email: Field::kept(&user.email),
            email_password: None,
            email_code: None,
            current: None,
            new: None,
            password_code: None,
        }
    }
}

#[derive(Template)]
#[template(path = "account/index.html")]
pub(crate) struct IndexPage {
    pub(crate) chrome: Chrome,
    pub(crate) flash: Option<Flash>,
    /// The new address whose link was not followed yet, and until when the link works.
    pub(crate) pending_email: Option<(String, Time)>,
    /// How many recovery codes are left. `None` if two-step sign-in is off.
    pub(crate) codes_left: Option<usize>,
    pub(crate) sessions: Vec<SessionRow>,
    pub(crate) me: users::Id,
    pub(crate) rows: Vec<Row>,
    /// The address of the next page.
    pub(crate) older: Option<String>,
    /// Whether this is not the first page.
    pub(crate) paged: bool,
}

impl IndexPage {
    /// Who did something to the account.
    fn who(&self, row: &Row) -> String {
        match &row.entry.actor_id {
            Some(user) if *user == self.me => "You".to_owned(),
            None if row.entry.action != Action::UserSignInRefused => row.who(),
            Some(_) | None => "Somebody".to_owned(),
        }
    }
}

/// A session in the list.
pub(crate) struct SessionRow {
    pub(crate) session: Session,
    pub(crate) since: Time,
    pub(crate) seen: Time,
    /// Whether it is the session that shows the list.
    pub(crate) this: bool,
}

impl SessionRow {
    pub(crate) fn of(session: Session, this: &str) -> Self {
        Self {
            since: Time::moment(session.created_at),
            seen: Time::moment(session.last_seen_at),
            this: session.name == this,
            session,
        }
    }

    fn icon(&self) -> &'static str {
        let phone = ["iOS", "Android"].iter().any(|system| self.session.browser.ends_with(system));
        if phone { "smartphone" } else { "laptop" }
    }
}

/// A QR code as the path of an SVG, with a rectangle for each run of dark modules in a row.
pub(crate) struct Qr {
    /// The width in modules, with the quiet zone of four modules on each side (ISO/IEC 18004).
    pub(crate) size: usize,
    pub(crate) path: String,
}

impl Qr {
    const QUIET: usize = 4;

    pub(crate) fn of(text: &str) -> Option<Self> {
        // This is the lowest level of error correction: a screen has no scratches, and larger
        // modules are easier to scan.
        let code = QRBuilder::new(text).ecl(ECL::L).build().ok()?;
        let mut path = String::new();
        for y in 0..code.size {
            let row = &code[y];
            let mut x = 0;
            while x < code.size {
                let run = row[x..].iter().take_while(|module| module.value()).count();
                if run > 0 {
                    path.push_str(&format!(
                        "M{} {}h{run}v1h-{run}z",
                        x + Self::QUIET,
                        y + Self::QUIET
                    ));
                }
                x += run.max(1);
            }
        }
        Some(Self { size: code.size + 2 * Self::QUIET, path })
    }
}

/// The page to scan the QR code and enter a first code.
#[derive(Template)]
#[template(path = "account/two_step.html")]
pub(crate) struct TurnOnPage {
    pub(crate) chrome: Chrome,
    pub(crate) qr: Qr,
    pub(crate) secret: Zeroizing<String>,
    /// The `otpauth:` URL, for an app on the device that shows the page.
    pub(crate) url: Zeroizing<String>,
    pub(crate) code_error: Option<String>,
    pub(crate) password_error: Option<String>,
}

impl TurnOnPage {
    /// The secret in groups that are easy to type.
    fn groups(&self) -> impl Iterator<Item = &str> {
        self.secret.as_bytes().chunks(4).filter_map(|group| std::str::from_utf8(group).ok())
    }
}

/// The page that shows the recovery codes, this once.
#[derive(Template)]
#[template(path = "account/codes.html")]
pub(crate) struct CodesPage {
    pub(crate) chrome: Chrome,
    /// Whether two-step sign-in was turned on just now.
    pub(crate) first: bool,
    pub(crate) codes: Vec<Zeroizing<String>>,
    /// The e-mail address of the account.
    pub(crate) email: String,
}

impl CodesPage {
    /// The codes as a text file in a `data:` address, so that the file is on no server.
    fn file(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(format!(
            "Recovery codes for {}, Keyrack\nEach signs you in once when your phone is not at hand.\n\n",
            self.email
        ));
        for code in &self.codes {
            text.push_str(code);
            text.push('\n');
        }
        let encoded = utf8_percent_encode(&text, NON_ALPHANUMERIC);
        Zeroizing::new(format!("data:text/plain;charset=utf-8,{encoded}"))
    }
}

/// What the password is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doing {
    TurnOff,
    RenewCodes,
}

impl Doing {
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::TurnOff => "Turn off two-step sign-in",
            Self::RenewCodes => "New recovery codes",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::TurnOff => paths::TWO_STEP_OFF,
            Self::RenewCodes => paths::RECOVERY_CODES,
        }
    }
}

/// The page that asks for the password and a code.
#[derive(Template)]
#[template(path = "account/confirm.html")]
pub(crate) struct ConfirmPage {
    pub(crate) chrome: Chrome,
    pub(crate) doing: Doing,
    pub(crate) password_error: Option<String>,
    pub(crate) code_error: Option<String>,
}

/// The page behind the link that was sent to a new e-mail address.
#[derive(Template)]
#[template(path = "account/email.html")]
pub(crate) struct EmailPage {
    pub(crate) chrome: Chrome,
    /// The new address. `None` if the link does not work.
    pub(crate) email: Option<String>,
    pub(crate) token: String,
    pub(crate) error: Option<String>,
}

impl EmailPage {
    fn title(&self) -> &'static str {
        match (&self.email, &self.error) {
            (Some(_), _) => "Change your e-mail address?",
            (None, Some(_)) => "Your e-mail address did not change",
            (None, None) => "This link no longer works",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_draws_the_modules_and_leaves_a_quiet_zone() {
        let qr = Qr::of("otpauth://totp/Keyrack:ada%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Keyrack").unwrap();
        assert_eq!((qr.size - 8 - 17) % 4, 0, "a size of the standard: {}", qr.size);
        // The first row of the finder patterns: seven dark modules at both ends.
        assert!(qr.path.starts_with("M4 4h7v1h-7z"), "{}", &qr.path[..40]);
        assert!(qr.path.contains(&format!("M{} 4h7v1h-7z", qr.size - 11)));
        let runs = qr.path.split('M').skip(1).map(|run| {
            let (x, rest) = run.split_once(' ').unwrap();
            let (y, rest) = rest.split_once('h').unwrap();
            let length = rest.split('v').next().unwrap();
            [x, y, length].map(|number| number.parse::<usize>().unwrap())
        });
        for [x, y, length] in runs {
            assert!(x >= 4 && y >= 4 && x + length <= qr.size - 4 && y < qr.size - 4);
        }
        assert!(Qr::of(&"x".repeat(3000)).is_none());
    }
}
