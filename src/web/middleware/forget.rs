//! Empties each request after it was answered. actix keeps the last 128 requests of each worker for
//! reuse, with their headers and addresses, and with the buffers that they were read into. A core
//! dump would have the keys and passwords of all of them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Uri;
use actix_web::middleware::Next;

pub(crate) async fn forget(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let (request, response) = next.call(request).await?.into_parts();
    // This is the outermost layer, so nobody else has the request any more. If somebody had, actix
    // would panic, and the panic is caught: it is better to keep the content a little longer than
    // to fail the request.
    let emptied = catch_unwind(AssertUnwindSafe(move || {
        let mut request = ServiceRequest::from_request(request);
        let head = request.head_mut();
        head.headers.clear();
        head.uri = Uri::from_static("/");
        request.match_info_mut().get_mut().update(&Uri::from_static("/"));
        request.into_parts().0
    }));
    match emptied {
        Ok(request) => Ok(ServiceResponse::new(request, response)),
        Err(_) => {
            Err(actix_web::error::InternalError::from_response("", response.map_into_boxed_body())
                .into())
        }
    }
}
