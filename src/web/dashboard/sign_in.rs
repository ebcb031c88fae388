//! Signing in and out.

use actix_session::Session;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::TimeDelta;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::Error;
use super::chrome::{Bare, Theme};
use super::extract::CurrentUser;
use super::views::Field;
use crate::db::DbConnection;
use crate::domain::os_rng;
use crate::domain::users::sign_in::{self, Attempt, Refused};
use crate::domain::users::{self, Email, Password, User};
use crate::web::csrf::{CsrfForm, Form};
use crate::web::htmx::{html, see_other};
use crate::web::query::Query;
use crate::web::{State, client, paths, session};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page {
    chrome: Bare,
    email: Field,
    next: String,
    refusal: Option<Refusal>,
}

/// Why there is no way in yet.
enum Refusal {
    /// The e-mail or the password is wrong: which one is not told.
    Wrong,
    /// It was wrong too often.
    TooMany {
        /// Until the next try counts.
        minutes: i64,
    },
    /// Too many people sign in at this moment.
    Busy,
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
    page(StatusCode::OK, Field::default(), &next, None, &request)
}

fn page(status: StatusCode, email: Field, next: &str, refusal: Option<Refusal>, request: &HttpRequest) -> Result<HttpResponse, Error> {
    let chrome = Bare { title: "Sign in".to_owned(), theme: Theme::of(request) };
    html(status, &Page { chrome, email, next: safe(next).to_owned(), refusal })
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
    match check_password(&form.email, &form.password, &state, &request).await {
        Ok(Some(user)) => {
            session::start(&session, &user.id, &mut os_rng())?;
            Ok(see_other(safe(&form.next)))
        }
        Ok(None) => page(StatusCode::UNPROCESSABLE_ENTITY, Field::kept(&form.email), &form.next, Some(Refusal::Wrong), &request),
        Err(Stop::TooMany(wait)) => {
            tracing::warn!(event = "sign_in_limited", "too many failed sign-ins from one address");
            let refusal = Refusal::TooMany { minutes: minutes(wait) };
            too_many(&form, refusal, u64::try_from(wait.num_seconds() + 1).unwrap_or(1), &request)
        }
        Err(Stop::Error(Error::TooManyRequests { retry_after })) => too_many(&form, Refusal::Busy, retry_after, &request),
        Err(Stop::Error(error)) => Err(error),
    }
}

fn too_many(form: &SignInForm, refusal: Refusal, retry_after: u64, request: &HttpRequest) -> Result<HttpResponse, Error> {
    let mut answer = page(StatusCode::TOO_MANY_REQUESTS, Field::kept(&form.email), &form.next, Some(refusal), request)?;
    answer.headers_mut().insert(header::RETRY_AFTER, retry_after.into());
    Ok(answer)
}

/// Rounded up: who waits as long as we say gets in.
pub(super) fn minutes(wait: TimeDelta) -> i64 {
    wait.num_seconds() / 60 + 1
}

/// Why it is not even known whether the password fits.
pub(super) enum Stop {
    TooMany(TimeDelta),
    Error(Error),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

impl From<Refused> for Stop {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::TooMany { wait } => Self::TooMany(wait),
            Refused::Db(error) => Self::Error(error.into()),
        }
    }
}

/// Whose password it is, if it fits. Every try is counted, also those of somebody who is signed in and is
/// asked once more (ASVS 7.5.3).
pub(super) async fn check_password(email: &str, password: &str, state: &State, request: &HttpRequest) -> Result<Option<User>, Stop> {
    let address = client::address(request, &state.config.trusted_proxies);
    let address = address.ok_or_else(|| Error::Internal("a request from nowhere".to_owned()))?;
    // In this order: a place in the line bounds the work on the database, the look at the count keeps
    // who is refused anyway from writing, and only what is counted gets a hash.
    let turn = state.passwords.turn(sign_in::network(address)).await?;
    let attempt = Attempt::new(email, address);
    let (checked, begun, now) = (attempt.clone(), attempt.clone(), state.clock.now());
    state.db.read(move |c| sign_in::check(c, &checked, now)).await?;
    state.db.write(move |c| sign_in::begin(c, &begun, now, &mut os_rng())).await?;
    let found = match Email::parse(email) {
        Ok(email) => state.db.read(move |c| users::find_by_email(c, &email)).await?,
        Err(_) => None,
    };
    let (user, hash) = found.unzip();
    let password = Password::unchecked(password);
    let work = move || {
        let fits = password.fits(hash.as_ref());
        let outdated = fits && hash.is_some_and(|hash| hash.is_outdated());
        (fits, outdated.then(|| password.hash(&mut os_rng())))
    };
    let (fits, renewed) = state.passwords.run_in(&turn, work).await?;
    let Some(user) = user.filter(|_| fits) else { return Ok(None) };
    let id = user.id.clone();
    let succeed = move |c: &mut DbConnection| {
        if let Some(hash) = renewed {
            users::set_password_hash(c, &id, &hash)?;
        }
        sign_in::succeed(c, &attempt)
    };
    state.db.write(succeed).await?;
    Ok(Some(user))
}

/// *Sign out*; with where to go on as somebody else.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignOutForm {
    #[serde(default)]
    next: String,
}

/// `POST /sign-out`
pub(crate) async fn sign_out(CsrfForm(form): CsrfForm<SignOutForm>, session: Session) -> HttpResponse {
    session.purge();
    let mut response = see_other(if paths::is_local(&form.next) { &form.next } else { paths::SIGN_IN });
    // What the browser kept of the pages goes too (ASVS 14.3.1).
    let name = header::HeaderName::from_static("clear-site-data");
    response.headers_mut().insert(name, header::HeaderValue::from_static("\"cache\", \"storage\""));
    response
}
