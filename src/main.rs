//! `keyrack`: parses the command line and runs it.

use std::alloc::System;
use std::io::Write;
use std::process::ExitCode;

use zeroizing_alloc::ZeroAlloc;

/// What is freed is overwritten: requests, forms and answers hold keys and passwords, in buffers of
/// actix and of libraries that nobody else wipes. So a core of the process, should one be made in spite of
/// [`keyrack::startup::keep_memory_private`], has those of the requests under way, and none of those
/// before.
#[global_allocator]
static WIPED: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> ExitCode {
    keyrack::startup::keep_memory_private();
    match keyrack::cli::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // `eprintln!` would panic when nobody reads it.
            let _ = writeln!(std::io::stderr(), "keyrack: {}", keyrack::cli::one_line(&*error));
            ExitCode::FAILURE
        }
    }
}
