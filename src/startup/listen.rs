//! The socket that the server listens on, and the signals that end it.

use std::future::Future;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::signal::unix::{Signal, SignalKind, signal as unix_signal};

use super::Failure;

/// The socket that systemd hands over (`LISTEN_FDS`, sd_listen_fds(3)), with which a restart
/// refuses no connection. Without one, it is a new socket on `address`.
pub(super) fn listener(address: &str, backlog: i32) -> Result<TcpListener, Failure> {
    if let Some(listener) = listenfd::ListenFd::from_env().take_tcp_listener(0)? {
        listener.set_nonblocking(true)?;
        return Ok(listener);
    }
    let resolved: Vec<SocketAddr> = address
        .to_socket_addrs()
        .map_err(|e| {
            format!(
                "can't listen on {address}: {e}; give an address and a port, like 127.0.0.1:8080"
            )
        })?
        .collect();
    let mut failed = format!("can't listen on {address}: it names no address");
    for address in resolved {
        match bind(address, backlog) {
            Ok(listener) => return Ok(listener),
            Err(e) if e.kind() == std::io::ErrorKind::AddrInUse => {
                failed = format!(
                    "can't listen on {address}: the port is in use; choose another with --listen"
                );
            }
            Err(e) => failed = format!("can't listen on {address}: {e}"),
        }
    }
    Err(failed.into())
}

fn bind(address: SocketAddr, backlog: i32) -> std::io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?; // so that a restart need not wait for old connections
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(backlog)?;
    Ok(socket.into())
}

/// Makes SIGXFSZ do nothing from now on, with a handler in place of the default action, which ends
/// the process. The write that caused the signal fails with EFBIG.
pub(super) fn ignore_too_large_files() -> std::io::Result<Signal> {
    const SIGXFSZ: i32 = 25;
    unix_signal(SignalKind::from_raw(SIGXFSZ))
}

/// Completes on SIGTERM or SIGINT, or on SIGHUP, which comes when the terminal is closed.
pub(crate) fn signal() -> std::io::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) =
        (unix_signal(SignalKind::terminate())?, unix_signal(SignalKind::interrupt())?);
    let mut hangup = unix_signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hangup.recv() => {}
        }
    })
}
