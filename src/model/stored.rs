//! A column whose text may be damaged.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};

/// What a column holds: a value, or something that can't be read as one.
///
/// A `FromSql` that fails makes diesel fail the whole `load`: one damaged row of a batch would
/// refuse the 511 others. So what can't be read is a value of its own, and whoever uses it has to
/// say what follows. It never means "no limit".
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromSqlRow)]
pub enum Stored<T> {
    /// It could be read.
    Read(T),
    /// It could not.
    Damaged,
}

impl<T, ST, DB> FromSql<ST, DB> for Stored<T>
where
    DB: Backend,
    T: FromSql<ST, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(T::from_sql(bytes).map_or(Self::Damaged, Self::Read))
    }
}
