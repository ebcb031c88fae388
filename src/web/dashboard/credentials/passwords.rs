//! Where passwords are hashed, and judged when they are chosen: on threads of their own, few at a
//! time, so that a flood of sign-ins neither fills the memory nor takes the processor from the
//! verifier. (Judging one that is made to be hard to judge takes as long as hashing it.)
//!
//! Memory: a hash takes 19 MiB, and as many run as half of the processors: 19 MiB on a machine with
//! 2, 152 MiB with 16, however many people sign in: each thread keeps its own and uses it again.
//! Those who wait take a few hundred bytes.
//!
//! Who may wait, and how many, is in `queue`; known browsers go first (`jobs`): strangers may make
//! the others wait as long as their own slots last.

mod jobs;
mod queue;

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, mpsc};

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use self::jobs::{Jobs, Priority};
use self::queue::{Queue, Slot};
use crate::domain::users::Password;
use crate::domain::users::sign_in::networks;
use crate::web::dashboard::http::Error;

/// How much these threads give way to others.
const NICE: i32 = 10;
/// Seconds after which there is room again.
const RETRY_AFTER: u64 = 2;

pub(crate) struct Pool {
    queue: Queue,
    jobs: Arc<Jobs>,
}

/// A slot in the queue whose turn it is, given back when dropped.
pub(crate) struct Turn {
    _turn: OwnedSemaphorePermit,
    slot: Slot,
}

impl Pool {
    /// Starts the threads, which end with the pool.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub(crate) fn start() -> std::io::Result<Self> {
        let threads = std::thread::available_parallelism().map_or(1, |n| (n.get() / 2).max(1));
        let jobs = Arc::<Jobs>::default();
        let (warm, warmed) = mpsc::channel();
        for _ in 0..threads {
            let (jobs, warm) = (Arc::clone(&jobs), warm.clone());
            std::thread::Builder::new().name("passwords".to_owned()).spawn(move || {
                // Verifying goes first: on Linux this is the niceness of this thread alone
                // (setpriority(2)).
                let _ = rustix::process::setpriority_process(None, NICE);
                // Here, because whatever thread hashes keeps its memory.
                Password::warm_up();
                let _ = warm.send(());
                while let Some(job) = jobs.next() {
                    // One that panics leaves its own request without an answer, and no other.
                    let _ = std::panic::catch_unwind(AssertUnwindSafe(job));
                }
            })?;
        }
        // Nobody is served before: the first sign-in takes no longer than others.
        let _ = warmed.recv();
        Ok(Self { queue: Queue::default(), jobs })
    }

    /// Waits until this address has no other hash under way. Without a slot in the queue: 429 at
    /// once.
    pub(crate) async fn turn(&self, address: IpAddr) -> Result<Turn, Error> {
        let networks: Vec<_> = networks(address).collect();
        wait(self.queue.join(&networks)).await
    }

    /// The same for a known browser of an account: these have slots of their own.
    pub(crate) async fn turn_of_known(&self, account: [u8; 32]) -> Result<Turn, Error> {
        wait(self.queue.join_known(account)).await
    }

    /// Hashes or judges for somebody who has a turn.
    pub(crate) async fn run_in<T: Send + 'static>(
        &self,
        turn: &Turn,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let priority = if turn.slot.is_known() { Priority::Known } else { Priority::Other };
        self.hash(priority, work).await
    }

    async fn hash<T: Send + 'static>(
        &self,
        priority: Priority,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let (answer, answered) = oneshot::channel();
        let job = move || drop(answer.send(work())); // nobody listens when the client went away
        self.jobs.push(priority, Box::new(job));
        answered.await.map_err(|e| Error::Internal(format!("hashing a password: {e}")))
    }

    /// Hashes for somebody whom a secret let in, like a setup link.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let _slot = self.queue.join(&[]).ok_or(FULL)?;
        self.hash(Priority::Other, work).await
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.jobs.close();
    }
}

/// What is said when there is no slot.
const FULL: Error = Error::TooManyRequests { retry_after: RETRY_AFTER };

async fn wait(slot: Option<Slot>) -> Result<Turn, Error> {
    let slot = slot.ok_or(FULL)?;
    let turn = slot.turn().acquire_owned().await;
    Ok(Turn { _turn: turn.map_err(|e| Error::Internal(e.to_string()))?, slot })
}
