//! Until the first user exists, only the setup link works in the dashboard.

use std::sync::atomic::Ordering;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web;

use crate::domain::users;
use crate::web::dashboard::http::Error;
use crate::web::{State, paths};

pub(crate) async fn setup_gate(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    if request.path() != paths::SETUP {
        let refused = match is_set_up(&request).await {
            Ok(true) => None,
            Ok(false) => Some(Error::NotSetUp),
            Err(error) => Some(error),
        };
        if let Some(error) = refused {
            return Ok(request.error_response(error).map_into_right_body());
        }
    }
    next.call(request).await.map(ServiceResponse::map_into_left_body)
}

/// Whether there is a user. Once there is one, the database is not asked again, because users are
/// never removed.
async fn is_set_up(request: &ServiceRequest) -> Result<bool, Error> {
    let state = request
        .app_data::<web::Data<State>>()
        .cloned()
        .ok_or_else(|| Error::Internal("no state".to_owned()))?;
    if state.set_up.load(Ordering::Relaxed) {
        return Ok(true);
    }
    let any = state.db.read(users::any).await?;
    state.set_up.store(any, Ordering::Relaxed);
    Ok(any)
}
