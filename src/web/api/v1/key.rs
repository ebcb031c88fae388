//! `GET /v1/key`: the same answer for people and programs. Fields are added, none is removed.

use actix_web::{HttpRequest, HttpResponse};
use chrono::SecondsFormat;
use serde::Serialize;

use super::super::Error;
use super::identify::identify;

#[derive(Serialize)]
struct Key<'a> {
    id: &'a str,
    name: &'a str,
    kind: &'a str,
    project: &'a str,
    environment: &'a str,
    group: &'a str,
    user_id: Option<&'a str>,
    expires_at: Option<String>,
}

pub(crate) async fn key(request: HttpRequest) -> Result<HttpResponse, Error> {
    let identity = identify(&request).await?;
    Ok(HttpResponse::Ok().json(Key {
        id: identity.key.as_str(),
        name: &identity.name,
        kind: identity.kind.as_str(),
        project: identity.project.as_str(),
        environment: &identity.environment,
        group: identity.group.as_str(),
        user_id: None,
        expires_at: identity.expires_at.map(|at| at.and_utc().to_rfc3339_opts(SecondsFormat::Secs, true)),
    }))
}
