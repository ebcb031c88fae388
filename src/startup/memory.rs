//! What the memory of the process holds is nobody's business.

use rustix::process::{Resource, Rlimit, setrlimit};

/// Keys and passwords of the requests under way are in memory. When the process crashes, none of
/// that shall end up in a file: core dumps are off, also where the system hands them to a program,
/// and nobody but root may attach to the process (prctl(2), `PR_SET_DUMPABLE`). Where this is not
/// possible, the process goes on without it.
pub fn keep_memory_private() {
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}
