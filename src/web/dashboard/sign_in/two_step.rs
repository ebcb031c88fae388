//! The code after the password.

use actix_session::Session;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::super::Error;
use super::super::chrome::{Bare, Theme};
use super::super::credentials::{BUSY, Stop, Try, to_wait};
use super::super::views::Field;
use super::pending::{Pending, taken};
use super::{Refusal, page as password_page, safe};
use crate::db::DbConnection;
use crate::domain::os_rng;
use crate::domain::two_step::{self, Code, Looked, Passed};
use crate::domain::users::sign_in::Attempt;
use crate::web::csrf::Form;
use crate::web::htmx::{add_cookie, come_again, html, see_other};
use crate::web::query::Query;
use crate::web::session::Fresh;
use crate::web::{State, paths};

#[derive(Template)]
#[template(path = "sign_in_two_step.html")]
struct Page {
    chrome: Bare,
    /// Asks for a recovery code.
    recovery: bool,
    error: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeForm {
    code: Zeroizing<String>,
    /// Which page asked: there is one for each kind, and either code is taken on both.
    #[serde(default)]
    with: String,
}

/// The word for recovery codes in the address.
const RECOVERY: &str = "recovery-code";

/// `GET /sign-in/two-step?with=recovery-code`
pub(crate) async fn form(
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let user = match Pending::of(&request, &state) {
        Some(pending) => pending.user(&state).await?,
        None => None,
    };
    if user.is_none() {
        return Ok(see_other(paths::SIGN_IN));
    }
    let recovery = Query::of(&request)?.get("with") == Some(RECOVERY);
    page(StatusCode::OK, recovery, None, &request)
}

fn page(
    status: StatusCode,
    recovery: bool,
    error: Option<String>,
    request: &HttpRequest,
) -> Result<HttpResponse, Error> {
    let chrome = Bare { title: "Two-step sign-in".to_owned(), theme: Theme::of(request) };
    html(status, &Page { chrome, recovery, error })
}

/// `POST /sign-in/two-step`
pub(crate) async fn pass(
    Form(form): Form<CodeForm>,
    session: Session,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let recovery = form.with == RECOVERY;
    let Some(pending) = Pending::of(&request, &state) else { return late("", &state, &request) };
    let refused = match Code::parse(&form.code) {
        None if recovery => "A recovery code has ten letters and digits, like 7k2m9-qfxp4.",
        None => "A code has six digits.",
        Some(code) => match look(code, &pending, &session, &state, &request).await {
            Ok(Passed::In) => {
                let mut response = see_other(safe(&pending.next));
                add_cookie(&mut response, &taken(&state))?;
                return Ok(response);
            }
            Ok(Passed::Outdated) => return late(&pending.next, &state, &request),
            Ok(Passed::Wrong) if recovery => {
                "This is none of your recovery codes, or it was used before."
            }
            Ok(Passed::Wrong) => {
                "This code is not right. A code is good for half a minute: enter the one that the app shows now. If it is refused again, set the clock of your phone."
            }
            Ok(Passed::Used) => "This code was used before. Wait for the next one.",
            Err(Stop::TooMany(wait)) => {
                tracing::warn!(event = "sign_in_limited", "too many wrong codes");
                let (wait, seconds) = to_wait(wait);
                let text = format!("Too many wrong codes. Wait {wait}, then try again.");
                return too_many(recovery, text, seconds, &request);
            }
            Err(Stop::Error(Error::TooManyRequests { retry_after })) => {
                return too_many(recovery, BUSY.to_owned(), retry_after, &request);
            }
            Err(Stop::Error(error)) => return Err(error),
        },
    };
    page(StatusCode::UNPROCESSABLE_ENTITY, recovery, Some(refused.to_owned()), &request)
}

fn too_many(
    recovery: bool,
    text: String,
    retry_after: u64,
    request: &HttpRequest,
) -> Result<HttpResponse, Error> {
    Ok(come_again(page(StatusCode::TOO_MANY_REQUESTS, recovery, Some(text), request)?, retry_after))
}

/// Back to the password.
fn late(next: &str, state: &State, request: &HttpRequest) -> Result<HttpResponse, Error> {
    let mut answer = password_page(
        StatusCode::UNPROCESSABLE_ENTITY,
        Field::default(),
        next,
        Some(Refusal::Late),
        request,
    )?;
    add_cookie(&mut answer, &taken(state))?;
    Ok(answer)
}

/// Starts a session if the code is right.
async fn look(
    code: Code,
    pending: &Pending,
    session: &Session,
    state: &State,
    request: &HttpRequest,
) -> Result<Passed, Stop> {
    let Some(user) = pending.user(state).await? else { return Ok(Passed::Outdated) };
    let one = Try::begin(|address| Attempt::second(&user.id, address), state, request).await?;
    let id = user.id.clone();
    let hashes =
        state.db.read(move |c: &mut DbConnection| two_step::recovery_hashes(c, &id)).await?;
    let code = match code {
        Code::App(digits) => Ok(digits),
        Code::Recovery(code) => Err(one.run(state, move || code.fits(hashes)).await?),
    };
    let fresh = Fresh::of(request, &mut os_rng());
    let (whose, token, actor, now) =
        (user.clone(), pending.token.clone(), fresh.actor(&user.id), state.clock.now());
    let (attempt, address) = (one.attempt.clone(), one.address);
    let pass = move |c: &mut DbConnection| {
        let code = match &code {
            Ok(digits) => Looked::App(digits),
            Err(hash) => Looked::Recovery(hash.as_ref()),
        };
        two_step::pass(c, &whose, &token, &code, &attempt, &actor, address, now, &mut os_rng())
    };
    let passed = state.db.write(pass).await?;
    if passed == Passed::In {
        fresh.start(session, &user.id, user.generation, &mut os_rng())?;
    }
    Ok(passed)
}
