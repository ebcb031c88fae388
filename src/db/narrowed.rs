//! The columns that narrow a key.

use diesel::prelude::*;

use super::schema::api_keys;
use crate::model::{AddressRanges, Narrowed, RateLimit, Scopes, Stored};

/// The columns that narrow a key. Each is read by itself, so that a damaged one does not fail the
/// query.
#[derive(Debug, Clone, Default, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = api_keys)]
pub struct NarrowedColumns {
    scopes: Option<Stored<Scopes>>,
    address_ranges: Option<Stored<AddressRanges>>,
    rate_limit: Option<i32>,
    rate_burst: Option<i32>,
}

impl NarrowedColumns {
    /// What narrows the key. It is damaged if one of the columns is: a column that can't be read
    /// never means that nothing narrows the key.
    pub fn read(&self) -> Stored<Narrowed> {
        let limit = RateLimit::stored(self.rate_limit, self.rate_burst);
        match (&self.scopes, &self.address_ranges, limit) {
            (Some(Stored::Damaged), _, _)
            | (_, Some(Stored::Damaged), _)
            | (_, _, Stored::Damaged) => Stored::Damaged,
            (scopes, addresses, Stored::Read(limit)) => Stored::Read(Narrowed {
                scopes: scopes.clone().and_then(Stored::read),
                addresses: addresses.clone().and_then(Stored::read),
                limit,
            }),
        }
    }
}

impl From<&Narrowed> for NarrowedColumns {
    fn from(narrowed: &Narrowed) -> Self {
        let (rate_limit, rate_burst) = RateLimit::to_store(narrowed.limit);
        Self {
            scopes: narrowed.scopes.clone().map(Stored::Read),
            address_ranges: narrowed.addresses.clone().map(Stored::Read),
            rate_limit,
            rate_burst,
        }
    }
}
