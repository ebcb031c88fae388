//! Waits for the database: a PostgreSQL that starts at the same time may take a while. The port is
//! open meanwhile and answers 503.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use actix_web::http::header;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, HttpServer, web};

use super::{Failure, explain};
use crate::db::{DatabaseUrl, Db, MigrateError};
use crate::web::middleware::security_headers::security_headers;

/// How long to wait for a PostgreSQL that can't be reached.
const PATIENCE: Duration = Duration::from_secs(60);
const BETWEEN: Duration = Duration::from_millis(500);

/// Brings the schema up to date as soon as the database can be reached.
pub(super) async fn for_database(
    db: &Db,
    url: &DatabaseUrl,
    listener: &TcpListener,
) -> Result<(), Failure> {
    let started = Instant::now();
    let mut stand_in = None;
    loop {
        let migrating = db.clone();
        let error = match tokio::task::spawn_blocking(move || migrating.migrate_blocking()).await? {
            Ok(ran) => {
                if let Some(last) = ran.last() {
                    tracing::info!(
                        migrations = ran.len(),
                        last,
                        "the schema was brought up to date"
                    );
                }
                break;
            }
            Err(error) => error,
        };
        let is_server = matches!(url, DatabaseUrl::Postgres(_));
        let may_come = matches!(error, MigrateError::Unavailable(_));
        if !is_server || !may_come || started.elapsed() > PATIENCE {
            return Err(explain(url, &error).into());
        }
        tracing::warn!(%error, "waiting for the database");
        if stand_in.is_none() {
            stand_in = Some(stand_in_for_us(listener.try_clone()?)?);
        }
        tokio::time::sleep(BETWEEN).await;
    }
    if let Some(handle) = stand_in {
        handle.stop(false).await;
    }
    Ok(())
}

/// Answers 503 to everything but `/healthz`.
fn stand_in_for_us(listener: TcpListener) -> std::io::Result<actix_web::dev::ServerHandle> {
    let unavailable = async || {
        HttpResponse::ServiceUnavailable()
            .insert_header((header::RETRY_AFTER, "1"))
            .json(serde_json::json!({ "statusCode": 503, "error": "UNAVAILABLE", "message": "The database is not there yet." }))
    };
    let alive = || {
        web::resource("/healthz")
            .route(web::get().to(HttpResponse::Ok))
            .route(web::head().to(HttpResponse::Ok))
    };
    let server = HttpServer::new(move || {
        App::new()
            .wrap(from_fn(security_headers))
            .service(alive())
            .default_service(web::to(unavailable))
    });
    let server = server.workers(1).disable_signals().listen(listener)?.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Ok(handle)
}
