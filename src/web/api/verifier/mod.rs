//! What stands behind `/v1`: keys are looked up in batches, and what is seen of calls is counted and
//! noted apart from them.

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
