//! Structured logs: JSON lines on standard error, because standard output carries only results.

use tracing_subscriber::EnvFilter;

/// Starts logging for the server. `KEYRACK_LOG` says how much, as in `keyrack=debug`.
pub fn init() {
    let filter = EnvFilter::try_from_env("KEYRACK_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let _ = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // A disk full of logs must not stop the server: told of a line it could not write, it would
        // use `eprintln!`, which panics then.
        .log_internal_errors(false)
        .try_init();
    // The message of a panic may quote what was being worked on, a key included: where it happened is enough.
    std::panic::set_hook(Box::new(|panic| tracing::error!(location = panic.location().map(tracing::field::display), "a panic")));
}
