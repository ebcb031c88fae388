//! What a call does to a resource.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use serde::{Deserialize, Serialize};

use super::ids::words;

words! {
    /// What a call does to a resource.
    #[derive(PartialOrd, Ord, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    Operation {
        /// `GET` of one item.
        Read = "read",
        /// `GET` of a collection.
        List = "list",
        /// `POST`
        Create = "create",
        /// `PUT` and `PATCH`
        Update = "update",
        /// `DELETE`
        Delete = "delete",
    }
}
