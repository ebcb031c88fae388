//! Changes the role of a member. Like handing over a project, a change from or to owner asks for
//! the password (ASVS 5.0, 7.5.3).

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::super::credentials::confirm;
use super::problem::answer;
use super::views::{Ask, Body, ask, done};
use crate::db::DbConnection;
use crate::domain::members::{self, AccessError, Problem, Role, may_manage, why_not_manage};
use crate::domain::users::{self, User};
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::htmx::come_again;
use crate::web::dashboard::http::{Error, ProjectAccess, ProjectAdmin, Visit};
use crate::web::{State, paths};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleForm {
    was: String,
    role: String,
    #[serde(default)]
    password: Zeroizing<String>,
}

/// `GET /projects/{project}/team/{user}/role`
pub(crate) async fn role(
    access: ProjectAdmin,
    path: web::Path<(String, String)>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let (user, role) = match find(&access, &path.1, &visit.state).await {
        Ok(found) => found,
        Err(problem) => return answer(problem, &access, &visit),
    };
    ask_role(StatusCode::OK, user, (role, role), None, &access, &visit)
}

fn ask_role(
    status: StatusCode,
    user: User,
    (was, chosen): (Role, Role),
    password_error: Option<String>,
    access: &ProjectAccess,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    let choices = Role::ALL.iter().map(|to| (*to, may_manage(access.role, *to))).collect();
    let action = paths::member_role(&access.project.slug, &user.id);
    let email = access.user.user.email.clone();
    ask(
        status,
        Ask::new(access, action, Body::Role { user, was, chosen, choices, email, password_error }),
        access,
        visit,
    )
}

/// The member in the address, if the reader may manage them.
pub(super) async fn find(
    access: &ProjectAccess,
    id: &str,
    state: &State,
) -> Result<(User, Role), Problem> {
    let id = users::Id::parse(id).ok_or(Problem::Unknown)?;
    let (project, by) = (access.project.id.clone(), access.role);
    let find = move |c: &mut DbConnection| match members::find(c, &project, &id)? {
        Some((_, role)) if !may_manage(by, role) => {
            Err(AccessError::Forbidden(why_not_manage(by).to_owned()).into())
        }
        Some(found) => Ok(found),
        None => Err(members::departure(c, &project, &id)?.map_or(Problem::Unknown, Problem::Gone)),
    };
    state.db.read(find).await
}

/// `POST /projects/{project}/team/{user}/role`
pub(crate) async fn change_role(
    access: ProjectAdmin,
    path: web::Path<(String, String)>,
    CsrfForm(form): CsrfForm<RoleForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    const ROLES: Error = Error::BadRequest("A role is owner, admin, member or viewer.");
    let id = users::Id::parse(&path.1).ok_or(Error::NotFound)?;
    let (was, to) = (Role::parse(&form.was).ok_or(ROLES)?, Role::parse(&form.role).ok_or(ROLES)?);
    if was != to && (was == Role::Owner || to == Role::Owner) {
        let (user, was) = match find(&access, &path.1, &visit.state).await {
            Ok(found) => found,
            Err(problem) => return answer(problem, &access, &visit),
        };
        if let Err(wrong) = confirm(&form.password, &access.user, || (), &visit).await? {
            // The status is the same after too many attempts, because htmx puts no other answer
            // into the dialog.
            let answer = ask_role(
                StatusCode::UNPROCESSABLE_ENTITY,
                user,
                (was, to),
                wrong.password,
                &access,
                &visit,
            )?;
            return Ok(come_again(answer, wrong.retry_after));
        }
    }
    let (project, actor) = (access.project.id.clone(), access.user.actor());
    match visit
        .change(actor, move |c, act| members::change_role(c, act, &project, &id, was, to))
        .await
    {
        Ok(user) => done(
            &user.name,
            &format!(" is {} now.", with_article(to)),
            &paths::team(&access.project.slug),
            &visit,
        ),
        Err(problem) => answer(problem, &access, &visit),
    }
}

/// `an admin`, `a member`
pub(crate) fn with_article(role: Role) -> String {
    let article = if matches!(role, Role::Owner | Role::Admin) { "an" } else { "a" };
    format!("{article} {role}")
}
