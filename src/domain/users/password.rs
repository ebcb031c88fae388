//! Passwords: which are good enough, and how they are checked.

use std::fmt;
use std::sync::LazyLock;

use zeroize::Zeroizing;

use super::password_hash::PasswordHash;
use crate::domain::CryptoRng;
use crate::domain::text::fold;

/// The shortest password in characters (OWASP ASVS 5.0, 6.2.1 asks for 8).
const MIN_CHARS: usize = 12;
/// The longest password in bytes (ASVS 6.2.9 asks for at least 64). All of it counts.
const MAX_BYTES: usize = 1024;

/// How many characters zxcvbn judges at once. It tries every reading of characters that look alike
/// (4 is an a, 7 is an l or a t) in every part of a password. With a hundred of them it works for
/// two seconds, and no other request of the thread goes on. So a password is judged in parts, as
/// many as zxcvbn would look at by itself, and one good part makes the whole password good.
const JUDGED_CHARS: usize = 32;
const JUDGED_PARTS: usize = 3;

/// Removes repetition, because in parts of the password zxcvbn would not see that it repeats
/// itself.
fn without_repetition(text: &str) -> &str {
    let end = text
        .char_indices()
        .map(|(at, _)| at)
        .skip(1)
        .find(|&at| text.get(at..).is_some_and(|rest| text.starts_with(rest)));
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

fn parts_to_judge(text: &str) -> impl Iterator<Item = &str> {
    let text = without_repetition(text);
    let starts = text.char_indices().map(|(at, _)| at).step_by(JUDGED_CHARS);
    let ends =
        text.char_indices().map(|(at, _)| at).step_by(JUDGED_CHARS).skip(1).chain([text.len()]);
    starts.zip(ends).take(JUDGED_PARTS).filter_map(|(start, end)| text.get(start..end))
}

/// The hash of a password that nobody knows. It is checked where there is no such user, so that
/// both cases take the same time.
static NOBODY: LazyLock<PasswordHash> =
    LazyLock::new(|| Password::unchecked("nobody").hash(&mut crate::domain::os_rng()));

/// A password that somebody typed. It is wiped when it is dropped, and never shown.
pub struct Password(Zeroizing<String>);

/// Why a password can't be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Fewer than 12 characters.
    #[error("Use at least 12 characters.")]
    TooShort,
    /// More than 1,024 bytes.
    #[error("Use at most 1,024 bytes.")]
    TooLong,
    /// It is the e-mail address or the name.
    #[error("Don't use your name or e-mail address as the password.")]
    IsAboutYou,
    /// It is common, or made of few simple parts.
    #[error("This password is easy to guess. A few unrelated words make a good one.")]
    Weak,
}

impl Password {
    /// Parses a password that its owner chooses. `about` is what an attacker would try first: the
    /// e-mail address and the name. There are no rules of composition (ASVS 6.2.5).
    pub fn choose(text: Zeroizing<String>, about: &[&str]) -> Result<Self, PasswordError> {
        if text.chars().count() < MIN_CHARS {
            return Err(PasswordError::TooShort);
        }
        if text.len() > MAX_BYTES {
            return Err(PasswordError::TooLong);
        }
        let folded = Zeroizing::new(fold(text.trim()));
        if about.iter().any(|word| fold(word) == *folded) {
            return Err(PasswordError::IsAboutYou);
        }
        let separators = ['@', '.', ' '];
        let joined: Vec<String> = about.iter().map(|word| word.replace(separators, "")).collect();
        let parts =
            about.iter().flat_map(|word| word.split(separators)).filter(|part| part.len() > 2);
        let about: Vec<&str> = about
            .iter()
            .copied()
            .chain(joined.iter().map(String::as_str))
            .chain(parts)
            .chain(["keyrack"])
            .collect();
        if !parts_to_judge(&text)
            .any(|part| zxcvbn::zxcvbn(part, &about).score() >= zxcvbn::Score::Three)
        {
            return Err(PasswordError::Weak);
        }
        Ok(Self(text))
    }

    /// A password to compare with a stored one. A password that is too long fits none, and costs no
    /// more to check.
    pub fn unchecked(text: &str) -> Self {
        Self(Zeroizing::new(if text.len() > MAX_BYTES { String::new() } else { text.to_owned() }))
    }

