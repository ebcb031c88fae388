//! Changes the e-mail address. If mail is configured, the change takes effect once somebody follows
//! the link that is sent to the new address; otherwise it does at once.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::super::credentials::{Wrong, confirm};
use super::done;
use super::form::{empty, page};
use super::views::{EmailPage, Forms, Part};
use crate::db::DbConnection;
use crate::domain::Act;
use crate::domain::two_step::Confirmed;
use crate::domain::users::email_change::{self, AskError, ConfirmError};
use crate::domain::users::{self, ChangeError, Email};
use crate::web::dashboard::http::csrf::{CsrfForm, Empty};
use crate::web::dashboard::http::htmx::{html, see_other};
use crate::web::dashboard::http::query::Query;
use crate::web::dashboard::http::{CurrentUser, Error, Visit, known_browser};
use crate::web::dashboard::page::chrome::Chrome;
use crate::web::dashboard::page::views::Field;
use crate::web::mail;
use crate::web::mail::account::Notice;
use crate::web::paths;

const UNPROCESSABLE: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailForm {
    email: String,
    password: Zeroizing<String>,
    /// The code, if two-step sign-in is on.
    #[serde(default)]
    code: Zeroizing<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkForm {
    token: String,
}

/// `GET /account/email`
pub(crate) async fn form(user: CurrentUser, visit: Visit) -> Result<HttpResponse, Error> {
    empty(Part::Email, &user, &visit).await
}

/// `POST /account/email`
pub(crate) async fn change(
    user: CurrentUser,
    CsrfForm(form): CsrfForm<EmailForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let mut forms = Forms { email: Field::kept(&form.email), ..Forms::of(&user.user) };
    let email = forms.email.check(Email::parse);
    let confirmation = match confirm(&form.password, &user, || (), &visit).await? {
        Ok(confirmation) => confirmation,
        Err(wrong) => {
            let wrong = wrong.and_code(&form.code, &user, &visit).await?;
            return refused(wrong, forms, &user, &visit).await;
        }
    };
    let Some(email) = email else {
        return page(Part::Email, UNPROCESSABLE, forms, None, &user, &visit).await;
    };
    let (to, mails) = (email.clone(), visit.mail.is_some());
    let change = move |c: &mut DbConnection, act: &mut Act<'_>, confirmed: &Confirmed<'_>, ()| {
        if mails {
            return email_change::ask(c, act, confirmed, &to).map(Some);
        }
        users::change_email(c, act, confirmed, &to)?;
        Ok::<_, AskError>(None)
    };
    match confirmation.change(&form.code, &user, change, &visit).await? {
        Ok(Ok(Some(token))) => send(&token, &email, forms, &user, &visit).await,
        Ok(Ok(None)) => changed(&email, &user, &visit),
        Ok(Err(
            error
            @ (AskError::Same | AskError::TooMany | AskError::Change(ChangeError::EmailTaken)),
        )) => {
            forms.email.error = Some(error.to_string());
            page(Part::Email, UNPROCESSABLE, forms, None, &user, &visit).await
        }
        Ok(Err(AskError::Change(error @ (ChangeError::Outdated | ChangeError::Db(_))))) => {
            Err(error.into())
        }
        Err(wrong) => refused(wrong, forms, &user, &visit).await,
    }
}

/// The page with the error beside its field.
async fn refused(
    wrong: Wrong,
    mut forms: Forms,
    user: &CurrentUser,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    (forms.email_password, forms.email_code) = (wrong.password, wrong.code);
    page(Part::Email, wrong.status, forms, wrong.retry_after, user, visit).await
}

/// Sends the link to the new address and a notice to the present one.
async fn send(
    token: &str,
    email: &Email,
    mut forms: Forms,
    user: &CurrentUser,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    if !mail::account::send_link(&visit.state, &user.user, email, token).await {
        let (whose, token) = (user.user.id.clone(), token.to_owned());
        visit.db.write(move |c| email_change::unsent(c, &whose, &token)).await?;
        forms.email.error =
            Some("The e-mail could not be sent. Check the address, or try again later.".to_owned());
        return page(Part::Email, UNPROCESSABLE, forms, None, user, visit).await;
    }
    mail::account::tell(&visit.state, &user.user, Notice::EmailAsked(email.as_str()), user.address);
    done(email.as_str(), " was sent a link. Open it to change your e-mail address.", visit)
}

fn changed(email: &Email, user: &CurrentUser, visit: &Visit) -> Result<HttpResponse, Error> {
    mail::account::tell(&visit.state, &user.user, Notice::Email(email.as_str()), user.address);
    let text = " is changed. Sign in with the new one from now on.";
    let mut response = done("Your e-mail address", text, visit)?;
    known_browser::rename(&mut response, &user.user.email, email.as_str(), visit)?;
    Ok(response)
}

/// `GET /account/email/confirm?token=`: a page that asks for confirmation, because programs that
/// scan mail open links, too.
pub(crate) async fn open(user: CurrentUser, visit: Visit) -> Result<HttpResponse, Error> {
    let Some(token) = Query::of(&visit.request)?.get("token").map(ToOwned::to_owned) else {
        return Ok(see_other(paths::ACCOUNT));
    };
    let (whose, looked_up, now) = (user.user.clone(), token.clone(), visit.clock.now());
    let open = move |c: &mut DbConnection| email_change::open(c, &whose, &looked_up, now);
    match visit.db.read(open).await? {
        Some(change) => {
            link_page(StatusCode::OK, Some(change.email), token, None, &user, &visit.request)
        }
        None => dead(&user, &visit.request),
    }
}

/// The page for a link that no longer works.
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
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let (whose, token) = (user.user.clone(), form.token);
    let confirm = move |c: &mut DbConnection, act: &mut Act<'_>| {
        email_change::confirm(c, act, &whose, &token)
    };
    match visit.change(user.actor(), confirm).await {
        Ok(email) => changed(&email, &user, &visit),
        Err(ConfirmError::Dead) => dead(&user, &visit.request),
        Err(ConfirmError::Change(taken @ ChangeError::EmailTaken)) => {
            let error = Some(taken.to_string());
            link_page(StatusCode::CONFLICT, None, String::new(), error, &user, &visit.request)
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
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let actor = user.actor();
    if visit.change(actor, move |c, act| email_change::cancel(c, act, &user.user)).await? {
        done("Your e-mail address", " stays as it is. The link no longer works.", &visit)
    } else {
        done("That change", " was not pending any more.", &visit)
    }
}
