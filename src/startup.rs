//! Starts the server from its options. The tests start it with the same code.

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

/// How many seconds requests in flight may take after SIGTERM. The process ends within 10 seconds
/// in all.
const SHUTDOWN: u64 = 8;
/// After this time the process ends in any case. A thread that waits for a database that hangs must
/// not keep it alive.
const LAST_RESORT: Duration = Duration::from_millis(9_500);
/// For how long every answer tells its client to close the connection, before idle connections are
/// closed.
const DRAIN: Duration = Duration::from_millis(400);
/// How long connections that were just accepted have to reach their worker. Once a worker is told
/// to stop, it drops connections that arrive. Later connections wait in the kernel for the next
/// process.
const SETTLE: Duration = Duration::from_millis(100);
/// The number of connections that wait in the kernel while all workers are busy.
const BACKLOG: i32 = 1024;
/// After this time a client that has sent no head is disconnected. The other time limits of a
/// connection are in `web/http/connection.rs`.
const IDLE: Duration = Duration::from_secs(5);
/// For how long the rest of a body is read after an answer that did not need it, so that the client
/// sees the answer and not a reset (RFC 9112, 9.6).
const LINGER: Duration = Duration::from_secs(1);

pub struct Application {
    server: Server,
    state: web::Data<State>,
    pub address: SocketAddr,
    /// The link to make the first user, as long as there is none.
    pub setup_link: Option<String>,
}

/// Serves until SIGTERM, SIGINT or SIGHUP.
///
/// # Errors
/// One line, if the port or the database can't be used.
pub fn serve(config: Config) -> Result<(), Failure> {
    serve_and(config, |_| Ok(()))
}

/// Like [`serve`], but calls `say` with the origin once the port is open.
///
/// # Errors
/// As for [`serve`].
pub fn serve_and(
    config: Config,
    say: impl FnOnce(&str) -> std::io::Result<()>,
) -> Result<(), Failure> {
    actix_web::rt::System::new().block_on(async {
        // A write beyond RLIMIT_FSIZE fails, as when the disk is full, and does not end the
        // process.
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
            // The link goes only to the terminal, because its token must not be in the log.
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

/// Ends the process after [`LAST_RESORT`], if it has not ended by then.
fn end_soon() {
    std::thread::spawn(|| {
        std::thread::sleep(LAST_RESORT);
        std::process::exit(0);
    });
}

/// The origin where people reach the server.
fn origin(config: &Config, address: SocketAddr) -> String {
    config.public_url.as_ref().map_or_else(|| origin_here(address), |url| url.origin().to_owned())
}

/// The origin where a browser on this machine reaches the server. The unspecified address is not
/// one that a browser can open.
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
/// If the database fails.
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
    // Expiry is noted in the database before any request is served, because the clock may jump back
    // later.
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
        // Each worker has a batcher of its own, for the requests that it serves.
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
    // The same as `HttpServer::listen` does, but with our own stream type.
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
            .keep_alive(KeepAlive::Os) // `web/http/connection.rs` has the time limit
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
                let _ = io.set_nodelay(true); // each answer is written at once
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
    /// Runs until the server's handle stops it.
    ///
    /// # Errors
    /// If the server fails.
    pub async fn run(self) -> std::io::Result<()> {
        self.server.await
    }

    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }
}

/// The message for somebody whose database can't be used.
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
