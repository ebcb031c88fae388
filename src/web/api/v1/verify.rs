//! `/v1/verify/{project}/{environment}`: for gateways. It takes any method, and ignores body and
//! query.
//!
//! A good key is answered with 200, an empty body, with which gateways keep their connection, and
//! all six identity headers. None of them is ever missing or empty, because a gateway would let the
//! client's own header through.

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};

use super::identify::identify;
use crate::domain::verification::Identity;
use crate::web::api::Error;
use crate::web::api::addresses::VERIFY;
use crate::web::api::verifier::limits;

pub(crate) async fn verify(request: HttpRequest) -> Result<HttpResponse, Error> {
    let (identity, allowance) = identify(&request, VERIFY).await?;
    let mut response = HttpResponse::Ok().finish();
    let headers = response.headers_mut();
    for (name, value) in identity_headers(&identity) {
        // This does not fail: ids, words and environment names are ASCII, and so is the subject of
        // a good token.
        let value = HeaderValue::from_str(value).map_err(|_| Error::unavailable())?;
        headers.insert(HeaderName::from_static(name), value);
    }
    limits::announce(headers, allowance);
    Ok(response)
}

fn identity_headers(identity: &Identity) -> [(&'static str, &str); 6] {
    let Identity { found, group, user } = identity;
    let (key, home) = (&found.key, &found.home);
    [
        ("x-key-id", key.id.as_str()),
        ("x-key-kind", key.kind.as_str()),
        ("x-project-id", home.project.as_str()),
        ("x-environment", &home.name),
        ("x-user-group", group.as_str()),
        ("x-user-id", user.as_deref().unwrap_or("-")),
    ]
}
