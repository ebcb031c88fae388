//! Somebody who issues access tokens: good ones, and ones that must be refused.
//!
//! `openssl` makes the keys, once for all tests, so that no secret is in the repository.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
    ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
    RSA_PSS_SHA512, RsaEncoding, RsaKeyPair, RsaPublicKeyComponents,
};
use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};

/// A pair of keys, in PEM.
pub struct Signer {
    pub algorithm: &'static str,
    pub private: String,
    pub public: String,
}

pub static RSA: LazyLock<Signer> =
    LazyLock::new(|| Signer::new("RS256", &["RSA", "-pkeyopt", "rsa_keygen_bits:2048"]));
pub static OTHER_RSA: LazyLock<Signer> =
    LazyLock::new(|| Signer::new("RS256", &["RSA", "-pkeyopt", "rsa_keygen_bits:2048"]));
pub static SHORT_RSA: LazyLock<Signer> =
    LazyLock::new(|| Signer::new("RS256", &["RSA", "-pkeyopt", "rsa_keygen_bits:1024"]));
pub static EC: LazyLock<Signer> =
    LazyLock::new(|| Signer::new("ES256", &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]));
pub static OTHER_EC: LazyLock<Signer> =
    LazyLock::new(|| Signer::new("ES256", &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]));
pub static P384: LazyLock<Signer> =
    LazyLock::new(|| Signer::new("ES384", &["EC", "-pkeyopt", "ec_paramgen_curve:P-384"]));
pub static P521: LazyLock<Signer> =
    LazyLock::new(|| Signer::new("ES512", &["EC", "-pkeyopt", "ec_paramgen_curve:P-521"]));
pub static K256: LazyLock<Signer> =
    LazyLock::new(|| Signer::new("ES256K", &["EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"]));
pub static ED: LazyLock<Signer> = LazyLock::new(|| Signer::new("EdDSA", &["ED25519"]));
pub static OTHER_ED: LazyLock<Signer> = LazyLock::new(|| Signer::new("EdDSA", &["ED25519"]));

/// A signer for each accepted algorithm.
pub fn accepted() -> Vec<Signer> {
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
        .into_iter()
        .map(|algorithm| RSA.with(algorithm))
        .chain([&EC, &P384, &P521, &ED].map(|signer| signer.with(signer.algorithm)))
        .collect()
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

/// Base64url without padding.
pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    Base64UrlUnpadded::encode_string(bytes.as_ref())
}

/// How an algorithm signs.
enum Signing {
    Rsa(&'static dyn RsaEncoding),
    Ec(&'static EcdsaSigningAlgorithm),
    Ed,
}

impl Signer {
    fn new(algorithm: &'static str, of: &[&str]) -> Self {
        let private = openssl(&[&["genpkey", "-algorithm"], of].concat(), "");
        let public = openssl(&["pkey", "-pubout"], &private);
        Self { algorithm, private, public }
    }

    /// The same keys with another algorithm.
    pub fn with(&self, algorithm: &'static str) -> Self {
        Self { algorithm, private: self.private.clone(), public: self.public.clone() }
    }

    fn signing(&self) -> Signing {
        match self.algorithm {
            "RS256" => Signing::Rsa(&RSA_PKCS1_SHA256),
            "RS384" => Signing::Rsa(&RSA_PKCS1_SHA384),
            "RS512" => Signing::Rsa(&RSA_PKCS1_SHA512),
            "PS256" => Signing::Rsa(&RSA_PSS_SHA256),
            "PS384" => Signing::Rsa(&RSA_PSS_SHA384),
            "PS512" => Signing::Rsa(&RSA_PSS_SHA512),
            "ES256" => Signing::Ec(&ECDSA_P256_SHA256_FIXED_SIGNING),
            "ES384" => Signing::Ec(&ECDSA_P384_SHA384_FIXED_SIGNING),
            "ES512" => Signing::Ec(&ECDSA_P521_SHA512_FIXED_SIGNING),
            "EdDSA" => Signing::Ed,
            other => panic!("nobody signs with {other}"),
        }
    }

    fn sign_bytes(&self, message: &[u8]) -> Vec<u8> {
        let der = pem::parse(&self.private).unwrap().into_contents();
        let random = SystemRandom::new();
        match self.signing() {
            Signing::Rsa(encoding) => {
                let pair = RsaKeyPair::from_pkcs8(&der).unwrap();
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, message, &mut signature).unwrap();
                signature
            }
            Signing::Ec(algorithm) => {
                let pair = EcdsaKeyPair::from_pkcs8(algorithm, &der).unwrap();
                pair.sign(&random, message).unwrap().as_ref().to_vec()
            }
            Signing::Ed => {
                Ed25519KeyPair::from_pkcs8(&der).unwrap().sign(message).as_ref().to_vec()
            }
        }
    }

    /// The public key in JSON.
    pub fn jwk(&self, id: Option<&str>) -> Value {
        let der = pem::parse(&self.private).unwrap().into_contents();
        let mut jwk = match self.signing() {
            Signing::Rsa(_) => {
                let pair = RsaKeyPair::from_pkcs8(&der).unwrap();
                let parts = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                json!({ "kty": "RSA", "n": base64url(parts.n), "e": base64url(parts.e) })
            }
            Signing::Ec(algorithm) => {
                let pair = EcdsaKeyPair::from_pkcs8(algorithm, &der).unwrap();
                let point = &pair.public_key().as_ref()[1..];
                let (x, y) = point.split_at(point.len() / 2);
                let curve = match self.algorithm {
                    "ES256" => "P-256",
                    "ES384" => "P-384",
                    _ => "P-521",
                };
                json!({ "kty": "EC", "crv": curve, "x": base64url(x), "y": base64url(y) })
            }
            Signing::Ed => {
                let pair = Ed25519KeyPair::from_pkcs8(&der).unwrap();
                json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url(pair.public_key()) })
            }
        };
        jwk["alg"] = json!(self.algorithm);
        jwk["use"] = json!("sig");
        if let Some(id) = id {
            jwk["kid"] = json!(id);
        }
        jwk
    }

    /// A key set with only this key.
    pub fn jwks(&self, id: Option<&str>) -> String {
        json!({ "keys": [self.jwk(id)] }).to_string()
    }

    /// Signs this header and these claims, which need not be valid JSON.
    pub fn sign_raw(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", base64url(header), base64url(claims));
        let signature = base64url(self.sign_bytes(message.as_bytes()));
        format!("{message}.{signature}")
    }

    /// The header, as most issuers write it.
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

/// Signs a token with a shared secret that everybody knows.
pub fn sign_symmetric(header: &str, claims: &str, secret: &[u8]) -> String {
    use aws_lc_rs::hmac;
    let message = format!("{}.{}", base64url(header), base64url(claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    format!("{message}.{}", base64url(hmac::sign(&key, message.as_bytes())))
}
