//! While the server stops, each answer tells the client to close its connection. Otherwise the
//! server might close it just when the client sends another request, which would be lost.

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
    // This is checked after the handler, so that it holds for every answer after the signal.
    let stopping = response
        .request()
        .app_data::<web::Data<State>>()
        .is_some_and(|state| state.stopping.load(Ordering::Relaxed));
    if stopping {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(response)
}
