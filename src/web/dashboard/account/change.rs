//! Another name, e-mail address or password.

use actix_session::Session;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::super::Error;
use super::super::credentials::confirm;
use super::super::extract::CurrentUser;
use super::super::views::Field;
use super::views::Forms;
use super::{done, index::page};
use crate::domain::users::{self, ChangeError, Email, Password};
use crate::domain::{os_rng, text};
use crate::web::State;
use crate::web::csrf::CsrfForm;
use crate::web::session;

const UNPROCESSABLE: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NameForm {
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailForm {
    email: String,
    password: Zeroizing<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordForm {
    current: Zeroizing<String>,
    new: Zeroizing<String>,
}

/// `POST /account`
pub(crate) async fn name(
    user: CurrentUser,
    CsrfForm(form): CsrfForm<NameForm>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let mut forms = Forms { name: Field::kept(&form.name), ..Forms::of(&user.user) };
    let Some(name) = forms.name.check(text::name) else {
        return page(UNPROCESSABLE, forms, None, &user, &state, &request).await;
    };
    let (whose, actor, now) = (user.user.clone(), user.actor(), state.clock.now());
    state
        .db
        .write(move |c| users::change_name(c, &whose, &name, &actor, now, &mut os_rng()))
        .await?;
    done("Your name", " is saved.", &state)
}

/// `POST /account/email`
pub(crate) async fn email(
    user: CurrentUser,
    CsrfForm(form): CsrfForm<EmailForm>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let mut forms = Forms { email: Field::kept(&form.email), ..Forms::of(&user.user) };
    let Some(email) = forms.email.check(Email::parse) else {
        return page(UNPROCESSABLE, forms, None, &user, &state, &request).await;
    };
    if let Err(wrong) = confirm(&form.password, &user, &state, &request, || ()).await? {
        forms.email_password = Some(wrong.text);
        return page(wrong.status, forms, wrong.retry_after, &user, &state, &request).await;
    }
    let (whose, actor, now) = (user.user.clone(), user.actor(), state.clock.now());
    match state
        .db
        .write(move |c| users::change_email(c, &whose, &email, &actor, now, &mut os_rng()))
        .await
    {
        Ok(()) => done(
            "Your e-mail address",
            " is changed. Sign in with the new one from now on.",
            &state,
        ),
        Err(taken @ ChangeError::EmailTaken) => {
            forms.email.error = Some(taken.to_string());
            page(UNPROCESSABLE, forms, None, &user, &state, &request).await
        }
        Err(error @ (ChangeError::Outdated | ChangeError::Db(_))) => Err(error.into()),
    }
}

/// `POST /account/password`
pub(crate) async fn password(
    user: CurrentUser,
    CsrfForm(form): CsrfForm<PasswordForm>,
    session: Session,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let mut forms = Forms::of(&user.user);
    let about = user.user.clone();
    let choose = move || {
        Password::choose(form.new, &[&about.email, &about.name]).map(|new| new.hash(&mut os_rng()))
    };
    let hash = match confirm(&form.current, &user, &state, &request, choose).await? {
        Ok(Ok(hash)) => hash,
        Ok(Err(error)) => {
            forms.new = Some(error.to_string());
            return page(UNPROCESSABLE, forms, None, &user, &state, &request).await;
        }
        Err(wrong) => {
            forms.current = Some(wrong.text);
            return page(wrong.status, forms, wrong.retry_after, &user, &state, &request).await;
        }
    };
    let (whose, actor, now) = (user.user.clone(), user.actor(), state.clock.now());
    state
        .db
        .write(move |c| users::change_password(c, &whose, &hash, &actor, now, &mut os_rng()))
        .await?;
    session::go_on(&session, user.user.generation + 1)?;
    done("Your password", " is changed. Your other sessions have ended.", &state)
}
