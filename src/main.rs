//! `keyrack`: parses the command line and runs it.

use std::process::ExitCode;

fn main() -> ExitCode {
    match keyrack::cli::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One clear line, whatever the error is made of.
            eprintln!("keyrack: {}", error.to_string().lines().collect::<Vec<_>>().join(" "));
            ExitCode::FAILURE
        }
    }
}
