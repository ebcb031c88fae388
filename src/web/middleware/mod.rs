//! The middleware: what happens to every request, around the handlers.

pub(crate) mod compress;
pub(crate) mod draining;
pub(crate) mod error_pages;
pub(crate) mod forget;
pub(crate) mod head_limit;
pub(crate) mod refill;
pub(crate) mod request_log;
pub(crate) mod security_headers;
pub(crate) mod setup_gate;
