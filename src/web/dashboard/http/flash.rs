//! A message for the next page, after a POST without JavaScript. It travels in a sealed cookie: a
//! GET that shows it changes nothing in the database.

use actix_web::HttpResponse;
use actix_web::cookie::time::Duration;
use serde::{Deserialize, Serialize};

use crate::web::dashboard::http::htmx::add_cookie;
use crate::web::dashboard::http::{Error, Visit, sealed};

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
        visit: &Visit,
    ) -> Result<HttpResponse, Error> {
        add_cookie(&mut response, &sealed::seal(NAME, self, Duration::minutes(5), visit))?;
        Ok(response)
    }

    /// The message for this page, if there is one.
    pub(crate) fn of(visit: &Visit) -> Option<Self> {
        sealed::open(NAME, &visit.request, visit)
    }
}

/// The page that showed the message, if there was one: it takes it away, since it is shown once.
pub(crate) fn shown(mut page: HttpResponse, visit: &Visit) -> Result<HttpResponse, Error> {
    if visit.request.cookie(&visit.cookie_name(NAME)).is_some() {
        add_cookie(&mut page, &sealed::taken(NAME, visit))?;
    }
    Ok(page)
}
