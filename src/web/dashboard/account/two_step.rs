//! Turns two-step sign-in on and off, and makes new recovery codes. Each of these asks for the
//! password and a code, and sends a notice by mail.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::super::credentials::{Wrong, confirm, is_on};
use super::done;
use super::views::{CodesPage, ConfirmPage, Doing, Qr, TurnOnPage};
use crate::db::DbConnection;
use crate::domain::two_step::{self, Code, Confirmed, RecoveryCode, Secret, TwoStepError};
use crate::domain::users::PasswordHash;
use crate::domain::{Act, os_rng};
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::htmx::{come_again, html, see_other};
use crate::web::dashboard::http::{CurrentUser, Error, Newcomer, Visit};
use crate::web::dashboard::page::chrome::Chrome;
use crate::web::mail;
use crate::web::mail::account::Notice;
use crate::web::paths;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TurnOnForm {
    /// The secret is made for the page that shows it. It is stored only once a first code proves
    /// that an app has it.
    secret: Zeroizing<String>,
    code: Zeroizing<String>,
    password: Zeroizing<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmForm {
    password: Zeroizing<String>,
    #[serde(default)]
    code: Zeroizing<String>,
}

impl From<TwoStepError> for Error {
    fn from(error: TwoStepError) -> Self {
        match error {
            TwoStepError::Outdated => Self::SignedOut,
            TwoStepError::On | TwoStepError::Off => Self::Internal(error.to_string()),
            TwoStepError::Db(error) => error.into(),
        }
    }
}

/// The answer if this was already done, perhaps in another tab.
fn is_so_already(on: bool, visit: &Visit) -> Result<HttpResponse, Error> {
    done("Two-step sign-in", if on { " is on already." } else { " is off." }, visit)
}

/// `GET /account/two-step`
pub(crate) async fn form(user: Newcomer, visit: Visit) -> Result<HttpResponse, Error> {
    if is_on(&user, &visit).await? {
        return Ok(see_other(paths::ACCOUNT));
    }
    turn_on_page(
        StatusCode::OK,
        &Secret::generate(&mut os_rng()),
        None,
        None,
        &user,
        &visit.request,
    )
}

fn turn_on_page(
    status: StatusCode,
    secret: &Secret,
    code_error: Option<String>,
    password: Option<Wrong>,
    user: &CurrentUser,
    request: &HttpRequest,
) -> Result<HttpResponse, Error> {
    let url = secret.url(&user.user.email);
    let qr = Qr::of(&url).ok_or_else(|| Error::Internal("no QR code".to_owned()))?;
    let (password_error, retry_after) =
        password.map_or((None, None), |wrong| (wrong.password, wrong.retry_after));
    let chrome = Chrome::plain("Two-step sign-in", user, request);
    let page = TurnOnPage { chrome, qr, secret: secret.base32(), url, code_error, password_error };
    answer(status, &page, retry_after)
}

fn answer(
    status: StatusCode,
    page: &impl Template,
    retry_after: Option<u64>,
) -> Result<HttpResponse, Error> {
    Ok(come_again(html(status, page)?, retry_after))
}

/// `POST /account/two-step`
pub(crate) async fn turn_on(
    user: Newcomer,
    CsrfForm(form): CsrfForm<TurnOnForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    if is_on(&user, &visit).await? {
        return is_so_already(true, &visit);
    }
    let secret = Secret::parse(&form.secret)
        .ok_or(Error::BadRequest("The secret is not the one of the page."))?;
    // The code is read as in the sign-in: it may have spaces, dashes and full-width digits.
    let step = match Code::parse(&form.code) {
        Some(Code::App(digits)) => secret.step_of(&digits, visit.clock.now()),
        Some(Code::Recovery(_)) | None => None,
    };
    let code_error = step.is_none().then(|| {
        "This code is not right. Scan the code above, and enter what the app shows now.".to_owned()
    });
    let confirmed = confirm(&form.password, &user, new_codes, &visit).await?;
    let (step, (codes, hashes)) = match (step, confirmed) {
        (Some(step), Ok(confirmation)) => (step, confirmation.done),
        (_, confirmed) => {
            let wrong = confirmed.err();
            let status =
                wrong.as_ref().map_or(StatusCode::UNPROCESSABLE_ENTITY, |wrong| wrong.status);
            return turn_on_page(status, &secret, code_error, wrong, &user, &visit.request);
        }
    };
    let whose = user.user.clone();
    let turn_on = move |c: &mut DbConnection, act: &mut Act<'_>| {
        two_step::turn_on(c, act, &whose, &secret, step, &hashes)
    };
    match visit.change(user.actor(), turn_on).await {
        Ok(()) => {
            mail::account::tell(&visit.state, &user.user, Notice::TwoStepOn, user.address);
            codes_page(&codes, true, &user, &visit.request)
        }
        Err(TwoStepError::On) => is_so_already(true, &visit),
        Err(error @ (TwoStepError::Outdated | TwoStepError::Off | TwoStepError::Db(_))) => {
            Err(error.into())
        }
    }
}

