//! Joins a project with a new account. Its e-mail address is that of the invitation.

use actix_session::Session;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::open::{dead, look, page, show};
use super::views::Visitor;
use crate::domain::invitations::{self, JoinError, Opened};
use crate::domain::users::{Password, PasswordError};
use crate::domain::{Newcomer, os_rng, text};
use crate::web::dashboard::http::csrf::Form;
use crate::web::dashboard::http::htmx::{come_again, see_other};
use crate::web::dashboard::http::{CurrentUser, Error, Visit, known_browser, session};
use crate::web::dashboard::page::views::Field;
use crate::web::http::Caller;
use crate::web::paths;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountForm {
    token: String,
    name: String,
    password: Zeroizing<String>,
}

/// `POST /invitations/account`
pub(crate) async fn make_account(
    user: Option<CurrentUser>,
    Form(form): Form<AccountForm>,
    session: Session,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    // This comes before a password is hashed for a stranger.
    let opened = match look(&form.token, &visit.state).await {
        Ok(opened) => opened,
        Err(why) => return dead(why, &visit.request),
    };
    if user.is_some() || opened.account.is_some() {
        return show(StatusCode::CONFLICT, form.token, user, &visit).await;
    }
    let mut name = Field::kept(&form.name);
    let checked = name.check(text::name);
    let (about, is_named) = ([opened.invitation.email.clone(), form.name], checked.is_some());
    let choose = move || {
        let chosen = Password::choose(form.password, &about.each_ref().map(|text| text.trim()))?;
        Ok::<_, PasswordError>(is_named.then(|| chosen.hash(&mut os_rng())))
    };
    let caller = Caller::of(&visit.request);
    let address = caller.address();
    // This waits in the same queue as the sign-in, which takes few at a time, and few of one
    // address.
    let password = match visit.passwords.turn(caller.counted_as()).await {
        Ok(turn) => visit.passwords.run_in(&turn, choose).await,
        Err(error) => Err(error),
    };
    let password = match password {
        Ok(password) => password,
        Err(Error::TooManyRequests { retry_after }) => {
            return busy(opened, form.token, name, retry_after, &visit.request);
        }
        Err(error) => return Err(error),
    };
    let password_error = password.as_ref().err().map(ToString::to_string);
    let (Some(checked), Ok(Some(hash))) = (checked, password) else {
        let visitor = Visitor::New { name, password_error, busy: false };
        return page(StatusCode::UNPROCESSABLE_ENTITY, opened, form.token, visitor, &visit.request);
    };
    let (token, now) = (form.token.clone(), visit.clock.now());
    let fresh = session::Fresh::of(&visit.request, &mut os_rng());
    let newcomer = Newcomer { address, session: fresh.name().to_owned() };
    let join = move |c: &mut crate::db::DbConnection| {
        invitations::join_as_new(c, &token, checked, hash, newcomer, now, &mut os_rng())
    };
    match visit.db.write(join).await {
        Ok((user, project)) => {
            fresh.start(&session, &user, 0, &mut os_rng())?;
            let mut response = see_other(&paths::project(&project.slug));
            known_browser::remember_new(&mut response, user, &visit).await?;
            Ok(response)
        }
        Err(JoinError::Dead(why)) => dead(why, &visit.request),
        Err(JoinError::NotYours | JoinError::IsMember | JoinError::HasAccount) => {
            show(StatusCode::CONFLICT, form.token, None, &visit).await
        }
        Err(JoinError::Db(error)) => Err(error.into()),
    }
}

fn busy(
    opened: Opened,
    token: String,
    name: Field,
    retry_after: u64,
    request: &HttpRequest,
) -> Result<HttpResponse, Error> {
    let visitor = Visitor::New { name, password_error: None, busy: true };
    Ok(come_again(
        page(StatusCode::TOO_MANY_REQUESTS, opened, token, visitor, request)?,
        retry_after,
    ))
}
