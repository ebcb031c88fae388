//! The options that every command takes: flags, or environment variables.

mod trust;
mod variables;

use std::ffi::OsStr;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use clap::Args;
use clap::builder::TypedValueParser;
use clap::error::ErrorKind;

use crate::db::DatabaseUrl;

pub use trust::{ForwardedHeader, PeerList, Trust, TrustedPeers};
pub use variables::{padded_variables, unknown_variables, without_empty_variables};

/// Options of the server and of all commands, before or after the command's name.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of the server, which serve and demo use")]
pub struct Config {
    /// Address and port to listen on
    #[arg(
        long,
        env = "KEYRACK_LISTEN",
        default_value = "127.0.0.1:8080",
        value_parser = trimmed,
        value_name = "ADDRESS:PORT",
        global = true
    )]
    pub listen: String,

    /// An SQLite file, or postgres://user@host/database
    #[arg(
        long,
        env = "DATABASE_URL",
        default_value = DatabaseUrl::DEFAULT,
        value_parser = Unshown,
        hide_env_values = true,
        value_name = "URL",
        help_heading = "Options of every command",
        global = true
    )]
    pub database_url: DatabaseUrl,

    /// Where people reach Keyrack, like `https://keys.example.com`; https turns on Secure cookies
    /// and HSTS
    #[arg(long, env = "KEYRACK_PUBLIC_URL", value_name = "URL", global = true)]
    pub public_url: Option<PublicUrl>,

    /// Gateways and reverse proxies: peers that are believed what they tell of the client's address
    /// and of the original request (repeatable, or comma-separated)
    #[arg(
        long = "trusted-proxy",
        env = "KEYRACK_TRUSTED_PROXIES",
        value_name = "ADDRESS or CIDR",
        global = true
    )]
    pub trusted_proxies: Vec<PeerList>,

    /// APIs that ask from their own code: peers that are believed what they tell of the original
    /// request, but not of the client's address (repeatable, or comma-separated)
    #[arg(
        long = "trusted-gateway",
        env = "KEYRACK_TRUSTED_GATEWAYS",
        value_name = "ADDRESS or CIDR",
        global = true
    )]
    pub trusted_gateways: Vec<PeerList>,

    /// The headers in which trusted proxies tell of the client: X-Forwarded-For, -Proto and -Host,
    /// or Forwarded (RFC 7239); the others are ignored
    #[arg(
        long,
        env = "KEYRACK_FORWARDED_HEADER",
        value_enum,
        default_value_t,
        value_name = "FAMILY",
        global = true
    )]
    pub forwarded_header: ForwardedHeader,

    /// A mail server, like `smtp://user:password@mail.example.com:587` (STARTTLS) or `smtps://…`
    /// (TLS); needs --public-url
    #[arg(
        long,
        env = "KEYRACK_SMTP_URL",
        hide_env_values = true,
        value_name = "URL",
        global = true
    )]
    pub smtp_url: Option<SmtpUrl>,

    /// Who the mail is from; keyrack@ the host of the public URL without it
    #[arg(
        long,
        env = "KEYRACK_MAIL_FROM",
        value_parser = trimmed,
        value_name = "ADDRESS",
        global = true
    )]
    pub mail_from: Option<String>,

    /// For how much browsers insist on https, once they came by it (Strict-Transport-Security): only
    /// with a public URL that begins with https
    #[arg(long, env = "KEYRACK_HSTS", value_enum, default_value_t, global = true)]
    pub hsts: Hsts,

    /// Fetch the keys of issuers of access tokens from private addresses too, and by http from this
    /// machine
    #[arg(long, env = "KEYRACK_ALLOW_PRIVATE_JWKS", value_parser = on_or_off, global = true)]
    pub allow_private_jwks: bool,
}

/// For how much browsers insist on https.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Hsts {
    /// For nothing: somebody else says it, or https is only tried.
    Off,
    /// For the host of Keyrack.
    #[default]
    Host,
    /// For that and all hosts below it.
    Subdomains,
}

