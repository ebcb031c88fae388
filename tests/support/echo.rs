//! An API that reports the requests that it gets, and a connection that records what goes over it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A small API. It answers everything with 200, with the request in `X-Seen`.
pub struct Echo {
    pub address: SocketAddr,
    calls: Arc<AtomicUsize>,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

/// A request, as the API got it.
#[derive(Debug, serde::Deserialize, serde::Serialize)]
pub struct Seen {
    pub method: String,
    pub uri: String,
    pub headers: Vec<(String, String)>,
    pub body: usize,
}

impl Seen {
    /// All values of a header, however its name is spelt.
    pub fn values(&self, name: &str) -> Vec<&str> {
        let same = |other: &str| other.replace('_', "-").eq_ignore_ascii_case(name);
        self.headers
            .iter()
            .filter(|(other, _)| same(other))
            .map(|(_, value)| value.as_str())
            .collect()
    }
}

impl Echo {
    pub fn start() -> Self {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let (sender, receiver) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    let calls = Arc::clone(&counted);
                    let echo = move |request: HttpRequest, payload: web::Payload| {
                        calls.fetch_add(1, Ordering::SeqCst);
                        answer(request, payload)
                    };
                    App::new().default_service(web::to(echo))
                });
                let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
                let address = server.addrs()[0];
                let server = server.run();
                sender.send((address, server.handle())).unwrap();
                server.await.unwrap();
            });
        });
        let (address, handle) = receiver.recv().unwrap();
        Self { address, calls, handle, thread: Some(thread) }
    }

    /// How many calls have reached the API so far.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

async fn answer(request: HttpRequest, payload: web::Payload) -> HttpResponse {
    // After a request for another protocol, the body has no end.
    let body = if request.head().upgrade() {
        web::Bytes::new()
    } else {
        payload.to_bytes_limited(8 << 20).await.unwrap().unwrap()
    };
    let headers = request.headers().iter().map(|(name, value)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let seen = Seen {
        method: request.method().to_string(),
        uri: request.uri().to_string(),
        headers: headers.collect(),
        body: body.len(),
    };
    HttpResponse::Ok().insert_header(("X-Seen", serde_json::to_string(&seen).unwrap())).finish()
}

impl Drop for Echo {
    fn drop(&mut self) {
        let handle = self.handle.clone();
        std::thread::spawn(move || actix_web::rt::System::new().block_on(handle.stop(false)))
            .join()
            .unwrap();
        self.thread.take().unwrap().join().unwrap();
    }
}

/// A proxy between a gateway and Keyrack. It passes everything on and records the requests.
pub struct Tap {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<u8>>>,
    connections: Arc<AtomicUsize>,
    line: tokio::task::JoinHandle<()>,
}

impl Tap {
    pub async fn before(to: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, connections) =
            (Arc::<Mutex<Vec<u8>>>::default(), Arc::<AtomicUsize>::default());
        let (sink, count) = (Arc::clone(&asked), Arc::clone(&connections));
        let line = tokio::spawn(async move {
            loop {
                let (gateway, _) = listener.accept().await.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(carry(gateway, to, Arc::clone(&sink)));
            }
        });
        Self { address, asked, connections, line }
    }

    /// The requests since the last call of this function.
    pub fn asked(&self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut *self.asked.lock().unwrap())).into_owned()
    }

    /// How many connections were made so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Stops listening.
    pub fn cut(&self) {
        self.line.abort();
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.line.abort();
    }
}

/// Carries bytes both ways. Errors are left to both ends, which notice them.
async fn carry(
    gateway: TcpStream,
    to: SocketAddr,
    sink: Arc<Mutex<Vec<u8>>>,
) -> std::io::Result<()> {
    let keyrack = TcpStream::connect(to).await?;
    let ((mut from_gateway, mut to_gateway), (mut from_keyrack, mut to_keyrack)) =
        (gateway.into_split(), keyrack.into_split());
    let asking = async {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let n = from_gateway.read(&mut buffer).await?;
            if n == 0 {
                return to_keyrack.shutdown().await;
            }
            sink.lock().unwrap().extend_from_slice(&buffer[..n]);
            to_keyrack.write_all(&buffer[..n]).await?;
        }
    };
    let answering = async {
        tokio::io::copy(&mut from_keyrack, &mut to_gateway).await?;
        to_gateway.shutdown().await
    };
    tokio::try_join!(asking, answering)?;
    Ok(())
}
