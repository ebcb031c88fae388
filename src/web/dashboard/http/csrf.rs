//! Protection against cross-site request forgery: two independent checks of every request that
//! changes something.
//!
//! The first is where the request comes from, for every unsafe method (OWASP CSRF Prevention Cheat
//! Sheet, "Fetch Metadata" and "verifying origin"). The second is a token of the session, in every
//! form of a session.

use std::collections::HashSet;
use std::rc::Rc;

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::web;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde::de::value::MapDeserializer;
use subtle::ConstantTimeEq;
use tokio::sync::Notify;

use crate::domain::CryptoRng;
use crate::web::dashboard::http::kept::{Kept, Typed};
use crate::web::dashboard::http::other_address::OtherAddress;
use crate::web::dashboard::http::{Error, session};
use crate::web::http::body::{self, BodyError};
use crate::web::{State, http};

/// Refuses requests with unsafe methods that come from another site.
pub(crate) async fn same_origin(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    if !request.method().is_safe()
        && let Err(error) = comes_from_here(&request)
    {
        return Ok(request.error_response(error).map_into_right_body());
    }
    next.call(request).await.map(ServiceResponse::map_into_left_body)
}

/// Checks where a request comes from. Browsers send `Sec-Fetch-Site` on secure origins and on
/// loopback. Without it (plain http on a LAN), `Origin` must be ours. Without both, the request is
/// refused.
fn comes_from_here(request: &ServiceRequest) -> Result<(), Error> {
    let header =
        |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = header("Sec-Fetch-Site") {
        return if site == "same-origin" { Ok(()) } else { Err(Error::CrossSite) };
    }
    let origin = header("Origin").ok_or(Error::CrossSite)?;
    let state = request.app_data::<web::Data<State>>().ok_or(Error::CrossSite)?;
    let host = http::host(request.request(), &state.config).filter(|host| !host.is_empty());
    let is_ours = match &state.config.public_url {
        Some(url) => origin == url.origin(),
        None => {
            host.is_some()
                && origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"))
                    == host
        }
    };
    if is_ours {
        return Ok(());
    }
    let addresses = OtherAddress::new(origin, host, &state.config).ok_or(Error::CrossSite)?;
    state.other_addresses.warn(&state.clock, &addresses);
    Err(Error::OtherAddress(addresses.text()))
}

/// A form without a session, such as that of the sign-in or the setup. It has each field once, and
/// no others.
pub(crate) struct Form<T>(pub(crate) T);

/// A form of a session, with the session's token. It has each field once, and no others.
pub(crate) struct CsrfForm<T>(pub(crate) T);

/// A form that has only its token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Empty {}

/// Lets a form wait for the extractor of the right, because extractors run concurrently. What is
/// wrong with a form is only reported once it is known that the sender has the right. Everybody
/// else gets the same refusal, whatever they sent.
#[derive(Clone, Default)]
pub(crate) struct Admission(Rc<Notify>);

impl Admission {
    /// Registers the extractor of a right, which comes before the form in the signature.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let this = Self::default();
        request.extensions_mut().insert(this.clone());
        this
    }

    pub(crate) fn grant(&self) {
        self.0.notify_one();
    }
}

/// The name of the hidden field with the token.
const FIELD: &str = "csrf";
/// The name of the field with a [`Kept`].
const KEPT: &str = "kept";

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        Self::read(request, payload, limit_of(request))
    }
}

impl<T: DeserializeOwned + 'static> Form<T> {
    /// The same with another limit than that of the route.
    pub(crate) fn read(
        request: &HttpRequest,
        payload: &mut Payload,
        limit: body::Limit,
    ) -> LocalBoxFuture<'static, Result<Self, Error>> {
        let fields = fields(request, payload, limit);
        Box::pin(async move { parse(fields.await?).map(Self) })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for CsrfForm<T> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let signed_in = session::signed_in(&session::of(request));
        let (typed, action) = (Typed::expected(request), request.path().to_owned());
        let fields = fields(request, payload, limit_of(request));
        let admission = request.extensions().get::<Admission>().cloned();
        let form = async move {
            let fields = fields.await;
            typed.put(fields.as_ref().ok().and_then(|fields| Kept::of(&action, fields)));
            let expected = signed_in.ok_or(Error::SignedOut)?.csrf;
            let mut fields = fields?;
            let at = fields.iter().position(|(name, _)| name == FIELD).ok_or(Error::CrossSite)?;
            let (_, token) = fields.remove(at);
            let token = unmasked(&token).ok_or(Error::CrossSite)?;
            if !bool::from(token.as_bytes().ct_eq(expected.as_bytes())) {
                return Err(Error::CrossSite);
            }
            parse(fields).map(CsrfForm)
        };
        Box::pin(async move {
            let form = form.await;
            if form.is_err()
                && let Some(admission) = admission
            {
                admission.0.notified().await;
            }
            form
        })
    }
}

