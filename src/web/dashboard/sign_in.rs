//! Signs people in and out.

mod pending;
pub(crate) mod two_step;

use actix_session::Session;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::credentials::{BUSY, Stop, Try, to_wait};
use crate::db::DbConnection;
use crate::domain::users::sign_in::{self, Attempt, Entered};
use crate::domain::users::{self, Email, User};
use crate::domain::{Act, os_rng};
use crate::web::dashboard::http::csrf::{CsrfForm, Form};
use crate::web::dashboard::http::htmx::{add_cookie, come_again, html, see_other};
use crate::web::dashboard::http::kept::Kept;
use crate::web::dashboard::http::known_browser::{self, KnownBrowser};
use crate::web::dashboard::http::query::Query;
use crate::web::dashboard::http::session::Fresh;
use crate::web::dashboard::http::{CurrentUser, Error, Newcomer, Visit};
use crate::web::dashboard::page::chrome::{Bare, Theme};
use crate::web::dashboard::page::views::Field;
use crate::web::paths;
use pending::Pending;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page {
    chrome: Bare,
    email: Field,
    next: String,
    refusal: Option<Refusal>,
    /// What was typed, as [`Kept`], or empty.
    kept: String,
}

/// The page after signing in again, which leads back to the form with what was typed.
#[derive(Template)]
#[template(path = "back_to_form.html")]
struct BackToForm {
    chrome: Bare,
    next: String,
    kept: String,
}

