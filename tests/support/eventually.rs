//! Waits for something that another process does in its own time.

use std::time::{Duration, Instant};

/// Waits until the condition holds, for ten seconds at most.
pub async fn eventually(mut so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !so() {
        assert!(started.elapsed() < Duration::from_secs(10), "it did not happen");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
