//! The secret that an authenticator app and the server share.

use std::fmt;

use chrono::NaiveDateTime;
use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

use crate::domain::CryptoRng;

/// The length in bytes: RFC 4226 recommends 160 bits.
const LENGTH: usize = 20;
/// The seconds for which a code is valid. Clocks may differ by one more step (RFC 6238, 5.2).
const STEP: u64 = 30;
const LEEWAY: u16 = 1;

/// The secret. It is stored in the clear, unlike a password, because the codes are computed from
/// it, so a hash would not do. It is shown while two-step sign-in is being turned on, and never
/// again.
pub struct Secret(Zeroizing<[u8; LENGTH]>);

impl Secret {
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = Zeroizing::new([0; LENGTH]);
        rng.fill_bytes(&mut *bytes);
        Self(bytes)
    }

    /// The secret with these stored bytes.
    pub(super) fn stored(bytes: &[u8]) -> Option<Self> {
        Some(Self(Zeroizing::new(bytes.try_into().ok()?)))
    }

    /// Parses a secret in base 32 (RFC 4648).
    pub fn parse(text: &str) -> Option<Self> {
        Self::stored(totp_rs::Secret::try_from_base32(text).ok()?.as_bytes())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// The secret as people type it into an app that has no camera.
    pub fn base32(&self) -> Zeroizing<String> {
        Zeroizing::new(totp_rs::Secret::new_stack(*self.0).to_base32())
    }

    /// The content of the QR code.
    pub fn url(&self, email: &str) -> Zeroizing<String> {
        // A colon would end the account's name, and the name must not be empty.
        let account = email.replace(':', " ");
        Zeroizing::new(self.totp(&account).to_url().unwrap_or_default())
    }

    /// The time step of the code, if it is a current one.
    pub fn step_of(&self, code: &str, now: NaiveDateTime) -> Option<i64> {
        let seconds = u64::try_from(now.and_utc().timestamp()).ok()?;
        i64::try_from(self.totp("").check(code, seconds)?).ok()
    }

    fn totp(&self, account: &str) -> Totp {
        // SHA-1 and six digits: all apps support these, and some use them whatever the URL says.
        Builder::new()
            .with_secret(*self.0)
            .with_step_duration(STEP)
            .with_skew(LEEWAY)
            .with_issuer(Some("Keyrack"))
            .with_account_name(account)
            .build_noncompliant()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    /// The secret and the codes of RFC 6238, appendix B (the last six of the eight digits).
    const RFC: &[u8] = b"12345678901234567890";

    fn at(seconds: i64) -> NaiveDateTime {
        DateTime::from_timestamp(seconds, 0).unwrap().naive_utc()
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        let secret = Secret::stored(RFC).unwrap();
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret.step_of(code, at(seconds)), Some(seconds / 30), "{code}");
        }
    }

    #[test]
    fn a_code_is_good_for_its_half_minute_and_the_ones_beside_it() {
        let secret = Secret::stored(RFC).unwrap();
        for (seconds, good) in
            [(0, true), (29, true), (59, true), (89, true), (90, false), (1_000, false)]
        {
            assert_eq!(secret.step_of("287082", at(seconds)).is_some(), good, "{seconds}");
        }
        for bad in ["", "28708", "2870822", "28708a", "+87082", "２８７０８２"] {
            assert_eq!(secret.step_of(bad, at(59)), None, "{bad}");
        }
    }

    #[test]
    fn the_address_names_the_account_and_the_text_can_be_typed() {
        let secret = Secret::stored(RFC).unwrap();
        let text = secret.base32();
        assert_eq!(text.as_str(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        let url = secret.url("ada@example.com");
        assert_eq!(
            url.as_str(),
            "otpauth://totp/Keyrack:ada%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Keyrack"
        );
        assert!(secret.url("a:b@example.com").contains("a%20b%40"));
        assert_eq!(Secret::parse(&text).unwrap().bytes(), RFC);
        for bad in [
            "",
            "GEZDGNBVGY3TQOJQ",
            "not base 32 at all!",
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBV",
        ] {
            assert!(Secret::parse(bad).is_none(), "{bad}");
        }
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }
}
