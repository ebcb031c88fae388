//! The cookie with the API Keys page that the user saw last.

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, time::Duration};

use super::{Visit, cookie_of};

const COOKIE: &str = "keyrack-last";

/// The project and environment that were seen last.
pub(crate) fn of(request: &HttpRequest) -> Option<(String, String)> {
    cookie_of(request, COOKIE)?
        .split_once('/')
        .map(|(slug, name)| (slug.to_owned(), name.to_owned()))
}

/// A cookie for this project and environment, unless the browser has it already.
pub(crate) fn remember(slug: &str, environment: &str, visit: &Visit) -> Option<Cookie<'static>> {
    let place = format!("{slug}/{environment}");
    let known = cookie_of(&visit.request, COOKIE).as_ref() == Some(&place);
    (!known).then(|| {
        let mut cookie = visit.cookie(COOKIE, place);
        cookie.set_max_age(Duration::days(365));
        cookie
    })
}
