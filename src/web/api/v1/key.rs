//! `GET /v1/key/{project}/{environment}`: the same answer in JSON, for an API that asks from its
//! own code. Fields may be added, but none is ever removed.

use actix_web::http::Method;
use actix_web::http::header::ALLOW;
use actix_web::{HttpRequest, HttpResponse};
use chrono::SecondsFormat;
use serde::Serialize;

use super::asked::asked;
use super::identify::identify;
use crate::domain::limits::RateLimit;
use crate::domain::verification::Identity;
use crate::web::api::Error;
use crate::web::api::addresses::KEY;
use crate::web::api::verifier::limits;

#[derive(Serialize)]
struct Key<'a> {
    id: &'a str,
    name: &'a str,
    kind: &'a str,
    project: &'a str,
    environment: &'a str,
    group: &'a str,
    user_id: Option<&'a str>,
    /// Null if it may be used for everything that its kind may.
    scopes: Option<Vec<String>>,
    /// Null if it may be used from everywhere.
    addresses: Option<Vec<String>>,
    /// Null if there is no limit.
    rate: Option<RateLimit>,
    /// In RFC 3339. Null if it does not expire.
    expires_at: Option<String>,
}

pub(crate) async fn key(request: HttpRequest) -> Result<HttpResponse, Error> {
    asked(&request, KEY)?;
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(HttpResponse::MethodNotAllowed().insert_header((ALLOW, "GET, HEAD")).finish());
    }
    let (Identity { found, group, user }, allowance) = identify(&request, KEY).await?;
    let (key, home) = (&found.key, &found.home);
    // This does not fail, because a damaged key has no identity.
    let narrowed = key.narrowed.clone().read().ok_or_else(Error::unavailable)?;
    let words = |list: &str| list.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let mut response = HttpResponse::Ok().json(Key {
        id: key.id.as_str(),
        name: &key.name,
        kind: key.kind.as_str(),
        project: home.project.as_str(),
        environment: &home.name,
        group: group.as_str(),
        user_id: user.as_deref(),
        scopes: narrowed.scopes.map(|scopes| words(scopes.as_str())),
        addresses: narrowed.addresses.map(|addresses| words(addresses.as_str())),
        rate: narrowed.limit,
        expires_at: key
            .times
            .expires_at
            .map(|at| at.and_utc().to_rfc3339_opts(SecondsFormat::Secs, true)),
    });
    limits::announce(response.headers_mut(), allowance);
    Ok(response)
}
