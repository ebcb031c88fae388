//! What is done without anybody asking, for as long as the server runs.

use std::time::Duration;

use actix_web::rt;
use actix_web::web::Data;

use crate::db;
use crate::domain::{api_keys, users};
use crate::web::State;
use crate::web::api::verifier::overdue;
use crate::web::mail::notices;

/// How often is noted what time did to keys. (They are refused at once in any case: this is for
/// clocks that jump back.)
const UPKEEP: Duration = Duration::from_secs(60);
/// How often a server looks whether `keyrack key import` was run. Only that lets texts of any shape
/// reach the database, so until then garbage is refused without asking it.
const IMPORTS: Duration = Duration::from_secs(1);

/// Begins.
pub(super) fn start(state: &Data<State>) {
    rt::spawn(keep_up(state.clone()));
    rt::spawn(learn_of_imports(state.clone()));
}

async fn keep_up(state: Data<State>) {
    loop {
        overdue::note(&state).await;
        pull_back(&state).await;
        rt::spawn(notices::tell_expiry(state.clone())); // a mail server that hangs holds nothing up
        tokio::time::sleep(UPKEEP).await;
    }
}

/// Sessions and failed sign-ins of a clock that was ahead.
async fn pull_back(state: &State) {
    let now = state.clock.now();
    let done = match state.db.read(move |c| users::is_any_ahead(c, now)).await {
        Ok(true) => state.db.write(move |c| users::pull_back(c, now)).await,
        Ok(false) => Ok(()),
        Err(error) => Err(error),
    };
    if let Err(error) = done {
        tracing::warn!(%error, "what is dated ahead was not looked for");
    }
}

/// On a connection of its own: a database that hangs shall not keep those of the pages busy.
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
