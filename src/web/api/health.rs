//! Whether this process lives, and whether it can do its work.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};

use super::Error;
use super::verifier::{Batcher, Unavailable};
use crate::domain::verification::Question;
use crate::model::{AskedEnvironment, AskedFor, AskedProject};
use crate::web::State;

/// `GET /healthz`: alive; touches nothing.
pub(crate) async fn alive() -> HttpResponse {
    HttpResponse::Ok().finish()
}

/// `GET /readyz`: within a second pages can ask the database, which keeps the contract that this
/// process knows, and keys can be looked up, by the very connection that does so. (There may be too
/// few of them for both. Migrations ran before the port was served.)
pub(crate) async fn ready(
    request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, Error> {
    let batcher = request.app_data::<Rc<Batcher>>().ok_or_else(Error::unavailable)?;
    let ask = async {
        state.db.ready().await.map_err(|_| Unavailable)?;
        batcher.find(nobodys_key()).await
    };
    match tokio::time::timeout(Duration::from_secs(1), ask).await {
        Ok(Ok(_)) => Ok(HttpResponse::Ok().finish()),
        Ok(Err(Unavailable)) | Err(_) => Err(Error::unavailable()),
    }
}

/// A look-up like all others, of what nobody has.
fn nobodys_key() -> Question {
    let project = AskedProject::Slug(String::new());
    let environment = AskedEnvironment::Name(String::new());
    Question { asked: Arc::new(AskedFor { project, environment }), digest: [0; 32] }
}
