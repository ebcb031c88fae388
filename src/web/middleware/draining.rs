//! While the server stops, clients that keep their connection are told to close it with the next
//! answer. Without that it would be closed just when they send another request, which would be
//! lost.

use std::sync::atomic::Ordering;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use actix_web::middleware::Next;
use actix_web::web;

use crate::web::State;

pub(crate) async fn draining(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let mut response = next.call(request).await?;
    // Asked last, so that whatever is answered after the signal says so.
    let stopping = response
        .request()
        .app_data::<web::Data<State>>()
        .is_some_and(|state| state.stopping.load(Ordering::Relaxed));
    if stopping {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(response)
}
