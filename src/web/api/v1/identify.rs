//! From a request to the identity of its key: what both endpoints do.

use std::rc::Rc;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use actix_web::http::header::HeaderName;
use actix_web::{HttpRequest, web};
use chrono::NaiveDateTime;

use super::super::{Batcher, Error, limits};
use super::user::user;
use crate::db::api_keys::Found;
use crate::domain::access_rules::{AddressRanges, Denied, Scopes};
use crate::domain::api_keys::{Digest, Identity, Kind, Malformed, Refusal, good, group};
use crate::domain::limits::{Allowance, RateLimit};
use crate::domain::policies::Current;
use crate::domain::usage::{Known, Value};
use crate::web::http::{Appended, Caller, original};
use crate::web::past::Past;
use crate::web::{State, usage};

static X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// The policy of an environment that has none of its own.
static DEFAULT: LazyLock<Current> = LazyLock::new(Current::default);
/// Whatever must be read or fetched besides the key: a verify answers within a second.
const DEADLINE: Duration = Duration::from_millis(900);

/// Who the key in `X-API-Key` speaks for, and what it may still do, if it is limited.
pub(crate) async fn identify(
    request: &HttpRequest,
) -> Result<(Identity, Option<Allowance>), Error> {
    let arrived = Instant::now();
    // Only wrong keys are counted and slowed down: good ones are never touched.
    let (before, found) = find(request).await.map_err(|error| limits::slow_down(request, error))?;
    let (known, value) = (Known::of(&found), Value::of(&found));
    let limit = RateLimit::stored(found.key.rate_limit, found.key.rate_burst);
    let decided = decide(request, found, before, arrived + DEADLINE).await;
    let decided = decided.and_then(|identity| Ok((identity, limits::take(request, known, limit)?)));
    if !decided.as_ref().is_err_and(Error::is_unavailable) {
        usage::note(request, known, decided.is_ok());
        usage::note_value(request, value, decided.is_ok());
    }
    decided
}

/// The presented key, living or not, and when that was asked: what is read may be from before the
/// key's end was noted, and judged after that, when only the database remembers it.
async fn find(request: &HttpRequest) -> Result<(NaiveDateTime, Arc<Found>), Error> {
    let state = request.app_data::<web::Data<State>>().ok_or_else(Error::unavailable)?;
    let (digest, malformed) = presented(request, state.any_imported())?;
    let before = state.past.judge(&state.clock);
    let batcher = request.app_data::<Rc<Batcher>>().ok_or_else(Error::unavailable)?;
    let found = batcher.find(digest).await.map_err(|_| Error::unavailable())?;
    let found =
        found.ok_or_else(|| malformed.map_or_else(|| Refusal::Unknown.into(), Error::from))?;
    Ok((before, found))
}

/// The decision on a key that exists, or existed: the last word, for every call.
async fn decide(
    request: &HttpRequest,
    found: Arc<Found>,
    before: NaiveDateTime,
    deadline: Instant,
) -> Result<Identity, Error> {
    let state = request.app_data::<web::Data<State>>().ok_or_else(Error::unavailable)?;
    let (key, home) = (&found.key, &found.home);
    let now = state.past.judge(&state.clock).max(before);
    if let Err(refusal) = good(key, now) {
        if refusal.is_news_of(key) {
            Past::refused(state, now);
        }
        return Err(refusal.into());
    }
    let path = request.uri().path_and_query().map_or("", |path| path.as_str());
    let path = path.strip_prefix("/v1/verify");
    let original = original(request, &state.config, Appended { from: "path", path });
    if original.is_from_untrusted() {
        let peer = request.peer_addr().map(|peer| peer.ip());
        state.untrusted_gateways.warn(&state.clock, peer, &home.environment);
    }
    let own = match &home.policy {
        None => None,
        Some(tag) => Some(state.policies.of(&state.db, &home.environment, tag, deadline).await?),
    };
    let current: &Current = own.as_deref().unwrap_or(&DEFAULT);
    let rules = &current.policy.rules;
    let ranges: Option<AddressRanges> = stored(key.address_ranges.as_deref())?;
    let scopes: Option<Scopes> = stored(key.scopes.as_deref())?;
    let place = Caller::of(request).place(request.headers());
    if let Err(denied) = rules.admit(key.kind, ranges.as_ref(), &place) {
        if denied == Denied::Browser {
            state.browser_marks.mark(state, key);
        }
        return Err(Refusal::from(denied).into());
    }
    let user = match (key.kind, &home.policy) {
        (Kind::Publishable, Some(_)) => {
            user(request, &home.environment, current, state, deadline).await?
        }
        (Kind::Publishable, None) | (Kind::Secret, _) => None,
    };
    let group = group(key.kind, user.as_deref());
    rules.may(group, scopes.as_ref(), &original).map_err(Refusal::from)?;
    Ok(Identity { found, group, user })
}

/// A list that narrows the key, as it is stored: one that can't be read is not "no limit".
fn stored<T: std::str::FromStr>(list: Option<&str>) -> Result<Option<T>, Error> {
    list.map(str::parse).transpose().map_err(|_| Error::unavailable())
}

/// The key is read from this header only: a query or a path would end in logs. Once keys of another
/// system were imported, what is not shaped like ours may be one of theirs; if not, the caller is
/// told what is wrong with it.
fn presented(
    request: &HttpRequest,
    any_imported: bool,
) -> Result<(Digest, Option<Malformed>), Error> {
    let mut values = request.headers().get_all(&X_API_KEY);
    let value = values.next().map(|value| value.as_bytes().trim_ascii()).unwrap_or_default();
    if values.next().is_some() {
        return Err(Error::invalid("There are two X-API-Key headers. Send one."));
    }
    if value.is_empty() {
        return Err(Error::missing());
    }
    let malformed = match Digest::of_presented(value) {
        Ok(digest) => return Ok((digest, None)),
        Err(malformed) => malformed,
    };
    let imported = if any_imported { Digest::of_imported(value) } else { None };
    Ok((imported.ok_or(malformed)?, Some(malformed)))
}