/// Why somebody is not signed in yet.
enum Refusal {
    /// The e-mail address or the password is wrong. The page does not say which.
    Wrong,
    /// There were too many wrong ones.
    TooMany {
        /// The time to wait before the next attempt: `15 minutes`.
        wait: String,
    },
    /// The password is right, and the account disabled.
    Disabled,
    /// Too many people are signing in at this moment.
    Busy,
    /// The code came too late, or the password was changed meanwhile.
    Late,
    /// The session ended while a page was open, and what was sent from it was not done.
    Ended,
    /// The browser did not send the cookie of the session.
    NoCookies,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignInForm {
    email: String,
    password: Zeroizing<String>,
    #[serde(default)]
    next: String,
    /// What was typed into the form whose session had ended.
    #[serde(default)]
    kept: String,
}

/// A cookie that only shows that the browser accepts cookies.
const TAKES_COOKIES: &str = "keyrack-cookies";

/// `GET /sign-in?next=`
pub(crate) async fn form(user: Option<CurrentUser>, visit: Visit) -> Result<HttpResponse, Error> {
    let query = Query::of(&visit.request)?;
    let next = query.get("next").unwrap_or_default().to_owned();
    if user.is_some() {
        return Ok(see_other(safe(&next)));
    }
    let ended = query.get("ended").is_some();
    let has_cookies = visit.request.headers().contains_key(header::COOKIE);
    let refusal = match query.get("cookies") {
        Some(_) if !has_cookies => Some(Refusal::NoCookies),
        _ => ended.then_some(Refusal::Ended),
    };
    let known = KnownBrowser::of(&visit);
    let email = known.last().filter(|_| ended).map(Field::kept).unwrap_or_default();
    let mut response = page(StatusCode::OK, email, &next, None, refusal, &visit.request)?;
    if !has_cookies {
        add_cookie(&mut response, &visit.cookie(TAKES_COOKIES, "yes".to_owned()))?;
    }
    Ok(response)
}

fn page(
    status: StatusCode,
    email: Field,
    next: &str,
    kept: Option<Kept>,
    refusal: Option<Refusal>,
    request: &HttpRequest,
) -> Result<HttpResponse, Error> {
    let chrome = Bare { title: "Sign in".to_owned(), theme: Theme::of(request) };
    let kept = kept.map(|kept| kept.text()).unwrap_or_default();
    html(status, &Page { chrome, email, next: safe(next).to_owned(), refusal, kept })
}

/// Where the sign-in leads to: a page, or back to a form with what was typed into it.
fn enter_page(
    next: &str,
    kept: Option<Kept>,
    request: &HttpRequest,
) -> Result<HttpResponse, Error> {
    let Some(kept) = kept else { return Ok(see_other(safe(next))) };
    let chrome = Bare { title: "You are signed in".to_owned(), theme: Theme::of(request) };
    html(StatusCode::OK, &BackToForm { chrome, next: kept.page(), kept: kept.text() })
}

/// The address, if it is a page of this site, or else the home page.
fn safe(next: &str) -> &str {
    if paths::is_local(next) { next } else { paths::HOME }
}

/// `POST /sign-in`
///
/// The answer and the work are the same whether the e-mail address or the password is wrong (ASVS
/// 6.3.8).
pub(crate) async fn sign_in(
    Form(form): Form<SignInForm>,
    session: Session,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let kept = Kept::read(&form.kept);
    match enter(&form, &session, &visit).await {
        Ok(Next::In(user)) => {
            let mut response = enter_page(&form.next, kept, &visit.request)?;
            known_browser::remember(&mut response, &user, &visit).await?;
            Ok(response)
        }
        Ok(Next::Code(pending)) => {
            let mut response = match kept {
                Some(kept) => two_step::ask(kept, &visit.request)?,
                None => see_other(paths::SIGN_IN_TWO_STEP),
            };
            add_cookie(&mut response, &pending.cookie(&visit.state))?;
            Ok(response)
        }
        Ok(Next::Wrong) => page(
            StatusCode::UNPROCESSABLE_ENTITY,
            Field::kept(&form.email),
            &form.next,
            kept,
            Some(Refusal::Wrong),
            &visit.request,
        ),
        Ok(Next::Disabled) => page(
            StatusCode::FORBIDDEN,
            Field::kept(&form.email),
            &form.next,
            kept,
            Some(Refusal::Disabled),
            &visit.request,
        ),
        Err(Stop::TooMany(wait)) => {
            tracing::warn!(event = "sign_in_limited", "too many failed sign-ins from one address");
            let (wait, seconds) = to_wait(wait);
            too_many(&form, Refusal::TooMany { wait }, seconds, &visit.request)
        }
        Err(Stop::Error(Error::TooManyRequests { retry_after })) => {
            too_many(&form, Refusal::Busy, retry_after, &visit.request)
        }
        Err(Stop::Error(error)) => Err(error),
    }
}

fn too_many(
    form: &SignInForm,
    refusal: Refusal,
    retry_after: u64,
    request: &HttpRequest,
) -> Result<HttpResponse, Error> {
    let answer = page(
        StatusCode::TOO_MANY_REQUESTS,
        Field::kept(&form.email),
        &form.next,
        Kept::read(&form.kept),
        Some(refusal),
        request,
    )?;
    Ok(come_again(answer, retry_after))
}

/// The result of checking the password.
enum Next {
    In(User),
    Code(Pending),
    Disabled,
    Wrong,
}

/// Starts a session if the password is right and no code is needed.
async fn enter(form: &SignInForm, session: &Session, visit: &Visit) -> Result<Next, Stop> {
    let one = Try::begin(Attempt::password, &form.email, visit).await?;
    let found = match Email::parse(&form.email) {
        Ok(email) => visit.db.read(move |c| users::find_by_email(c, &email)).await?,
        Err(_) => None,
    };
    let (user, hash) = found.unzip();
    let (fits, renewed) = one.password(&form.password, hash, &visit.state).await?;
    let now = visit.clock.now();
    let fresh = Fresh::of(&visit.request, &mut os_rng());
    let Some(user) = user.clone().filter(|_| fits) else {
        let (why, address) = ("wrong password", fresh.address());
        let refuse = move |c: &mut DbConnection| {
            sign_in::refuse(c, user.as_ref(), why, address, now, &mut os_rng())
        };
        visit.db.write(refuse).await?;
        return Ok(Next::Wrong);
    };
    let (whose, actor) = (user.clone(), fresh.actor(&user.id));
    let enter = move |c: &mut DbConnection, act: &mut Act<'_>| {
        sign_in::enter(c, act, &whose, &one.counted, renewed.as_ref())
    };
    match visit.change(actor, enter).await? {
        Entered::In => {
            fresh.start(session, &user.id, user.generation, &mut os_rng())?;
            Ok(Next::In(user))
        }
        Entered::CodeNeeded(token) => {
            Ok(Next::Code(Pending { token, next: safe(&form.next).to_owned() }))
        }
        Entered::Disabled => Ok(Next::Disabled),
        Entered::Outdated => Ok(Next::Wrong),
    }
}

/// The form of *Sign out*. `next` is where to go on as somebody else.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignOutForm {
    #[serde(default)]
    next: String,
}

/// `POST /sign-out`
pub(crate) async fn sign_out(
    user: Newcomer,
    CsrfForm(form): CsrfForm<SignOutForm>,
    session: Session,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let (actor, who, name) = (user.actor(), user.user.clone(), user.session.clone());
    visit.change(actor, move |c, act| users::sign_out(c, act, &who, &name)).await?;
    session.purge();
    let mut response =
        see_other(if paths::is_local(&form.next) { &form.next } else { paths::SIGN_IN });
    // The browser also removes what it has kept of the pages (ASVS 14.3.1).
    let name = header::HeaderName::from_static("clear-site-data");
    response.headers_mut().insert(name, header::HeaderValue::from_static("\"cache\", \"storage\""));
    Ok(response)
}
