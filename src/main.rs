//! `keyrack`: parses the command line and runs it.

use std::alloc::System;
use std::io::Write;
use std::process::ExitCode;

use zeroizing_alloc::ZeroAlloc;

/// Overwrites all memory when it is freed. Requests, forms and answers hold keys and passwords, in
/// buffers of actix and of other libraries that nothing else wipes. If a core dump is made in spite
/// of [`keyrack::startup::keep_memory_private`], it holds the secrets of the requests under way,
/// but none of earlier ones.
#[global_allocator]
static WIPED: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> ExitCode {
    keyrack::startup::keep_memory_private();
    match keyrack::cli::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // `eprintln!` would panic if standard error is closed.
            let _ = writeln!(std::io::stderr(), "keyrack: {}", keyrack::cli::one_line(&*error));
            ExitCode::FAILURE
        }
    }
}
