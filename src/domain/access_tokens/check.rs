//! Checks an access token and says whose it is (RFC 7515, 7519, 8725).

use chrono::NaiveDateTime;
use serde_json::{Map, Value};

use super::algorithms::Algorithm;
use super::encoding::{Object, base64url};
use super::{KeySet, Settings};

/// The longest token in bytes. All headers together have at most 16 KiB.
const LONGEST: usize = 8 * 1024;
/// The most keys that a token is tried with, because other requests wait meanwhile.
const TRIED: usize = 4;
/// How many seconds an issuer's clock may differ from ours.
const LEEWAY: f64 = 30.0;
/// The end of the year 9999. A later time is an error.
const LAST_SECOND: f64 = 253_402_300_799.0;

/// Why a token is refused. The messages repeat nothing of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is not three parts of Base64url with JSON in them.
    #[error("The access token is not a signed JSON Web Token.")]
    Shape,
    /// More than `LONGEST`.
    #[error("The access token is longer than 8 KiB.")]
    TooLong,
    /// It has five parts, so it is encrypted (RFC 7516).
    #[error("The access token is encrypted. Send a signed one.")]
    Encrypted,
    /// The algorithm is `none`.
    #[error("The access token is not signed (alg none). Anybody could have made it.")]
    Unsigned,
    /// The algorithm is symmetric, such as `HS256`.
    #[error(
        "The access token is signed with a symmetric key (HS…). Use RS256, PS256, ES256 or EdDSA."
    )]
    Symmetric,
    #[error(
        "The access token's algorithm is not accepted. Use EdDSA, or RS, PS or ES with 256, 384 or 512."
    )]
    Algorithm,
    /// It has extensions that a reader must understand (RFC 7515, 4.1.11).
    #[error("The access token demands an extension (crit) that Keyrack does not know.")]
    Critical,
    #[error("This is not an access token, but another kind of token, like an ID token.")]
    Kind,
    /// No key has the id that the token names.
    #[error("The access token names a key (kid) that is not configured here.")]
    UnknownKey,
    /// The key that it names is of another kind, for example an elliptic curve for RS256.
    #[error("The access token's algorithm does not fit the configured key.")]
    Misfit,
    /// It could be signed with more than `TRIED` of the keys.
    #[error(
        "The access token does not say which of the many configured keys it is signed with (kid)."
    )]
    Ambiguous,
    /// None of the keys made the signature, or the token was changed.
    #[error("The access token's signature is wrong.")]
    Signature,
    /// It has no `exp`, or one that is not a time.
    #[error("The access token has no proper expiry (exp).")]
    Expiry,
    /// One of its times is not a time.
    #[error("The access token has a time (nbf or iat) that is none.")]
    Time,
    #[error("The access token has expired.")]
    Expired,
    #[error("The access token is not valid yet (nbf).")]
    Early,
    /// `iss` is another issuer.
    #[error("The access token is from another issuer (iss).")]
    Issuer,
    /// `aud` does not have the expected audience.
    #[error("The access token is for another audience (aud).")]
    Audience,
    #[error("The access token does not say whose it is (sub).")]
    NoSubject,
    /// The user's name has characters that a header can't have.
    #[error("The access token's subject (sub) must be 1 to 255 visible ASCII characters.")]
    Subject,
}

/// A token whose header was accepted.
#[derive(Debug)]
pub struct Token<'a> {
    algorithm: &'static Algorithm,
    key: Option<String>,
    /// The encoded header and claims, which the signature covers.
    message: &'a str,
    claims: &'a str,
    signature: &'a str,
}

