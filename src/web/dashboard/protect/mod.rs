//! *Protect your API*: how an API is connected, with everything filled in, and whether it works.

mod files;
mod index;
mod live;
mod views;

pub(crate) use index::index;
pub(crate) use live::live;
