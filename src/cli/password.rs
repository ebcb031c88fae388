//! Passwords for commands: from standard input, or asked for twice on a terminal.

use std::io::{self, IsTerminal, Read};

use zeroize::Zeroizing;

use super::Failure;

/// More than any password has, in bytes.
const LIMIT: usize = 8 * 1024;

/// The password. One final line end is not part of it.
pub(super) fn read() -> Result<Zeroizing<String>, Failure> {
    if io::stdin().is_terminal() {
        let password = Zeroizing::new(rpassword::prompt_password("Password: ")?);
        let again = Zeroizing::new(rpassword::prompt_password("Password, again: ")?);
        return if password == again {
            Ok(password)
        } else {
            Err("the two passwords differ".into())
        };
    }
    // All of it, but not without end. (A vector that grew would leave its old copy behind.)
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 * LIMIT));
    io::stdin().lock().take(LIMIT as u64).read_to_end(&mut bytes)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| "the password is not UTF-8")?;
    let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
    if text.is_empty() {
        return Err("no password on standard input".into());
    }
    // Nobody could type it where browsers ask for it.
    if text.contains(['\n', '\r']) {
        return Err("the password has more than one line: send it once".into());
    }
    Ok(Zeroizing::new(text.to_owned()))
}
