//! Columns whose text may be damaged.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};

/// The content of a column: a value, or a text that can't be read as one.
///
/// diesel fails a whole `load` when one `FromSql` fails, so one damaged row would refuse the 511
/// other questions of its batch. As a value of its own, a damaged column fails only its own key,
/// and the type makes every caller say what then happens. A damaged column never means "no limit".
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromSqlRow)]
pub enum Stored<T> {
    Read(T),
    /// The stored text can't be read.
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

/// Stores a list that narrows a key as its text, and parses that text when it is read. A text that
/// parses to "no limit" is damaged, too: where there is no limit, the column is null.
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

/// The stored text is not a list, or it is one that would not narrow anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored list can't be read")]
pub struct NotAList;
