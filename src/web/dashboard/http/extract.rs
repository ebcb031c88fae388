//! Rights as types: a handler that takes one of these can't be reached without the right.

use std::net::IpAddr;
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;

use crate::db::DbConnection;
use crate::domain::Actor;
use crate::domain::environments::{self, Environment};
use crate::domain::instance;
use crate::domain::instance::hand_over::Pending;
use crate::domain::members::{self, Role};
use crate::domain::os_rng;
use crate::domain::projects::{self, Project};
use crate::domain::users::{self, User};
use crate::web::dashboard::http::csrf::{self, Admission};
use crate::web::dashboard::http::kept::Typed;
use crate::web::dashboard::http::{Error, session};
use crate::web::http::Caller;
use crate::web::paths;

/// Somebody who is signed in, and has set up two-step sign-in if that is required.
#[derive(Debug, Clone)]
pub(crate) struct CurrentUser {
    pub(crate) user: User,
    /// The address of the client.
    pub(crate) address: Option<IpAddr>,
    /// The name of the session in the activity. Nobody can sign in with it.
    pub(crate) session: String,
    /// The token for the forms of this session.
    pub(crate) csrf: String,
}

impl CurrentUser {
    /// The actor of the changes that this user makes.
    pub(crate) fn actor(&self) -> Actor {
        Actor::User {
            id: self.user.id.clone(),
            address: self.address,
            session: Some(self.session.clone()),
        }
    }
}

/// Somebody who is signed in, and may have to set up two-step sign-in before anything else.
pub(crate) struct Newcomer(CurrentUser);

/// Somebody who runs the instance. That opens no project.
pub(crate) struct Administrator(CurrentUser);

/// A member, and the project in the address.
pub(crate) struct ProjectAccess {
    pub(crate) user: CurrentUser,
    pub(crate) project: Project,
    pub(crate) role: Role,
    pub(crate) environments: Vec<Environment>,
    /// All projects of the user, for the switcher.
    pub(crate) projects: Vec<(Project, Role)>,
    /// A hand-over that an administrator asked for, and nobody has stopped.
    pub(crate) hand_over: Option<Pending>,
}

/// A member, and the environment in the address.
pub(crate) struct EnvironmentAccess {
    pub(crate) project: ProjectAccess,
    pub(crate) environment: Environment,
}

/// A member who may change keys in the environment in the address.
pub(crate) struct KeyEditor(EnvironmentAccess);

/// An owner or admin of the project, and the environment in the address, whether it is protected or
/// not. Only they may turn *Check keys only* on or off.
pub(crate) struct EnvironmentAdmin(EnvironmentAccess);

/// A member who may add environments to the project in the address: everybody but viewers.
pub(crate) struct EnvironmentCreator(ProjectAccess);

/// An owner or admin of the project in the address. They may invite people, and change settings and
/// environments.
pub(crate) struct ProjectAdmin(ProjectAccess);

/// An owner of the project in the address.
pub(crate) struct ProjectOwner(ProjectAccess);

impl EnvironmentAccess {
    /// Why the member may not change keys here. `None` if they may.
    pub(crate) fn why_not_change_keys(&self) -> Option<String> {
        let (role, environment) = (self.project.role, &self.environment);
        (!members::may_change_keys(role, environment.protected))
            .then(|| members::why_not_change_keys(role, &environment.name))
    }

    pub(crate) fn slug(&self) -> &str {
        &self.project.project.slug
    }

    pub(crate) fn actor(&self) -> Actor {
        self.project.user.actor()
    }
}

async fn current_user(request: HttpRequest) -> Result<CurrentUser, Error> {
    let (user, needs_two_step) = signed_in(&request).await?;
    if !needs_two_step {
        Ok(user)
    } else if request.method().is_safe() {
        Err(Error::Moved(paths::TWO_STEP.to_owned()))
    } else {
        Err(Error::Forbidden(instance::NEEDS_TWO_STEP.to_owned()))
    }
}

async fn newcomer(request: HttpRequest) -> Result<Newcomer, Error> {
    Ok(Newcomer(signed_in(&request).await?.0))
}

async fn signed_in(request: &HttpRequest) -> Result<(CurrentUser, bool), Error> {
    let user = find_user(request).await;
    if matches!(user, Err(Error::SignedOut)) {
        Typed::arrived(request).await; // so that so that what was typed is not lost
    }
    user
}

/// The user of the session, and whether they have to set up two-step sign-in.
async fn find_user(request: &HttpRequest) -> Result<(CurrentUser, bool), Error> {
    let signed_in = session::signed_in(&session::of(request)).ok_or(Error::SignedOut)?;
    let state = session::state(request)?;
    let now = state.clock.now();
    let load = move |c: &mut DbConnection| -> Result<_, Error> {
        let user = users::find(c, &signed_in.user)?.ok_or(Error::SignedOut)?;
        let needs_two_step = instance::settings::must_set_up_two_step(c, &user, now)?;
        Ok((user, needs_two_step))
    };
    let (user, needs_two_step) = state.db.read(load).await?;
    if user.generation != signed_in.generation || !user.is_active() {
        // It began with a password that was changed since then, or the account is disabled.
        return Err(Error::SignedOut);
    }
    let (address, csrf) =
        (Caller::of(request).address(), csrf::masked(&signed_in.csrf, &mut os_rng()));
    Ok((CurrentUser { user, address, session: signed_in.name, csrf }, needs_two_step))
}

