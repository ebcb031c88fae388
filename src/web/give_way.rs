//! Threads whose work can wait.

/// How much they give way to others.
const NICE: i32 = 10;

/// From now on this thread works when there is a processor that nobody needs for verifying, and little otherwise: on
/// Linux this is the niceness of one thread alone (setpriority(2)).
pub(super) fn to_verifying() {
    let _ = rustix::process::setpriority_process(None, NICE);
}
