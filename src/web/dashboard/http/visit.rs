//! What every handler of the dashboard gets with a request. The right that a handler needs is
//! another argument, the first one, so that its signature shows who may call it.

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
    /// The time zone of the reader, from a cookie that `app.js` sets. Without JavaScript it is UTC.
    pub(crate) fn zone(&self) -> Zone {
        // The name is not from `cookie_name`, because a script sets the cookie, and it protects
        // nothing.
        let cookie = self.request.cookie("keyrack-zone");
        cookie.and_then(|cookie| Zone::parse(cookie.value())).unwrap_or(Zone::UTC)
    }

    /// Leads to a page after a POST.
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
