//! Removes a member, and lets members leave. Removing another owner asks for the password (ASVS
//! 5.0, 7.5.3).

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::super::credentials::confirm;
use super::problem::{answer, needs_owner};
use super::role::find;
use super::views::{Ask, Body, Keys, ask, done};
use crate::domain::members::{self, Problem, Role};
use crate::domain::users::{self, User};
use crate::web::dashboard::http::csrf::{CsrfForm, Empty};
use crate::web::dashboard::http::htmx::{come_again, see_other};
use crate::web::dashboard::http::{Error, ProjectAccess, ProjectAdmin, Visit};
use crate::web::paths;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RemoveForm {
    #[serde(default)]
    password: Zeroizing<String>,
}

/// `GET /projects/{project}/team/{user}/remove`
pub(crate) async fn confirm_remove(
    access: ProjectAdmin,
    path: web::Path<(String, String)>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    if path.1 == access.user.user.id.as_str() {
        return Ok(see_other(&paths::team_leave(&access.project.slug)));
    }
    match find(&access, &path.1, &visit.state).await {
        Ok(found) => ask_remove(StatusCode::OK, found, None, &access, &visit).await,
        Err(problem) => answer(problem, &access, &visit),
    }
}

async fn ask_remove(
    status: StatusCode,
    (user, role): (User, Role),
    password_error: Option<String>,
    access: &ProjectAccess,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    let keys = keys_of(access, &user.id, visit).await?;
    let action = paths::member_remove(&access.project.slug, &user.id);
    let email = (role == Role::Owner).then(|| access.user.user.email.clone());
    ask(
        status,
        Ask::new(access, action, Body::Remove { user, keys, email, password_error }),
        access,
        visit,
    )
}

async fn keys_of(access: &ProjectAccess, user: &users::Id, visit: &Visit) -> Result<Keys, Error> {
    let (project, user) = (access.project.id.clone(), user.clone());
    let keys = visit.db.read(move |c| members::keys_of(c, &project, &user, Keys::NAMED)).await?;
    Ok(Keys::of(keys, access, visit.clock.now()))
}

/// `POST /projects/{project}/team/{user}/remove`
pub(crate) async fn remove(
    access: ProjectAdmin,
    path: web::Path<(String, String)>,
    CsrfForm(form): CsrfForm<RemoveForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let id = users::Id::parse(&path.1).ok_or(Error::NotFound)?;
    if id != access.user.user.id {
        let found = match find(&access, &path.1, &visit.state).await {
            Ok(found) => found,
            Err(problem) => return answer(problem, &access, &visit),
        };
        if found.1 == Role::Owner
            && let Err(wrong) = confirm(&form.password, &access.user, || (), &visit).await?
        {
            // The status is the same after too many attempts, because htmx puts no other answer
            // into the dialog.
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            let answer = ask_remove(status, found, wrong.password, &access, &visit).await?;
            return Ok(come_again(answer, wrong.retry_after));
        }
    }
    take_out(&access, id, &visit).await
}

/// `GET /projects/{project}/team/leave`
pub(crate) async fn confirm_leave(
    access: ProjectAccess,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let (project, me, role) = (access.project.id.clone(), access.user.user.id.clone(), access.role);
    match visit.db.read(move |c| members::keep_an_owner(c, &project, &me, role)).await {
        Ok(()) => {}
        Err(Problem::LastOwner) => return needs_owner(StatusCode::OK, &access, &visit),
        Err(problem) => return answer(problem, &access, &visit),
    }
    let keys = keys_of(&access, &access.user.user.id, &visit).await?;
    let action = paths::team_leave(&access.project.slug);
    ask(StatusCode::OK, Ask::new(&access, action, Body::Leave { keys }), &access, &visit)
}

/// `POST /projects/{project}/team/leave`
pub(crate) async fn leave(
    access: ProjectAccess,
    CsrfForm(Empty {}): CsrfForm<Empty>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let id = access.user.user.id.clone();
    take_out(&access, id, &visit).await
}

async fn take_out(
    access: &ProjectAccess,
    id: users::Id,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    let (project, actor) = (access.project.id.clone(), access.user.actor());
    let removed: Result<User, Problem> =
        visit.change(actor, move |c, act| members::remove(c, act, &project, &id)).await;
    match removed {
        Ok(user) if user.id == access.user.user.id => done(
            &access.project.name,
            ": you are not in its team any more.",
            paths::PROJECTS,
            visit,
        ),
        Ok(user) => done(
            &user.name,
            " is not in the team any more.",
            &paths::team(&access.project.slug),
            visit,
        ),
        Err(problem) => answer(problem, access, visit),
    }
}
