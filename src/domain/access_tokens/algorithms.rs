//! The accepted signature algorithms (RFC 7518, 3.1; RFC 8037, 3.1), and the kind of key that each
//! needs. Nothing else is accepted: not `none`, no symmetric algorithms, no unknown names.

use std::fmt;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
    VerificationAlgorithm,
};

/// The kinds of public keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Rsa,
    P256,
    P384,
    P521,
    Ed25519,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rsa => "RSA",
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::Ed25519 => "Ed25519",
        })
    }
}

/// An algorithm. There is one value of each, so they are compared by name.
#[derive(Debug)]
pub(super) struct Algorithm {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) verification: &'static dyn VerificationAlgorithm,
}

pub(super) static ACCEPTED: [Algorithm; 10] = [
    accepted("RS256", Kind::Rsa, &RSA_PKCS1_2048_8192_SHA256),
    accepted("RS384", Kind::Rsa, &RSA_PKCS1_2048_8192_SHA384),
    accepted("RS512", Kind::Rsa, &RSA_PKCS1_2048_8192_SHA512),
    accepted("PS256", Kind::Rsa, &RSA_PSS_2048_8192_SHA256),
    accepted("PS384", Kind::Rsa, &RSA_PSS_2048_8192_SHA384),
    accepted("PS512", Kind::Rsa, &RSA_PSS_2048_8192_SHA512),
    accepted("ES256", Kind::P256, &ECDSA_P256_SHA256_FIXED),
    accepted("ES384", Kind::P384, &ECDSA_P384_SHA384_FIXED),
    accepted("ES512", Kind::P521, &ECDSA_P521_SHA512_FIXED),
    accepted("EdDSA", Kind::Ed25519, &ED25519),
];

const fn accepted(
    name: &'static str,
    kind: Kind,
    verification: &'static dyn VerificationAlgorithm,
) -> Algorithm {
    Algorithm { name, kind, verification }
}

impl Algorithm {
    /// The accepted algorithm with this name. Names are compared exactly (RFC 7515, 4.1.1).
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        ACCEPTED.iter().find(|algorithm| algorithm.name == name)
    }
}

impl PartialEq for Algorithm {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}
