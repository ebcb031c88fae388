//! Whether this process is alive, and whether it can do its work.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};

use super::Error;
use super::verifier::{Batcher, Unavailable};
use crate::domain::verification::Question;
use crate::model::{AskedEnvironment, AskedFor, AskedProject};
use crate::web::State;

/// `GET /healthz`: says that the process is alive, without using the database.
pub(crate) async fn alive() -> HttpResponse {
    HttpResponse::Ok().finish()
}

/// `GET /readyz`: says whether, within a second, pages can use the database and keys can be looked
/// up by the verifier's own connection. Both are checked, because there may be too few connections
/// for both. The database must have a contract number that this process knows. Migrations ran
/// before the port was served.
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

/// The look-up of a key that nobody has. It is like any other look-up.
fn nobodys_key() -> Question {
    let project = AskedProject::Slug(String::new());
    let environment = AskedEnvironment::Name(String::new());
    Question { asked: Arc::new(AskedFor { project, environment }), digest: [0; 32] }
}