/// Recovery codes and their hashes.
type NewCodes = (Vec<RecoveryCode>, Vec<PasswordHash>);

/// Makes new recovery codes. Hashing them is slow.
fn new_codes() -> NewCodes {
    let codes = RecoveryCode::generate(&mut os_rng());
    let hashes = codes.iter().map(|code| code.hash(&mut os_rng())).collect();
    (codes, hashes)
}

fn codes_page(
    codes: &[RecoveryCode],
    first: bool,
    user: &CurrentUser,
    request: &HttpRequest,
) -> Result<HttpResponse, Error> {
    let chrome = Chrome::plain("Recovery codes", user, request);
    let codes = codes.iter().map(RecoveryCode::shown).collect();
    html(StatusCode::OK, &CodesPage { chrome, first, codes, email: user.user.email.clone() })
}

/// `GET /account/two-step/off`
pub(crate) async fn confirm_off(user: CurrentUser, visit: Visit) -> Result<HttpResponse, Error> {
    ask(Doing::TurnOff, &user, &visit).await
}

/// `GET /account/recovery-codes`
pub(crate) async fn confirm_codes(user: CurrentUser, visit: Visit) -> Result<HttpResponse, Error> {
    ask(Doing::RenewCodes, &user, &visit).await
}

async fn ask(doing: Doing, user: &CurrentUser, visit: &Visit) -> Result<HttpResponse, Error> {
    if !is_on(user, visit).await? {
        return Ok(see_other(paths::ACCOUNT));
    }
    confirm_page(StatusCode::OK, doing, None, user, &visit.request)
}

fn confirm_page(
    status: StatusCode,
    doing: Doing,
    wrong: Option<Wrong>,
    user: &CurrentUser,
    request: &HttpRequest,
) -> Result<HttpResponse, Error> {
    let chrome = Chrome::plain(doing.title(), user, request);
    let mut page = ConfirmPage { chrome, doing, password_error: None, code_error: None };
    let retry_after = wrong.as_ref().and_then(|wrong| wrong.retry_after);
    if let Some(wrong) = wrong {
        (page.password_error, page.code_error) = (wrong.password, wrong.code);
    }
    answer(status, &page, retry_after)
}

/// `POST /account/two-step/off`
pub(crate) async fn turn_off(
    user: CurrentUser,
    CsrfForm(form): CsrfForm<ConfirmForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let doing = Doing::TurnOff;
    let confirmed = confirm(&form.password, &user, || (), &visit).await?;
    let confirmation = match confirmed {
        Ok(confirmation) => confirmation,
        Err(wrong) => {
            let wrong = wrong.and_code(&form.code, &user, &visit).await?;
            return confirm_page(wrong.status, doing, Some(wrong), &user, &visit.request);
        }
    };
    let turn_off = move |c: &mut DbConnection, act: &mut Act<'_>, confirmed: &Confirmed<'_>, ()| {
        two_step::turn_off(c, act, confirmed)
    };
    match confirmation.change(&form.code, &user, turn_off, &visit).await? {
        Ok(Ok(())) => {
            mail::account::tell(&visit.state, &user.user, Notice::TwoStepOff, user.address);
            done("Two-step sign-in", " is off. The password alone signs you in.", &visit)
        }
        Ok(Err(TwoStepError::Off)) => is_so_already(false, &visit),
        Ok(Err(error @ (TwoStepError::Outdated | TwoStepError::On | TwoStepError::Db(_)))) => {
            Err(error.into())
        }
        Err(wrong) => confirm_page(wrong.status, doing, Some(wrong), &user, &visit.request),
    }
}

/// `POST /account/recovery-codes`
pub(crate) async fn renew_codes(
    user: CurrentUser,
    CsrfForm(form): CsrfForm<ConfirmForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let doing = Doing::RenewCodes;
    let confirmed = confirm(&form.password, &user, new_codes, &visit).await?;
    let confirmation = match confirmed {
        Ok(confirmation) => confirmation,
        Err(wrong) => {
            let wrong = wrong.and_code(&form.code, &user, &visit).await?;
            return confirm_page(wrong.status, doing, Some(wrong), &user, &visit.request);
        }
    };
    let renew = move |c: &mut DbConnection,
                      act: &mut Act<'_>,
                      confirmed: &Confirmed<'_>,
                      (codes, hashes): NewCodes| {
        two_step::renew_codes(c, act, confirmed, &hashes)?;
        Ok(codes)
    };
    match confirmation.change(&form.code, &user, renew, &visit).await? {
        Ok(Ok(codes)) => {
            mail::account::tell(&visit.state, &user.user, Notice::RecoveryCodes, user.address);
            codes_page(&codes, false, &user, &visit.request)
        }
        Ok(Err(TwoStepError::Off)) => is_so_already(false, &visit),
        Ok(Err(error @ (TwoStepError::Outdated | TwoStepError::On | TwoStepError::Db(_)))) => {
            Err(error.into())
        }
        Err(wrong) => confirm_page(wrong.status, doing, Some(wrong), &user, &visit.request),
    }
}
