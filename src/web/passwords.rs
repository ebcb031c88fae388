//! Where passwords are hashed, and judged when they are chosen: on threads of their own, few at a
//! time, so that a flood of sign-ins neither fills the memory nor takes the processor from the
//! verifier. (Judging one that is made to be hard to judge takes as long as hashing it.)
//!
//! Memory: a hash takes 19 MiB, and as many run as half of the processors: 19 MiB on a machine with
//! 2, 152 MiB with 16, however many people sign in: each thread keeps its own and uses it again.
//! Those who wait take a few hundred bytes.
//!
//! Places to wait are few, and one address gets a part of them only: a flood from one place is
//! refused there, and leaves room for everybody else.

use std::collections::HashMap;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::dashboard::Error;
use crate::domain::users::Password;

/// Hashes that may wait for their turn; more are refused with 429. The last one waits for half a
/// second on a machine with 2 processors.
const WAITING: usize = 16;
/// Those of one address.
const WAITING_PER_ADDRESS: usize = 8;
/// How much these threads give way to others.
const NICE: i32 = 10;
/// Seconds after which there is room again.
const RETRY_AFTER: u64 = 2;

type Job = Box<dyn FnOnce() + Send>;

pub(crate) struct Pool {
    waiting: Arc<Semaphore>,
    /// To the threads.
    jobs: mpsc::Sender<Job>,
    /// Who waits, by address.
    queues: Arc<Mutex<HashMap<IpAddr, Queue>>>,
}

/// The line of one address.
struct Queue {
    length: usize,
    /// One at a time: so nobody is refused because of a try that is not decided yet.
    first: Arc<Semaphore>,
}

/// A place in the line, given back when dropped.
pub(crate) struct Turn {
    _waiting: OwnedSemaphorePermit,
    _first: OwnedSemaphorePermit,
    _place: Place,
}

struct Place {
    address: IpAddr,
    queues: Arc<Mutex<HashMap<IpAddr, Queue>>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = queues.get_mut(&self.address) {
            queue.length -= 1;
            if queue.length == 0 {
                queues.remove(&self.address);
            }
        }
    }
}

impl Pool {
    /// Starts the threads, which end with the pool.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub(crate) fn start() -> std::io::Result<Self> {
        let threads = std::thread::available_parallelism().map_or(1, |n| (n.get() / 2).max(1));
        let (jobs, queue) = mpsc::channel::<Job>();
        let queue = Arc::new(Mutex::new(queue));
        let (warm, warmed) = mpsc::channel();
        for _ in 0..threads {
            let (queue, warm) = (Arc::clone(&queue), warm.clone());
            std::thread::Builder::new().name("passwords".to_owned()).spawn(move || {
                // Verifying goes first: on Linux this is the niceness of this thread alone
                // (setpriority(2)).
                let _ = rustix::process::setpriority_process(None, NICE);
                // Here, because whatever thread hashes keeps its memory.
                Password::warm_up();
                let _ = warm.send(());
                loop {
                    // The lock is given back before the work begins.
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok(job) = next else { break };
                    // One that panics leaves its own request without an answer, and no other.
                    let _ = std::panic::catch_unwind(AssertUnwindSafe(job));
                }
            })?;
        }
        // Nobody is served before: the first sign-in takes no longer than others.
        let _ = warmed.recv();
        Ok(Self {
            waiting: Arc::new(Semaphore::new(WAITING + threads)),
            jobs,
            queues: Arc::default(),
        })
    }

    /// Waits until `address` has no other hash under way. Without a place in the line: 429 at once.
    pub(crate) async fn turn(&self, address: IpAddr) -> Result<Turn, Error> {
        let waiting = self.place()?;
        let (place, first) = {
            let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
            let queue = queues
                .entry(address)
                .or_insert_with(|| Queue { length: 0, first: Arc::new(Semaphore::new(1)) });
            if queue.length >= WAITING_PER_ADDRESS {
                return Err(Error::TooManyRequests { retry_after: RETRY_AFTER });
            }
            queue.length += 1;
            (Place { address, queues: Arc::clone(&self.queues) }, Arc::clone(&queue.first))
        };
        let first = first.acquire_owned().await.map_err(|e| Error::Internal(e.to_string()))?;
        Ok(Turn { _waiting: waiting, _first: first, _place: place })
    }

    /// Hashes or judges for somebody who has a turn.
    pub(crate) async fn run_in<T: Send + 'static>(
        &self,
        _: &Turn,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        self.hash(work).await
    }

    async fn hash<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let (answer, answered) = oneshot::channel();
        let job = move || drop(answer.send(work())); // nobody listens when the client went away
        self.jobs.send(Box::new(job)).map_err(|e| Error::Internal(e.to_string()))?;
        answered.await.map_err(|e| Error::Internal(format!("hashing a password: {e}")))
    }

    /// Hashes for somebody whom a secret let in, like a setup link.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let _waiting = self.place()?;
        self.hash(work).await
    }

    fn place(&self) -> Result<OwnedSemaphorePermit, Error> {
        self.waiting
            .clone()
            .try_acquire_owned()
            .map_err(|_| Error::TooManyRequests { retry_after: RETRY_AFTER })
    }
}
