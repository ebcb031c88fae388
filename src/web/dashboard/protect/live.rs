//! Whether calls arrive: a part of the page that loads itself anew.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use chrono::{NaiveDateTime, TimeDelta};

use crate::domain::access_rules::may_be_our_gateway;
use crate::domain::gateways::{self, GatewaySeen};
use crate::web::dashboard::http::htmx::html;
use crate::web::dashboard::http::{EnvironmentAccess, Error, Visit};
use crate::web::dashboard::page::views::{Time, ago};
use crate::web::paths;

/// How long a caller is told of after its last call.
const LATELY: TimeDelta = TimeDelta::days(7);
/// How many callers are told of.
const LISTED: usize = 5;
/// A call with a good key and one whose method and path are known are the same, if they are so near.
const SAME: TimeDelta = TimeDelta::minutes(1);

/// What is known of a peer that asks for the environment.
pub(crate) struct Peer {
    pub(crate) address: String,
    pub(crate) at: Time,
    pub(crate) ago: String,
    pub(crate) finding: Finding,
}

/// How well a peer is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finding {
    /// A trusted peer that passes method and path, with good keys.
    Connected,
    /// A trusted peer that does not pass them.
    NoOriginal,
    /// A trusted peer without good keys so far.
    NoGoodKey,
    /// It passes method and path, with good keys, and is not trusted. Whether it may be.
    Untrusted(bool),
    /// It has good keys, passes nothing, and is not trusted.
    Bare,
}

impl Finding {
    fn of(seen: &GatewaySeen) -> Option<Self> {
        let original = seen
            .good_at
            .zip(seen.original_at)
            .is_some_and(|(good, original)| good.signed_duration_since(original).abs() <= SAME);
        Some(match (seen.trusted, seen.good_at) {
            (true, Some(_)) if original => Self::Connected,
            (true, Some(_)) => Self::NoOriginal,
            (true, None) => Self::NoGoodKey,
            (false, Some(_)) if seen.untrusted_original_at.is_some() => {
                Self::Untrusted(seen.peer.parse().is_ok_and(may_be_our_gateway))
            }
            (false, Some(_)) => Self::Bare,
            // Anybody.
            (false, None) => return None,
        })
    }
}

#[derive(Template)]
#[template(path = "protect/live.html")]
pub(crate) struct Live {
    /// Where it is loaded from.
    pub(crate) again: String,
    /// Where the whole page is loaded from, without JavaScript.
    pub(crate) here: String,
    pub(crate) environment: String,
    pub(crate) peers: Vec<Peer>,
    pub(crate) connected: bool,
}

impl Live {
    pub(super) async fn of(
        access: &EnvironmentAccess,
        here: String,
        visit: &Visit,
    ) -> Result<Self, Error> {
        let (environment, now) = (access.environment.id.clone(), visit.clock.now());
        let seen =
            visit.db.read(move |c| gateways::of_environment(c, &environment, now - LATELY)).await?;
        let peers = peers(seen, now);
        Ok(Self {
            again: paths::protect_live(access.slug(), &access.environment.name),
            here,
            environment: access.environment.name.clone(),
            connected: peers.iter().any(|peer| peer.finding == Finding::Connected),
            peers,
        })
    }
}

fn peers(seen: Vec<GatewaySeen>, now: NaiveDateTime) -> Vec<Peer> {
    let peer = |seen: GatewaySeen| {
        let finding = Finding::of(&seen)?;
        let at = seen.good_at.unwrap_or(seen.last_at);
        Some(Peer { address: seen.peer, at: Time::moment(at), ago: ago(at, now), finding })
    };
    seen.into_iter().filter_map(peer).take(LISTED).collect()
}

/// `GET …/protect/live`
pub(crate) async fn live(access: EnvironmentAccess, visit: Visit) -> Result<HttpResponse, Error> {
    let here = paths::protect(access.slug(), &access.environment.name);
    let live = Live::of(&access, here, &visit).await?;
    html(StatusCode::OK, &live)
}
