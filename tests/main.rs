//! The tests from outside: a real server, real databases, a real browser.
//!
//! `TEST_POSTGRES_URL` chooses PostgreSQL for every test; without it they run on SQLite.
//! `scripts/test` runs both.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, reason = "tests")]

mod abuse;
mod activity;
mod api_keys;
mod architecture;
mod backup;
mod oversize;
mod sign_in_limits;
mod slow_clients;
mod support;
