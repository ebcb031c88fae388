//! The tests from outside: a real server, real databases, a real browser.
//!
//! `TEST_POSTGRES_URL` chooses PostgreSQL for every test; without it they run on SQLite.
//! `scripts/test` runs both.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    reason = "tests"
)]

mod abuse;
mod access_rules;
mod access_tokens;
mod account;
mod activity;
mod all_at_once;
mod api_keys;
mod architecture;
mod backup;
mod bad_texts;
mod browser;
mod cli;
mod clock;
mod compression;
mod contract;
mod csrf;
mod demo;
mod email_change;
mod environments;
mod error_pages;
mod faults;
mod forwarded;
mod gateways;
mod gateways_seen;
mod instance;
mod international_email;
mod invitations;
mod known_browsers;
mod leaks;
mod limits;
mod logs;
mod matrix;
mod members;
mod migrations;
mod misuse;
mod oversize;
mod paging;
mod projects;
mod protect;
mod rights;
mod safe_methods;
mod second_step_limits;
mod security_headers;
mod sessions;
mod setup;
mod sign_in;
mod sign_in_attacks;
mod sign_in_limits;
mod signed_out;
mod slow_clients;
mod snapshots;
mod startup;
mod static_files;
mod support;
mod two_step;
mod usage;
mod verify;
