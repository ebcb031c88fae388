//! A message for the next page, after a POST without JavaScript. It is kept in a sealed cookie, so
//! that the GET that shows it changes nothing in the database.

use actix_web::HttpResponse;
use actix_web::cookie::time::Duration;
use serde::{Deserialize, Serialize};

use crate::web::dashboard::http::htmx::add_cookie;
use crate::web::dashboard::http::{Error, Visit, sealed};

const NAME: &str = "keyrack-flash";

/// The message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Flash {
    /// What the message is about, which is shown in bold: "server-key".
    pub(crate) subject: String,
    /// The rest of the sentence.
    pub(crate) text: String,
}

impl Flash {
    /// Adds the message to an answer that leads to the page.
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

/// Removes the message once a page has shown it.
pub(crate) fn shown(mut page: HttpResponse, visit: &Visit) -> Result<HttpResponse, Error> {
    if visit.request.cookie(&visit.cookie_name(NAME)).is_some() {
        add_cookie(&mut page, &sealed::taken(NAME, visit))?;
    }
    Ok(page)
}
