//! A few connections for many callers, in bounded time: r2d2's pool with a queue in front of it.
//!
//! The queue is there because r2d2 blocks a thread for each caller that waits. Here only a caller
//! that may use a connection takes a thread, so a database that hangs can't hold more threads than
//! there are connections.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::r2d2::{self, PooledConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::connection::{DbConnection, Manager};
use super::error::{Error, Result};
use crate::telemetry::Seldom;

/// r2d2's pauses between attempts to connect grow to half of this, so it takes at most that long
/// until a database that is back is used again.
const CONNECT: Duration = Duration::from_millis(500);
/// How often blocking code looks for a free connection.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// At most this many connections, each used by one caller at a time. Cheap to clone.
#[derive(Clone)]
pub(super) struct Pool {
    connections: r2d2::Pool<Manager>,
    free: Arc<Semaphore>,
}

/// A connection that returns to its pool when it is dropped, unless it is broken.
pub(super) struct Lent {
    opened: PooledConnection<Manager>,
    _turn: Turn,
}

impl Deref for Lent {
    type Target = DbConnection;

    fn deref(&self) -> &DbConnection {
        &self.opened.connection
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut DbConnection {
        &mut self.opened.connection
    }
}

/// The right to use one of the connections, until it is dropped.
pub(super) struct Turn(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

impl Pool {
    /// A pool that connects when it is first asked for a connection.
    pub(super) fn new(manager: Manager, size: u32) -> Self {
        let connections = r2d2::Pool::builder()
            .max_size(size)
            .min_idle(Some(0))
            .connection_timeout(CONNECT)
            .test_on_check_out(true)
            .error_handler(Box::new(LogConnectErrors))
            .build_unchecked(manager);
        Self { connections, free: Arc::new(Semaphore::new(size as usize)) }
    }

    /// Waits for a turn without blocking a thread.
    pub(super) async fn turn(&self, deadline: Instant) -> Result<Turn> {
        match tokio::time::timeout_at(deadline.into(), self.free.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Turn(permit)),
            Ok(Err(_)) | Err(_) => Err(busy()),
        }
    }

    /// [`Pool::turn`] for code that may block.
    pub(super) fn turn_blocking(&self, deadline: Instant) -> Result<Turn> {
        loop {
            if let Ok(permit) = self.free.clone().try_acquire_owned() {
                return Ok(Turn(permit));
            }
            if Instant::now() >= deadline {
                return Err(busy());
            }
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    /// A connection that works: an idle one that still answers, or a new one. Blocks.
    pub(super) fn get(&self, turn: Turn) -> Result<Lent> {
        let opened = self.connections.get().map_err(|e| Error::Unavailable(e.to_string()))?;
        Ok(Lent { opened, _turn: turn })
    }
}

fn busy() -> Error {
    Error::Unavailable("all connections are busy".to_owned())
}

/// r2d2's own handler logs through the crate `log`, whose messages nobody receives here.
#[derive(Debug)]
struct LogConnectErrors;

impl r2d2::HandleError<Error> for LogConnectErrors {
    fn handle_error(&self, error: Error) {
        static TOLD: Seldom = Seldom::new();
        if let Some(left_out) = TOLD.is_due() {
            tracing::warn!(%error, left_out, "no connection to the database");
        }
    }
}
