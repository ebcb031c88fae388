//! The rules of Keyrack, in plain synchronous Rust: functions that take a connection, the time and
//! a random source. Nothing here knows HTTP or writes SQL.

pub mod access_rules;
pub mod access_tokens;
mod act;
pub mod activity;
mod actor;
pub mod api_keys;
mod clock;
pub mod environments;
pub mod gateways;
pub mod instance;
pub mod invitations;
pub mod key_shape;
pub mod limits;
mod link_token;
pub mod members;
pub mod paging;
pub mod policies;
pub mod projects;
pub mod setup;
pub mod text;
pub mod two_step;
pub mod usage;
pub mod users;
pub mod verification;
pub mod zone;

pub use act::Act;
pub use actor::{Actor, Newcomer};
pub use clock::Clock;
pub use rand::CryptoRng;

/// The random source of the operating system, from which all keys, ids and tokens come.
///
/// # Panics
///
/// If the operating system has no random source, because nothing could be created safely.
pub fn os_rng() -> impl CryptoRng {
    rand::rand_core::UnwrapErr(rand::rngs::SysRng)
}