/// What can be read in a token, good or not, to show it to people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadableToken {
    /// `alg`, `kid` and `typ` of the header, in JSON.
    pub header: Vec<(&'static str, String)>,
    /// The claims about the issuer, the user, the audience and the times, in JSON.
    pub claims: Vec<(&'static str, String)>,
}

impl<'a> Token<'a> {
    /// Splits a token and checks its header. `jku`, `jwk`, `x5u` and `x5c` are ignored: only
    /// configured keys count.
    pub fn parse(text: &'a str) -> Result<Self, TokenError> {
        if text.len() > LONGEST {
            return Err(TokenError::TooLong);
        }
        let (message, claims, signature) = match text.split('.').collect::<Vec<_>>()[..] {
            [header, claims, signature] => {
                (&text[..header.len() + 1 + claims.len()], claims, signature)
            }
            [_, _, _, _, _] if !text.contains(' ') => return Err(TokenError::Encrypted),
            _ => return Err(TokenError::Shape),
        };
        let Object(header) = object(text.split('.').next().unwrap_or_default())?;
        let Some(Value::String(name)) = header.get("alg") else { return Err(TokenError::Shape) };
        let Some(algorithm) = Algorithm::named(name) else {
            let name = name.to_ascii_uppercase();
            return Err(match name.as_str() {
                "NONE" => TokenError::Unsigned,
                name if name.starts_with("HS") => TokenError::Symmetric,
                _ => TokenError::Algorithm,
            });
        };
        // `b64` (RFC 7797) must be listed in `crit`, so it is refused as well.
        if header.contains_key("crit") || header.contains_key("b64") {
            return Err(TokenError::Critical);
        }
        match header.get("typ") {
            None => {}
            Some(Value::String(kind))
                if ["JWT", "at+jwt", "application/at+jwt"]
                    .iter()
                    .any(|k| k.eq_ignore_ascii_case(kind)) => {}
            Some(_) => return Err(TokenError::Kind),
        }
        let key = match header.get("kid") {
            None => None,
            Some(Value::String(key)) => Some(key.clone()),
            Some(_) => return Err(TokenError::Shape),
        };
        if signature.is_empty() {
            return Err(TokenError::Unsigned);
        }
        Ok(Self { algorithm, key, message, claims, signature })
    }

    /// The user that the token is about (`sub`), if the token is good at `now`.
    pub fn check(
        &self,
        settings: &Settings,
        keys: &KeySet,
        now: NaiveDateTime,
    ) -> Result<String, TokenError> {
        let id = self.key.as_deref();
        if !keys.knows(id) {
            return Err(TokenError::UnknownKey);
        }
        let fitting: Vec<_> = keys.named(id).filter(|key| key.fits(self.algorithm)).collect();
        match fitting.len() {
            0 => return Err(TokenError::Misfit),
            1..=TRIED => {}
            _ => return Err(TokenError::Ambiguous),
        }
        let signature = base64url(self.signature).ok_or(TokenError::Signature)?;
        let message = self.message.as_bytes();
        if !fitting.into_iter().any(|key| key.signed(self.algorithm, message, &signature)) {
            return Err(TokenError::Signature);
        }
        self.claimed(settings, now)
    }

    /// The user that the token claims to be about, before its signature is checked.
    fn claimed(&self, settings: &Settings, now: NaiveDateTime) -> Result<String, TokenError> {
        let Object(claims) = object(self.claims)?;
        valid(&claims, settings, now)
    }

    /// Whether the token may become good with newer keys of the issuer.
    pub fn may_need(&self, error: TokenError, settings: &Settings, now: NaiveDateTime) -> bool {
        matches!(error, TokenError::UnknownKey | TokenError::Misfit | TokenError::Signature)
            && self.claimed(settings, now).is_ok()
    }
}

impl ReadableToken {
    /// What can be read in a token without knowing who made it.
    pub fn in_token(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let mut next = |names: &[&'static str]| -> Option<Vec<(&'static str, String)>> {
            let Object(members) = object(parts.next()?).ok()?;
            Some(
                names.iter().filter_map(|name| Some((*name, shown(members.get(*name)?)))).collect(),
            )
        };
        let header = next(&["alg", "kid", "typ"])?;
        Some(Self {
            header,
            claims: next(&["iss", "sub", "client_id", "azp", "aud", "exp", "nbf", "iat"])
                .unwrap_or_default(),
        })
    }
}

fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

fn object(part: &str) -> Result<Object, TokenError> {
    let json = base64url(part).ok_or(TokenError::Shape)?;
    serde_json::from_slice(&json).map_err(|_| TokenError::Shape)
}

fn valid(
    claims: &Map<String, Value>,
    settings: &Settings,
    now: NaiveDateTime,
) -> Result<String, TokenError> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    // An ID token is not an access token (OWASP ASVS 5.0, 9.2.2). It is recognised by these claims:
    // OpenID Connect Core 3.1.3.6, Keycloak, Cognito.
    let other_kind = claims.contains_key("at_hash")
        || claims.contains_key("c_hash")
        || text("typ").is_some_and(|kind| ["ID", "Refresh", "Offline", "Logout"].contains(&kind))
        || text("token_use").is_some_and(|purpose| purpose != "access");
    if other_kind {
        return Err(TokenError::Kind);
    }
    #[expect(clippy::cast_precision_loss, reason = "microseconds since 1970 are below 2^53")]
    let now = now.and_utc().timestamp_micros() as f64 / 1e6;
    let time = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(value) => {
            value.as_f64().filter(|time| (0.0..=LAST_SECOND).contains(time)).map(Some).ok_or(())
        }
    };
    let expiry = time("exp").ok().flatten().ok_or(TokenError::Expiry)?;
    let (early, _) =
        (time("nbf").map_err(|()| TokenError::Time)?, time("iat").map_err(|()| TokenError::Time)?);
    if now >= expiry + LEEWAY {
        return Err(TokenError::Expired);
    }
    if early.is_some_and(|early| now < early - LEEWAY) {
        return Err(TokenError::Early);
    }
    if settings.issuer.is_some() && text("iss") != settings.issuer.as_deref() {
        return Err(TokenError::Issuer);
    }
    if let Some(audience) = &settings.audience {
        let meant = match claims.get("aud") {
            Some(Value::String(one)) => one == audience,
            Some(Value::Array(several)) => several.iter().any(|one| one.as_str() == Some(audience)),
            _ => false,
        };
        if !meant {
            return Err(TokenError::Audience);
        }
    }
    let name = match &settings.subject {
        Some(other) if !claims.contains_key("sub") => other.as_str(),
        _ => "sub",
    };
    let subject = claims.get(name).ok_or(TokenError::NoSubject)?.as_str().filter(|subject| {
        // `-` in the answer means that there is no user.
        (1..=255).contains(&subject.len())
            && subject.bytes().all(|b| b.is_ascii_graphic())
            && *subject != "-"
    });
    Ok(subject.ok_or(TokenError::Subject)?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{NaiveDate, TimeDelta};
    use proptest::prelude::*;
    use serde_json::json;

    const NOW: i64 = 1_795_000_000;

    fn at(now: NaiveDateTime, claims: &Value) -> Result<String, TokenError> {
        let settings = Settings {
            issuer: None,
            audience: None,
            subject: None,
            source: crate::domain::access_tokens::Source::Pasted(String::new()),
        };
        valid(claims.as_object().unwrap(), &settings, now)
    }

    fn now() -> NaiveDateTime {
        chrono::DateTime::from_timestamp(NOW, 0).unwrap().naive_utc()
    }

    #[test]
    fn the_leeway_is_thirty_seconds_to_the_microsecond() {
        let short = TimeDelta::microseconds(1);
        let exp = json!({ "sub": "ada", "exp": NOW });
        let late = TimeDelta::seconds(30);
        for good in [now() - late, now(), now() + TimeDelta::seconds(29), now() + late - short] {
            assert_eq!(at(good, &exp).as_deref(), Ok("ada"), "{good}");
        }
        for bad in [now() + late, now() + TimeDelta::seconds(31), now() + TimeDelta::days(3650)] {
            assert_eq!(at(bad, &exp), Err(TokenError::Expired), "{bad}");
        }
        let nbf = json!({ "sub": "ada", "exp": NOW + 999, "nbf": NOW });
        for good in [now() - late, now(), now() + late] {
            assert_eq!(at(good, &nbf).as_deref(), Ok("ada"), "{good}");
        }
        for bad in [now() - late - short, now() - TimeDelta::seconds(31)] {
            assert_eq!(at(bad, &nbf), Err(TokenError::Early), "{bad}");
        }
    }

    #[test]
    fn a_clock_that_is_far_off_makes_no_panic() {
        for year in [1, 1969, 1970, 2554, 9999] {
            let now = NaiveDate::from_ymd_opt(year, 1, 1).unwrap().and_hms_opt(0, 0, 0).unwrap();
            let _ = at(now, &json!({ "sub": "ada", "exp": NOW, "nbf": 0 }));
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,60}|([A-Za-z0-9_=-]{0,30}[.]){0,6}") {
            let _ = ReadableToken::in_token(&text);
            prop_assert!(Token::parse(&text).is_err());
        }
    }
}
