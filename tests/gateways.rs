//! The configurations in `examples/gateways`, run as they are: a real gateway in front of the real
//! server and a small API.

mod boundary;
mod careless;
mod connection;
mod judged;
mod large;
mod promises;
mod world;

/// A well-formed key that nobody has issued.
const UNKNOWN: &str = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";
/// The headers that tell the API who calls.
const IDENTITY: [&str; 6] =
    ["x-key-id", "x-key-kind", "x-project-id", "x-environment", "x-user-group", "x-user-id"];
