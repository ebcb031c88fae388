//! What the forms of the page send.

use serde::Deserialize;

use super::super::Error;
use crate::domain::api_keys::{FormToken, Kind};

/// *Create*.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateForm {
    token: String,
    kind: String,
    pub(crate) name: String,
    /// *Options*: what narrows the key.
    #[serde(default)]
    pub(crate) scopes: String,
    #[serde(default)]
    pub(crate) from: String,
}

/// *Delete and create again*.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplaceForm {
    token: String,
}

/// *Confirm delete*.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteForm {
    pub(crate) confirm: String,
}

/// The search box.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SearchForm {
    pub(crate) q: String,
}

impl CreateForm {
    pub(crate) fn token(&self) -> Result<FormToken, Error> {
        token(&self.token)
    }

    pub(crate) fn kind(&self) -> Result<Kind, Error> {
        Kind::parse(&self.kind).ok_or(Error::BadRequest("A key is publishable or secret."))
    }
}

impl ReplaceForm {
    pub(crate) fn token(&self) -> Result<FormToken, Error> {
        token(&self.token)
    }
}

/// A form without a good one-time token is not one of ours.
fn token(text: &str) -> Result<FormToken, Error> {
    FormToken::parse(text).ok_or(Error::CrossSite)
}
