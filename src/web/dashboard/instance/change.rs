//! Changing an account. The password is asked for once more (ASVS 5.0, 7.5.3): who finds a browser
//! open must not be able to lock others out.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::super::credentials::confirm;
use super::views::{Verb, verbs};
use crate::db::DbConnection;
use crate::domain::Act;
use crate::domain::instance::{self, AccountError};
use crate::domain::users::{self, User};
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::flash::Flash;
use crate::web::dashboard::http::htmx::{come_again, html};
use crate::web::dashboard::http::{Administrator, Error, Visit};
use crate::web::dashboard::page::chrome::Chrome;
use crate::web::paths;

#[derive(Template)]
#[template(path = "instance/ask.html")]
struct Page {
    chrome: Chrome,
    user: User,
    verb: Verb,
    password_error: Option<String>,
    /// Why it was not done.
    problem: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeForm {
    password: Zeroizing<String>,
}

/// `GET /instance/users/{user}/{verb}`
pub(crate) async fn ask(
    me: Administrator,
    path: web::Path<(String, String)>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let (user, verb) = find(&me, &path, &visit).await?;
    page(StatusCode::OK, user, verb, [None, None], &me, &visit)
}

/// `POST /instance/users/{user}/{verb}`
pub(crate) async fn change(
    me: Administrator,
    path: web::Path<(String, String)>,
    CsrfForm(form): CsrfForm<ChangeForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let (user, verb) = find(&me, &path, &visit).await?;
    if let Err(wrong) = confirm(&form.password, &me, || (), &visit).await? {
        let answer = page(wrong.status, user, verb, [wrong.password, None], &me, &visit)?;
        return Ok(come_again(answer, wrong.retry_after));
    }
    let (id, name) = (user.id.clone(), user.name.clone());
    let work = move |c: &mut DbConnection, act: &mut Act<'_>| match verb {
        Verb::Disable => instance::disable(c, act, &id),
        Verb::Enable => instance::enable(c, act, &id),
        Verb::Promote => instance::promote(c, act, &id),
        Verb::Demote => instance::demote(c, act, &id),
        Verb::Delete => instance::delete(c, act, &id),
    };
    match visit.change(me.actor(), work).await {
        Ok(user) => {
            let myself = verb == Verb::Demote && user.id == me.user.id;
            let to = match verb {
                _ if myself => paths::PROJECTS.to_owned(),
                Verb::Delete => paths::instance_users("", 1),
                _ => paths::instance_user(&user.id),
            };
            let text = verb.done().to_owned();
            Flash { subject: name, text }.send(visit.go_on(&to), &visit)
        }
        Err(AccountError::Refused(refused)) => Err(refused.into()),
        Err(AccountError::Unknown) => Err(Error::NotFound),
        Err(problem) => {
            let problem = Some(problem.to_string());
            page(StatusCode::CONFLICT, user, verb, [None, problem], &me, &visit)
        }
    }
}

async fn find(
    me: &Administrator,
    (user, verb): &(String, String),
    visit: &Visit,
) -> Result<(User, Verb), Error> {
    let id = users::Id::parse(user).ok_or(Error::NotFound)?;
    let verb = Verb::parse(verb).ok_or(Error::NotFound)?;
    let found = visit.db.read(move |c| users::find(c, &id)).await?;
    let user = found.filter(|user| user.deleted_at.is_none()).ok_or(Error::NotFound)?;
    let mine = user.id == me.user.id;
    // To oneself only what makes sense; the others are told when they try.
    if mine && !verbs(&user, true).contains(&verb) {
        return Err(Error::Forbidden(AccountError::Yourself.to_string()));
    }
    Ok((user, verb))
}

fn page(
    status: StatusCode,
    user: User,
    verb: Verb,
    [password_error, problem]: [Option<String>; 2],
    me: &Administrator,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    let chrome = Chrome::plain(verb.label(), me, &visit.request);
    html(status, &Page { chrome, user, verb, password_error, problem })
}
