//! Reads everything that a database holds, to check that nothing changed or that something is
//! nowhere in it.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};

use super::TestDatabase;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Nullable<Text>)]
    value: Option<String>,
}

/// Runs queries for the column `value` on one connection.
type Reader = Box<dyn FnMut(&str) -> Vec<String>>;

impl TestDatabase {
    /// The column `value` of every row that the SQL returns.
    pub fn query(&self, sql: &str) -> Vec<String> {
        self.reader()(sql)
    }

    /// [`TestDatabase::query`] for many queries. Connecting to PostgreSQL takes longer than a
    /// query.
    fn reader(&self) -> Reader {
        let values =
            |rows: Vec<Row>| rows.into_iter().map(|row| row.value.unwrap_or_default()).collect();
        if self.is_postgres() {
            let mut connection = PgConnection::establish(self.url()).unwrap();
            return Box::new(move |sql| {
                values(diesel::sql_query(sql).load(&mut connection).unwrap())
            });
        }
        let mut connection = SqliteConnection::establish(self.url()).unwrap();
        diesel::sql_query("PRAGMA busy_timeout = 5000").execute(&mut connection).unwrap();
        Box::new(move |sql| values(diesel::sql_query(sql).load(&mut connection).unwrap()))
    }

    /// The ids of keys for which SQLite's copy for the verifier is wrong: those that changed or no
    /// longer exist, and those that are missing.
    pub fn stale(&self) -> QueryResult<Vec<String>> {
        self.keys_of_sqlite(
            "SELECT key_id AS value FROM (SELECT * FROM verification_keys EXCEPT SELECT * FROM keys_for_verification) \
             UNION ALL SELECT key_id FROM keys_for_verification WHERE number NOT IN (SELECT number FROM verification_keys)",
        )
    }

    /// The ids of keys in SQLite whose project is not the one of their environment. The verifier
    /// reads the project from the key's own row, so the two must agree.
    pub fn astray(&self) -> QueryResult<Vec<String>> {
        self.keys_of_sqlite(
            "SELECT k.id AS value FROM api_keys k JOIN environments e ON e.id = k.environment_id WHERE k.project_id <> e.project_id \
             UNION ALL SELECT k.id FROM rotated_secrets r JOIN api_keys k ON k.id = r.key_id WHERE r.project_id <> k.project_id",
        )
    }

    fn keys_of_sqlite(&self, sql: &str) -> QueryResult<Vec<String>> {
        let mut connection = SqliteConnection::establish(self.url())
            .map_err(|e| diesel::result::Error::QueryBuilderError(e.into()))?;
        let rows: Vec<Row> = diesel::sql_query(sql).load(&mut connection)?;
        Ok(rows.into_iter().filter_map(|row| row.value).collect())
    }

    /// A number from the database.
    pub fn count(&self, sql: &str) -> usize {
        self.query(&format!("SELECT CAST(({sql}) AS TEXT) AS value"))[0].parse().unwrap()
    }

    /// Every row of every table, except for the times of last requests, which GET may note, and for
    /// counts, which are written in the background about a second after the call.
    pub fn dump(&self) -> Vec<String> {
        let (mut dump, mut query) = (Vec::new(), self.reader());
        let counted = |table: &String| table.starts_with("usage_") || table == "gateways_seen";
        for table in query(self.tables()).into_iter().filter(|table| !counted(table)) {
            let columns: Vec<_> = query(&self.columns(&table))
                .into_iter()
                .filter(|column| column != "last_seen_at")
                .collect();
            let rows = query(&self.select(&table, &columns));
            dump.extend(rows.into_iter().map(|row| format!("{table}: {row}")));
        }
        dump.sort();
        assert!(dump.len() > 1, "the dump is empty");
        dump
    }

    /// All tables with their columns, except for those of diesel and of the database itself.
    pub fn columns_of_tables(&self) -> BTreeMap<String, Vec<String>> {
        let mut query = self.reader();
        let own = |table: &String| table.starts_with("__") || table.starts_with("sqlite_");
        let tables = query(self.tables()).into_iter().filter(|table| !own(table));
        tables.map(|table| (table.clone(), query(&self.columns(&table)))).collect()
    }

    /// These columns of all rows of a table, sorted.
    pub fn rows(&self, table: &str, columns: &[String]) -> Vec<String> {
        let mut rows = self.query(&self.select(table, columns));
        rows.sort();
        rows
    }

    /// The query for the names of all tables.
    fn tables(&self) -> &'static str {
        if self.is_postgres() {
            "SELECT tablename::text AS value FROM pg_tables WHERE schemaname = 'public'"
        } else {
            "SELECT name AS value FROM sqlite_master WHERE type = 'table'"
        }
    }

    /// The query for all rows of a table, as text.
    fn select(&self, table: &str, columns: &[String]) -> String {
        let row = if self.is_postgres() {
            format!("row({})::text", columns.join(", "))
        } else {
            let quoted: Vec<_> = columns.iter().map(|column| format!("quote({column})")).collect();
            quoted.join(" || ',' || ")
        };
        format!("SELECT {row} AS value FROM {table}")
    }

    /// The query for the names of a table's columns.
    fn columns(&self, table: &str) -> String {
        if self.is_postgres() {
            format!(
                "SELECT attname::text AS value FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped"
            )
        } else {
            format!("SELECT name AS value FROM pragma_table_info('{table}')")
        }
    }
}

impl TestDatabase {
    /// Blocks every change of a key on PostgreSQL until `waiting` transactions are waiting. SQLite
    /// lets only one transaction write anyway.
    pub fn hold_keys_until(&self, waiting: usize) -> std::thread::JoinHandle<()> {
        use diesel::connection::SimpleConnection;
        let held = self.is_postgres().then(|| {
            let mut held = PgConnection::establish(self.url()).unwrap();
            held.batch_execute("BEGIN; SELECT id FROM api_keys FOR UPDATE").unwrap();
            (held, PgConnection::establish(self.url()).unwrap())
        });
        std::thread::spawn(move || {
            let Some((mut held, mut watching)) = held else { return };
            let sql = "SELECT count(*)::text AS value FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
            let started = std::time::Instant::now();
            // There is a limit, because statements give up after 1.9 s.
            while started.elapsed() < std::time::Duration::from_millis(1200) {
                let rows: Vec<Row> = diesel::sql_query(sql).load(&mut watching).unwrap();
                if rows[0].value.as_ref().unwrap().parse::<usize>().unwrap() >= waiting {
                    break;
                }
                std::thread::yield_now();
            }
            held.batch_execute("COMMIT").unwrap();
        })
    }
}
