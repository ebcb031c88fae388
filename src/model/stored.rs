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
    Read(T),
    /// It could not.
    Damaged,
}

impl<T> Stored<T> {
    /// The value, if it could be read.
    pub fn read(self) -> Option<T> {
        match self {
            Self::Read(value) => Some(value),
            Self::Damaged => None,
        }
    }
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

/// How a list that narrows a key stands in its column: as its text, which is parsed when it is read.
/// A text that means "no limit" is no list, so it can't be read either.
macro_rules! stored_as_text {
    ($name:ident) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::model::NotAList;

            fn from_str(stored: &str) -> Result<Self, Self::Err> {
                Self::parse(stored).ok().flatten().ok_or($crate::model::NotAList)
            }
        }

        impl<DB: Backend> ToSql<Text, DB> for $name
        where
            str: ToSql<Text, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                self.as_str().to_sql(out)
            }
        }

        impl<DB: Backend> FromSql<Text, DB> for $name
        where
            String: FromSql<Text, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
                Ok(String::from_sql(bytes)?.parse()?)
            }
        }
    };
}

pub(super) use stored_as_text;

/// A stored text that is no list, or one that would narrow nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored list can't be read")]
pub struct NotAList;
