//! The overview of a project: what it holds, and what happened in it recently.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::super::activity::Row;
use crate::db::DbConnection;
use crate::domain::activity::{self, Filter};
use crate::domain::api_keys::{self, Find, Kind, Status};
use crate::domain::environments::Environment;
use crate::domain::members;
use crate::domain::policies;
use crate::domain::projects::{self, Attention, KeyCounts, Project};
use crate::web::dashboard::http::htmx::{add_cookie, html, see_other};
use crate::web::dashboard::http::last_seen;
use crate::web::dashboard::http::query::Query;
use crate::web::dashboard::http::{Error, ProjectAccess, Visit};
use crate::web::dashboard::page::chrome::{Chrome, SAME_PAGE, Section};
use crate::web::dashboard::page::views::{Time, number};
use crate::web::paths;

/// How many entries of the activity are shown.
const RECENT: i64 = 8;
/// How many environments are shown.
const SHOWN: usize = 10;

#[derive(Template)]
#[template(path = "projects/overview.html")]
struct Page {
    chrome: Chrome,
    project: Project,
    environments: Vec<(Environment, KeyCounts)>,
    /// The number of all environments, if there are more.
    all_environments: Option<usize>,
    recent: Vec<Row>,
    /// The keys that need attention. Empty while there are no keys.
    tiles: Vec<Tile>,
    /// Deleted keys that are still called, by environment.
    still_called: Tile,
    /// How many leaked keys the environments have.
    leaked: Vec<(String, i64)>,
    /// The environments in which *Check keys only* is on.
    keys_only: Vec<String>,
    /// Where to add the first key, while there is none.
    first: Option<First>,
}

/// A number of keys, and the lists that show them.
#[derive(Clone)]
struct Tile {
    label: &'static str,
    /// Each environment with the number of keys and the address of the list.
    lists: Vec<(String, String, String)>,
    sum: i64,
    /// From when on the number is known, if it is not yet.
    unknown_until: Option<Time>,
}

impl Tile {
    fn of(label: &'static str, counts: impl Iterator<Item = (String, i64, String)>) -> Self {
        let lists: Vec<_> = counts.filter(|(_, count, _)| *count > 0).collect();
        let sum = lists.iter().map(|(_, count, _)| count).sum();
        let lists = lists
            .into_iter()
            .map(|(environment, count, address)| (environment, number(count), address))
            .collect();
        Self { label, lists, sum, unknown_until: None }
    }

    fn sum(&self) -> String {
        number(self.sum)
    }
}

struct First {
    environment: String,
    may_add: bool,
}

/// Where the project switcher leads to from a page of an environment: the same page of the
/// environment with the same name, if there is one.
fn same_page(access: &ProjectAccess, request: &HttpRequest) -> Result<Option<String>, Error> {
    let query = Query::of(request)?;
    let Some(section) = query.get(SAME_PAGE).and_then(Section::parse) else {
        return Ok(None);
    };
    let name = query.get("environment").unwrap_or_default();
    let same = access.environments.iter().find(|environment| environment.name == name);
    let environment = same.or(access.environments.first());
    Ok(environment.map(|environment| section.address(&access.project.slug, &environment.name)))
}

/// `GET /projects/{slug}?page=&environment=`
pub(crate) async fn overview(access: ProjectAccess, visit: Visit) -> Result<HttpResponse, Error> {
    if let Some(page) = same_page(&access, &visit.request)? {
        return Ok(see_other(&page));
    }
    let (id, role, all, now) =
        (access.project.id.clone(), access.role, access.environments.clone(), visit.clock.now());
    let load = move |c: &mut DbConnection| -> Result<_, Error> {
        let attention = (
            projects::attention(c, &all, now)?,
            api_keys::unknown_until(c, Status::Unused90, now)?,
        );
        let recent = activity::list(c, &id, role, &Filter::default(), None, RECENT)?;
        let mut keys_only = Vec::new();
        for environment in &all {
            if policies::checks_keys_only(c, &environment.id)? {
                keys_only.push(environment.name.clone());
            }
        }
        let counts = projects::key_counts(c, &id)?;
        Ok((counts, recent, attention, api_keys::count_leaked(c, &id, now)?, keys_only))
    };
    let (counts, recent, (attention, unknown_until), leaked, keys_only) =
        visit.db.read(load).await?;
    let chrome = Chrome::of_project("Project Overview", Section::Overview, &access, &visit.request);
    let seen =
        chrome.project.as_ref().map(|project| project.keys_environment.clone()).unwrap_or_default();
    let remember = last_seen::remember(&access.project.slug, &seen, &visit);
    let first =
        access.environments.first().filter(|_| counts.is_empty()).map(|environment| First {
            environment: environment.name.clone(),
            may_add: members::may_change_keys(access.role, environment.protected),
        });
    let count = |environment: &Environment| {
        counts
            .iter()
            .find(|(id, _)| *id == environment.id)
            .map(|(_, counts)| *counts)
            .unwrap_or_default()
    };
    let slug = access.project.slug.clone();
    let tile = |label, count: fn(&Attention) -> i64, address: &dyn Fn(&str) -> String| {
        let each = access.environments.iter().zip(&attention);
        Tile::of(
            label,
            each.map(|(environment, attention)| {
                (environment.name.clone(), count(attention), address(&environment.name))
            }),
        )
    };
    let list = |environment: &str, status| {
        let find = Find { status: Some(status), ..Find::default() };
        paths::api_keys_page(&slug, environment, &find, Kind::Publishable, 1)
    };
    let still_called = tile("Deleted, still called", |attention| attention.still_called, &|name| {
        paths::api_keys_deleted(&slug, name)
    });
    let unused = tile("Unused for 90 days", |attention| attention.unused, &|name| {
        list(name, Status::Unused90)
    });
    let mut tiles = Vec::new();
    if !counts.is_empty() || still_called.sum > 0 {
        tiles.push(tile("Expiring in 14 days", |attention| attention.expiring, &|name| {
            list(name, Status::Expiring)
        }));
        tiles.push(Tile { unknown_until: unknown_until.map(Time::day), ..unused });
        tiles.push(still_called.clone());
    }
    let environments = access
        .environments
        .iter()
        .take(SHOWN)
        .map(|environment| (environment.clone(), count(environment)))
        .collect();
    let page = Page {
        chrome,
        project: access.project,
        environments,
        all_environments: Some(access.environments.len()).filter(|all| *all > SHOWN),
        recent: recent.into_iter().map(Row::of).collect(),
        tiles,
        still_called,
        leaked,
        keys_only,
        first,
    };
    let mut response = html(StatusCode::OK, &page)?;
    if let Some(cookie) = remember {
        add_cookie(&mut response, &cookie)?;
    }
    Ok(response)
}
