//! What a call does to a resource.

use serde::{Deserialize, Serialize};

use super::words::words;

words! {
    /// What a call does to a resource.
    #[derive(PartialOrd, Ord, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum Operation {
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
