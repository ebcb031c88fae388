//! The API Keys page in all its states.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};

use super::views::{Card, EnvironmentPath, FormRow, IndexPage, Row, UsedRow};
use crate::db::DbConnection;
use crate::domain::api_keys::{self, Find, KeyPage, Kind, Search, Sort, Status};
use crate::domain::key_shape::mask_in;
use crate::domain::policies;
use crate::web::dashboard::http::flash::{self, Flash};
use crate::web::dashboard::http::htmx::{add_cookie, html, see_other};
use crate::web::dashboard::http::last_seen;
use crate::web::dashboard::http::query;
use crate::web::dashboard::http::{EnvironmentAccess, Error, Visit};
use crate::web::dashboard::page::chrome::{Chrome, Section};
use crate::web::dashboard::page::views::Time;
use crate::web::paths;

/// `GET …/api-keys?q=&kind=&page=`
pub(crate) async fn index(access: EnvironmentAccess, visit: Visit) -> Result<HttpResponse, Error> {
    let query = Query::of(&visit.request)?;
    if query.has_key {
        // There is a full key in the URL. It must at least not stay in the address bar.
        let (project, environment) = (access.slug(), &access.environment.name);
        return Ok(see_other(&paths::api_keys_page(
            project,
            environment,
            &query.find,
            Kind::Secret,
            1,
        )));
    }
    let page = page(StatusCode::OK, &access, query, Extra::Nothing, &visit).await?;
    let mut response = flash::shown(page, &visit)?;
    if let Some(cookie) = last_seen::remember(access.slug(), &access.environment.name, &visit) {
        add_cookie(&mut response, &cookie)?;
    }
    Ok(response)
}

/// Each kind with a page of keys, and with the number of all keys if none was found.
type Cards = Vec<(Kind, KeyPage, Option<i64>)>;

/// What a card contains besides its keys.
pub(crate) enum Extra {
    Nothing,
    Form(FormRow),
    Used(UsedRow),
}

/// The query of the address.
#[derive(Default)]
pub(crate) struct Query {
    find: Find,
    page: i64,
    kind: Option<Kind>,
    has_key: bool,
}

impl Query {
    fn of(request: &HttpRequest) -> Result<Self, Error> {
        let fields = query::Query::of(request)?;
        let typed = fields.get("q").unwrap_or_default();
        Ok(Self {
            // An unknown status, order or page number is ignored.
            find: Find {
                search: Search::parse(typed),
                status: fields.get("status").and_then(Status::parse),
                sort: fields.get("sort").and_then(Sort::parse).unwrap_or_default(),
            },
            page: fields.get("page").map_or(1, page_number),
            kind: fields.get("kind").and_then(Kind::parse),
            has_key: mask_in(typed).is_some(),
        })
    }
}

/// Parses the number of a page. Anything that is not a number is the first page, and a number that
/// is too large is the last one.
pub(super) fn page_number(text: &str) -> i64 {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        1
    } else {
        text.parse().unwrap_or(i64::MAX)
    }
}

/// The page, with something more in a card.
pub(crate) async fn page(
    status: StatusCode,
    access: &EnvironmentAccess,
    query: Query,
    extra: Extra,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    let environment = access.environment.id.clone();
    let (find, now) = (query.find.clone(), visit.clock.now());
    let load = move |c: &mut DbConnection| -> Result<_, Error> {
        let mut cards = Cards::new();
        for kind in Kind::ALL {
            let page = if query.kind == Some(kind) { query.page } else { 1 };
            let keys = api_keys::list(c, &environment, kind, &find, page, now)?;
            let of = if find.is_all() || keys.total > 0 {
                None
            } else {
                Some(api_keys::count(c, &environment, kind)?)
            };
            cards.push((kind, keys, of));
        }
        let unknown_until = match find.status {
            Some(status) => api_keys::unknown_until(c, status, now)?,
            None => None,
        };
        let any_deleted = api_keys::count_deleted(c, &environment, now)? > 0;
        Ok((cards, any_deleted, unknown_until, policies::checks_keys_only(c, &environment)?))
    };
    let (loaded, any_deleted, unknown_until, check_keys_only) = visit.db.read(load).await?;

    let why = access.why_not_change_keys();
    let editable = why.is_none();
    let searchable =
        !query.find.is_all() || loaded.iter().map(|(_, keys, _)| keys.total).sum::<i64>() > 10;
    let (mut form, mut used) = (None, None);
    match extra {
        Extra::Nothing => {}
        Extra::Form(row) => form = Some(row),
        Extra::Used(row) => used = Some(row),
    }
    let card = |(kind, mut page, of): (Kind, KeyPage, Option<i64>)| Card {
        kind,
        rows: std::mem::take(&mut page.keys)
            .into_iter()
            .map(|listed| Row::of(listed, editable, now))
            .collect(),
        page,
        of,
        editable,
        form: form.take_if(|form| form.kind == kind),
        used: used.take_if(|used| used.key.kind == kind),
    };
    let page = IndexPage {
        chrome: Chrome::of_environment("API Keys", Section::ApiKeys, access, &visit.request),
        place: EnvironmentPath::of(access),
        flash: Flash::of(visit),
        q: query.find.search.as_str().to_owned(),
        find: query.find,
        searchable,
        unknown_until: unknown_until.map(Time::day),
        any_deleted,
        check_keys_only,
        cards: loaded.into_iter().map(card).collect(),
        why,
    };
    html(status, &page)
}
