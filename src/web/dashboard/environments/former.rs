//! What the forms show about a name that another environment had before, so that nobody takes it
//! unawares.

use crate::domain::environments::{Environment, Id, Name};
use crate::domain::gateways::{self, GatewaySeen, KEPT};
use crate::web::State;
use crate::web::dashboard::http::{Error, ProjectAccess};
use crate::web::dashboard::page::views::Time;

/// The number of gateways that are listed. The rest is "and others".
const LISTED: usize = 20;

/// A name that another environment had before.
pub(crate) struct Former {
    pub(crate) name: String,
    /// The environment that had it. The form sends this id, because yet another one may have got
    /// the name by then.
    pub(crate) id: Id,
    /// The present name of that environment, if it is not deleted.
    pub(crate) now: String,
    pub(crate) deleted: Option<Time>,
    pub(crate) protected: bool,
    /// The gateways that asked for the name in the last 30 days.
    pub(crate) gateways: Vec<Gateway>,
    pub(crate) others: usize,
}

pub(crate) struct Gateway {
    pub(crate) peer: String,
    pub(crate) asked: String,
    pub(crate) trusted: bool,
    pub(crate) last: Time,
}

impl Former {
    /// Loads this for a name. `holder` is the environment that had it last.
    pub(crate) async fn of(
        name: Name,
        holder: Environment,
        access: &ProjectAccess,
        state: &State,
    ) -> Result<Self, Error> {
        let (project, since) = (access.project.clone(), state.clock.now() - KEPT);
        let asked = name.clone();
        let seen =
            state.db.read(move |c| gateways::asked_for(c, &project, asked.as_str(), since)).await?;
        Ok(Self {
            name: name.to_string(),
            id: holder.id,
            now: holder.name,
            deleted: holder.deleted_at.map(Time::day),
            protected: holder.protected,
            others: seen.len().saturating_sub(LISTED),
            gateways: seen.into_iter().take(LISTED).map(Gateway::of).collect(),
        })
    }
}

impl Gateway {
    fn of(seen: GatewaySeen) -> Self {
        let last = Time::moment(seen.last_at);
        Self { peer: seen.peer, asked: seen.asked, trusted: seen.trusted, last }
    }
}
