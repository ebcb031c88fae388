//! Which database: the scheme of the URL chooses, nothing is tried out.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Where the data is.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// A libpq connection URI (PostgreSQL manual, 34.1.1.2).
    Postgres(String),
}

impl DatabaseUrl {
    /// What is used when nobody names one.
    pub const DEFAULT: &str = "keyrack.db";

    /// Whether it is the one that is used when nobody names one.
    pub fn is_default(&self) -> bool {
        matches!(self, Self::Sqlite(path) if path.as_os_str() == Self::DEFAULT)
    }
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        let scheme = url.split_once("://").map(|(scheme, _)| scheme);
        match scheme {
            Some("postgres" | "postgresql") => return Ok(Self::Postgres(url.to_owned())),
            Some(other) if other != "sqlite" => {
                return Err(format!("'{other}://' is not a database Keyrack knows; use a file name or postgres://…"));
            }
            _ => {}
        }
        let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")).unwrap_or(url);
        match path {
            "" => Err("the database's file name is empty".to_owned()),
            ":memory:" => Err(":memory: would forget every key at the end; name a file".to_owned()),
            _ => Ok(Self::Sqlite(path.into())),
        }
    }
}

/// Without the user and the password that a PostgreSQL URL may carry.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres(url) => {
                let rest = url.split_once("://").map_or("", |(_, rest)| rest);
                let authority = rest.split(['/', '?']).next().unwrap_or_default();
                let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
                write!(f, "PostgreSQL at {}", if host.is_empty() { "its default address" } else { host })
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
