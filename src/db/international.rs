//! Addresses that may be written in two ways.

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::sql_types::Bool;

use super::DbConnection;

/// Whether an address is not plain ASCII, or has a domain that stands for one that is not.
///
/// One place where the two differ: how bytes are counted.
pub(super) fn is_international(
    connection: &DbConnection,
    email: &str,
    email_folded: &str,
) -> SqlLiteral<Bool> {
    let bytes = match connection {
        DbConnection::Sqlite(_) => format!("length(CAST({email_folded} AS BLOB))"),
        DbConnection::Postgres(_) => format!("octet_length({email_folded})"),
    };
    sql(&format!("({bytes} <> length({email_folded}) OR lower({email}) LIKE '%xn--%')"))
}
