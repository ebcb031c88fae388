//! Secrets on standard input: never in an argument, which everybody on the machine can see.

use std::io::{self, IsTerminal, Read};

use zeroize::Zeroizing;

use super::Failure;

/// More than any secret has, in bytes.
const LIMIT: usize = 8 * 1024;

/// Whether somebody types.
pub(super) fn is_typed() -> bool {
    io::stdin().is_terminal()
}

/// All of it, as one line; one final line end is not part of it. `what`: `password`.
pub(super) fn line(what: &str) -> Result<Zeroizing<String>, Failure> {
    // Not without end. (A vector that grew would leave its old copy behind.)
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
