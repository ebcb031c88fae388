//! Keeps the memory of the process private.

use rustix::process::{Resource, Rlimit, setrlimit};

/// Turns core dumps off and lets only root attach to the process (prctl(2), `PR_SET_DUMPABLE`). The
/// keys and passwords of the requests under way are in memory, and a crash must not write them to a
/// file or hand them to a program that collects core dumps. Where this is not possible, the process
/// goes on without it.
pub fn keep_memory_private() {
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}
