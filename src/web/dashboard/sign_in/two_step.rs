//! Checks the code after the password.

use actix_session::Session;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::super::credentials::{BUSY, Stop, look, to_wait, too_many_codes, wrong_code};
use super::pending::{Pending, taken};
use super::{Refusal, enter_page, page as password_page};
use crate::db::DbConnection;
use crate::domain::two_step::{self, Code, Passed, PendingSignIn, Wrong};
use crate::domain::{Act, os_rng};
use crate::web::dashboard::http::csrf::Form;
use crate::web::dashboard::http::htmx::{add_cookie, come_again, html, see_other};
use crate::web::dashboard::http::kept::Kept;
use crate::web::dashboard::http::known_browser::{self, KnownBrowser};
use crate::web::dashboard::http::query::Query;
use crate::web::dashboard::http::session::Fresh;
use crate::web::dashboard::http::{Error, Visit};
use crate::web::dashboard::page::chrome::{Bare, Theme};
use crate::web::dashboard::page::views::Field;
use crate::web::mail;
use crate::web::mail::account::Notice;
use crate::web::paths;

#[derive(Template)]
#[template(path = "sign_in_two_step.html")]
struct Page {
    chrome: Bare,
    /// Whether the page asks for a recovery code.
    recovery: bool,
    error: Option<String>,
    /// What was typed, as [`Kept`], or empty.
    kept: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeForm {
    code: Zeroizing<String>,
    /// Which page sent the form. There is one for each kind of code, but both accept either kind.
    #[serde(default)]
    with: String,
    /// The page that is asked for instead. It is a button, because a link would lose what is kept.
    #[serde(default)]
    other: String,
    /// What was typed into the form whose session had ended.
    #[serde(default)]
    kept: String,
}

/// The word for recovery codes in the address.
const RECOVERY: &str = "recovery-code";

/// `GET /sign-in/two-step?with=recovery-code`
pub(crate) async fn form(visit: Visit) -> Result<HttpResponse, Error> {
    let begun = match Pending::of(&visit) {
        Some(pending) => pending.begun(&visit.state).await?,
        None => None,
    };
    if begun.is_none() {
        let refused_cookies = paths::came_without_cookies(visit.request.headers());
        return Ok(see_other(&if refused_cookies {
            paths::sign_in_without_cookies(paths::HOME)
        } else {
            paths::SIGN_IN.to_owned()
        }));
    }
    let recovery = Query::of(&visit.request)?.get("with") == Some(RECOVERY);
    page(StatusCode::OK, recovery, None, None, &visit.request)
}

/// The same page as an answer to the password, with what was typed before.
pub(super) fn ask(kept: Kept, request: &HttpRequest) -> Result<HttpResponse, Error> {
    page(StatusCode::OK, false, Some(kept), None, request)
}

fn page(
    status: StatusCode,
    recovery: bool,
    kept: Option<Kept>,
    error: Option<String>,
    request: &HttpRequest,
) -> Result<HttpResponse, Error> {
    let kept = kept.map(|kept| kept.text()).unwrap_or_default();
    let chrome = Bare { title: "Two-step sign-in".to_owned(), theme: Theme::of(request) };
    html(status, &Page { chrome, recovery, error, kept })
}

/// `POST /sign-in/two-step`
pub(crate) async fn pass(
    Form(form): Form<CodeForm>,
    session: Session,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let recovery = form.with == RECOVERY;
    let kept = Kept::read(&form.kept);
    let Some(pending) = Pending::of(&visit) else {
        return late("", kept, &visit);
    };
    if !form.other.is_empty() {
        return page(StatusCode::OK, form.other == RECOVERY, kept, None, &visit.request);
    }
    let Some(code) = Code::parse(&form.code) else {
        let error = if recovery {
            "A recovery code has ten letters and digits, like 7k2m9-qfxp4."
        } else {
            "A code has six digits."
        };
        return refused(recovery, kept, error, &visit.request);
    };
    let Some(begun) = pending.begun(&visit.state).await? else {
        return late(&pending.next, kept, &visit);
    };
    match enter(code, &begun, &session, &visit).await {
        Ok(Passed::In) => {
            let mut response = enter_page(&pending.next, kept, &visit.request)?;
            add_cookie(&mut response, &taken(&visit.state))?;
            known_browser::remember(&mut response, &begun.user, &visit).await?;
            Ok(response)
        }
        Ok(Passed::Outdated) => late(&pending.next, kept, &visit),
        Ok(Passed::Wrong(wrong)) => refused(recovery, kept, wrong_code(wrong), &visit.request),
        Ok(Passed::TooMany(why)) => {
            tracing::warn!(event = "sign_in_limited", "too many wrong codes of one account");
            let (text, retry_after) = too_many_codes(why);
            too_many(recovery, kept, text, retry_after, &visit.request)
        }
        Err(Stop::TooMany(wait)) => {
            tracing::warn!(event = "sign_in_limited", "too many wrong codes from one network");
            let (wait, seconds) = to_wait(wait);
            let text = format!("Too many wrong codes. Wait {wait}, then try again.");
            too_many(recovery, kept, text, Some(seconds), &visit.request)
        }
        Err(Stop::Error(Error::TooManyRequests { retry_after })) => {
            too_many(recovery, kept, BUSY.to_owned(), Some(retry_after), &visit.request)
        }
        Err(Stop::Error(error)) => Err(error),
    }
}

fn refused(
    recovery: bool,
    kept: Option<Kept>,
    error: &str,
    request: &HttpRequest,
) -> Result<HttpResponse, Error> {
    page(StatusCode::UNPROCESSABLE_ENTITY, recovery, kept, Some(error.to_owned()), request)
}

fn too_many(
    recovery: bool,
    kept: Option<Kept>,
    text: String,
    retry_after: Option<u64>,
    request: &HttpRequest,
) -> Result<HttpResponse, Error> {
    Ok(come_again(
        page(StatusCode::TOO_MANY_REQUESTS, recovery, kept, Some(text), request)?,
        retry_after,
    ))
}

/// Leads back to the password.
fn late(next: &str, kept: Option<Kept>, visit: &Visit) -> Result<HttpResponse, Error> {
    let mut answer = password_page(
        StatusCode::UNPROCESSABLE_ENTITY,
        Field::default(),
        next,
        kept,
        Some(Refusal::Late),
        &visit.request,
    )?;
    add_cookie(&mut answer, &taken(&visit.state))?;
    Ok(answer)
}

/// Starts a session if the code is right. After many wrong ones, a notice is sent to the owner.
async fn enter(
    code: Code,
    begun: &PendingSignIn,
    session: &Session,
    visit: &Visit,
) -> Result<Passed, Stop> {
    let user = &begun.user;
    let now = visit.clock.now();
    if let Code::App(_) = code {
        // Those who have to wait anyway don't cause a write.
        let browser = KnownBrowser::of(visit).token(&user.email);
        let whose = user.clone();
        let check = move |c: &mut DbConnection| two_step::check(c, &whose, browser.as_ref(), now);
        if let Some(too_many) = visit.db.read(check).await? {
            return Ok(Passed::TooMany(too_many));
        }
    }
    let proof = look(code, user, visit).await?;
    let fresh = Fresh::of(&visit.request, &mut os_rng());
    let (begun, actor) = (begun.clone(), fresh.actor(&user.id));
    let pass =
        move |c: &mut DbConnection, act: &mut Act<'_>| two_step::pass(c, act, &begun, &proof);
    let passed = visit.change(actor, pass).await?;
    match passed {
        Passed::In => fresh.start(session, &user.id, user.generation, &mut os_rng())?,
        Passed::Wrong(Wrong { alert: Some(alert), .. }) => {
            mail::account::tell(&visit.state, user, Notice::Codes(alert), fresh.address());
        }
        Passed::Wrong(_) | Passed::TooMany(_) | Passed::Outdated => {}
    }
    Ok(passed)
}
