//! Handing over a project whose owners can no longer sign in, and stopping that.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, rt, web};
use askama::Template;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::super::credentials::confirm;
use crate::db::{DbConnection, ProjectId};
use crate::domain::instance::hand_over::{self, HandOverError, Pending};
use crate::domain::projects::{self, Project};
use crate::domain::users::{self, User};
use crate::domain::{Act, Actor};
use crate::web::dashboard::http::csrf::{CsrfForm, Form};
use crate::web::dashboard::http::flash::Flash;
use crate::web::dashboard::http::htmx::{come_again, html};
use crate::web::dashboard::http::query::Query;
use crate::web::dashboard::http::{Administrator, Error, Visit};
use crate::web::dashboard::page::chrome::{Bare, Chrome, Theme};
use crate::web::dashboard::page::views::Time;
use crate::web::http::Caller;
use crate::web::mail::notices;
use crate::web::paths;

#[derive(Template)]
#[template(path = "instance/hand_over.html")]
struct Page {
    chrome: Chrome,
    project: Project,
    people: Vec<User>,
    chosen: String,
    person_error: Option<String>,
    password_error: Option<String>,
    /// Why it can't be done here.
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "instance/stop.html")]
struct StopPage {
    chrome: Bare,
    /// None: the link works no more.
    pending: Option<Pending>,
    due: Option<Time>,
    stopped: bool,
    token: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HandOverForm {
    person: String,
    password: Zeroizing<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StopForm {
    token: String,
}

/// What was typed, and what is wrong with it.
#[derive(Default)]
struct Typed {
    person: String,
    person_error: Option<String>,
    password_error: Option<String>,
    problem: Option<String>,
}

/// `GET /instance/projects/{of}/hand-over`
pub(crate) async fn ask(
    me: Administrator,
    path: web::Path<String>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let id = ProjectId::parse(&path).ok_or(Error::NotFound)?;
    page(StatusCode::OK, &id, Typed::default(), &me, &visit).await
}

async fn page(
    status: StatusCode,
    id: &ProjectId,
    typed: Typed,
    me: &Administrator,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    let looked_up = id.clone();
    let load = move |c: &mut DbConnection| match hand_over::candidates(c, &looked_up) {
        Err(problem @ HandOverError::HasOwner) => {
            let project = projects::find_by_id(c, &looked_up)?.ok_or(HandOverError::Unknown)?;
            Ok((project, Vec::new(), Some(problem.to_string())))
        }
        found => found.map(|(project, people)| (project, people, None)),
    };
    let (project, people, has_owner) = visit.db.read(load).await.map_err(refused)?;
    let problem = typed.problem.or(has_owner).or_else(|| {
        if visit.mail.is_none() {
            Some("No mail is sent here, so nobody could object.".to_owned())
        } else if people.len() < 2 {
            Some("Nobody else is in this team who could object.".to_owned())
        } else {
            None
        }
    });
    let chrome = Chrome::plain("Hand over", me, &visit.request);
    let Typed { person: chosen, person_error, password_error, .. } = typed;
    html(status, &Page { chrome, project, people, chosen, person_error, password_error, problem })
}

fn refused(error: HandOverError) -> Error {
    match error {
        HandOverError::Refused(refused) => refused.into(),
        HandOverError::Unknown => Error::NotFound,
        error @ (HandOverError::HasOwner | HandOverError::Alone | HandOverError::Pending) => {
            Error::Forbidden(error.to_string())
        }
    }
}

/// `POST /instance/projects/{of}/hand-over`
pub(crate) async fn begin(
    me: Administrator,
    path: web::Path<String>,
    CsrfForm(form): CsrfForm<HandOverForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let id = ProjectId::parse(&path).ok_or(Error::NotFound)?;
    let to = users::Id::parse(&form.person);
    let confirmed = confirm(&form.password, &me, || (), &visit).await?;
    let (Some(to), Ok(_), true) = (to.clone(), &confirmed, visit.mail.is_some()) else {
        let wrong = confirmed.err();
        let typed = Typed {
            person_error: to.is_none().then(|| "Choose who shall be the owner.".to_owned()),
            person: form.person,
            password_error: wrong.as_ref().and_then(|wrong| wrong.password.clone()),
            problem: None,
        };
        let status = wrong.as_ref().map_or(StatusCode::UNPROCESSABLE_ENTITY, |wrong| wrong.status);
        let answer = page(status, &id, typed, &me, &visit).await?;
        return Ok(come_again(answer, wrong.and_then(|wrong| wrong.retry_after)));
    };
    let (project, actor) = (id.clone(), me.actor());
    match visit.change(actor, move |c, act| hand_over::ask(c, act, &project, &to)).await {
        Ok(asked) => {
            let (subject, state) = (asked.project.name.clone(), visit.state.clone());
            let by = me.user.name.clone();
            rt::spawn(async move { notices::tell_hand_over(&state, &asked, &by).await });
            let text = " will be handed over in three days, if none of its members stops that.";
            Flash { subject, text: text.to_owned() }
                .send(visit.go_on(paths::INSTANCE_PROJECTS), &visit)
        }
        Err(error) => Err(refused(error)),
    }
}

/// `GET /hand-over/stop?token=`: a page that asks, because programs that read mail open links too.
pub(crate) async fn open(visit: Visit) -> Result<HttpResponse, Error> {
    let token = Query::of(&visit.request)?.get("token").unwrap_or_default().to_owned();
    let looked_up = token.clone();
    let pending = visit.db.read(move |c| hand_over::open(c, &looked_up)).await?;
    stop_page(pending, false, token, &visit)
}

fn stop_page(
    pending: Option<Pending>,
    stopped: bool,
    token: String,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    let status = if pending.is_some() { StatusCode::OK } else { StatusCode::GONE };
    let chrome = Bare { title: "Hand-over".to_owned(), theme: Theme::of(&visit.request) };
    let due = pending.as_ref().map(|pending| Time::moment(pending.due_at));
    html(status, &StopPage { chrome, pending, due, stopped, token })
}

/// `POST /hand-over/stop`, without a session.
pub(crate) async fn stop(Form(form): Form<StopForm>, visit: Visit) -> Result<HttpResponse, Error> {
    let token = form.token.clone();
    let pending = visit.db.read(move |c| hand_over::open(c, &token)).await?;
    let actor = Actor::Stranger { address: Caller::of(&visit.request).address() };
    let stop = move |c: &mut DbConnection, act: &mut Act<'_>| hand_over::stop(c, act, &form.token);
    let stopped = visit.change(actor, stop).await?.is_some();
    stop_page(pending.filter(|_| stopped), true, String::new(), &visit)
}
