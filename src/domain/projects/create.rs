//! Creating a project.

use super::{Description, Id, Name, Slug};
use crate::db::{self, DbConnection, members, projects};
use crate::domain::activity::{self, Action, Event};
use crate::domain::instance::settings::why_not_create_projects;
use crate::domain::{Act, environments, instance, members::Role, users};

/// A project that is to be created.
#[derive(Debug, Clone)]
pub struct NewProject {
    pub name: Name,
    /// The slug. `None`: it is made from the name, with a number if it is taken.
    pub slug: Option<Slug>,
    /// A few words; may be empty.
    pub description: Description,
}

/// Why no project was created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// Another project has or had this slug, and gateways and links may still ask for it.
    #[error("the slug {0} is taken")]
    SlugTaken(Slug),
    /// The user owns too many projects. The command line may create more.
    #[error("Nobody may own more than {0} projects here. Delete one, or hand one over.")]
    TooMany(u32),
    /// The settings of the instance do not let this user create projects. The text is a message for
    /// them.
    #[error("{0}")]
    NotAllowed(&'static str),
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Whether a slug is, or was, another project's: so that a form is told of it beside its other
/// mistakes.
pub fn is_slug_taken(connection: &mut DbConnection, slug: &Slug) -> db::Result<bool> {
    projects::slug_exists(connection, slug.as_str())
}

/// Adds a project with its first environments and its owner.
pub fn create(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    project: &NewProject,
    owner: &users::Id,
) -> Result<Slug, CreateError> {
    // With the lock, a slug that is free now is still free when it is taken.
    db::lock(connection, db::Lock::Slugs)?;
    if act.actor.user().is_some() {
        if let Some(why) = why_not_create_projects(connection, act.actor)? {
            return Err(CreateError::NotAllowed(why));
        }
        let most = instance::settings::get(connection)?.limits.projects;
        let owned = projects::list_for(connection, owner)?
            .iter()
            .filter(|(_, role)| *role == Role::Owner)
            .count();
        if u32::try_from(owned).unwrap_or(u32::MAX) >= most {
            return Err(CreateError::TooMany(most));
        }
    }
    let slug = match &project.slug {
        Some(slug) if projects::slug_exists(connection, slug.as_str())? => {
            return Err(CreateError::SlugTaken(slug.clone()));
        }
        Some(slug) => slug.clone(),
        None => free_slug(connection, &project.name)?,
    };
    let project = projects::Project {
        id: Id::new(act.now, act.rng()),
        slug: slug.as_str().to_owned(),
        name: project.name.as_str().to_owned(),
        description: project.description.as_str().to_owned(),
        created_at: act.now,
    };
    match projects::insert(connection, &project) {
        // Somebody else was quicker.
        Err(db::Error::Conflict(_)) => return Err(CreateError::SlugTaken(slug)),
        result => result?,
    }
    members::insert(connection, &project.id, owner, Role::Owner, act.now)?;
    environments::create_first(connection, &project.id, act.now, act.rng())?;
    activity::record(connection, act, &Event::project(Action::ProjectCreated, &project))?;
    Ok(slug)
}

/// The slug that the name proposes, or the same with the next number. Numbers never become free
/// again, so they are not tried one by one.
fn free_slug(connection: &mut DbConnection, name: &Name) -> db::Result<Slug> {
    let proposed = Slug::from_name(name);
    if !projects::slug_exists(connection, proposed.as_str())? {
        return Ok(proposed);
    }
    let (mut taken, mut free) = (1, 2);
    while projects::slug_exists(connection, proposed.numbered(free).as_str())? {
        (taken, free) = (free, free.saturating_mul(2));
    }
    while free - taken > 1 {
        let middle = taken + (free - taken) / 2;
        if projects::slug_exists(connection, proposed.numbered(middle).as_str())? {
            taken = middle;
        } else {
            free = middle;
        }
    }
    Ok(proposed.numbered(free))
}
