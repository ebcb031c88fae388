//! The forms of the API Keys page.

use serde::Deserialize;

use crate::domain::api_keys::{Expiry, ExpiryError, FormToken, Kind, Overlap, Set};
use crate::domain::zone::Zone;
use crate::web::dashboard::http::Error;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateForm {
    token: String,
    kind: String,
    /// The id of the environment that the form was shown for.
    #[serde(default)]
    pub(crate) environment: String,
    pub(crate) name: String,
    /// The fields under *Options*, which narrow the key.
    #[serde(default)]
    pub(crate) scopes: String,
    #[serde(default)]
    pub(crate) from: String,
    /// Empty, a number of days, or [`ON_A_DATE`].
    #[serde(default)]
    pub(crate) expires: String,
    #[serde(default)]
    pub(crate) expires_on: String,
}

/// The value of `expires` if a date was chosen.
pub(crate) const ON_A_DATE: &str = "date";

/// The form of *Delete and create again*.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplaceForm {
    token: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteForm {
    pub(crate) confirm: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SearchForm {
    pub(crate) q: String,
    #[serde(default)]
    pub(crate) status: String,
    #[serde(default)]
    pub(crate) sort: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotateForm {
    token: String,
    rotations: String,
    overlap: String,
}

/// The form of *Save* for name and note.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditForm {
    pub(crate) name: String,
    pub(crate) note: String,
    #[serde(default)]
    pub(crate) seen: String,
}

/// The form of *Save* for what narrows a key.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsForm {
    pub(crate) scopes: String,
    /// Secret keys only.
    #[serde(default)]
    pub(crate) from: String,
    pub(crate) rate: String,
    pub(crate) burst: String,
    /// [`KEEP`], empty, a number of days, or [`ON_A_DATE`].
    pub(crate) expires: String,
    #[serde(default)]
    pub(crate) expires_on: String,
    /// What the page showed. Empty if a program sent the form without a page.
    #[serde(default)]
    pub(crate) seen: String,
}

/// The value of `expires` if it stays as it is.
pub(crate) const KEEP: &str = "keep";

impl LimitsForm {
    pub(crate) fn expiry(&self, zone: Zone) -> Result<Set<Expiry>, ExpiryError> {
        Ok(match self.expires.as_str() {
            KEEP => Set::Keep,
            chosen => Set::To(expiry(chosen, &self.expires_on, zone)?),
        })
    }
}

/// The form of a button that acts only on the state that its page showed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeenForm {
    #[serde(default)]
    seen: String,
}

impl SeenForm {
    /// What the page showed. `None` if a program sent the form without a page.
    pub(crate) fn seen(&self) -> Option<&str> {
        Some(self.seen.as_str()).filter(|seen| !seen.is_empty())
    }
}

fn expiry(chosen: &str, date: &str, zone: Zone) -> Result<Option<Expiry>, ExpiryError> {
    match chosen {
        "" => Ok(None),
        ON_A_DATE => Expiry::date(date, zone).map(Some),
        days => Expiry::days(days).map(Some),
    }
}

impl RotateForm {
    pub(crate) fn token(&self) -> Result<FormToken, Error> {
        token(&self.token)
    }

    pub(crate) fn rotations(&self) -> Result<i64, Error> {
        self.rotations
            .parse()
            .map_err(|_| Error::BadRequest("The form does not say how often the key was rotated."))
    }

    pub(crate) fn overlap(&self) -> Result<Overlap, Error> {
        Overlap::parse(&self.overlap).ok_or(Error::BadRequest("An overlap is 0, 1h, 24h or 7d."))
    }
}

impl CreateForm {
    pub(crate) fn token(&self) -> Result<FormToken, Error> {
        token(&self.token)
    }

    pub(crate) fn kind(&self) -> Result<Kind, Error> {
        Kind::parse(&self.kind).ok_or(Error::BadRequest("A key is publishable or secret."))
    }

    pub(crate) fn expiry(&self, zone: Zone) -> Result<Option<Expiry>, ExpiryError> {
        expiry(&self.expires, &self.expires_on, zone)
    }
}

impl ReplaceForm {
    pub(crate) fn token(&self) -> Result<FormToken, Error> {
        token(&self.token)
    }
}

/// Parses the one-time token. A form without a valid one is not from our pages.
fn token(text: &str) -> Result<FormToken, Error> {
    FormToken::parse(text).ok_or(Error::CrossSite)
}
