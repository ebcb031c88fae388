//! The terms by which a key is found, apart from its name, mask and id.

use std::collections::BTreeSet;

use super::ApiKey;
use crate::db::{DbConnection, Result, key_terms};
use crate::domain::text::fold;

/// How many characters of a note can be searched for at once.
const TERM_MAX: usize = 64;

/// Stores the terms of a key's note, and its former mask.
pub(super) fn index(
    connection: &mut DbConnection,
    key: &ApiKey,
    note: &str,
    former_mask: Option<&str>,
) -> Result<()> {
    let terms = terms(note);
    key_terms::replace(
        connection,
        &key.environment_id,
        &key.id,
        terms.iter().map(String::as_str).chain(former_mask),
    )
}

/// The note from the beginning of each of its words on, so that a search by range finds both words
/// and phrases.
fn terms(note: &str) -> BTreeSet<String> {
    let text = fold(&note.split_whitespace().collect::<Vec<_>>().join(" "));
    let mut before = ' ';
    let mut terms = BTreeSet::new();
    for (at, c) in text.char_indices() {
        if c.is_alphanumeric() && !before.is_alphanumeric() {
            terms.insert(text[at..].chars().take(TERM_MAX).collect());
        }
        before = c;
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_a_note_begins_a_term() {
        let found = terms("Called by the\n newsletter  worker; ask dana@example.com.");
        for term in [
            "newsletter worker; ask dana@example.com.",
            "dana@example.com.",
            "example.com.",
            "com.",
        ] {
            assert!(found.contains(term), "{term}: {found:?}");
        }
        assert!(!found.iter().any(|term| term.starts_with(' ')));
        assert!(terms(" ").is_empty());
        assert!(terms(&"x".repeat(500)).iter().all(|term| term.len() == TERM_MAX));
    }
}