impl Config {
    /// Whether browsers reach Keyrack only by https.
    pub fn is_https(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.0.starts_with("https:"))
    }

    /// The value of the header `Strict-Transport-Security` (RFC 6797, 6.1).
    pub fn hsts(&self) -> Option<&'static str> {
        match self.hsts {
            _ if !self.is_https() => None,
            Hsts::Off => None,
            Hsts::Host => Some("max-age=31536000"),
            Hsts::Subdomains => Some("max-age=31536000; includeSubDomains"),
        }
    }

    /// How far a peer is trusted.
    pub fn trust(&self, peer: IpAddr) -> Trust {
        let is_one_of =
            |lists: &[PeerList]| lists.iter().flat_map(PeerList::iter).any(|p| p.contains(peer));
        if is_one_of(&self.trusted_proxies) {
            Trust::Proxy
        } else if is_one_of(&self.trusted_gateways) {
            Trust::Gateway
        } else {
            Trust::Nobody
        }
    }

    /// Ranges of trusted peers that are so wide that strangers may be in them.
    pub fn wide_ranges(&self) -> impl Iterator<Item = &TrustedPeers> {
        let lists = self.trusted_proxies.iter().chain(&self.trusted_gateways);
        lists.flat_map(PeerList::iter).filter(|peers| peers.is_wide())
    }
}

/// Removes white space around a value. Variables that come from files or secrets often end with a
/// line break that nobody sees.
fn trimmed(text: &str) -> Result<String, std::convert::Infallible> {
    Ok(text.trim().to_owned())
}

/// Parses `true` or `false`, and the usual other words for them. Anything else is an error, so that
/// it is not taken for yes. clap's own parser refuses white space around the value.
fn on_or_off(text: &str) -> Result<bool, &'static str> {
    match text.trim().to_ascii_lowercase().as_str() {
        "false" | "no" | "off" | "0" | "n" | "f" => Ok(false),
        "true" | "yes" | "on" | "1" | "y" | "t" => Ok(true),
        _ => Err("say true or false"),
    }
}

/// Parses the URL of the database. clap's own error would print the refused value with its
/// password.
#[derive(Debug, Clone, Copy)]
struct Unshown;

impl TypedValueParser for Unshown {
    type Value = DatabaseUrl;

    fn parse_ref(
        &self,
        command: &clap::Command,
        _: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<DatabaseUrl, clap::Error> {
        let parsed =
            value.to_str().ok_or_else(|| "its name is not UTF-8".to_owned()).and_then(str::parse);
        let refuse = |why| {
            clap::Error::raw(ErrorKind::ValueValidation, format!("--database-url: {why}\n"))
                .with_cmd(command)
        };
        parsed.map_err(refuse)
    }
}

/// An origin (RFC 6454): scheme, host and port, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// `https://keys.example.com`
    pub fn origin(&self) -> &str {
        &self.0
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url = url::Url::parse(text.trim())
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let url = url.ok_or("a public URL begins with http:// or https:// and a host, like https://keys.example.com")?;
        if url.path() != "/"
            || url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
        {
            return Err(
                "a public URL is scheme, host and port only, like https://keys.example.com"
                    .to_owned(),
            );
        }
        Ok(Self(url.origin().ascii_serialization()))
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The URL of the mail server, with the password. It may be any text here: clap would print a value
/// that it refuses, so `mail::Mailer` checks it.
#[derive(Clone)]
pub struct SmtpUrl(String);

impl SmtpUrl {
    /// The whole URL, with the password.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for SmtpUrl {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.trim().to_owned()))
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SmtpUrl(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_an_origin() {
        let origin = |text: &str| text.parse::<PublicUrl>().map(|url| url.origin().to_owned());
        assert_eq!(origin("https://Keys.Example.com/").as_deref(), Ok("https://keys.example.com"));
        assert_eq!(origin("http://localhost:8080").as_deref(), Ok("http://localhost:8080"));
        for bad in [
            "keys.example.com",
            "ftp://example.com",
            "https://example.com/keyrack",
            "https://a@example.com",
            "https://",
        ] {
            assert!(origin(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_database_is_chosen_by_the_scheme() {
        assert!(matches!("postgres://h/d".parse(), Ok(DatabaseUrl::Postgres(_))));
        assert!(matches!("postgresql://h/d".parse(), Ok(DatabaseUrl::Postgres(_))));
        assert!(
            matches!("sqlite:keys.db".parse(), Ok(DatabaseUrl::Sqlite(path)) if path.ends_with("keys.db"))
        );
        assert!(matches!("keys.db".parse(), Ok(DatabaseUrl::Sqlite(_))));
        for bad in [":memory:", "sqlite::memory:", "mysql://h/d", ""] {
            assert!(bad.parse::<DatabaseUrl>().is_err(), "{bad}");
        }
        assert_eq!(
            "postgres://me:hush@db.example:5432/d".parse::<DatabaseUrl>().unwrap().to_string(),
            "PostgreSQL at db.example:5432"
        );
    }
}
