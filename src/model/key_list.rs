//! How a list of keys can be filtered and sorted.

use super::words::words;

words! {
    /// The states by which a list of keys can be filtered.
    pub enum KeyStatus {
        /// It works now, whether or not it expires soon.
        Active = "active",
        /// It works now and expires within [`SOON`](super::SOON).
        Expiring = "expiring",
        Expired = "expired",
        /// It is refused until somebody resumes it.
        Paused = "paused",
        /// Not used for 30 days.
        Unused30 = "unused-30",
        /// Not used for 90 days.
        Unused90 = "unused-90",
        /// Its full text was reported in the wrong hands.
        Leaked = "leaked",
    }
}

words! {
    /// The order of a list of keys.
    #[derive(Default)]
    pub enum KeySort {
        /// The newest first.
        #[default]
        Newest = "newest",
        Name = "name",
        /// The key that was used most recently first.
        LastUsed = "last-used",
    }
}
