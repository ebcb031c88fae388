//! The page of a key.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use chrono::NaiveDateTime;

use super::super::activity::Row;
use super::key_views::{KeyPage, badges};
use super::reason_views::Reason;
use super::usage_views::{Plot, Where};
use super::value_views::{Behind, Values};
use super::views::{EnvironmentPath, Used};
use super::{Address, of_address};
use crate::db::DbConnection;
use crate::domain::activity::{self, Filter};
use crate::domain::api_keys::{ApiKey, Kind};
use crate::domain::usage::{PlaceKind, Range};
use crate::domain::zone::Zone;
use crate::domain::{api_keys, usage, users};
use crate::model::KeyState;
use crate::web::dashboard::http::flash::{self, Flash};
use crate::web::dashboard::http::htmx::html;
use crate::web::dashboard::http::query::Query;
use crate::web::dashboard::http::{EnvironmentAccess, Error, Visit};
use crate::web::dashboard::page::chrome::{Chrome, Section};
use crate::web::dashboard::page::views::Time;
use crate::web::paths;

/// How many entries of its activity the page shows.
const ENTRIES: i64 = 10;

/// `GET …/api-keys/{key id}?range=`
pub(crate) async fn show(
    access: EnvironmentAccess,
    path: Address,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let id = of_address(&path)?;
    let range =
        Query::of(&visit.request)?.get("range").and_then(Range::parse).unwrap_or(Range::TwoDays);
    let zone = visit.zone();
    let (environment, project, role, now) = (
        access.environment.id.clone(),
        access.project.project.id.clone(),
        access.project.role,
        visit.clock.now(),
    );
    let load = move |c: &mut DbConnection| -> Result<_, Error> {
        let key = api_keys::find(c, &environment, &id)?.ok_or(Error::NotFound)?;
        let created_by = name(c, key.created_by.as_ref())?;
        let deleted_by = name(c, key.deleted_by.as_ref())?;
        let values = if key.deleted_at.is_none() {
            (api_keys::rotating(c, &key, now)?, api_keys::left_behind(c, &key, now)?)
        } else {
            (None, Vec::new())
        };
        let filter = Filter { subject_id: Some(id.to_string()), ..Filter::default() };
        let calls = calls(c, &key, range, zone, now)?;
        Ok((
            key,
            created_by,
            deleted_by,
            values,
            activity::list(c, &project, role, &filter, None, ENTRIES)?,
            calls,
        ))
    };
    let (key, created_by, deleted_by, (rotating, left_behind), entries, calls) =
        visit.db.read(load).await?;
    let title = if key.name.is_empty() { "Deleted key" } else { &key.name };
    let page = KeyPage {
        chrome: Chrome::of_environment(title, Section::ApiKeys, &access, &visit.request),
        place: EnvironmentPath::of(&access),
        flash: Flash::of(&visit),
        created: Time::day(key.created_at),
        created_by,
        expires: key.expires_at.map(Time::moment),
        expired: key.state(now) == KeyState::Expired,
        narrowed: key.narrowed.read(),
        last_used: calls.last_used,
        in_use: calls.in_use,
        plot: calls.plot,
        reasons: calls.reasons,
        places_since: Time::day(
            usage::first_day(range, zone, now)
                .max(key.created_at)
                .max(calls.began.unwrap_or(key.created_at)),
        ),
        places: calls.places,
        badges: if key.deleted_at.is_none() { badges(&key, now) } else { Vec::new() },
        values: rotating.map(|rotating| Values::of(rotating, &key, now)),
        left_behind: left_behind.into_iter().map(|left| Behind::of(left, now)).collect(),
        leaked: key.leaked(now).map(Time::moment),
        seen_in_browser: key.seen_in_browser_at.map(Time::moment),
        deleted: key.deleted_at.map(|at| (Time::moment(at), deleted_by)),
        why: access.why_not_change_keys(),
        activity: entries.into_iter().map(Row::of).collect(),
        history: paths::history(access.slug(), key.id.as_str()),
        key,
    };
    flash::shown(html(StatusCode::OK, &page)?, &visit)
}

/// What is known about the calls of a key.
struct Calls {
    /// When counting began, if that was after the key was created.
    began: Option<NaiveDateTime>,
    last_used: Used,
    in_use: bool,
    plot: Plot,
    reasons: Vec<Reason>,
    places: Vec<Where>,
}

fn calls(
    connection: &mut DbConnection,
    key: &ApiKey,
    range: Range,
    zone: Zone,
    now: NaiveDateTime,
) -> Result<Calls, Error> {
    let last_used = usage::last_used(connection, key)?;
    let in_use = usage::totals(connection, &key.id, now)?.day.accepted > 0;
    let began = usage::began(connection)?.filter(|began| key.created_at < *began);
    let plot = match range {
        Range::TwoDays => {
            let hours = usage::series(connection, &key.id, range, zone, now)?;
            Plot::of_hours(range, zone, &hours, began)
        }
        Range::Week | Range::Month | Range::Quarter => {
            let days = usage::days(connection, &key.id, range, zone, now)?;
            Plot::of_days(range, zone, &days, began)
        }
    };
    let since = usage::first_day(range, zone, now);
    let mut places =
        vec![Where::of("Address", usage::places(connection, &key.id, PlaceKind::Address, since)?)];
    if key.kind == Kind::Publishable {
        places.push(Where::of(
            "Origin",
            usage::places(connection, &key.id, PlaceKind::Origin, since)?,
        ));
    }
    places.retain(|list| !list.is_empty());
    let reasons = usage::reasons(connection, &key.id, range, zone, now)?;
    let reasons = reasons.into_iter().map(Reason::of).collect();
    Ok(Calls { began, last_used: Used::of(last_used, now), in_use, plot, reasons, places })
}

fn name(connection: &mut DbConnection, user: Option<&users::Id>) -> Result<String, Error> {
    Ok(users::name_of(connection, user)?.unwrap_or_else(|| "the command line".to_owned()))
}
