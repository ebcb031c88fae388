//! A bad connection between browser and server: a TCP proxy on which answers to POST come late or
//! never.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::Server;

#[derive(Clone)]
pub struct Proxy {
    pub origin: String,
    late_by: Arc<AtomicU64>,
    lost: Arc<AtomicBool>,
    /// How many POSTs have gone through.
    posts: Arc<AtomicU64>,
}

impl Proxy {
    pub async fn before(server: &Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let proxy =
            Self { origin, late_by: Arc::default(), lost: Arc::default(), posts: Arc::default() };
        let (line, to) =
            (proxy.clone(), server.origin.strip_prefix("http://").unwrap().parse().unwrap());
        tokio::spawn(async move {
            loop {
                let (browser, _) = listener.accept().await.unwrap();
                tokio::spawn(line.clone().carry(browser, to));
            }
        });
        proxy
    }

    /// From now on, answers to POST are delayed by this time.
    pub fn delay_posts(&self, by: Duration) {
        self.late_by.store(u64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// From now on, POSTs arrive but their answers don't.
    pub fn lose_answers(&self, lost: bool) {
        self.lost.store(lost, Ordering::SeqCst);
    }

    pub fn posts(&self) -> u64 {
        self.posts.load(Ordering::SeqCst)
    }

    /// Carries bytes both ways. Errors are left to both ends, which notice them.
    async fn carry(self, browser: TcpStream, to: SocketAddr) -> std::io::Result<()> {
        let server = TcpStream::connect(to).await?;
        let (mut from_browser, mut to_browser) = browser.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        let posted = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&posted);
        let line = self.clone();
        let asking = tokio::spawn(async move {
            let mut buffer = vec![0; 64 * 1024];
            loop {
                let n = from_browser.read(&mut buffer).await?;
                if n == 0 {
                    return to_server.shutdown().await;
                }
                // A browser sends the head of a request in one piece.
                if buffer[..n].starts_with(b"POST ") {
                    line.posts.fetch_add(1, Ordering::SeqCst);
                    asked.store(true, Ordering::SeqCst);
                } else if buffer[..n].starts_with(b"GET ") {
                    asked.store(false, Ordering::SeqCst);
                }
                to_server.write_all(&buffer[..n]).await?;
            }
        });
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let n = from_server.read(&mut buffer).await?;
            if n == 0 {
                return to_browser.shutdown().await;
            }
            if posted.load(Ordering::SeqCst) {
                if self.lost.load(Ordering::SeqCst) {
                    asking.abort();
                    return Ok(()); // drops both ends, so the connection breaks
                }
                tokio::time::sleep(Duration::from_millis(self.late_by.load(Ordering::SeqCst)))
                    .await;
                posted.store(false, Ordering::SeqCst); // the rest is not delayed again
            }
            to_browser.write_all(&buffer[..n]).await?;
        }
    }
}
