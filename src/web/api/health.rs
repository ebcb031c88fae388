//! Whether this process lives, and whether it can do its work.

use std::time::Duration;

use actix_web::{HttpResponse, web};

use super::Error;
use crate::web::State;

/// `GET /healthz`: alive; touches nothing.
pub(crate) async fn alive() -> HttpResponse {
    HttpResponse::Ok().finish()
}

/// `GET /readyz`: the database answers within a second, and keeps the contract that this process
/// knows. (Migrations ran before the port was served.)
pub(crate) async fn ready(state: web::Data<State>) -> Result<HttpResponse, Error> {
    match tokio::time::timeout(Duration::from_secs(1), state.db.ready()).await {
        Ok(Ok(())) => Ok(HttpResponse::Ok().finish()),
        Ok(Err(_)) | Err(_) => Err(Error::unavailable()),
    }
}
