//! Changes the name or the password.

use actix_session::Session;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::super::credentials::{Wrong, confirm};
use super::done;
use super::form::{empty, page};
use super::views::{Forms, Part};
use crate::db::DbConnection;
use crate::domain::two_step::Confirmed;
use crate::domain::users::{self, Password, User};
use crate::domain::{Act, os_rng, text};
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::{CurrentUser, Error, Visit, known_browser, session};
use crate::web::dashboard::page::views::Field;
use crate::web::mail;
use crate::web::mail::account::Notice;

const UNPROCESSABLE: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NameForm {
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordForm {
    current: Zeroizing<String>,
    new: Zeroizing<String>,
    /// The code, if two-step sign-in is on.
    #[serde(default)]
    code: Zeroizing<String>,
}

/// `GET /account/name`
pub(crate) async fn name_form(user: CurrentUser, visit: Visit) -> Result<HttpResponse, Error> {
    empty(Part::Name, &user, &visit).await
}

/// `GET /account/password`
pub(crate) async fn password_form(user: CurrentUser, visit: Visit) -> Result<HttpResponse, Error> {
    empty(Part::Password, &user, &visit).await
}

/// `POST /account/name`
pub(crate) async fn name(
    user: CurrentUser,
    CsrfForm(form): CsrfForm<NameForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let mut forms = Forms { name: Field::kept(&form.name), ..Forms::of(&user.user) };
    let Some(name) = forms.name.check(text::name) else {
        return page(Part::Name, UNPROCESSABLE, forms, None, &user, &visit).await;
    };
    let (whose, actor) = (user.user.clone(), user.actor());
    visit.change(actor, move |c, act| users::change_name(c, act, &whose, &name)).await?;
    done("Your name", " is saved.", &visit)
}

/// `POST /account/password`
pub(crate) async fn password(
    user: CurrentUser,
    CsrfForm(form): CsrfForm<PasswordForm>,
    session: Session,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let about = user.user.clone();
    let choose = move || Password::choose(form.new, &[&about.email, &about.name]);
    let (new, weak) = match visit.passwords.run(choose).await? {
        Ok(new) => (Some(new), None),
        Err(weak) => (None, Some(weak.to_string())),
    };
    let hash = move || new.map(|new| new.hash(&mut os_rng()));
    let confirmation = match confirm(&form.current, &user, hash, &visit).await? {
        Ok(confirmation) => confirmation,
        Err(wrong) => {
            let wrong = wrong.and_code(&form.code, &user, &visit).await?;
            return refused(wrong, weak, &user, &visit).await;
        }
    };
    let Some(confirmation) = confirmation.judged() else {
        let forms = Forms { new: weak, ..Forms::of(&user.user) };
        return page(Part::Password, UNPROCESSABLE, forms, None, &user, &visit).await;
    };
    let change = move |c: &mut DbConnection, act: &mut Act<'_>, confirmed: &Confirmed<'_>, hash| {
        users::change_password(c, act, confirmed, &hash)
    };
    match confirmation.change(&form.code, &user, change, &visit).await? {
        Ok(changed) => changed?,
        Err(wrong) => return refused(wrong, None, &user, &visit).await,
    }
    mail::account::tell(&visit.state, &user.user, Notice::Password, user.address);
    let changed = User { generation: user.user.generation + 1, ..user.user };
    session::go_on(&session, changed.generation)?;
    let mut response =
        done("Your password", " is changed. Your other sessions have ended.", &visit)?;
    known_browser::remember(&mut response, &changed, &visit).await?;
    Ok(response)
}

/// The page with the error beside its field.
async fn refused(
    wrong: Wrong,
    weak: Option<String>,
    user: &CurrentUser,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    let Wrong { password, code, status, retry_after } = wrong;
    let forms =
        Forms { current: password, new: weak, password_code: code, ..Forms::of(&user.user) };
    page(Part::Password, status, forms, retry_after, user, visit).await
}
