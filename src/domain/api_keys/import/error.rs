//! Why nothing was imported.

use std::collections::BTreeMap;
use std::fmt;

use crate::db;

/// How many bad rows are named. The others are only counted.
const NAMED: usize = 10;

#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The first line does not name the columns.
    #[error("the first line must be name,kind,environment,sha256")]
    Header,
    /// The file is in UTF-16, as PowerShell and spreadsheets write it.
    #[error("the file is in UTF-16: save it as UTF-8")]
    Utf16,
    /// Some rows can't be keys.
    #[error("nothing was imported: {0}")]
    Rows(BadRows),
    /// The file can't be read.
    #[error("nothing was imported: the file can't be read: {0}")]
    File(String),
    #[error("nothing was imported: keys or environments were changed meanwhile; try again")]
    Changed,
    #[error("nothing was imported: {0}")]
    Db(db::Error),
}

impl From<db::Error> for ImportError {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::Conflict(_) => Self::Changed, // every row fitted when it was checked
            other => Self::Db(other),
        }
    }
}

/// The lines that are wrong, with what is wrong with them.
#[derive(Debug, Default)]
pub struct BadRows {
    named: BTreeMap<u64, String>,
    count: usize,
}

impl BadRows {
    pub(super) fn add(&mut self, line: u64, why: impl fmt::Display) {
        self.count += 1;
        self.named.insert(line, why.to_string());
        if self.named.len() > NAMED {
            self.named.pop_last(); // the first ones stay
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl fmt::Display for BadRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> =
            self.named.iter().map(|(line, why)| format!("line {line}: {why}")).collect();
        f.write_str(&lines.join("; "))?;
        match self.count - self.named.len() {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}
