//! The data that the template shows.

use askama::Template;
use chrono::DateTime;

use crate::db::EnvironmentId;
use crate::domain::access_tokens::{KeySet, PassedOver, ReadableToken};
use crate::model::PolicyTag;
use crate::web::dashboard::http::flash::Flash;
use crate::web::dashboard::page::chrome::Chrome;
use crate::web::dashboard::page::views::{Field, Time};
use crate::web::issuer_keys;

/// How many keys the page names. For the others, it shows their number.
const SHOWN: usize = 32;

#[derive(Template)]
#[template(path = "access_tokens/index.html")]
pub(crate) struct IndexPage {
    pub(crate) chrome: Chrome,
    pub(crate) environment: String,
    /// The form sends this id, because another environment may have got the name by then.
    pub(crate) environment_id: EnvironmentId,
    /// The address that the form is sent to.
    pub(crate) action: String,
    pub(crate) try_action: String,
    pub(crate) flash: Option<Flash>,
    /// Why the member can't change anything here.
    pub(crate) why: Option<String>,
    pub(crate) fields: Fields,
    /// What is known about the keys. `None` if access tokens are not set up.
    pub(crate) report: Option<Report>,
    /// The verdict on the token that was tried.
    pub(crate) verdict: Option<Verdict>,
}

/// The fields of the form.
pub(crate) struct Fields {
    /// The tag of the policy that the form shows.
    pub(crate) tag: Option<PolicyTag>,
    pub(crate) issuer: Field,
    pub(crate) audience: Field,
    /// The claim that is used in place of `sub`.
    pub(crate) subject: Field,
    pub(crate) url: Field,
    pub(crate) keys: Field,
    /// Whether somebody else saved meanwhile.
    pub(crate) stale: bool,
}

impl Fields {
    /// The tag, as the form sends it.
    fn version(&self) -> String {
        self.tag.as_ref().map(ToString::to_string).unwrap_or_default()
    }
}

/// What is known about the keys.
#[derive(Default)]
pub(crate) struct Report {
    /// `RSA 2026-11`
    pub(crate) keys: Vec<String>,
    /// How many more there are.
    pub(crate) more: usize,
    /// The keys among them that can't be used.
    pub(crate) passed_over: PassedOver,
    pub(crate) at: Option<Time>,
    pub(crate) fetched: bool,
    /// Why the last fetch failed.
    pub(crate) error: Option<String>,
}

impl Report {
    pub(crate) fn of_pasted(keys: Option<&KeySet>) -> Self {
        let Some(set) = keys else { return Self::default() };
        let words = set.words();
        let more = words.len().saturating_sub(SHOWN);
        Self {
            keys: words.take(SHOWN).collect(),
            more,
            passed_over: set.passed_over().clone(),
            ..Self::default()
        }
    }

    pub(crate) fn of_fetched(report: &issuer_keys::Report) -> Self {
        Self {
            at: report.at.map(Time::moment),
            fetched: true,
            error: report.error.as_ref().map(ToString::to_string),
            ..Self::of_pasted(report.keys.as_deref())
        }
    }
}

/// The verdict on a token, and the content of the token.
pub(crate) struct Verdict {
    pub(crate) good: bool,
    pub(crate) words: String,
    pub(crate) rows: Vec<Row>,
}

/// A field of the header, or a claim.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) value: String,
    /// The value as a time, if it is one.
    pub(crate) time: Option<Time>,
}

impl Verdict {
    pub(crate) fn new(good: bool, words: String, seen: Option<ReadableToken>) -> Self {
        let seen = seen.unwrap_or_default();
        let row = |(name, value): (&'static str, String)| {
            let seconds = matches!(name, "exp" | "nbf" | "iat")
                .then(|| value.split('.').next()?.parse().ok())
                .flatten();
            let time = seconds
                .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
                .map(|at| Time::moment(at.naive_utc()));
            Row { name, value, time }
        };
        Self { good, words, rows: seen.header.into_iter().chain(seen.claims).map(row).collect() }
    }
}
