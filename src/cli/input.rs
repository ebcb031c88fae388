//! Reads secrets from standard input. They are never arguments, because everybody on the machine
//! can see those.

use std::io::{self, IsTerminal, Read};

use zeroize::Zeroizing;

use super::Failure;

/// More bytes than any secret has.
const LIMIT: usize = 8 * 1024;

/// Whether standard input is a terminal.
pub(super) fn is_typed() -> bool {
    io::stdin().is_terminal()
}

/// Reads all of standard input, which must be one line, without the line end. `what` names the
/// secret in errors, such as `password`.
pub(super) fn line(what: &str) -> Result<Zeroizing<String>, Failure> {
    // The input is limited. A vector that grows would leave a copy of the secret behind, so it has
    // room for everything from the start.
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 * LIMIT));
    io::stdin().lock().take(LIMIT as u64).read_to_end(&mut bytes)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| format!("the {what} is not UTF-8"))?;
    let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
    if text.is_empty() {
        return Err(format!("no {what} on standard input").into());
    }
    if text.contains(['\n', '\r']) {
        return Err(format!("the {what} has more than one line: send it once").into());
    }
    Ok(Zeroizing::new(text.to_owned()))
}
