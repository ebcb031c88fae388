//! A client that does not speak HTTP properly: it sends bytes on a socket.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection, used byte by byte.
pub struct Raw {
    stream: TcpStream,
    opened: Instant,
}

/// How a connection ended.
#[derive(Debug)]
pub struct Ended {
    /// Everything that the server said on it.
    pub said: String,
    /// The time since it was opened.
    pub after: Duration,
    /// Whether the server closed it before the test gave up.
    pub closed: bool,
}

impl Ended {
    /// The statuses of all answers.
    pub fn statuses(&self) -> Vec<u16> {
        self.said
            .split("HTTP/1.1 ")
            .skip(1)
            .map(|answer| answer[..3].parse().unwrap())
            .filter(|status| *status != 100)
            .collect()
    }

    /// Fails unless the server closed it within the ten seconds that slow clients have. The test
    /// allows a little more, for a machine that is busy with other tests.
    #[track_caller]
    pub fn in_time(self) -> Self {
        assert!(self.closed, "still open after {:?}: {}", self.after, self.said);
        self
    }
}

impl Raw {
    pub async fn open(origin: &str) -> Self {
        let stream = TcpStream::connect(origin.strip_prefix("http://").unwrap()).await.unwrap();
        Self { stream, opened: Instant::now() }
    }

    /// Sends bytes, and returns whether the server still took them.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).await.is_ok()
    }

    /// Reads the head of one answer without a body.
    pub async fn read_head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.stream.read_u8().await.unwrap());
        }
        String::from_utf8(head).unwrap()
    }

    /// Sends `drip` again and again, every `pause`, until the server closes the connection or
    /// `patience` is over. Without a drip it only listens.
    pub async fn until_closed(self, drip: &[u8], pause: Duration, patience: Duration) -> Ended {
        let (opened, mut said) = (self.opened, Vec::new());
        let (mut reader, mut writer) = self.stream.into_split();
        let dripping = async {
            loop {
                tokio::time::sleep(pause).await;
                if !drip.is_empty() && writer.write_all(drip).await.is_err() {
                    std::future::pending::<()>().await; // the reader notices the end
                }
            }
        };
        let reading = async {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = reader.read(&mut buffer).await {
                said.extend_from_slice(&buffer[..length]);
            }
        };
        let closed = tokio::select! {
            () = dripping => unreachable!(),
            () = reading => true,
            () = tokio::time::sleep(patience) => false,
        };
        Ended { said: String::from_utf8_lossy(&said).into_owned(), after: opened.elapsed(), closed }
    }
}
