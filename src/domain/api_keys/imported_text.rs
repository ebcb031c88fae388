//! Texts that people type, in which an imported key may stand: such keys have any shape, so that only
//! their digests tell.

use std::iter::{once, successors};

use super::import::any_imported;
use super::secret::Digest;
use crate::db::{DbConnection, ProjectId, Result, api_keys};

/// What may stand around a key in a text.
const AROUND: [char; 16] =
    ['"', '\'', '`', ',', ';', '.', ':', '!', '?', '(', ')', '[', ']', '{', '}', '>'];

/// More signs than this around a key are not looked through.
const MOST_AROUND: usize = 4;

/// Whether a key of the project stands in a text, as a word of it. (Whether one of another project
/// does is told to nobody.)
pub fn holds_imported(
    connection: &mut DbConnection,
    project: &ProjectId,
    text: &str,
) -> Result<bool> {
    if !any_imported(connection)? {
        return Ok(false); // the shape of our own keys tells them
    }
    let digests: Vec<Digest> =
        words(text).filter_map(|word| Digest::of_imported(word.as_bytes())).collect();
    let digests: Vec<&[u8]> = digests.iter().map(|digest| &digest.bytes()[..]).collect();
    Ok(!api_keys::import::known_digests(connection, project, &digests)?.is_empty())
}

/// The words of a text, each with and without what stands around it, sign by sign (a key may end in
/// one), and what follows `=` or `:` in them: `KEY="…"`.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace().flat_map(|word| {
        let after = ['=', ':'].into_iter().filter_map(move |sign| Some(word.split_once(sign)?.1));
        once(word).chain(after).flat_map(|word| {
            let from_start = successors(Some(word), |word| word.strip_prefix(AROUND));
            from_start.take(MOST_AROUND).flat_map(|word| {
                successors(Some(word), |word| word.strip_suffix(AROUND)).take(MOST_AROUND)
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_word_whatever_stands_around_it() {
        for key in ["AKIA0123", "AKIA/old+key=~!", "a:b=c"] {
            for text in [
                key.to_owned(),
                format!("  {key}\n"),
                format!("the key is {key}, ask dana"),
                format!("({key})"),
                format!("KEY=\"{key}\""),
                format!("export KEY='{key}';"),
                format!("X-API-Key:{key}"),
                format!("X-API-Key: {key}."),
            ] {
                assert!(words(&text).any(|word| word == key), "{text}");
            }
        }
        assert!(!words("server-key-2").any(|word| word == "server-key"));
    }
}
