//! What tests are made of: a server of their own, and people and programs that use it.

mod api_client;
mod database;
mod page;
mod people;
mod process;
mod raw;
mod server;

pub use api_client::{ApiClient, Verified};
pub use database::TestDatabase;
pub use page::Page;
pub use people::{Anonymous, SignedIn};
pub use process::{Process, keyrack};
pub use raw::{Ended, Raw};
pub use server::{PASSWORD, Server};
