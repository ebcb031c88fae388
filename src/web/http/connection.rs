//! A TCP connection that does not wait for ever.
//!
//! actix gives a deadline to the first head on a connection and to silence after an answer, and to
//! nothing else: a second head that drips in, a body that stalls, the rest of a chunked body that
//! no handler reads, or a client that does not read its answer keep a connection for as long as
//! they like (actix-http 3.20, `h1::dispatcher`: `head_timer`, `ka_timer`, `payload_drainable`).
//! So the stream below the parser has one rule for all of them: between one thing that we wrote, or
//! one complete head, and the next thing that we write no more than [`PATIENCE`] may pass. It goes
//! for silence after an answer, too: actix looks at its clock before it looks for a request, and
//! closes on one that came in time while the worker was busy, which the client can only take for an
//! answer that was lost.

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

/// How long a connection may keep us waiting. Longer than any handler takes.
const PATIENCE: Duration = Duration::from_secs(9);

/// What has arrived is known to us a turn of the event loop later, on the way to which there may be
/// much to do.
const TURN: Duration = Duration::from_millis(20);

/// A connection, for the parser.
pub(crate) struct Connection {
    io: TcpStream,
    patience: Rc<Patience>,
    timer: Pin<Box<Sleep>>,
}

/// When a connection ends, unless something happens on it.
pub(crate) struct Patience {
    until: Cell<Instant>,
    last: Cell<bool>,
    /// The client does not take what we write.
    blocked: Cell<bool>,
    silence: Cell<Silence>,
}

/// Of the client, since we wrote.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Silence {
    Kept,
    /// Nothing was read in time: closed unless something is within a [`TURN`].
    Over,
    Broken,
}

impl Patience {
    /// Of the connection that a request came by.
    pub(crate) fn of(request: &HttpRequest) -> Option<Rc<Self>> {
        request.conn_data::<Rc<Self>>().cloned()
    }

    /// A head is complete: its request has all of the time for its body and its handler. (Not one
    /// of many sent ahead by a client that does not take its answers: the parser begins the next at
    /// each turn, and so each would buy time.)
    pub(crate) fn head_arrived(&self) {
        if !self.blocked.get() {
            self.extend();
        }
    }

    /// The answer that follows is the last on this connection, and does not buy it time: the body
    /// that did not arrive in time is not waited for again.
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

    /// Waits until there is something to read, if only its end. A parser holds 16 KiB for as long
    /// as it has a connection, so one on which nothing is said does not get any (actix-http 3.20,
    /// `h1::dispatcher`: `HW_BUFFER_SIZE`).
    pub(crate) async fn begins(&self) -> io::Result<()> {
        self.io.readable().await
    }

    /// Tells somebody who says nothing what the parser tells whoever stops in the middle of a head.
    pub(crate) fn is_late(&self) {
        let _ = self.io.try_write(
            b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        );
    }

    /// Whether the time is over; if not, it wakes the task then. The timer is set anew only when it
    /// rings: that keeps it out of the way of every ordinary request.
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
                // A request came in time, and has the time that any other has.
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
