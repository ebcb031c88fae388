//! Who a call speaks for.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;

use super::ids::{Kind, words};

words! {
    /// Who a call speaks for: what it may do is decided for each of these, from the least to the
    /// most.
    Group {
        /// A publishable key alone.
        Guest = "guest",
        /// A publishable key and a valid access token.
        User = "user",
        /// A secret key.
        Admin = "admin",
    }
}

impl Group {
    /// Who a key speaks for; `user` has sent a valid access token with it.
    pub fn of(kind: Kind, user: Option<&str>) -> Self {
        match (kind, user) {
            (Kind::Secret, _) => Self::Admin,
            (Kind::Publishable, Some(_)) => Self::User,
            (Kind::Publishable, None) => Self::Guest,
        }
    }

    /// The kind of key that makes a call one of this group.
    pub fn kind(self) -> Kind {
        match self {
            Self::Guest | Self::User => Kind::Publishable,
            Self::Admin => Kind::Secret,
        }
    }
}
