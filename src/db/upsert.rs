//! Inserting rows, or changing the rows that are there already.
//!
//! diesel's `on_conflict` could do this, but the text of some of its statements depends on the
//! values, so SQLite would prepare the statement again for each row, which costs more than writing
//! the row.

use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};

/// How many rows PostgreSQL takes in one statement.
pub(super) const AT_ONCE: usize = 1000;

/// An insert, and what happens where the row exists already. It is always the same for one type of
/// row.
pub(super) struct Upsert<Row, Insert> {
    insert: Insert,
    on_conflict: &'static str,
    row: PhantomData<Row>,
}

impl<Row, Insert> Upsert<Row, Insert> {
    /// `on_conflict` is the SQL after the words `ON CONFLICT`.
    pub(super) fn new(insert: Insert, on_conflict: &'static str) -> Self {
        Self { insert, on_conflict, row: PhantomData }
    }
}

impl<DB: Backend, Row, Insert: QueryFragment<DB>> QueryFragment<DB> for Upsert<Row, Insert> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.insert.walk_ast(out.reborrow())?;
        out.push_sql(" ON CONFLICT ");
        out.push_sql(self.on_conflict);
        Ok(())
    }
}

impl<Row: 'static, Insert> QueryId for Upsert<Row, Insert> {
    type QueryId = Upsert<Row, ()>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<Connection, Row, Insert> RunQueryDsl<Connection> for Upsert<Row, Insert> {}

/// Upserts rows of one type. PostgreSQL takes many at once, because the round trips cost most.
/// SQLite takes one after the other, because it then keeps the prepared statement.
macro_rules! upsert {
    ($connection:expr, $table:ident, $rows:expr, $row:ty, $on_conflict:expr) => {{
        match $connection {
            crate::db::DbConnection::Sqlite(connection) => {
                for row in $rows {
                    let insert = diesel::insert_into($table::table).values(row);
                    crate::db::upsert::Upsert::<$row, _>::new(insert, $on_conflict)
                        .execute(connection)?;
                }
            }
            crate::db::DbConnection::Postgres(connection) => {
                for rows in $rows.chunks(crate::db::upsert::AT_ONCE) {
                    let insert = diesel::insert_into($table::table).values(rows);
                    crate::db::upsert::Upsert::<$row, _>::new(insert, $on_conflict)
                        .execute(connection)?;
                }
            }
        }
        Ok(())
    }};
}
pub(super) use upsert;
