//! Hashes of passwords: Argon2id, in PHC form.
//!
//! The 19 MiB in which a hash is computed belong to the thread and are used again. Allocating them
//! each time fragmented the memory, and the process grew to five times its size.

use std::cell::RefCell;
use std::fmt;

use argon2::password_hash::phc::{self, Output, ParamsString, Salt};
use argon2::password_hash::{Error, Result};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::Zeroize;

thread_local! {
    static MEMORY: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

/// The parameters of OWASP's Password Storage Cheat Sheet: Argon2id with 19 MiB, 2 passes, 1 lane.
fn params() -> Params {
    Params::DEFAULT
}

/// A hash in PHC form: `$argon2id$v=19$m=19456,t=2,p=1$…`.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    pub(in crate::domain) fn stored(text: String) -> Self {
        Self(text)
    }

    pub(super) fn of(password: &[u8], salt: &[u8]) -> Result<Self> {
        let params = params();
        let hash = phc::PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&params)?,
            salt: Some(Salt::new(salt)?),
            hash: Some(output(password, salt, params)?),
        };
        Ok(Self(hash.to_string()))
    }

    /// Whether the password has this hash, with the parameters that stand in the hash.
    pub(super) fn is_of(&self, password: &[u8]) -> bool {
        let same = || -> Result<bool> {
            let hash = phc::PasswordHash::new(&self.0)?;
            if hash.algorithm != Algorithm::Argon2id.ident()
                || hash.version != Some(Version::V0x13.into())
            {
                return Err(Error::Algorithm);
            }
            let salt = hash.salt.ok_or(Error::SaltInvalid)?;
            // Both outputs are compared in constant time.
            Ok(hash.hash == Some(output(password, &salt, Params::try_from(&hash)?)?))
        };
        same().unwrap_or(false)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the hash was made with other parameters than the current ones.
    pub fn is_outdated(&self) -> bool {
        let now = params();
        let expected =
            format!("$argon2id$v=19$m={},t={},p={}$", now.m_cost(), now.t_cost(), now.p_cost());
        !self.0.starts_with(&expected)
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

fn output(password: &[u8], salt: &[u8], params: Params) -> Result<Output> {
    let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
    MEMORY.with_borrow_mut(|memory| {
        memory.resize(params.block_count(), Block::new());
        let done = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(password, salt, &mut output, &mut **memory);
        memory.zeroize();
        done
    })?;
    let hash = Output::new(&output);
    output.zeroize();
    Ok(hash?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::{PasswordHasher, PasswordVerifier};

    #[test]
    fn hashes_are_those_of_everybody_else() {
        let ours = PasswordHash::of(b"plum-orbit-cable-41", b"sixteen bytes ok").unwrap();
        let theirs: phc::PasswordHash = Argon2::default()
            .hash_password_with_salt(b"plum-orbit-cable-41", b"sixteen bytes ok")
            .unwrap();
        assert_eq!(ours.as_str(), theirs.to_string());
        assert!(Argon2::default().verify_password(b"plum-orbit-cable-41", ours.as_str()).is_ok());
        assert!(ours.is_of(b"plum-orbit-cable-41") && !ours.is_of(b"plum-orbit-cable-42"));
    }

    #[test]
    fn older_parameters_still_fit_and_other_algorithms_never() {
        let weak =
            Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8, 1, 1, None).unwrap());
        let old = PasswordHash::stored(
            weak.hash_password_with_salt(b"a", b"sixteen bytes ok").unwrap().to_string(),
        );
        assert!(old.is_outdated() && old.is_of(b"a") && !old.is_of(b"b"));
        for nonsense in [
            "",
            "x",
            &old.as_str().replace("argon2id", "argon2d"),
            &old.as_str().replace("v=19", "v=16"),
        ] {
            assert!(!PasswordHash::stored(nonsense.to_owned()).is_of(b"a"), "{nonsense}");
        }
    }
}
