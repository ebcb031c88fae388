//! Somebody who issues access tokens: good ones, and such that must be refused.
//!
//! The keys are made by `openssl`, once for all tests: nothing secret is in the repository.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use jsonwebtoken::jwk::{AlgorithmParameters, Jwk};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde_json::{Value, json};

/// A pair of keys, in PEM.
pub struct Signer {
    pub algorithm: Algorithm,
    pub private: String,
    pub public: String,
}

pub static RSA: LazyLock<Signer> =
    LazyLock::new(|| Signer::new(Algorithm::RS256, &["RSA", "-pkeyopt", "rsa_keygen_bits:2048"]));
pub static OTHER_RSA: LazyLock<Signer> =
    LazyLock::new(|| Signer::new(Algorithm::RS256, &["RSA", "-pkeyopt", "rsa_keygen_bits:2048"]));
pub static SHORT_RSA: LazyLock<Signer> =
    LazyLock::new(|| Signer::new(Algorithm::RS256, &["RSA", "-pkeyopt", "rsa_keygen_bits:1024"]));
pub static PSS: LazyLock<Signer> = LazyLock::new(|| RSA.with(Algorithm::PS256));
pub static EC: LazyLock<Signer> =
    LazyLock::new(|| Signer::new(Algorithm::ES256, &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]));
pub static OTHER_EC: LazyLock<Signer> =
    LazyLock::new(|| Signer::new(Algorithm::ES256, &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]));
pub static P384: LazyLock<Signer> =
    LazyLock::new(|| Signer::new(Algorithm::ES384, &["EC", "-pkeyopt", "ec_paramgen_curve:P-384"]));
pub static K256: LazyLock<Signer> = LazyLock::new(|| {
    Signer::new(Algorithm::ES256, &["EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"])
});
pub static ED: LazyLock<Signer> = LazyLock::new(|| Signer::new(Algorithm::EdDSA, &["ED25519"]));
pub static OTHER_ED: LazyLock<Signer> =
    LazyLock::new(|| Signer::new(Algorithm::EdDSA, &["ED25519"]));

/// One for each algorithm that is accepted.
pub fn accepted() -> [&'static Signer; 4] {
    [&RSA, &PSS, &EC, &ED]
}

fn openssl(arguments: &[&str], input: &str) -> String {
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl: run scripts/install-test-tools");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "openssl {arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Base64url without padding: the library has it, and gives it only as the value of a key.
pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    let jwk = Jwk::from_decoding_key(&DecodingKey::from_secret(bytes.as_ref()), None).unwrap();
    let AlgorithmParameters::OctetKey(key) = jwk.algorithm else { unreachable!() };
    key.value
}

impl Signer {
    fn new(algorithm: Algorithm, of: &[&str]) -> Self {
        let private = openssl(&[&["genpkey", "-algorithm"], of].concat(), "");
        let public = openssl(&["pkey", "-pubout"], &private);
        Self { algorithm, private, public }
    }

    /// The same keys with another algorithm.
    pub fn with(&self, algorithm: Algorithm) -> Self {
        Self { algorithm, private: self.private.clone(), public: self.public.clone() }
    }

    fn encoding(&self) -> EncodingKey {
        let pem = self.private.as_bytes();
        match self.algorithm {
            Algorithm::ES256 | Algorithm::ES384 => EncodingKey::from_ec_pem(pem).unwrap(),
            Algorithm::EdDSA => EncodingKey::from_ed_pem(pem).unwrap(),
            _ => EncodingKey::from_rsa_pem(pem).unwrap(),
        }
    }

    /// The public key in JSON.
    pub fn jwk(&self, id: Option<&str>) -> Value {
        let mut jwk =
            serde_json::to_value(Jwk::from_encoding_key(&self.encoding(), self.algorithm).unwrap())
                .unwrap();
        jwk["use"] = json!("sig");
        if let Some(id) = id {
            jwk["kid"] = json!(id);
        }
        jwk
    }

    /// A set with this key alone.
    pub fn jwks(&self, id: Option<&str>) -> String {
        json!({ "keys": [self.jwk(id)] }).to_string()
    }

    /// Signs whatever these are, in JSON.
    pub fn sign_raw(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", base64url(header), base64url(claims));
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &self.encoding(), self.algorithm)
                .unwrap();
        format!("{message}.{signature}")
    }

    /// A header as most issuers write it.
    pub fn header(&self, id: Option<&str>) -> Value {
        let mut header = json!({ "alg": self.algorithm, "typ": "JWT" });
        if let Some(id) = id {
            header["kid"] = json!(id);
        }
        header
    }

    /// A token with these claims.
    pub fn sign(&self, id: Option<&str>, claims: &Value) -> String {
        self.sign_raw(&self.header(id).to_string(), &claims.to_string())
    }
}

/// Signed with a secret that everybody knows.
pub fn sign_symmetric(header: &str, claims: &str, secret: &[u8]) -> String {
    let message = format!("{}.{}", base64url(header), base64url(claims));
    let signature = jsonwebtoken::crypto::sign(
        message.as_bytes(),
        &EncodingKey::from_secret(secret),
        Algorithm::HS256,
    )
    .unwrap();
    format!("{message}.{signature}")
}
