//! Where passwords are hashed: on threads of their own, few at a time, so that a flood of sign-ins
//! neither fills the memory (19 MiB each) nor takes the processor from the verifier.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::dashboard::Error;

/// Hashes that may wait for their turn; more are refused with 429.
const WAITING: usize = 16;

pub(crate) struct Pool {
    waiting: Arc<Semaphore>,
    working: Arc<Semaphore>,
}

impl Default for Pool {
    fn default() -> Self {
        // Half of the processors: at most that many times 19 MiB.
        let threads = std::thread::available_parallelism().map_or(1, |n| (n.get() / 2).max(1));
        Self { waiting: Arc::new(Semaphore::new(WAITING + threads)), working: Arc::new(Semaphore::new(threads)) }
    }
}

impl Pool {
    /// Runs `work` when it is its turn.
    pub(crate) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let Ok(_waiting) = self.waiting.clone().try_acquire_owned() else {
            return Err(Error::TooManyRequests { retry_after: 2 });
        };
        let working = self.working.clone().acquire_owned().await;
        let job = tokio::task::spawn_blocking(move || {
            let _working = working; // until it is done, even if the client goes away
            work()
        });
        job.await.map_err(|e| Error::Internal(format!("hashing a password: {e}")))
    }
}
