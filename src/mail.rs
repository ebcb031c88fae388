//! E-mail: short texts that are handed to the mail server in `--smtp-url`, each within a deadline.
//!
//! Without a public URL there is no mail, because the links in it would lead to whatever host a
//! request names.

use std::net::IpAddr;
use std::time::Duration;

use chrono::NaiveDateTime;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, MIME_VERSION_1_0};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use percent_encoding::percent_decode_str;
use rand::Rng;
use url::{Host, Url};

use crate::config::{Config, PublicUrl, SmtpUrl};
use crate::domain::os_rng;
use crate::domain::users::Email;

/// How long the mail server may take to accept a message. Somebody may be waiting for a page
/// meanwhile, so this is shorter than the time that a connection may wait.
const DEADLINE: Duration = Duration::from_secs(5);

/// Sends mail. It is cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    public: PublicUrl,
}

/// A message to one person.
pub(crate) struct Letter {
    pub(crate) to: Email,
    pub(crate) subject: &'static str,
    pub(crate) text: String,
}

/// Why a message was not sent, for the log.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// Mail can't be sent to the address, although it has the shape of one.
    #[error("the address can't be used: {0}")]
    Address(#[from] lettre::address::AddressError),
    /// No valid message can be built.
    #[error("the message can't be made: {0}")]
    Message(#[from] lettre::error::Error),
    /// The mail server refused the message. Its answer may name the recipient, so only the code is
    /// kept.
    #[error("the mail server refused it with code {0}")]
    Refused(String),
    /// The mail server can't be reached, or the connection to it failed.
    #[error("the mail server can't be used: {0}")]
    Server(lettre::transport::smtp::Error),
    #[error("the mail server did not answer within {} s", DEADLINE.as_secs())]
    TooSlow,
}

impl Mailer {
    /// Makes a mailer from the options. `None` if no mail is sent.
    ///
    /// # Errors
    /// One line that does not repeat the URL, because that has a password in it.
    pub fn new(config: &Config) -> Result<Option<Self>, String> {
        let Some(smtp) = &config.smtp_url else { return Ok(None) };
        let Some(public) = &config.public_url else {
            tracing::warn!("--smtp-url is of no use without --public-url: no mail is sent");
            return Ok(None);
        };
        let host = public_host(public).ok_or("the public URL has no host")?;
        let from = match &config.mail_from {
            Some(from) => from
                .parse::<Mailbox>()
                .ok()
                .and_then(to_ascii)
                .ok_or("--mail-from is not an e-mail address like keyrack@example.com")?,
            None => format!("keyrack@{host}").parse().map_err(
                |_| "--smtp-url needs --mail-from: the public URL has no domain for mail",
            )?,
        };
        Ok(Some(Self { transport: transport(smtp, host)?, from, public: public.clone() }))
    }

    /// The URL of a page, as people reach it.
    pub(crate) fn link(&self, path: &str) -> String {
        format!("{}{path}", self.public.origin())
    }

    /// The sender's address.
    pub fn from(&self) -> &str {
        self.from.email.as_ref()
    }

    /// Sends a text.
    ///
    /// # Errors
    /// [`MailError`]. Nothing is tried again.
    pub async fn send(
        &self,
        to: &Email,
        subject: &str,
        text: String,
        now: NaiveDateTime,
    ) -> Result<(), MailError> {
        let message = message(self.from.clone(), to, subject, text, now)?;
        match tokio::time::timeout(DEADLINE, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(match error.status() {
                Some(code) => MailError::Refused(code.to_string()),
                None if error.is_timeout() => MailError::TooSlow,
                None => MailError::Server(error),
            }),
            Err(_) => Err(MailError::TooSlow),
        }
    }
}

/// The same mailbox with its domain in ASCII, which every mail server understands.
fn to_ascii(mailbox: Mailbox) -> Option<Mailbox> {
    let domain = idna::domain_to_ascii(mailbox.email.domain()).ok()?;
    let email = Address::new(mailbox.email.user(), domain).ok()?;
    Some(Mailbox::new(mailbox.name, email))
}

fn message(
    from: Mailbox,
    to: &Email,
    subject: &str,
    text: String,
    now: NaiveDateTime,
) -> Result<Message, MailError> {
    // A message id is unique and under the sender's domain (RFC 5322, 3.6.4). lettre's own would
    // end in "localhost".
    let mut random = [0; 16];
    os_rng().fill_bytes(&mut random);
    let id = format!("<{}@{}>", hex::encode(random), from.email.domain());
    // The names in a subject have no control characters. If one ever had, it must not begin another
    // header. Nor may there be an encoded word, which can hide anything (RFC 2047, 2).
    let subject: String = subject
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect::<String>()
        .replace("=?", "= ?");
    let message = Message::builder()
        .from(from)
        .to(Mailbox::new(None, to.to_send().parse()?))
        .subject(subject)
        .date(now.and_utc().into())
        .message_id(Some(id))
        .header(MIME_VERSION_1_0) // RFC 2045, 4: without it the message is not MIME
        .header(ContentType::TEXT_PLAIN)
        .body(text)?;
    Ok(message)
}

/// Connects by TLS: `smtps` uses it from the start, `smtp` by STARTTLS (RFC 8314). So passwords and
/// links are never sent where they could be read. The exceptions are a relay on this machine, and
/// one that the administrator trusts with `?tls=none`.
fn transport(url: &SmtpUrl, hello: String) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
    const SHAPE: &str =
        "--smtp-url is not like smtp://user:password@host:587 or smtps://user:password@host";
    let url = Url::parse(url.expose()).map_err(|_| SHAPE)?;
    // The crate `url` parses hosts only for the schemes that it knows, so IP addresses are parsed
    // here.
    let host = Host::parse(url.host_str().filter(|host| !host.is_empty()).ok_or(SHAPE)?)
        .map_err(|_| SHAPE)?;
    if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
        return Err(SHAPE.to_owned());
    }
    let name = host.to_string();
    let tls = || TlsParameters::new(name.clone()).map_err(|e| format!("TLS for --smtp-url: {e}"));
    let (tls, port) = match (url.scheme(), url.query()) {
        ("smtps", None) => (Tls::Wrapper(tls()?), 465),
        ("smtp", Some("tls=none")) => (Tls::None, 587),
        ("smtp", None) if is_loopback(&host) => (Tls::None, 587),
        ("smtp", None) => (Tls::Required(tls()?), 587),
        _ => return Err(SHAPE.to_owned()),
    };
    let server = name.trim_start_matches('[').trim_end_matches(']').to_owned();
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server)
        .port(url.port().unwrap_or(port))
        .tls(tls)
        .timeout(Some(DEADLINE))
        .hello_name(ClientId::Domain(hello));
    let decode = |text: &str| {
        percent_decode_str(text).decode_utf8().map(|text| text.into_owned()).map_err(|_| SHAPE)
    };
    if !url.username().is_empty() {
        builder = builder.credentials(Credentials::new(
            decode(url.username())?,
            decode(url.password().unwrap_or_default())?,
        ));
    }
    Ok(builder.build())
}

