//! Threads whose work can wait.

/// From now on this thread works when there is a processor that nobody needs for verifying, and little otherwise: on
/// Linux this is the niceness of one thread alone (setpriority(2); 0 gives way to nobody, 19 to all).
pub(super) fn to_verifying(niceness: i32) {
    let _ = rustix::process::setpriority_process(None, niceness);
}
