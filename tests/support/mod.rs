//! What tests are made of: a server of their own, and people and programs that use it.

mod api_client;
mod database;
mod dump;
mod page;
mod people;
mod process;
pub mod raw;
mod server;

pub use api_client::{ApiClient, Verified};
pub use database::TestDatabase;
pub use page::Page;
pub use people::{Anonymous, SignedIn};
pub use process::Process;
pub use server::{PASSWORD, Server};
