//! Reads a password from standard input, or asks for it twice on a terminal.

use zeroize::Zeroizing;

use super::{Failure, input};

/// Reads the password. It must be one line, because nobody could type several lines into a
/// browser's password field.
pub(super) fn read() -> Result<Zeroizing<String>, Failure> {
    if !input::is_typed() {
        return input::line("password");
    }
    let password = Zeroizing::new(rpassword::prompt_password("Password: ")?);
    let again = Zeroizing::new(rpassword::prompt_password("Password, again: ")?);
    if password == again { Ok(password) } else { Err("the two passwords differ".into()) }
}
