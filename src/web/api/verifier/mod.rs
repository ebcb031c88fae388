//! The work behind `/v1`: looking up keys in batches, and counting calls apart from that.

mod batch;
mod browser_marks;
pub(crate) mod counting;
pub(crate) mod limits;
mod outage;
pub(crate) mod overdue;
pub(crate) mod policies;
mod untrusted;
mod wrong_addresses;

pub(crate) use batch::{Batcher, Unavailable};
pub(crate) use browser_marks::BrowserMarks;
pub(crate) use untrusted::UntrustedGateways;
pub(crate) use wrong_addresses::WrongAddresses;
