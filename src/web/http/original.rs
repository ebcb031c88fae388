//! The original request, as the gateway passes it on: its method and URI in `X-Original-*` (nginx,
//! HAProxy), in `X-Forwarded-*` (Caddy, Traefik), or in the request itself (Envoy, which appends
//! the original path and says so in `X-Original-From`). It is believed only from trusted peers.
//!
//! A gateway sets one of these and may pass on what its client wrote into the others. So all of
//! them are judged, and all must be allowed: a forged one can only make a call fail.

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap};

use super::Caller;
use crate::config::{Config, ForwardedHeader};
use crate::domain::access_rules::{Original, Unknown};

const ORIGINAL: [&str; 2] = ["x-original-method", "x-original-uri"];
const FORWARDED: [&str; 2] = ["x-forwarded-method", "x-forwarded-uri"];
const FROM: &str = "x-original-from";
/// Headers in which some APIs let a client name another method.
const OVERRIDES: [&str; 3] = ["x-http-method-override", "x-http-method", "x-method-override"];

/// A header came twice, or only one header of a pair came.
struct Incomplete;

/// What is known about the original request. `appended` is its path, if the gateway appends it to
/// the address.
pub(crate) fn original<'a>(
    request: &'a HttpRequest,
    config: &Config,
    appended: Option<&'a str>,
) -> Original<'a> {
    let headers = request.headers();
    if !Caller::of(request).may_tell_original() {
        let told = [ORIGINAL, FORWARDED].into_iter().flatten().chain([FROM]);
        let why = if told.into_iter().any(|name| headers.contains_key(name)) {
            Unknown::NotTrusted
        } else {
            Unknown::NotTold
        };
        return Original::Unknown(why);
    }
    let forwarded = match config.forwarded_header {
        ForwardedHeader::XForwarded => pair(headers, FORWARDED),
        ForwardedHeader::Forwarded => Ok(None),
    };
    let in_address = appended.map(|path| (request.method().as_str().as_bytes(), path.as_bytes()));
    let ways = [pair(headers, ORIGINAL), forwarded, Ok(in_address)];
    let mut told = Vec::with_capacity(1);
    for way in ways {
        match way {
            Ok(way) => told.extend(way),
            Err(Incomplete) => return Original::Incomplete,
        }
    }
    if told.is_empty() {
        return Original::Unknown(Unknown::NotTold);
    }
    // These headers mark a CORS preflight: https://fetch.spec.whatwg.org/#cors-preflight-fetch
    let preflight = headers.contains_key(header::ORIGIN)
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    Original::known(&told, &overrides(headers), preflight)
}

type Told<'a> = Result<Option<(&'a [u8], &'a [u8])>, Incomplete>;

fn pair<'a>(headers: &'a HeaderMap, [method, uri]: [&str; 2]) -> Told<'a> {
    match (one(headers, method)?, one(headers, uri)?) {
        (None, None) => Ok(None),
        (Some(method), Some(uri)) => Ok(Some((method, uri))),
        (Some(_), None) | (None, Some(_)) => Err(Incomplete),
    }
}

/// The value of a header that may come only once.
fn one<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a [u8]>, Incomplete> {
    let mut values = headers.get_all(name);
    let value = values.next().map(|value| value.as_bytes());
    if values.next().is_some() { Err(Incomplete) } else { Ok(value) }
}

/// Other methods that the client names. WSGI, CGI and PHP read `X_HTTP_Method` as `X-HTTP-Method`.
fn overrides(headers: &HeaderMap) -> Vec<&[u8]> {
    let same = |name: &str, other: &str| {
        name.len() == other.len()
            && name.bytes().map(|b| if b == b'_' { b'-' } else { b }).eq(other.bytes())
    };
    let names_one = |name: &str| OVERRIDES.iter().any(|wanted| same(name, wanted));
    let named = headers.iter().filter(|(name, _)| names_one(name.as_str()));
    named.map(|(_, value)| value.as_bytes()).collect()
}
