//! A message for the next page, after a POST without JavaScript. It travels in a sealed cookie: a
//! GET that shows it changes nothing in the database.

use actix_web::cookie::time::Duration;
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use crate::web::State;
use crate::web::dashboard::http::htmx::add_cookie;
use crate::web::dashboard::http::{Error, sealed};

const NAME: &str = "keyrack-flash";

/// What the next page says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Flash {
    /// What it is about, shown bold: "server-key".
    pub(crate) subject: String,
    /// The rest of the sentence.
    pub(crate) text: String,
}

impl Flash {
    /// Sends it along with an answer that leads to the page.
    pub(crate) fn send(
        &self,
        mut response: HttpResponse,
        state: &State,
    ) -> Result<HttpResponse, Error> {
        add_cookie(&mut response, &sealed::seal(NAME, self, Duration::minutes(5), state))?;
        Ok(response)
    }

    /// The message for this page, if there is one.
    pub(crate) fn of(request: &HttpRequest, state: &State) -> Option<Self> {
        sealed::open(NAME, request, state)
    }
}

/// Takes the message away with this answer, if there was one: it is shown once.
pub(crate) fn clear(
    response: &mut HttpResponse,
    request: &HttpRequest,
    state: &State,
) -> Result<(), Error> {
    match request.cookie(&state.cookie_name(NAME)) {
        Some(_) => add_cookie(response, &sealed::taken(NAME, state)),
        None => Ok(()),
    }
}
