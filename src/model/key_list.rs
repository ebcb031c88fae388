//! What somebody may ask of a list of keys.

use super::words::words;

words! {
    /// What the list of keys can be narrowed to.
    pub enum KeyStatus {
        /// Good, for now.
        Active = "active",
        /// Good, for two more weeks at the most.
        Expiring = "expiring",
        Expired = "expired",
        /// Not good for now.
        Paused = "paused",
        /// Not used for 30 days.
        Unused30 = "unused-30",
        /// Not used for 90 days.
        Unused90 = "unused-90",
        /// Somebody else has seen its full text.
        Leaked = "leaked",
    }
}

words! {
    /// In which order the list of keys stands.
    #[derive(Default)]
    pub enum KeySort {
        /// The newest first.
        #[default]
        Newest = "newest",
        Name = "name",
        /// What was used last first.
        LastUsed = "last-used",
    }
}