/// A token as a page has it. It is a different text each time, so that nobody can guess it from the
/// lengths of compressed pages (BREACH). The first half is the random bytes that the second half is
/// mixed with.
pub(crate) fn masked(token: &str, rng: &mut impl CryptoRng) -> String {
    let mut mask = vec![0; token.len() / 2];
    rng.fill_bytes(&mut mask);
    let mixed: Vec<u8> = hex::decode(token)
        .unwrap_or_default()
        .iter()
        .zip(&mask)
        .map(|(token, mask)| token ^ mask)
        .collect();
    format!("{}{}", hex::encode(&mask), hex::encode(&mixed))
}

/// The token of the session in a masked one.
fn unmasked(text: &str) -> Option<String> {
    let bytes = hex::decode(text).ok().filter(|_| !text.contains(|c: char| c.is_uppercase()))?;
    let (mask, mixed) = bytes.split_at_checked(bytes.len() / 2)?;
    let token: Vec<u8> = mask.iter().zip(mixed).map(|(mask, mixed)| mask ^ mixed).collect();
    Some(hex::encode(&token))
}

type Fields = Vec<(String, String)>;

fn limit_of(request: &HttpRequest) -> body::Limit {
    request.app_data().copied().unwrap_or(body::PAGE_LIMIT)
}

fn fields(
    request: &HttpRequest,
    payload: &mut Payload,
    limit: body::Limit,
) -> LocalBoxFuture<'static, Result<Fields, Error>> {
    let content_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let is_form = content_type
        .split(';')
        .next()
        .is_some_and(|t| t.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"));
    let body = body::read(request, payload.take(), limit);
    Box::pin(async move {
        if !is_form {
            return Err(Error::BadRequest("A form is expected here."));
        }
        let body = body.await.map_err(|error| match error {
            BodyError::TooLarge => Error::TooLarge,
            BodyError::TooSlow => Error::TooSlow,
            BodyError::Broken => Error::BadRequest("The form did not arrive whole."),
        })?;
        let fields = decode(&body)?;
        // The larger limit is only for what is kept, and not for other fields.
        let beside = fields.iter().filter(|(name, _)| name != KEPT);
        let length: usize = beside.map(|(name, value)| name.len() + value.len()).sum();
        if limit == body::KEPT_LIMIT && length > body::PAGE_LIMIT.0 {
            return Err(Error::TooLarge);
        }
        Ok(fields)
    })
}

/// Decodes the fields of a form. Each may occur only once.
fn decode(body: &[u8]) -> Result<Fields, Error> {
    // Decoding would silently replace what is not UTF-8.
    let decoded: Vec<u8> = percent_encoding::percent_decode(body).collect();
    if std::str::from_utf8(&decoded).is_err() {
        return Err(Error::BadRequest("The form is not in UTF-8."));
    }
    let fields: Fields = url::form_urlencoded::parse(body).into_owned().collect();
    let mut names = HashSet::new();
    if !fields.iter().all(|(name, _)| names.insert(name)) {
        return Err(Error::BadRequest("A field of the form came twice."));
    }
    Ok(fields)
}

fn parse<T: DeserializeOwned>(fields: Fields) -> Result<T, Error> {
    T::deserialize(MapDeserializer::<_, serde::de::value::Error>::new(fields.into_iter()))
        .map_err(|_| Error::BadRequest("The form has a field too many, or one is missing."))
}

/// Decodes and parses a form, for the fuzzer.
#[cfg(fuzzing)]
pub(crate) fn parse_body<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    parse(decode(body)?)
}
