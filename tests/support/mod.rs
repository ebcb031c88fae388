//! What tests are made of: a server of their own, and people and programs that use it.

mod access;
mod api_client;
mod browser;
mod database;
mod dump;
mod eventually;
mod issuer;
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
pub mod tokens;

pub use api_client::{ApiClient, Verified};
pub use browser::{Browser, PHONE, WIDE};
pub use database::TestDatabase;
pub use eventually::eventually;
pub use issuer::{Answer, Issuer};
pub use page::Page;
pub use people::{Anonymous, SignedIn};
pub use postgres::Postgres;
pub use process::{Process, keyrack};
pub use proxy::Proxy;
pub use server::{PASSWORD, Server};
pub use signals::kill;
pub use slow::{Ended, Raw};
