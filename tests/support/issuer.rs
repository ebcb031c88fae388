//! The web server of an issuer, on this machine, that answers as a test says.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The answer to every request.
#[derive(Clone)]
pub enum Answer {
    /// 200 with this body.
    Ok(String),
    /// This status, and nothing else.
    Status(u16),
    /// A redirect to this URL.
    Redirect(String),
    /// 10 MiB.
    Huge,
    /// A body that never ends.
    Endless,
    /// No answer at all.
    Silent,
}

pub struct Issuer {
    pub url: String,
    hits: Arc<AtomicUsize>,
    answer: Arc<Mutex<Answer>>,
}

impl Issuer {
    pub async fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
        let issuer = Self { url, hits: Arc::default(), answer: Arc::new(Mutex::new(answer)) };
        let (hits, answer) = (Arc::clone(&issuer.hits), Arc::clone(&issuer.answer));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                hits.fetch_add(1, Ordering::SeqCst);
                let answer = answer.lock().unwrap().clone();
                tokio::spawn(serve(stream, answer));
            }
        });
        issuer
    }

    pub fn answer(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    /// How many connections were made to it so far.
    pub fn hits(&self) -> usize {
        self.hits.load(Ordering::SeqCst)
    }
}

/// Answers one request. Errors are ignored, because a client may close the connection early.
async fn serve(mut stream: TcpStream, answer: Answer) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let whole = |status: u16, more: &str, body: &str| {
        format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nConnection: close\r\n{more}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    match answer {
        Answer::Ok(body) => stream.write_all(whole(200, "", &body).as_bytes()).await,
        Answer::Status(status) => stream.write_all(whole(status, "", "").as_bytes()).await,
        Answer::Redirect(to) => {
            stream.write_all(whole(302, &format!("Location: {to}\r\n"), "").as_bytes()).await
        }
        Answer::Huge => {
            stream.write_all(whole(200, "", &" ".repeat(10 * 1024 * 1024)).as_bytes()).await
        }
        Answer::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await?;
            loop {
                stream.write_all(format!("1000\r\n{}\r\n", " ".repeat(0x1000)).as_bytes()).await?;
            }
        }
        Answer::Silent => std::future::pending().await,
    }
}