/// The host as it is written in an e-mail address (RFC 5321, 4.1.3).
fn public_host(public: &PublicUrl) -> Option<String> {
    let url = Url::parse(public.origin()).ok()?;
    Some(match url.host()? {
        Host::Domain(name) => name.to_owned(),
        Host::Ipv4(address) => format!("[{address}]"),
        Host::Ipv6(address) => format!("[IPv6:{address}]"),
    })
}

/// Whether a host is a loopback address or a name for one.
pub fn is_loopback<S: AsRef<str>>(host: &Host<S>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.as_ref().trim_end_matches('.');
            name.eq_ignore_ascii_case("localhost")
                || name.to_ascii_lowercase().ends_with(".localhost") // RFC 6761, 6.3
        }
        Host::Ipv4(address) => IpAddr::from(*address).to_canonical().is_loopback(),
        Host::Ipv6(address) => IpAddr::from(*address).to_canonical().is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    fn built(url: &str) -> Result<(), String> {
        transport(&url.parse().unwrap(), "keys.example.com".to_owned()).map(drop)
    }

    #[test]
    fn urls_are_checked_and_never_repeated() {
        for good in [
            "smtp://user:pa%20ss@mail.example.com:587",
            "smtps://mail.example.com",
            "smtp://localhost:25",
            "smtp://[::1]:25",
            "smtp://relay.lan?tls=none",
        ] {
            assert_eq!(built(good), Ok(()), "{good}");
        }
        for bad in [
            "canary",
            "http://user:canary@host",
            "smtp://user:canary@",
            "smtp://user:canary@host/path",
            "smtps://user:canary@host?tls=none",
            "smtp://user:canary@host?tls=maybe",
            "smtp://user:canary%ff@host",
            "smtp://user:canary@host:port",
        ] {
            let error = built(bad).unwrap_err();
            assert!(!error.contains("canary"), "{error}");
        }
        assert_eq!(format!("{:?}", "smtp://user:canary@host".parse::<SmtpUrl>()), "Ok(SmtpUrl(…))");
    }

    #[test]
    fn nothing_in_a_subject_becomes_a_header() {
        let now = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap().and_hms_opt(12, 0, 0).unwrap();
        let from: Mailbox = "keyrack@example.com".parse().unwrap();
        let to = Email::parse("kim@example.com").unwrap();
        let encoded =
            message(from.clone(), &to, "P =?utf-8?q?=0ABcc:?=", "text".to_owned(), now).unwrap();
        assert!(
            !String::from_utf8(encoded.formatted()).unwrap().contains("=?"),
            "it would be decoded"
        );
        for evil in [
            "a\r\nBcc: eve@example.com",
            "a\nBcc: eve@example.com",
            "a\r\n\r\nbody",
            "é\r\nBcc: eve@example.com",
        ] {
            let text = String::from_utf8(
                message(from.clone(), &to, evil, "text".to_owned(), now).unwrap().formatted(),
            )
            .unwrap();
            let head = text.split("\r\n\r\n").next().unwrap();
            assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
            assert!(text.ends_with("text\r\n") || text.trim_end().ends_with("text"), "{text}");
        }
    }

    #[test]
    fn loopback_hosts_are_known() {
        for (url, loopback) in [
            ("http://127.0.0.1:8080", true),
            ("http://localhost", true),
            ("http://keys.localhost", true),
            ("http://[::1]:8080", true),
            ("http://[::ffff:127.0.0.1]", true),
            ("http://10.0.0.7", false),
            ("https://keys.example.com", false),
            ("http://localhost.example.com", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(url).unwrap().host().unwrap()), loopback, "{url}");
        }
    }
}
