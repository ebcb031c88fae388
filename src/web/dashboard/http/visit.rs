//! What comes with every request to the dashboard, in one piece. Who may come is the first argument
//! of a handler, a type of its own: whoever reads a signature knows who gets in.

use std::future::{Ready, ready};
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};

use crate::domain::zone::Zone;
use crate::web::State;
use crate::web::dashboard::http::htmx::{self, Htmx};
use crate::web::dashboard::http::{Error, session};

/// A request to the dashboard. What is in [`State`] can be reached through it.
pub(crate) struct Visit {
    pub(crate) htmx: Htmx,
    pub(crate) state: web::Data<State>,
    pub(crate) request: HttpRequest,
}

impl Visit {
    /// The zone of the reader, as `app.js` tells it; UTC without JavaScript.
    pub(crate) fn zone(&self) -> Zone {
        // Not `cookie_name`: a script sets it, and it protects nothing.
        let cookie = self.request.cookie("keyrack-zone");
        cookie.and_then(|cookie| Zone::parse(cookie.value())).unwrap_or(Zone::UTC)
    }

    /// After a POST: on to a page, which begins with a message.
    pub(crate) fn go_on(&self, location: &str) -> HttpResponse {
        htmx::go_on(self.htmx, location)
    }
}

impl Deref for Visit {
    type Target = State;

    fn deref(&self) -> &State {
        &self.state
    }
}

impl FromRequest for Visit {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(session::state(request).map(|state| Self {
            htmx: Htmx::of(request.headers()),
            state,
            request: request.clone(),
        }))
    }
}
