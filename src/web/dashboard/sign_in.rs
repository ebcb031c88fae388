//! Signing in and out.

use actix_session::Session;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::Error;
use super::chrome::{Bare, Theme};
use super::extract::CurrentUser;
use super::views::Field;
use crate::domain::os_rng;
use crate::domain::users::{self, Email, Password};
use crate::web::csrf::{CsrfForm, Form};
use crate::web::htmx::{html, see_other};
use crate::web::query::Query;
use crate::web::{State, paths, session};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page {
    chrome: Bare,
    email: Field,
    next: String,
    wrong: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignInForm {
    email: String,
    password: Zeroizing<String>,
    #[serde(default)]
    next: String,
}

/// A form with nothing but its token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Empty {}

/// `GET /sign-in?next=`
pub(crate) async fn form(user: Option<CurrentUser>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let next = Query::of(&request)?.get("next").unwrap_or_default().to_owned();
    if user.is_some() {
        return Ok(see_other(safe(&next)));
    }
    page(StatusCode::OK, Field::default(), next, false, &request)
}

fn page(status: StatusCode, email: Field, next: String, wrong: bool, request: &HttpRequest) -> Result<HttpResponse, Error> {
    let chrome = Bare { title: "Sign in".to_owned(), theme: Theme::of(request) };
    html(status, &Page { chrome, email, next: safe(&next).to_owned(), wrong })
}

/// Only pages of ours.
fn safe(next: &str) -> &str {
    if paths::is_local(next) { next } else { paths::HOME }
}

/// `POST /sign-in`
///
/// The same answer after the same work whether the address or the password is wrong (ASVS 6.3.8).
pub(crate) async fn sign_in(
    Form(form): Form<SignInForm>,
    session: Session,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let found = match Email::parse(&form.email) {
        Ok(email) => state.db.read(move |c| users::find_by_email(c, &email)).await?,
        Err(_) => None,
    };
    let (user, hash) = found.unzip();
    let password = Password::unchecked(&form.password);
    let (fits, renewed) = state
        .passwords
        .run(move || {
            let fits = password.fits(hash.as_ref());
            let outdated = fits && hash.is_some_and(|hash| hash.is_outdated());
            (fits, outdated.then(|| password.hash(&mut os_rng())))
        })
        .await?;
    let Some(user) = user.filter(|_| fits) else {
        return page(StatusCode::UNPROCESSABLE_ENTITY, Field::kept(&form.email), form.next, true, &request);
    };
    if let Some(hash) = renewed {
        let id = user.id.clone();
        state.db.write(move |c| users::set_password_hash(c, &id, &hash)).await?;
    }
    session::start(&session, &user.id, &mut os_rng())?;
    Ok(see_other(safe(&form.next)))
}

/// `POST /sign-out`
pub(crate) async fn sign_out(CsrfForm(Empty {}): CsrfForm<Empty>, session: Session) -> HttpResponse {
    session.purge();
    let mut response = see_other(paths::SIGN_IN);
    // What the browser kept of the pages goes too (ASVS 14.3.1).
    let name = header::HeaderName::from_static("clear-site-data");
    response.headers_mut().insert(name, header::HeaderValue::from_static("\"cache\", \"storage\""));
    response
}
