//! Another e-mail address. Where mail is sent, it counts once the link that was sent to it is
//! followed; otherwise at once.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::super::credentials::{Credential, Wrong, confirm};
use super::views::{EmailPage, Forms};
use super::{done, index::page};
use crate::db::DbConnection;
use crate::domain::Act;
use crate::domain::two_step::Confirmed;
use crate::domain::users::email_change::{self, AskError, ConfirmError};
use crate::domain::users::{self, ChangeError, Email};
use crate::web::dashboard::http::csrf::{CsrfForm, Empty};
use crate::web::dashboard::http::htmx::{html, see_other};
use crate::web::dashboard::http::query::Query;
use crate::web::dashboard::http::{CurrentUser, Error, known_browser};
use crate::web::dashboard::page::chrome::Chrome;
use crate::web::dashboard::page::views::Field;
use crate::web::mail;
use crate::web::mail::account::Notice;
use crate::web::{State, paths};

const UNPROCESSABLE: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailForm {
    email: String,
    password: Zeroizing<String>,
    /// Where two-step sign-in is on.
    #[serde(default)]
    code: Zeroizing<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkForm {
    token: String,
}

/// `POST /account/email`
pub(crate) async fn change(
    user: CurrentUser,
    CsrfForm(form): CsrfForm<EmailForm>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let mut forms = Forms { email: Field::kept(&form.email), ..Forms::of(&user.user) };
    let Some(email) = forms.email.check(Email::parse) else {
        return page(UNPROCESSABLE, forms, None, &user, &state, &request).await;
    };
    let confirmation = match confirm(&form.password, &user, &state, &request, || ()).await? {
        Ok(confirmation) => confirmation,
        Err(wrong) => return refused(wrong, forms, &user, &state, &request).await,
    };
    let (to, mails) = (email.clone(), state.mail.is_some());
    let change = move |c: &mut DbConnection, act: &mut Act<'_>, confirmed: &Confirmed<'_>, ()| {
        if mails {
            return email_change::ask(c, act, confirmed, &to).map(Some);
        }
        users::change_email(c, act, confirmed, &to)?;
        Ok::<_, AskError>(None)
    };
    match confirmation.change(&form.code, &user, &state, &request, change).await? {
        Ok(Ok(Some(token))) => send(&token, &email, forms, &user, &state, &request).await,
        Ok(Ok(None)) => changed(&email, &user, &state, &request),
        Ok(Err(
            error
            @ (AskError::Same | AskError::TooMany | AskError::Change(ChangeError::EmailTaken)),
        )) => {
            forms.email.error = Some(error.to_string());
            page(UNPROCESSABLE, forms, None, &user, &state, &request).await
        }
        Ok(Err(AskError::Change(error @ (ChangeError::Outdated | ChangeError::Db(_))))) => {
            Err(error.into())
        }
        Err(wrong) => refused(wrong, forms, &user, &state, &request).await,
    }
}

/// The page, with what is wrong beside its field.
async fn refused(
    wrong: Wrong,
    mut forms: Forms,
    user: &CurrentUser,
    state: &State,
    request: &HttpRequest,
) -> Result<HttpResponse, Error> {
    match wrong.credential {
        Credential::Password => forms.email_password = Some(wrong.text),
        Credential::Code => forms.email_code = Some(wrong.text),
    }
    page(wrong.status, forms, wrong.retry_after, user, state, request).await
}

/// Sends the link, and tells the present address of it.
async fn send(
    token: &str,
    email: &Email,
    mut forms: Forms,
    user: &CurrentUser,
    state: &State,
    request: &HttpRequest,
) -> Result<HttpResponse, Error> {
    if !mail::account::send_link(state, &user.user, email, token).await {
        let (whose, token) = (user.user.id.clone(), token.to_owned());
        state.db.write(move |c| email_change::unsent(c, &whose, &token)).await?;
        forms.email.error =
            Some("The e-mail could not be sent. Check the address, or try again later.".to_owned());
        return page(UNPROCESSABLE, forms, None, user, state, request).await;
    }
    mail::account::tell(state, &user.user, Notice::EmailAsked(email.as_str()), user.address);
    done(email.as_str(), " was sent a link. Open it to change your e-mail address.", state)
}

/// The new address counts.
fn changed(
    email: &Email,
    user: &CurrentUser,
    state: &State,
    request: &HttpRequest,
) -> Result<HttpResponse, Error> {
    mail::account::tell(state, &user.user, Notice::Email(email.as_str()), user.address);
    let text = " is changed. Sign in with the new one from now on.";
    let mut response = done("Your e-mail address", text, state)?;
    known_browser::rename(&mut response, &user.user.email, email.as_str(), state, request)?;
    Ok(response)
}

/// `GET /account/email/confirm?token=`: a page that asks, because programs that read mail open
/// links too.
pub(crate) async fn open(
    user: CurrentUser,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let Some(token) = Query::of(&request)?.get("token").map(ToOwned::to_owned) else {
        return Ok(see_other(paths::ACCOUNT));
    };
    let (whose, looked_up, now) = (user.user.clone(), token.clone(), state.clock.now());
    let open = move |c: &mut DbConnection| email_change::open(c, &whose, &looked_up, now);
    match state.db.read(open).await? {
        Some(change) => link_page(StatusCode::OK, Some(change.email), token, None, &user, &request),
        None => dead(&user, &request),
    }
}

/// A link that works no more.
fn dead(user: &CurrentUser, request: &HttpRequest) -> Result<HttpResponse, Error> {
    link_page(StatusCode::GONE, None, String::new(), None, user, request)
}

fn link_page(
    status: StatusCode,
    email: Option<String>,
    token: String,
    error: Option<String>,
    user: &CurrentUser,
    request: &HttpRequest,
) -> Result<HttpResponse, Error> {
    let chrome = Chrome::plain("Confirm your e-mail address", user, request);
    html(status, &EmailPage { chrome, email, token, error })
}

/// `POST /account/email/confirm`
pub(crate) async fn confirm_link(
    user: CurrentUser,
    CsrfForm(form): CsrfForm<LinkForm>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let (whose, token) = (user.user.clone(), form.token);
    let confirm = move |c: &mut DbConnection, act: &mut Act<'_>| {
        email_change::confirm(c, act, &whose, &token)
    };
    match state.change(user.actor(), confirm).await {
        Ok(email) => changed(&email, &user, &state, &request),
        Err(ConfirmError::Dead) => dead(&user, &request),
        Err(ConfirmError::Change(taken @ ChangeError::EmailTaken)) => {
            let error = Some(taken.to_string());
            link_page(StatusCode::CONFLICT, None, String::new(), error, &user, &request)
        }
        Err(ConfirmError::Change(error @ (ChangeError::Outdated | ChangeError::Db(_)))) => {
            Err(error.into())
        }
    }
}

/// `POST /account/email/cancel`
pub(crate) async fn cancel(
    user: CurrentUser,
    CsrfForm(Empty {}): CsrfForm<Empty>,
    state: web::Data<State>,
) -> Result<HttpResponse, Error> {
    let actor = user.actor();
    if state.change(actor, move |c, act| email_change::cancel(c, act, &user.user)).await? {
        done("Your e-mail address", " stays as it is. The link no longer works.", &state)
    } else {
        done("That change", " was not pending any more.", &state)
    }
}