async fn administrator(request: HttpRequest) -> Result<Administrator, Error> {
    let user = current_user(request).await?;
    if user.user.administrator {
        Ok(Administrator(user))
    } else {
        Err(Error::Forbidden(instance::ONLY_ADMINISTRATORS.to_owned()))
    }
}

async fn project_access(request: HttpRequest) -> Result<ProjectAccess, Error> {
    let user = current_user(request.clone()).await?;
    let slug = request.match_info().get("project").unwrap_or_default().to_owned();
    let id = user.user.id.clone();
    let find = move |c: &mut DbConnection| -> Result<_, Error> {
        let projects = projects::list_for(c, &id)?;
        let (project, role) = projects
            .iter()
            .find(|(project, _)| project.slug == slug)
            .cloned()
            .ok_or(Error::NotFound)?;
        let hand_over = instance::hand_over::pending(c, &project)?;
        Ok((environments::list(c, &project.id)?, project, role, projects, hand_over))
    };
    let (environments, project, role, projects, hand_over) =
        session::state(&request)?.db.read(find).await?;
    Ok(ProjectAccess { user, project, role, environments, projects, hand_over })
}

async fn environment_access(request: HttpRequest) -> Result<EnvironmentAccess, Error> {
    let project = project_access(request.clone()).await?;
    let name = request.match_info().get("environment").unwrap_or_default().to_owned();
    if let Some(environment) =
        project.environments.iter().find(|environment| environment.name == name).cloned()
    {
        return Ok(EnvironmentAccess { project, environment });
    }
    let id = project.project.id.clone();
    let before = session::state(&request)?
        .db
        .read(move |c| environments::called_before(c, &id, &name))
        .await?;
    let environment = before.ok_or(Error::NotFound)?;
    if !request.method().is_safe() {
        return Ok(EnvironmentAccess { project, environment }); // a form that was open while it was renamed
    }
    let address = request.uri().path_and_query().map_or("", |address| address.as_str());
    Err(paths::renamed(address, &environment.name).map_or(Error::NotFound, Error::Moved))
}

async fn key_editor(request: HttpRequest) -> Result<KeyEditor, Error> {
    let access = environment_access(request).await?;
    match access.why_not_change_keys() {
        None => Ok(KeyEditor(access)),
        Some(why) => Err(Error::Forbidden(why)),
    }
}

fn allowed(role: Role, right: members::Right) -> Result<(), Error> {
    if right.belongs_to(role) { Ok(()) } else { Err(Error::Forbidden(right.why_not().to_owned())) }
}

async fn project_with(request: HttpRequest, right: members::Right) -> Result<ProjectAccess, Error> {
    let access = project_access(request).await?;
    allowed(access.role, right)?;
    Ok(access)
}

async fn environment_admin(request: HttpRequest) -> Result<EnvironmentAdmin, Error> {
    let access = environment_access(request).await?;
    allowed(access.project.role, members::Right::Manage)?;
    Ok(EnvironmentAdmin(access))
}

async fn environment_creator(request: HttpRequest) -> Result<EnvironmentCreator, Error> {
    Ok(EnvironmentCreator(project_with(request, members::Right::AddEnvironments).await?))
}

async fn project_admin(request: HttpRequest) -> Result<ProjectAdmin, Error> {
    Ok(ProjectAdmin(project_with(request, members::Right::Manage).await?))
}

async fn project_owner(request: HttpRequest) -> Result<ProjectOwner, Error> {
    Ok(ProjectOwner(project_with(request, members::Right::Own).await?))
}

/// Lets a narrower right be used like the access that it is based on.
macro_rules! narrows {
    ($type:ty, $to:ty) => {
        impl Deref for $type {
            type Target = $to;

            fn deref(&self) -> &$to {
                &self.0
            }
        }
    };
}

narrows!(Newcomer, CurrentUser);
narrows!(Administrator, CurrentUser);
narrows!(KeyEditor, EnvironmentAccess);
narrows!(EnvironmentAdmin, EnvironmentAccess);
narrows!(EnvironmentCreator, ProjectAccess);
narrows!(ProjectAdmin, ProjectAccess);
narrows!(ProjectOwner, ProjectAccess);

macro_rules! extract {
    ($type:ty, $by:ident) => {
        impl FromRequest for $type {
            type Error = Error;
            type Future = LocalBoxFuture<'static, Result<Self, Error>>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                let (admission, access) = (Admission::of(request), $by(request.clone()));
                Box::pin(async move {
                    let access = access.await?;
                    admission.grant();
                    Ok(access)
                })
            }
        }
    };
}

extract!(CurrentUser, current_user);
extract!(Newcomer, newcomer);
extract!(Administrator, administrator);
extract!(ProjectAccess, project_access);
extract!(EnvironmentAccess, environment_access);
extract!(KeyEditor, key_editor);
extract!(EnvironmentAdmin, environment_admin);
extract!(EnvironmentCreator, environment_creator);
extract!(ProjectAdmin, project_admin);
extract!(ProjectOwner, project_owner);