    /// Hashes the password, which takes about 20 ms and 19 MiB. It must not run in async code or
    /// inside a transaction.
    ///
    /// # Panics
    ///
    /// Never: Argon2 refuses only parameters and lengths that can't occur here.
    #[expect(clippy::expect_used, reason = "constant parameters, bounded length")]
    pub fn hash(&self, rng: &mut impl CryptoRng) -> PasswordHash {
        let mut salt = [0; 16];
        rng.fill_bytes(&mut salt);
        PasswordHash::of(self.0.as_bytes(), &salt).expect("Argon2 takes these lengths")
    }

    /// Whether the password fits the hash. Without a hash the answer is no, after the same time.
    pub fn fits(&self, hash: Option<&PasswordHash>) -> bool {
        let known = hash.is_some();
        let hash = hash.unwrap_or(&NOBODY);
        let fits = hash.is_of(self.0.as_bytes());
        fits && known && !self.0.is_empty()
    }

    /// Prepares the first [`Password::fits`], so that it is as quick as all others.
    pub fn warm_up() {
        LazyLock::force(&NOBODY);
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::os_rng;

    fn choose(text: &str) -> Result<Password, PasswordError> {
        Password::choose(
            Zeroizing::new(text.to_owned()),
            &["ada.lovelace@example.com", "Ada Lovelace"],
        )
    }

    #[test]
    fn one_good_part_of_a_long_password_is_enough() {
        let long = format!("{}{}", "é".repeat(69), "x".repeat(69));
        assert_eq!(
            parts_to_judge(&long[..139]).map(|part| part.chars().count()).collect::<Vec<_>>(),
            [32, 32, 6]
        );
        assert_eq!(
            parts_to_judge(&long).map(|part| part.chars().count()).collect::<Vec<_>>(),
            [32, 32, 32]
        );
        assert_eq!(parts_to_judge("").count(), 0);
        assert!(choose(&format!("{}{}", "a".repeat(32), "plum tractor gale sonnet")).is_ok());
    }

    #[test]
    fn what_repeats_counts_once() {
        for weak in ["a", "ada lovelace ", "lovelace", "password"] {
            let weak = weak.repeat(20);
            assert_eq!(choose(&weak).err(), Some(PasswordError::Weak), "{weak}");
            assert_eq!(
                choose(&weak[..weak.len() - 3]).err(),
                Some(PasswordError::Weak),
                "{weak} cut short"
            );
        }
        assert!(choose(&"plum tractor gale sonnet ".repeat(20)).is_ok());
    }

    #[test]
    fn length_is_twelve_characters_to_1024_bytes() {
        assert_eq!(choose("short-p4ss!").unwrap_err(), PasswordError::TooShort);
        assert!(choose("ключ-на-полке").is_ok(), "13 characters");
        let long = "correct horse battery staple ".repeat(40);
        assert!(choose(&long[..1024]).is_ok());
        assert_eq!(choose(&long[..1025]).unwrap_err(), PasswordError::TooLong);
    }

    #[test]
    fn common_passwords_and_the_own_address_are_refused() {
        for weak in [
            "password1234",
            "qwertyuiop12",
            "123456789012",
            "aaaaaaaaaaaa",
            "iloveyou1234",
            "adalovelace1",
            "keyrackkeyrack",
        ] {
            assert_eq!(choose(weak).err(), Some(PasswordError::Weak), "{weak}");
        }
        assert_eq!(choose("Ada.Lovelace@example.com").unwrap_err(), PasswordError::IsAboutYou);
    }

    #[test]
    fn every_byte_counts() {
        let base = "x7".repeat(512);
        for at in [72, 255, 1000] {
            let mut other = base.clone();
            other.replace_range(at..=at, "#");
            let hash = Password::unchecked(&base).hash(&mut os_rng());
            assert!(Password::unchecked(&base).fits(Some(&hash)));
            assert!(!Password::unchecked(&other).fits(Some(&hash)), "byte {at}");
        }
    }

    #[test]
    fn hashes_say_their_parameters() {
        let hash = Password::unchecked("x").hash(&mut os_rng());
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.as_str());
        assert!(!hash.is_outdated());
        assert!(
            PasswordHash::stored("$argon2id$v=19$m=4096,t=3,p=1$c2FsdHNhbHQ$aGFzaA".to_owned())
                .is_outdated()
        );
    }

    #[test]
    fn nothing_fits_nobody_and_nothing_is_shown() {
        assert!(!Password::unchecked("nobody").fits(None));
        assert!(!Password::unchecked("").fits(Some(&Password::unchecked("").hash(&mut os_rng()))));
        assert_eq!(format!("{:?}", Password::unchecked("canary")), "Password(…)");
    }
}
