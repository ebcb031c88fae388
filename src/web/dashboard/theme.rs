//! Sets the theme in a cookie: light, dark, or that of the system.

use actix_web::HttpResponse;
use actix_web::cookie::time::Duration;
use actix_web::http::header;
use serde::Deserialize;

use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::htmx::{add_cookie, see_other};
use crate::web::dashboard::http::{CurrentUser, Error, Visit};
use crate::web::dashboard::page::chrome::Theme;
use crate::web::{http, paths};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ThemeForm {
    theme: String,
}

/// `POST /theme`
pub(crate) async fn set(
    _: CurrentUser,
    CsrfForm(form): CsrfForm<ThemeForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let theme =
        Theme::parse(&form.theme).ok_or(Error::BadRequest("A theme is light, dark or system."))?;
    let mut cookie = visit.cookie(Theme::COOKIE, theme.as_str().to_owned());
    if theme == Theme::System {
        cookie.make_removal();
    } else {
        cookie.set_max_age(Duration::days(365));
    }
    // Leads back to the page with the form, if it is one of ours (`Referrer-Policy: same-origin`).
    let origin = http::origin(&visit.request, &visit.config);
    let referer =
        visit.request.headers().get(header::REFERER).and_then(|referer| referer.to_str().ok());
    let back = referer
        .and_then(|referer| referer.strip_prefix(&origin))
        .filter(|path| paths::is_local(path));
    let mut response = see_other(back.unwrap_or(paths::HOME));
    add_cookie(&mut response, &cookie)?;
    Ok(response)
}
