//! A few connections for many, in bounded time: r2d2's pool, and a queue in front of it.
//!
//! The queue is there because r2d2 makes threads wait. Here a thread is taken only by whoever may
//! use a connection, so a database that hangs can't hold more threads than there are connections.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::r2d2::{self, PooledConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::connection::{DbConnection, Manager};
use super::error::{Error, Result};

/// r2d2's pauses between tries to connect grow to half of this: so long at the most it takes until
/// a database that is back is used again.
const CONNECT: Duration = Duration::from_millis(500);
/// How often code that blocks looks for a free connection.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// At most so many connections, each lent to one at a time. Cheap to clone.
#[derive(Clone)]
pub(super) struct Pool {
    connections: r2d2::Pool<Manager>,
    free: Arc<Semaphore>,
}

/// A connection that goes back to its pool, unless it broke.
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
    /// A pool that connects only when asked for something.
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

    /// Waits without a thread.
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

/// r2d2's own handler logs through `log`, which nobody reads here.
#[derive(Debug)]
struct LogConnectErrors;

impl r2d2::HandleError<Error> for LogConnectErrors {
    fn handle_error(&self, error: Error) {
        tracing::warn!(%error, "no connection to the database");
    }
}
