//! Passwords for commands: from standard input, or asked for twice on a terminal.

use zeroize::Zeroizing;

use super::{Failure, input};

/// The password. One that has several lines nobody could type where browsers ask for it.
pub(super) fn read() -> Result<Zeroizing<String>, Failure> {
    if !input::is_typed() {
        return input::line("password");
    }
    let password = Zeroizing::new(rpassword::prompt_password("Password: ")?);
    let again = Zeroizing::new(rpassword::prompt_password("Password, again: ")?);
    if password == again { Ok(password) } else { Err("the two passwords differ".into()) }
}
