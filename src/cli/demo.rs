//! `keyrack demo`: a server with a made-up team, on a database of its own that is removed at the
//! end. It is for trying Keyrack, and for the screenshots in the documentation.

mod calls;
mod fill;
mod folder;

use std::io::Write;

use rand::Rng;
use zeroize::Zeroizing;

use folder::Folder;

use super::Failure;
use crate::config::Config;
use crate::db::{CommandDb, DatabaseUrl};
use crate::domain::{Clock, os_rng};
use crate::startup;

pub(super) fn run(mut config: Config) -> Result<(), Failure> {
    if !config.database_url.is_default() {
        return Err("the demo makes a database of its own and touches no other: leave --database-url and DATABASE_URL out".into());
    }
    folder::remove_former();
    let folder = Folder::create()?;
    config.database_url = DatabaseUrl::Sqlite(folder.path().join("keyrack.db"));
    let password = password();
    let people = prepare(&config.database_url, &password)?;
    startup::serve_and(config, |origin| {
        // The password goes only to the terminal, like the setup link.
        let mut terminal = std::io::stderr();
        writeln!(terminal, "A demo at {origin}. Everybody's password: {}\n", *password)?;
        for (email, what) in people {
            writeln!(terminal, "    {email:<20} {what}")?;
        }
        writeln!(terminal, "\nAll of it is forgotten when this ends.\n")
    })
}

/// Fills the database. SIGINT, SIGTERM and SIGHUP end it early, and the folder is removed in that
/// case, too.
fn prepare(url: &DatabaseUrl, password: &str) -> Result<fill::People, Failure> {
    let (url, password) = (url.clone(), Zeroizing::new(password.to_owned()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let interrupted = startup::signal()?;
        let job = tokio::task::spawn_blocking(move || {
            let db = CommandDb::new(&url, || ()); // nobody else uses it
            db.migrate().map_err(|e| startup::explain(&url, &e))?;
            let now = Clock::default().now();
            db.write(|c| fill::fill(c, &password, now, &mut os_rng()))
                .map_err(|e: Failure| e.to_string())
        });
        tokio::select! {
            done = job => Ok(done?.map_err(Failure::from)?),
            () = interrupted => Err("interrupted".into()),
        }
    })
}

/// A random password that is strong enough for a server that others may reach.
fn password() -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0; 12]);
    os_rng().fill_bytes(&mut *bytes);
    let digits = Zeroizing::new(hex::encode(*bytes));
    Zeroizing::new(format!("demo-{}-{}-{}", &digits[..8], &digits[8..16], &digits[16..]))
}
