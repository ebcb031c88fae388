//! Access as types: a handler that takes one of these can't be reached without the right to it.

use std::net::IpAddr;
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;

use super::Error;
use crate::domain::Actor;
use crate::domain::environments::{self, Environment};
use crate::domain::members::{self, Role};
use crate::domain::projects::{self, Project};
use crate::domain::users::{self, User};
use crate::web::{client, session};

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub(crate) struct CurrentUser {
    pub(crate) user: User,
    /// Where the request comes from.
    pub(crate) address: Option<IpAddr>,
    /// The beginning of the hash of the session, for the activity.
    pub(crate) session: String,
    /// What the forms of this session carry.
    pub(crate) csrf: String,
}

impl CurrentUser {
    /// Who does what they ask for.
    pub(crate) fn actor(&self) -> Actor {
        Actor::User { id: self.user.id.clone(), address: self.address, session: Some(self.session.clone()) }
    }
}

/// A member, in the project of the address.
pub(crate) struct ProjectAccess {
    pub(crate) user: CurrentUser,
    pub(crate) project: Project,
    pub(crate) role: Role,
    pub(crate) environments: Vec<Environment>,
    /// All projects of the user, for the switcher.
    pub(crate) projects: Vec<(Project, Role)>,
}

/// A member, in the environment of the address.
pub(crate) struct EnvironmentAccess {
    pub(crate) project: ProjectAccess,
    pub(crate) environment: Environment,
}

/// A member who may add and delete keys in the environment of the address.
pub(crate) struct KeyEditor(EnvironmentAccess);

impl EnvironmentAccess {
    /// Why the member may not change keys here; `None`: they may.
    pub(crate) fn why_not_change_keys(&self) -> Option<String> {
        let (role, environment) = (self.project.role, &self.environment);
        (!members::may_change_keys(role, environment.protected)).then(|| members::why_not_change_keys(role, &environment.name))
    }

    pub(crate) fn slug(&self) -> &str {
        &self.project.project.slug
    }

    pub(crate) fn actor(&self) -> Actor {
        self.project.user.actor()
    }
}

impl Deref for KeyEditor {
    type Target = EnvironmentAccess;

    fn deref(&self) -> &EnvironmentAccess {
        &self.0
    }
}

async fn current_user(request: HttpRequest) -> Result<CurrentUser, Error> {
    let signed_in = session::signed_in(&session::of(&request)).ok_or(Error::SignedOut)?;
    let state = session::state(&request)?;
    let user = state.db.read(move |c| users::find(c, &signed_in.user)).await?.ok_or(Error::SignedOut)?;
    let address = client::address(&request, &state.config.trusted_proxies);
    Ok(CurrentUser { user, address, session: signed_in.name, csrf: signed_in.csrf })
}

async fn project_access(request: HttpRequest) -> Result<ProjectAccess, Error> {
    let user = current_user(request.clone()).await?;
    let slug = request.match_info().get("project").unwrap_or_default().to_owned();
    let id = user.user.id.clone();
    let find = move |c: &mut crate::db::DbConnection| -> Result<_, Error> {
        let projects = projects::list_for(c, &id)?;
        let (project, role) = projects.iter().find(|(project, _)| project.slug == slug).cloned().ok_or(Error::NotFound)?;
        Ok((environments::list(c, &project.id)?, project, role, projects))
    };
    let (environments, project, role, projects) = session::state(&request)?.db.read(find).await?;
    Ok(ProjectAccess { user, project, role, environments, projects })
}

async fn environment_access(request: HttpRequest) -> Result<EnvironmentAccess, Error> {
    let project = project_access(request.clone()).await?;
    let name = request.match_info().get("environment").unwrap_or_default();
    let environment = project.environments.iter().find(|environment| environment.name == name).cloned().ok_or(Error::NotFound)?;
    Ok(EnvironmentAccess { project, environment })
}

async fn key_editor(request: HttpRequest) -> Result<KeyEditor, Error> {
    let access = environment_access(request).await?;
    match access.why_not_change_keys() {
        None => Ok(KeyEditor(access)),
        Some(why) => Err(Error::Forbidden(why)),
    }
}

macro_rules! extract {
    ($type:ty, $by:ident) => {
        impl FromRequest for $type {
            type Error = Error;
            type Future = LocalBoxFuture<'static, Result<Self, Error>>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                Box::pin($by(request.clone()))
            }
        }
    };
}

extract!(CurrentUser, current_user);
extract!(ProjectAccess, project_access);
extract!(EnvironmentAccess, environment_access);
extract!(KeyEditor, key_editor);
