//! Changes what narrows a key, and when it expires.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::create::longest_life;
use super::forms::{KEEP, LimitsForm};
use super::key_views::ExpiryField;
use super::limits_views::{Limits, LimitsPage};
use super::views::{EnvironmentPath, Options};
use super::{Address, back_to_key, find_key, refused};
use crate::domain::access_rules::{AddressRanges, Scopes};
use crate::domain::api_keys::{self, ApiKey, LifeError, RestrictError, Restriction, Set};
use crate::domain::limits::RateLimit;
use crate::model::Stored;
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::htmx::html;
use crate::web::dashboard::http::{Error, KeyEditor, Visit};
use crate::web::dashboard::page::chrome::{Chrome, Section};
use crate::web::dashboard::page::views::Field;

/// `GET …/api-keys/{key id}/limits`
pub(crate) async fn limits(
    access: KeyEditor,
    path: Address,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let key = find_key(&access, &path, &visit.state).await?;
    if key.deleted_at.is_some() {
        let deleted = LifeError::Deleted(Box::new(key.clone()));
        return refused(deleted, key, &access, &visit.request);
    }
    let longest = longest_life(&access, key.kind, &visit.state).await?;
    let expiry = ExpiryField::of_key(&key, KEEP, "", longest, None, &visit);
    let narrowed = key.narrowed.read();
    // What can't be read is empty, and said to be damaged: it is to be given anew.
    let problem = (narrowed == Stored::Damaged).then(|| {
        "What is stored of this key is damaged, so it is refused. Say anew what it may do."
            .to_owned()
    });
    let narrowed = match narrowed {
        Stored::Read(narrowed) => narrowed,
        Stored::Damaged => Default::default(),
    };
    let text = |text: Option<&str>| Field::kept(text.unwrap_or_default());
    let number = |number: Option<u32>| {
        Field::kept(&number.map(|number| number.to_string()).unwrap_or_default())
    };
    let form = Limits {
        kind: key.kind,
        options: Options {
            scopes: text(narrowed.scopes.as_ref().map(Scopes::as_str)),
            from: text(narrowed.addresses.as_ref().map(AddressRanges::as_str)),
            expiry,
        },
        rate: number(narrowed.limit.map(|limit| limit.per_second().get())),
        burst: number(narrowed.limit.map(|limit| limit.burst().get())),
        seen: api_keys::restricted(&key),
        stale: false,
        problem,
    };
    page(StatusCode::OK, key, form, &access, &visit)
}

/// `POST …/api-keys/{key id}/limits`
pub(crate) async fn restrict(
    access: KeyEditor,
    path: Address,
    CsrfForm(typed): CsrfForm<LimitsForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let key = find_key(&access, &path, &visit.state).await?;
    let longest = longest_life(&access, key.kind, &visit.state).await?;
    let expiry = typed.expiry(visit.zone());
    let field = |error| {
        ExpiryField::of_key(&key, &typed.expires, &typed.expires_on, longest, error, &visit)
    };
    let mut form = Limits {
        kind: key.kind,
        options: Options {
            scopes: Field::kept(&typed.scopes),
            from: Field::kept(&typed.from),
            expiry: field(expiry.as_ref().err().copied()),
        },
        rate: Field::kept(&typed.rate),
        burst: Field::kept(&typed.burst),
        seen: typed.seen.clone(),
        stale: false,
        problem: None,
    };
    let read = (
        form.options.scopes.check(Scopes::parse),
        form.options.from.check(AddressRanges::parse),
        form.rate.check(number),
        form.burst.check(number),
        expiry,
    );
    let (Some(scopes), Some(addresses), Some(rate), Some(burst), Ok(expiry)) = read else {
        return page(StatusCode::UNPROCESSABLE_ENTITY, key, form, &access, &visit);
    };
    if rate.is_none() && burst.is_some() {
        form.rate.error = Some("Calls at once need a number of calls per second.".to_owned());
        return page(StatusCode::UNPROCESSABLE_ENTITY, key, form, &access, &visit);
    }
    let limit = match rate.map(|rate| RateLimit::new(rate, burst)).transpose() {
        Ok(limit) => limit,
        Err(error) => {
            form.rate.error = Some(error.to_string());
            return page(StatusCode::UNPROCESSABLE_ENTITY, key, form, &access, &visit);
        }
    };
    let change = Restriction {
        scopes: Set::To(scopes),
        addresses: Set::To(addresses),
        limit: Set::To(limit),
        expiry,
        seen: Some(typed.seen.clone()).filter(|seen| !seen.is_empty()),
    };
    let (environment, actor, id) = (access.environment.clone(), access.actor(), key.id.clone());
    let changed = visit
        .change(actor, move |c, act| api_keys::restrict(c, act, &environment, &id, &change))
        .await;
    match changed {
        Ok(key) => back_to_key(&key, " is saved. It holds from the next call on.", &access, &visit),
        Err(RestrictError::Stale(now)) => {
            form.seen = api_keys::restricted(&now);
            form.stale = true;
            page(StatusCode::CONFLICT, *now, form, &access, &visit)
        }
        Err(RestrictError::Expiry(error)) => {
            form.options.expiry = field(Some(error));
            page(StatusCode::UNPROCESSABLE_ENTITY, key, form, &access, &visit)
        }
        Err(RestrictError::Life(error)) => refused(error, key, &access, &visit.request),
        Err(
            problem @ (RestrictError::Publishable | RestrictError::Leaked | RestrictError::Damaged),
        ) => {
            form.problem = Some(problem.to_string());
            page(StatusCode::UNPROCESSABLE_ENTITY, key, form, &access, &visit)
        }
    }
}

/// A number, or nothing.
fn number(text: &str) -> Result<Option<u32>, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let number = text.parse().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
    number
        .filter(|number| RateLimit::new(*number, None).is_ok())
        .map(Some)
        .ok_or("Enter a number from 1 to 100,000, or nothing for no limit.")
}

fn page(
    status: StatusCode,
    key: ApiKey,
    form: Limits,
    access: &KeyEditor,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    let chrome = Chrome::of_environment("Limits", Section::ApiKeys, access, &visit.request);
    html(status, &LimitsPage { chrome, place: EnvironmentPath::of(access), key, form })
}
