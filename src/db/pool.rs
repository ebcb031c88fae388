//! A few connections for many, in bounded time.
//!
//! Ours and not r2d2's: that one opens connections on threads of its own and, after an outage, when
//! its growing pauses are over; here whoever needs a connection opens it, so what is back is used at
//! once, and nothing runs while nobody asks.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::connection::{DbConnection, Manager, Opened};
use super::error::{Error, Result};

/// How often code that blocks looks for a free connection.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// At most so many connections, each lent to one at a time. Cheap to clone.
#[derive(Clone)]
pub(super) struct Pool {
    manager: Arc<Manager>,
    idle: Arc<Mutex<Vec<Opened>>>,
    free: Arc<Semaphore>,
}

/// The right to use one of the connections, until it is dropped.
pub(super) struct Turn(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

impl Pool {
    pub(super) fn new(manager: Manager, size: usize) -> Self {
        Self { manager: Arc::new(manager), idle: Arc::default(), free: Arc::new(Semaphore::new(size)) }
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
        loop {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = match idle {
                Some(mut connection) => {
                    if !self.manager.still_good(&mut connection) {
                        continue;
                    }
                    connection
                }
                None => self.manager.connect()?,
            };
            return Ok(Lent { connection: Some(connection), pool: self.clone(), _turn: turn });
        }
    }
}

fn busy() -> Error {
    Error::Unavailable("all connections are busy".to_owned())
}

/// A connection that goes back to its pool, unless it broke.
pub(super) struct Lent {
    connection: Option<Opened>,
    pool: Pool,
    _turn: Turn,
}

impl Deref for Lent {
    type Target = DbConnection;

    #[expect(clippy::expect_used, reason = "it is taken by drop only")]
    fn deref(&self) -> &DbConnection {
        &self.connection.as_ref().expect("a connection").connection
    }
}

impl DerefMut for Lent {
    #[expect(clippy::expect_used, reason = "it is taken by drop only")]
    fn deref_mut(&mut self) -> &mut DbConnection {
        &mut self.connection.as_mut().expect("a connection").connection
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        // Before the turn ends, so that the next one finds it.
        if let Some(mut connection) = self.connection.take()
            && !std::thread::panicking()
            && !connection.is_broken()
        {
            self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}
