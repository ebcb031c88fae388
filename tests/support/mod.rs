//! What tests are made of: a server of their own, and people and programs that use it.

mod api_client;
mod authenticator;
mod browser;
mod database;
mod dump;
mod echo;
mod eventually;
pub mod gateway;
mod page;
mod people;
mod postgres;
mod process;
mod proxy;
pub mod raw;
mod server;
mod signals;
mod slow;
pub mod tenant;

pub use api_client::{ApiClient, Verified};
pub use authenticator::Authenticator;
pub use browser::{Browser, PHONE, WIDE};
pub use database::TestDatabase;
pub use echo::{Echo, Seen, Tap};
pub use eventually::eventually;
pub use page::Page;
pub use people::{Anonymous, SignedIn};
pub use postgres::Postgres;
pub use process::{Process, keyrack};
pub use proxy::Proxy;
pub use server::{PASSWORD, Server};
pub use signals::kill;
pub use slow::{Ended, Raw};
