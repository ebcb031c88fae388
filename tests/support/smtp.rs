//! A mail server that keeps its messages. It has enough of SMTP (RFC 5321) for a client that
//! submits one.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// How the server behaves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Temper {
    /// Takes everything.
    Friendly,
    /// Refuses every recipient.
    Refuses,
    /// Accepts the connection and says nothing.
    Hangs,
}

pub struct MailServer {
    /// The URL for `--smtp-url`, without a user.
    pub url: String,
    temper: Arc<Mutex<Temper>>,
    got: Arc<Mutex<Vec<Mail>>>,
}

/// A message, with the commands of the client.
#[derive(Debug, Clone, Default)]
pub struct Mail {
    pub commands: Vec<String>,
    pub data: String,
}

impl Mail {
    pub fn header(&self, name: &str) -> String {
        let unfolded = self.data.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
        let prefix = format!("{name}: ");
        let line =
            unfolded.lines().find_map(|line| line.strip_prefix(&prefix).map(ToOwned::to_owned));
        line.unwrap_or_else(|| panic!("no {name} in {}", self.data))
    }

    /// The text, with quoted-printable decoded (RFC 2045, 6.7).
    pub fn text(&self) -> String {
        let body = self.data.split_once("\r\n\r\n").unwrap().1.to_owned();
        if !self.data.contains("quoted-printable") {
            return body;
        }
        let percent = body.replace("=\r\n", "").replace('%', "%25").replace('=', "%");
        percent_encoding::percent_decode_str(&percent).decode_utf8().unwrap().into_owned()
    }

    /// The link in it.
    pub fn link(&self) -> String {
        let text = self.text();
        text.split_whitespace().find(|word| word.contains("?token=")).expect("a link").to_owned()
    }
}

impl MailServer {
    pub fn start(temper: Temper) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (temper, got) = (Arc::new(Mutex::new(temper)), Arc::<Mutex<Vec<Mail>>>::default());
        let (mood, kept) = (Arc::clone(&temper), Arc::clone(&got));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (mood, kept) = (*mood.lock().unwrap(), Arc::clone(&kept));
                std::thread::spawn(move || converse(stream, mood, &kept));
            }
        });
        Self { url: format!("smtp://{address}"), temper, got }
    }

    pub fn become_(&self, temper: Temper) {
        *self.temper.lock().unwrap() = temper;
    }

    /// The messages so far.
    pub fn mails(&self) -> Vec<Mail> {
        self.got.lock().unwrap().clone()
    }
}

/// Serves one client. `None` if the client went away before there was a message.
fn converse(mut stream: TcpStream, temper: Temper, kept: &Mutex<Vec<Mail>>) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    if temper == Temper::Hangs {
        lines.next(); // until the client goes away
        return None;
    }
    let mut mail = Mail::default();
    let mut say = |text: &str| write!(stream, "{text}\r\n").ok();
    say("220 mail.test")?;
    loop {
        let line = lines.next()?.ok()?;
        mail.commands.push(line.clone());
        match line.split([' ', ':']).next()?.to_uppercase().as_str() {
            "EHLO" => say("250-mail.test\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME")?,
            "AUTH" => say("235 welcome")?,
            "RCPT" if temper == Temper::Refuses => say("550 no such person here")?,
            "MAIL" | "RCPT" => say("250 fine")?,
            "DATA" => {
                say("354 go on")?;
                loop {
                    let line = lines.next()?.ok()?;
                    if line == "." {
                        break;
                    }
                    mail.data.push_str(line.strip_prefix('.').unwrap_or(&line));
                    mail.data.push_str("\r\n");
                }
                // The message is kept before the answer is sent, because the test looks for it
                // right after that.
                kept.lock().unwrap().push(mail);
                return say("250 taken");
            }
            _ => say("221 bye")?,
        };
    }
}
