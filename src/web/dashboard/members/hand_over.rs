//! Hands over a project. This asks for the password once more (ASVS 5.0, 7.5.3), so that somebody
//! who finds an open browser can't take over the project.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::super::credentials::confirm;
use super::problem::answer;
use super::views::{Ask, Body, ask, done, tell};
use crate::domain::members::{self, Role};
use crate::domain::users::{self, User};
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::htmx::come_again;
use crate::web::dashboard::http::{Error, ProjectAccess, ProjectOwner, Visit};
use crate::web::dashboard::page::views::Piece;
use crate::web::paths;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HandOverForm {
    person: String,
    password: Zeroizing<String>,
}

/// `GET /projects/{project}/team/hand-over`
pub(crate) async fn confirm_hand_over(
    access: ProjectOwner,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    form(StatusCode::OK, Typed::default(), &access, &visit).await
}

/// `POST /projects/{project}/team/hand-over`
pub(crate) async fn hand_over(
    access: ProjectOwner,
    CsrfForm(typed): CsrfForm<HandOverForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let me = &access.user.user;
    let to = users::Id::parse(&typed.person);
    let person_error = to.is_none().then(|| "Choose who shall be the owner.".to_owned());
    if let Err(wrong) = confirm(&typed.password, &access.user, || (), &visit).await? {
        // The status is the same after too many attempts, because htmx puts no other answer into
        // the dialog.
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        let typed = Typed { person: typed.person, person_error, password_error: wrong.password };
        let answer = form(status, typed, &access, &visit).await?;
        return Ok(come_again(answer, wrong.retry_after));
    }
    let Some(to) = to else {
        let typed = Typed { person_error, ..Typed::default() };
        return form(StatusCode::UNPROCESSABLE_ENTITY, typed, &access, &visit).await;
    };
    let (project, from, actor) = (access.project.clone(), me.id.clone(), access.user.actor());
    match visit.change(actor, move |c, act| members::hand_over(c, act, &project, &from, &to)).await
    {
        Ok(user) => {
            let text = " is the owner now, and you are an admin.";
            done(&user.name, text, &paths::team(&access.project.slug), &visit)
        }
        Err(problem) => answer(problem, &access, &visit),
    }
}

/// What was typed, and what is wrong with it.
#[derive(Default)]
struct Typed {
    person: String,
    person_error: Option<String>,
    password_error: Option<String>,
}

async fn form(
    status: StatusCode,
    typed: Typed,
    access: &ProjectAccess,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    let project = access.project.id.clone();
    let members = visit.db.read(move |c| members::list(c, &project)).await?;
    let people: Vec<User> = members
        .into_iter()
        .filter(|member| member.role != Role::Owner)
        .map(|member| member.user)
        .collect();
    if people.is_empty() {
        let text = "Invite the person first. Once they have joined, you can hand the project over.";
        return tell(
            StatusCode::OK,
            vec![Piece::words("There is nobody to hand over to")],
            text,
            access,
            visit,
        );
    }
    let email = access.user.user.email.clone();
    let Typed { person: chosen, person_error, password_error } = typed;
    let body = Body::HandOver { email, people, chosen, person_error, password_error };
    ask(status, Ask::new(access, paths::team_hand_over(&access.project.slug), body), access, visit)
}
