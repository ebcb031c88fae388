//! Which database to use. The scheme of the URL decides; nothing is tried out.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

#[derive(Clone)]
pub enum DatabaseUrl {
    Sqlite(PathBuf),
    /// A libpq connection URI (PostgreSQL manual, 34.1.1.2).
    Postgres(String),
}

impl DatabaseUrl {
    /// The file that is used when no database is named.
    pub const DEFAULT: &str = "keyrack.db";

    /// Whether this is the file that is used when no database is named.
    pub fn is_default(&self) -> bool {
        matches!(self, Self::Sqlite(path) if path.as_os_str() == Self::DEFAULT)
    }
}

impl FromStr for DatabaseUrl {
    type Err = String;

    /// An error must not repeat any part of the URL: it may have a password in it, and errors end
    /// up in logs.
    fn from_str(url: &str) -> Result<Self, String> {
        // A secret that was written with `echo` ends with a line break. A file of that name would
        // be another database, new and empty.
        let url = url.trim();
        match url.split_once("://") {
            Some(("postgres" | "postgresql", rest)) if can_be_read(rest) => {
                return Ok(Self::Postgres(url.to_owned()));
            }
            Some(("postgres" | "postgresql", _)) => return Err(UNREADABLE.to_owned()),
            Some(("sqlite", _)) => {}
            Some(_) => {
                return Err(
                    "this is not a database that Keyrack knows; use a file name or postgres://…"
                        .to_owned(),
                );
            }
            None if is_meant_for_libpq(url) => {
                return Err(
                    "write a PostgreSQL database as postgres://user@host/database".to_owned()
                );
            }
            None => {}
        }
        let path =
            url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")).unwrap_or(url);
        match path {
            "" => Err("the database's file name is empty".to_owned()),
            ":memory:" => Err(":memory: would forget every key at the end; name a file".to_owned()),
            _ if path.chars().any(char::is_control) => {
                Err("the database's file name has a line end or a control character".to_owned())
            }
            _ if path.trim() != path => {
                Err("the database's file name begins with a blank".to_owned())
            }
            _ => Ok(Self::Sqlite(path.into())),
        }
    }
}

const UNREADABLE: &str = "this PostgreSQL URL can't be read; in its user name and password write % as %25, @ as %40, / as %2F, ? as %3F";

/// Whether libpq will find user, password, host and port where they were meant to be. If it can't
/// parse a part, it shows that part in its error. `rest` is what comes after `postgres://`.
fn can_be_read(rest: &str) -> bool {
    let hex = |digit: Option<&u8>| digit.is_some_and(u8::is_ascii_hexdigit);
    let encoded = rest.bytes().enumerate().all(|(at, b)| {
        b != b'%' || hex(rest.as_bytes().get(at + 1)) && hex(rest.as_bytes().get(at + 2))
    });
    let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = address.split_once('/').unwrap_or((address, ""));
    let hosts = authority.split_once('@').map_or(authority, |(_, hosts)| hosts);
    let parameters = query.is_empty() || query.split('&').all(|parameter| parameter.contains('='));
    let plain = !rest.chars().any(|c| c.is_control() || c.is_whitespace());
    plain && encoded && parameters && !database.contains('@') && hosts.split(',').all(is_host)
}

/// `host`, `host:5432`, `[::1]:5432`, or nothing.
fn is_host(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(None) => return false,
        Some(Some((host, rest))) => {
            (host, rest.strip_prefix(':').or(rest.is_empty().then_some("")))
        }
        None => text.split_once(':').map_or((text, Some("")), |(host, port)| (host, Some(port))),
    };
    !host.contains(['@', '[', ']'])
        && port.is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()))
}

/// `postgres:me:secret@host` or `host=… password=…`. If this were taken for the name of a file, it
/// would be shown everywhere.
fn is_meant_for_libpq(url: &str) -> bool {
    const WORDS: [&str; 10] = [
        "postgres:",
        "postgresql:",
        "host=",
        "hostaddr=",
        "port=",
        "user=",
        "password=",
        "dbname=",
        "service=",
        "sslmode=",
    ];
    let url = url.to_ascii_lowercase();
    WORDS.iter().any(|word| url.starts_with(word))
}

/// Shows the URL without the user and the password that it may have.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres(url) => {
                let rest = url.split_once("://").map_or("", |(_, rest)| rest);
                let authority = rest.split(['/', '?']).next().unwrap_or_default();
                let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
                write!(
                    f,
                    "PostgreSQL at {}",
                    if host.is_empty() { "its default address" } else { host }
                )
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_that_libpq_reads_are_taken_and_shown_without_user_and_password() {
        for (url, shown) in [
            ("postgres://", "its default address"),
            ("postgres:///keyrack", "its default address"),
            ("postgres://db/keyrack?sslmode=verify-full&user=me@corp", "db"),
            ("postgresql://me:hush%2Fhush%40@db.example:5432/keyrack", "db.example:5432"),
            ("postgres://me:h~u.s!$&'()*+,;=:x@[::1]:5432/keyrack", "[::1]:5432"),
            (
                "postgres://me@one:5432,two,[::2]/keyrack?target_session_attrs=read-write",
                "one:5432,two,[::2]",
            ),
            ("postgres://me:pâte@db", "db"),
            ("postgres://%2Fvar%2Frun/keyrack", "%2Fvar%2Frun"),
        ] {
            let parsed = url.parse::<DatabaseUrl>().unwrap_or_else(|why| panic!("{url}: {why}"));
            assert_eq!(parsed.to_string(), format!("PostgreSQL at {shown}"), "{url}");
        }
    }

    #[test]
    fn white_space_around_a_url_is_no_part_of_it_and_none_hides_in_a_file_name() {
        for url in ["k.db\n", " k.db", "\tsqlite:k.db\r\n", "k.db\u{a0}"] {
            assert_eq!(url.parse::<DatabaseUrl>().unwrap().to_string(), "k.db", "{url:?}");
        }
        let server = "postgres://db/keyrack\n".parse();
        assert!(matches!(server, Ok(DatabaseUrl::Postgres(url)) if url == "postgres://db/keyrack"));
        assert!("my keys.db".parse::<DatabaseUrl>().is_ok());
        for url in ["\n", "k.db\nother.db", "sqlite: k.db", "k\u{7f}.db"] {
            assert!(url.parse::<DatabaseUrl>().is_err(), "{url:?}");
        }
    }

    #[test]
    fn what_could_be_misread_is_refused_and_not_repeated() {
        for url in [
            "postgres://me:hush/hush@db/keyrack",
            "postgres://me:hush?hush@db/keyrack",
            "postgres://me:12/hush@db/keyrack",
            "postgres://me:12?hush@db/keyrack",
            "postgres://me:hush@hush@db/keyrack",
            "postgres://me:hush%hush@db/keyrack",
            "postgres://me:hush%",
            "postgres://me:hush hush@db/keyrack",
            "postgres://me:hush@[::1/keyrack",
            "postgres://me:hush@[::1]x/keyrack",
            "postgres://me:hush\n@db/keyrack",
            "Postgres://me:hush@db/keyrack",
            "postgres:me:hush@db/keyrack",
            "postgresql+psycopg://me:hush@db/keyrack",
            "mysql://me:hush@db/keyrack",
            "host=db password=hush dbname=keyrack",
            " password=hush",
        ] {
            let Err(why) = url.parse::<DatabaseUrl>() else { panic!("{url}") };
            assert!(!why.contains("hush"), "{url}: {why}");
        }
    }
}
