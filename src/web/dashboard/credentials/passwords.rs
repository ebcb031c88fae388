//! Hashes passwords, and judges new ones. Both run on a few separate threads, so that a flood of
//! sign-ins neither fills the memory nor takes the processor from the verifier. Judging a password
//! can take as long as hashing it, if it is made for that.
//!
//! A hash takes 19 MiB, and there is a thread for every second processor. Each thread keeps its
//! memory and uses it again. So it is 19 MiB on a machine with 2 processors and 152 MiB with 16,
//! however many people sign in. Those who wait take a few hundred bytes.
//!
//! `queue` says who may wait, and how many. In `jobs`, known browsers go first. Others may have to
//! wait until the attempts of strangers that are in the queue before them are done.

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

/// The niceness of these threads.
const NICE: i32 = 10;
/// The number of seconds after which there should be room again.
const RETRY_AFTER: u64 = 2;

pub(crate) struct Pool {
    queue: Queue,
    jobs: Arc<Jobs>,
}

/// A slot in the queue whose turn has come. It is given back when dropped.
pub(crate) struct Turn {
    _turn: OwnedSemaphorePermit,
    slot: Slot,
}

impl Pool {
    /// Starts the threads, which end with the pool.
    ///
    /// # Errors
    /// If no thread can be started.
    pub(crate) fn start() -> std::io::Result<Self> {
        let threads = std::thread::available_parallelism().map_or(1, |n| (n.get() / 2).max(1));
        let jobs = Arc::<Jobs>::default();
        let (warm, warmed) = mpsc::channel();
        for _ in 0..threads {
            let (jobs, warm) = (Arc::clone(&jobs), warm.clone());
            std::thread::Builder::new().name("passwords".to_owned()).spawn(move || {
                // Verifications go first. On Linux this sets the niceness of this thread alone
                // (setpriority(2)).
                let _ = rustix::process::setpriority_process(None, NICE);
                // This runs on the thread itself, because each thread keeps the memory that it
                // hashed with.
                Password::warm_up();
                let _ = warm.send(());
                while let Some(job) = jobs.next() {
                    // A job that panics leaves only its own request without an answer.
                    let _ = std::panic::catch_unwind(AssertUnwindSafe(job));
                }
            })?;
        }
        // The server waits for this, so that the first sign-in takes no longer than others.
        let _ = warmed.recv();
        Ok(Self { queue: Queue::default(), jobs })
    }

    /// Waits until no other attempt of this address is under way. If there is no slot in the queue,
    /// the answer is 429 at once.
    pub(crate) async fn turn(&self, address: IpAddr) -> Result<Turn, Error> {
        let networks: Vec<_> = networks(address).collect();
        wait(self.queue.join(&networks)).await
    }

    /// The same for a known browser of an account. Known browsers have slots of their own.
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
        let job = move || drop(answer.send(work())); // nobody waits for it if the client went away
        self.jobs.push(priority, Box::new(job));
        answered.await.map_err(|e| Error::Internal(format!("hashing a password: {e}")))
    }

    /// Hashes for somebody with a secret, such as a setup link.
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

/// The error when there is no slot.
const FULL: Error = Error::TooManyRequests { retry_after: RETRY_AFTER };

async fn wait(slot: Option<Slot>) -> Result<Turn, Error> {
    let slot = slot.ok_or(FULL)?;
    let turn = slot.turn().acquire_owned().await;
    Ok(Turn { _turn: turn.map_err(|e| Error::Internal(e.to_string()))?, slot })
}
