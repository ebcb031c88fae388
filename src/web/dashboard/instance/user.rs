//! One account.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::super::members::views::KeyRow;
use super::views::{UserRow, Verb, verbs};
use crate::db::{DbConnection, ProjectId};
use crate::domain::instance::{self, AccountError};
use crate::domain::{members, projects, users};
use crate::web::dashboard::http::flash::{self, Flash};
use crate::web::dashboard::http::htmx::html;
use crate::web::dashboard::http::{Administrator, Error, Visit};
use crate::web::dashboard::page::chrome::Chrome;
use crate::web::dashboard::page::views::Time;

/// Keys that are named of a project.
const NAMED: i64 = 20;

#[derive(Template)]
#[template(path = "instance/user.html")]
struct Page {
    chrome: Chrome,
    flash: Option<Flash>,
    row: UserRow,
    created: Time,
    teams: Vec<Team>,
    verbs: Vec<Verb>,
}

/// A project that somebody is in.
struct Team {
    project: projects::Project,
    role: members::Role,
    /// How many living keys of the project they created.
    created: i64,
    /// Those keys, with their environments, if the reader is in the team, too.
    keys: Vec<KeyRow>,
    mine: bool,
}

/// `GET /instance/users/{user}`
pub(crate) async fn show(
    me: Administrator,
    path: web::Path<String>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let id = users::Id::parse(&path).ok_or(Error::NotFound)?;
    let (now, reader) = (visit.clock.now(), me.user.id.clone());
    let load = move |c: &mut DbConnection| -> Result<_, Error> {
        let account = match instance::account(c, &id) {
            Ok(account) => account,
            Err(AccountError::Refused(refused)) => return Err(refused.into()),
            Err(_) => return Err(Error::NotFound),
        };
        let mine: Vec<ProjectId> =
            projects::list_for(c, &reader)?.into_iter().map(|(project, _)| project.id).collect();
        let mut teams = Vec::new();
        for (project, role) in &account.projects {
            let (keys, created) = members::keys_of(c, &project.id, &id, NAMED)?;
            let mine = mine.contains(&project.id);
            let keys = if mine { keys } else { Vec::new() };
            let keys = keys.into_iter().map(|key| KeyRow::of(key, &project.slug, now)).collect();
            teams.push(Team { project: project.clone(), role: *role, created, keys, mine });
        }
        Ok((account, teams))
    };
    let (account, teams) = visit.db.read(load).await?;
    let row = UserRow::of(account, &me.user, now);
    let page = Page {
        chrome: Chrome::plain(&row.account.user.name, &me, &visit.request),
        flash: Flash::of(&visit),
        created: Time::day(row.account.user.created_at),
        verbs: verbs(&row.account.user, row.you),
        row,
        teams,
    };
    flash::shown(html(StatusCode::OK, &page)?, &visit)
}
