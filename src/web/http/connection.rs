//! A TCP connection that does not wait for a client for ever.
//!
//! actix has deadlines only for the first head on a connection and for silence after an answer. A
//! second head that arrives byte by byte, a body that stalls, the rest of a chunked body that no
//! handler reads, or a client that does not read its answer can keep a connection for as long as
//! they like (actix-http 3.20, `h1::dispatcher`: `head_timer`, `ka_timer`, `payload_drainable`). So
//! the stream below the parser has one rule for all of them: after the server has written something
//! or has received a complete head, it must write again within [`PATIENCE`].
//!
//! This rule also replaces actix's deadline for silence after an answer. actix checks its clock
//! before it looks for a request, so it would close on a request that arrived in time while the
//! worker was busy, and the client could only take that for a lost answer.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::rt::net::TcpStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// How long a connection may keep the server waiting. It is longer than any handler takes.
const PATIENCE: Duration = Duration::from_secs(9);

/// Time for one turn of the event loop, which may have much to do. Data that has arrived is seen
/// only in the next turn.
const TURN: Duration = Duration::from_millis(20);

/// The stream that the parser reads from and writes to.
pub(crate) struct Connection {
    io: TcpStream,
    patience: Rc<Patience>,
    timer: Pin<Box<Sleep>>,
}

/// The deadline of a connection, which moves on whenever something happens on it.
pub(crate) struct Patience {
    until: Cell<Instant>,
    last: Cell<bool>,
    /// The client does not read what the server writes.
    blocked: Cell<bool>,
    silence: Cell<Silence>,
}

/// What the client has done since the server last wrote.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Silence {
    Kept,
    /// Nothing was read in time. The connection is closed unless something arrives within a
    /// [`TURN`].
    Over,
    Broken,
}

impl Patience {
    /// The deadline of the connection on which a request came.
    pub(crate) fn of(request: &HttpRequest) -> Option<Rc<Self>> {
        request.conn_data::<Rc<Self>>().cloned()
    }

    /// Called when a head is complete: the request gets all of the time for its body and its
    /// handler. That does not hold for a client that sends many requests without reading the
    /// answers. The parser begins one of them in each turn, so each would extend the deadline.
    pub(crate) fn head_arrived(&self) {
        if !self.blocked.get() {
            self.extend();
        }
    }

    /// Called before the last answer on this connection. It does not extend the deadline, so that
    /// nobody waits again for a body that did not arrive in time.
    pub(crate) fn last_answer(&self) {
        self.last.set(true);
    }

    fn extend(&self) {
        if !self.last.get() {
            self.until.set(Instant::now() + PATIENCE);
        }
    }
}

impl Connection {
    pub(crate) fn new(io: TcpStream) -> Self {
        let until = Instant::now() + PATIENCE;
        let (last, blocked, silence) =
            (Cell::new(false), Cell::new(false), Cell::new(Silence::Broken));
        let patience = Rc::new(Patience { until: Cell::new(until), last, blocked, silence });
        Self { io, patience, timer: Box::pin(sleep_until(until)) }
    }

    pub(crate) fn patience(&self) -> Rc<Patience> {
        Rc::clone(&self.patience)
    }

    /// Waits until there is something to read, even if it is only the end. The parser holds 16 KiB
    /// for each connection that it has, so it does not get one on which nothing is sent (actix-http
    /// 3.20, `h1::dispatcher`: `HW_BUFFER_SIZE`).
    pub(crate) async fn begins(&self) -> io::Result<()> {
        self.io.readable().await
    }

    /// Answers a client that sent nothing. The parser gives the same answer to one that stops in
    /// the middle of a head.
    pub(crate) fn is_late(&self) {
        let _ = self.io.try_write(
            b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        );
    }

    /// Whether the deadline has passed. If not, the task is woken when it has. The timer is reset
    /// only when it fires, so that it costs ordinary requests nothing.
    fn is_over(&mut self, cx: &mut Context<'_>) -> bool {
        while self.timer.as_mut().poll(cx).is_ready() {
            let until = self.patience.until.get();
            if until <= Instant::now() {
                return true;
            }
            self.timer.as_mut().reset(until);
        }
        false
    }

    fn wrote(
        &mut self,
        written: Poll<io::Result<usize>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        self.patience.blocked.set(written.is_pending());
        match written {
            Poll::Ready(result) => {
                self.patience.silence.set(Silence::Kept);
                self.patience.extend();
                Poll::Ready(result)
            }
            Poll::Pending if self.is_over(cx) => late(),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (over, silence) = (self.is_over(cx), self.patience.silence.get());
        if over && silence == Silence::Broken {
            return late();
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.io).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.patience.silence.set(Silence::Broken);
            if over || silence == Silence::Over {
                // A request came in time, and gets as much time as any other.
                self.patience.extend();
            }
        } else if over && read.is_pending() {
            if silence == Silence::Over {
                return late();
            }
            self.patience.silence.set(Silence::Over);
            self.patience.until.set(Instant::now() + TURN);
            let _ = self.is_over(cx);
        }
        read
    }
}

fn late<T>() -> Poll<io::Result<T>> {
    Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.wrote(written, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(cx, bytes);
        self.wrote(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
