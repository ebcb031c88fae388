//! File descriptors. Every connection needs one, and so do the files of the database.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors that are reserved for the database, the log and the listener, so that a flood of
/// connections can't use them up.
const RESERVED: u64 = 128;
/// The most connections that a worker may have. This is actix's own default.
const PER_WORKER: u64 = 25_600;

/// Raises the soft limit to the hard limit, and returns how many connections each worker may have.
/// Further connections wait in the kernel's queue until others end. On Linux the soft limit is
/// 1,024 for the sake of `select`, which is not used here (systemd.exec(5), `LimitNOFILE`).
pub(super) fn connections_per_worker(workers: usize) -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    let limit = if raised.is_ok() { maximum } else { current };
    share(limit, workers)
}

/// Divides the descriptors among the workers. `None` means that there is no limit.
fn share(limit: Option<u64>, workers: usize) -> usize {
    let for_connections = limit.unwrap_or(u64::MAX).saturating_sub(RESERVED).max(RESERVED);
    let each = for_connections / u64::try_from(workers).unwrap_or(1).max(1);
    usize::try_from(each.clamp(1, PER_WORKER)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_descriptors_for_the_database() {
        assert_eq!(share(Some(1024), 2), 448);
        assert_eq!(share(Some(64), 4), 32, "a tiny limit still serves");
        assert_eq!(share(None, 2), 25_600);
    }
}
