//! Regular work, for as long as the server runs.

use std::time::Duration;

use actix_web::rt;
use actix_web::web::Data;

use crate::db;
use crate::domain::instance::hand_over;
use crate::domain::{api_keys, os_rng, users};
use crate::web::State;
use crate::web::api::verifier::overdue;
use crate::web::mail::notices;

/// How often expired keys and ended overlaps are noted in the database. They are refused at once
/// anyway; this is for clocks that jump back.
const UPKEEP: Duration = Duration::from_secs(60);
/// How often a server looks whether `keyrack key import` was run. Imported keys may have any shape.
/// Until there are some, texts without the shape of a key are refused without asking the database.
const IMPORTS: Duration = Duration::from_secs(1);

/// Starts the regular work.
pub(super) fn start(state: &Data<State>) {
    rt::spawn(keep_up(state.clone()));
    rt::spawn(learn_of_imports(state.clone()));
}

async fn keep_up(state: Data<State>) {
    loop {
        overdue::note(&state).await;
        pull_back(&state).await;
        carry_out_hand_overs(&state).await;
        // On a task of its own, so that a mail server that hangs delays nothing.
        rt::spawn(notices::tell_expiry(state.clone()));
        tokio::time::sleep(UPKEEP).await;
    }
}

/// Carries out the hand-overs that nobody stopped.
async fn carry_out_hand_overs(state: &State) {
    let now = state.clock.lower_bound();
    let done = match state.db.read(move |c| hand_over::is_due(c, now)).await {
        Ok(true) => state.db.write(move |c| hand_over::carry_out(c, now, &mut os_rng())).await,
        Ok(false) => Ok(()),
        Err(error) => Err(error),
    };
    if let Err(error) = done {
        tracing::warn!(%error, "hand-overs that are due were not carried out");
    }
}

/// Corrects the times of sessions and failed sign-ins that were written while the clock was ahead.
async fn pull_back(state: &State) {
    let now = state.clock.now();
    let done = match state.db.read(move |c| users::is_any_in_future(c, now)).await {
        Ok(true) => state.db.write(move |c| users::pull_back(c, now)).await,
        Ok(false) => Ok(()),
        Err(error) => Err(error),
    };
    if let Err(error) = done {
        tracing::warn!(%error, "what is dated ahead was not looked for");
    }
}

/// This uses a connection of its own, so that a database that hangs does not keep the connections
/// of the pages busy.
async fn learn_of_imports(state: Data<State>) {
    let mut reader = state.db.reader();
    while !state.any_imported() {
        tokio::time::sleep(IMPORTS).await;
        let asked = rt::task::spawn_blocking(move || {
            let found = reader.read(api_keys::any_imported);
            (reader, found)
        });
        let Ok((back, found)) = asked.await else { return };
        reader = back;
        if let Ok::<bool, db::Error>(true) = found {
            state.note_import();
        }
    }
}
