//! From options to a running server. Tests start the same one.

mod descriptors;
mod listen;
mod memory;
mod upkeep;
mod wait;

use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{HttpService, KeepAlive};
use actix_service::{IntoServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::dev::{AppConfig, Server, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::rt::net::TcpStream;
use actix_web::{App, web};

use crate::config::Config;
use crate::db::{DatabaseUrl, Db, DbConnection, MigrateError};
use crate::domain::{Clock, api_keys, os_rng, setup, usage, users};
use crate::web::api::verifier::Batcher;
use crate::web::http::connection::Connection;
use crate::web::{State, cookie_key, middleware, paths, routes};

pub(crate) use listen::signal;
pub use memory::keep_memory_private;

/// Any error, as one line for whoever started the server.
type Failure = Box<dyn std::error::Error>;

/// What is in flight may take so long after SIGTERM; then the process ends (within 10 s in all).
const SHUTDOWN: u64 = 8;
/// After so long the process ends in any case: a thread that waits for a database that hangs must
/// not keep it.
const LAST_RESORT: Duration = Duration::from_millis(9_500);
/// So long every answer tells its client to close the connection, before idle ones are closed.
const DRAIN: Duration = Duration::from_millis(400);
/// Connections that were accepted this moment get so long to reach their worker, which would drop
/// them once it is told to stop. Those that come later wait in the kernel for our successor.
const SETTLE: Duration = Duration::from_millis(100);
/// Connections the kernel keeps for us while all workers are busy.
const BACKLOG: i32 = 1024;
/// A client that sends no head for so long is let go. (What else may keep a connection waiting is
/// in `web/http/connection.rs`.)
const IDLE: Duration = Duration::from_secs(5);
/// After an answer that did not need all of the body, so long is read on, so that the client sees
/// the answer and not a reset (RFC 9112, 9.6).
const LINGER: Duration = Duration::from_secs(1);

pub struct Application {
    server: Server,
    state: web::Data<State>,
    pub address: SocketAddr,
    /// The link that makes the first user, while there is none.
    pub setup_link: Option<String>,
}

/// Serves until SIGTERM, SIGINT or SIGHUP.
///
/// # Errors
/// When there is nothing to listen on or no database, in one line.
pub fn serve(config: Config) -> Result<(), Failure> {
    serve_and(config, |_| Ok(()))
}

/// [`serve`], which says something once it has the port: `say` gets the origin.
///
/// # Errors
/// As for [`serve`].
pub fn serve_and(
    config: Config,
    say: impl FnOnce(&str) -> std::io::Result<()>,
) -> Result<(), Failure> {
    actix_web::rt::System::new().block_on(async {
        // Beyond RLIMIT_FSIZE a write shall fail, and not end the process: as when the disk is
        // full.
        let _too_large = listen::ignore_too_large_files()?;
        for range in config.wide_ranges() {
            tracing::warn!(%range, "everyone in this wide range is trusted; name your gateways");
        }
        let listener = listen::listener(&config.listen, BACKLOG)?;
        say(&origin(&config, listener.local_addr()?))?;
        let db = Db::new(&config.database_url);
        let stopped = listen::signal()?;
        tokio::pin!(stopped);
        tokio::select! {
            ready = wait::for_database(&db, &config.database_url, &listener) => ready?,
            () = &mut stopped => {
                end_soon();
                return Ok(());
            }
        }
        let application = start(config, db.clone(), Clock::default(), listener).await?;
        if let Some(link) = &application.setup_link {
            // For the terminal only: the log does not get the token.
            let _ = writeln!(
                std::io::stderr(),
                "Make the first account here (valid 24 hours):\n\n    {link}\n"
            );
            tracing::info!("there is no user yet; the setup link is on standard error");
        }
        tracing::info!(address = %application.address, "listening");
        let handle = application.server.handle();
        let state = application.state;
        let server = actix_web::rt::spawn(application.server);
        tokio::select! {
            () = stopped => {
                tracing::info!("stopping: requests in flight are finished");
                end_soon();
                state.stopping.store(true, Ordering::Relaxed);
                tokio::time::sleep(DRAIN).await;
                handle.pause().await;
                tokio::time::sleep(SETTLE).await;
                handle.stop(true).await;
                let leave = move || {
                    if let Err(error) = state.usage.write(&db) {
                        tracing::warn!(%error, "the last counts are lost");
                    }
                    db.settle_blocking();
                };
                tokio::task::spawn_blocking(leave).await?;
                Ok(())
            }
            ended = server => Ok(ended??),
        }
    })
}

/// Ends the process a little later, should it not do so itself.
fn end_soon() {
    std::thread::spawn(|| {
        std::thread::sleep(LAST_RESORT);
        std::process::exit(0);
    });
}

/// Where people find the server.
fn origin(config: &Config, address: SocketAddr) -> String {
    config.public_url.as_ref().map_or_else(|| origin_here(address), |url| url.origin().to_owned())
}

/// Where a browser on this machine does: "all addresses" is none that it can go to.
fn origin_here(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("http://localhost:{}", address.port())
    } else {
        format!("http://{address}")
    }
}

/// Prepares the database, which must be migrated, and builds the server.
///
/// # Errors
/// When the database fails.
pub async fn start(
    config: Config,
    db: Db,
    clock: Clock,
    listener: TcpListener,
) -> Result<Application, Failure> {
    let address = listener.local_addr()?;
    let now = clock.now();
    let prepare = move |connection: &mut DbConnection| -> Result<_, crate::db::Error> {
        let rng = &mut os_rng();
        for user in users::unify_addresses(connection)? {
            tracing::warn!(
                user = %user.id,
                "another account has this e-mail address in another spelling; \
                 nobody can sign in to this one"
            );
        }
        usage::begin(connection, now)?;
        Ok((
            cookie_key(connection, rng)?,
            setup::issue(connection, now, rng)?,
            api_keys::any_imported(connection)?,
        ))
    };
    let (cookie_key, setup_token, any_imported) = db.write(prepare).await?;
    // Before anybody is served: the clock may jump back.
    while db.write(move |connection| api_keys::upkeep(connection, now, now)).await? {}

    let setup_link =
        setup_token.map(|token| format!("{}{}", origin(&config, address), paths::setup(&token)));
    let state = web::Data::new(State::new(db, clock, config, cookie_key)?);
    if any_imported {
        state.note_import();
    }
    upkeep::start(&state);
    let kept = state.clone();
    crate::web::api::verifier::counting::start(&state)?;
    let app = move || {
        // Per worker: each batches the requests that it has itself.
        #[expect(
            clippy::expect_used,
            reason = "without threads there is no server, and nobody to tell"
        )]
        let batcher = Batcher::start(state.db.reader()).expect("a thread for the verifier");
        App::new()
            .app_data(state.clone())
            .app_data(batcher)
            .wrap(from_fn(middleware::head_limit::head_limit))
            .wrap(from_fn(middleware::error_pages::error_pages))
            .wrap(from_fn(middleware::compress::compress))
            .wrap(from_fn(middleware::security_headers::security_headers))
            .wrap(from_fn(middleware::request_log::request_log))
            .wrap(from_fn(middleware::draining::draining))
            .wrap(from_fn(middleware::forget::forget))
            .configure(routes::api)
            .configure(routes::dashboard(state.clone()))
    };
    // What `HttpServer::listen` does, with a stream of our own below it.
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let builder = Server::build()
        .disable_signals()
        .workers(workers)
        .max_concurrent_connections(descriptors::connections_per_worker(workers))
        .shutdown_timeout(SHUTDOWN);
    let stopping = builder.graceful_shutdown_signal();
    let serve = move || {
        let (stopping, ends) = (stopping.clone(), stopping.clone());
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .keep_alive(KeepAlive::Os) // no clock of its own: `web/http/connection.rs`
            .client_request_timeout(IDLE)
            .client_disconnect_timeout(LINGER)
            .local_addr(address)
            .on_connect_ext(|connection: &Connection, data| {
                data.insert(connection.patience());
            })
            .h1(map_config(app().into_factory(), |()| AppConfig::default()));
        fn_service(move |io: TcpStream| {
            let ends = ends.clone();
            async move {
                let peer = io.peer_addr().ok();
                let _ = io.set_nodelay(true); // an answer is written whole: nothing to wait for
                let connection = Connection::new(io);
                tokio::select! {
                    begins = connection.begins() => begins?,
                    () = ends.notified() => return Err(DispatchError::DisconnectTimeout),
                    () = tokio::time::sleep(IDLE) => {
                        connection.is_late();
                        return Err(DispatchError::SlowRequestTimeout);
                    }
                }
                Ok((connection, peer))
            }
        })
        .and_then(http)
    };
    let server = builder.listen("keyrack", listener, serve)?.run();
    Ok(Application { server, state: kept, address, setup_link })
}

impl Application {
    /// Runs until its handle stops it.
    ///
    /// # Errors
    /// When the server fails.
    pub async fn run(self) -> std::io::Result<()> {
        self.server.await
    }

    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }
}

/// What to tell somebody whose database can't be used.
pub fn explain(url: &DatabaseUrl, error: &MigrateError) -> String {
    format!("can't use the database {url}: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setup_link_leads_somewhere_also_when_all_addresses_are_listened_on() {
        for (address, origin) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("[::1]:80", "http://[::1]:80"),
            ("0.0.0.0:8080", "http://localhost:8080"),
            ("[::]:8080", "http://localhost:8080"),
        ] {
            assert_eq!(origin_here(address.parse().unwrap()), origin);
        }
    }
}
