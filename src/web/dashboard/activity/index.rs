//! The activity page, with the newest entries first.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Deserialize;

use super::super::api_keys::without_key;
use super::filter::Asked;
use super::views::{HistoryOf, IndexPage, Row};
use crate::db::{DbConnection, KeyId};
use crate::domain::{activity, api_keys, members};
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::htmx::{html, see_other};
use crate::web::dashboard::http::{Error, ProjectAccess, Visit};
use crate::web::dashboard::page::chrome::{Chrome, Section};
use crate::web::paths;

const PAGE_SIZE: i64 = 50;

/// The form of the filters. It is sent by POST, so that a full key that is pasted into it is never
/// in a URL.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FilterForm {
    person: String,
    what: String,
    environment: String,
    time: String,
    q: String,
    /// The id of the key, in the history of one key.
    #[serde(default)]
    subject: String,
}

/// `GET /projects/{project}/activity`
pub(crate) async fn index(access: ProjectAccess, visit: Visit) -> Result<HttpResponse, Error> {
    let mut asked = Asked::of(&visit.request)?;
    let filter = asked.filter(&access, &visit.state).await?;
    let (project, role, before) = (access.project.id.clone(), access.role, asked.before.clone());
    let key = KeyId::parse(&asked.subject);
    let load = move |c: &mut DbConnection| -> Result<_, Error> {
        // One entry more than is shown is read, to see whether there are older ones.
        let entries = match &filter {
            Some(filter) => {
                activity::list(c, &project, role, filter, before.as_ref(), PAGE_SIZE + 1)?
            }
            None => Vec::new(),
        };
        let key = key.map(|id| api_keys::find_anywhere(c, &id)).transpose()?.flatten();
        let key = key.filter(|(_, environment)| environment.project_id == project);
        Ok((entries, members::people(c, &project)?, members::former(c, &project)?, key))
    };
    let (mut entries, people, former, key) = visit.db.read(load).await?;
    let slug = &access.project.slug;
    let more = entries.len() > usize::try_from(PAGE_SIZE).unwrap_or_default();
    if more {
        entries.pop();
    }
    let older = entries.last().filter(|_| more).map(|last| asked.address(slug, Some(&last.id)));
    let page = IndexPage {
        chrome: Chrome::of_project("Activity", Section::Activity, &access, &visit.request),
        project: slug.clone(),
        people,
        former,
        environments: access.environments.clone(),
        rows: entries.into_iter().map(Row::of).collect(),
        older,
        key: key.and_then(|(key, environment)| HistoryOf::new(key, &environment, slug)),
        newest: asked.address(slug, None),
        export: format!("{}{}", paths::activity_export(slug), asked.query(None)),
        asked,
    };
    html(StatusCode::OK, &page)
}

/// `POST /projects/{project}/activity`
pub(crate) async fn search(
    access: ProjectAccess,
    CsrfForm(form): CsrfForm<FilterForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let q = without_key(form.q, &access.project, &visit.state).await?;
    let fields = [
        ("person", form.person),
        ("what", form.what),
        ("environment", form.environment),
        ("time", form.time),
        ("q", q),
        ("subject", form.subject),
    ];
    let asked = Asked::read(fields.into_iter());
    Ok(see_other(&asked.address(&access.project.slug, None)))
}
