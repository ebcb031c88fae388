//! Fills a database with many keys. They are inserted in bulk, and not by way of forms.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};
use diesel::connection::SimpleConnection;
use diesel::sql_types::{Text, Timestamp};
use diesel::{Connection, PgConnection, RunQueryDsl};
use keyrack::db::usage_hours::{self, UsageHour};
use keyrack::db::usage_latest::{self, Called};
use keyrack::db::usage_places::{self, UsagePlace};
use keyrack::db::{Db, DbConnection, KeyId, Kind, Lock, PlaceKind, api_keys, key_terms, lock};
use keyrack::domain::api_keys::{SecretKey, list_of_project};
use keyrack::domain::environments::Environment;
use keyrack::domain::projects::{self, Description, Name, NewProject};
use keyrack::domain::usage;
use keyrack::domain::users::{self, Email, NewUser, Password};
use keyrack::domain::{Act, Actor, Clock, environments, os_rng};
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::PASSWORD;

pub const EMAIL: &str = "ada@example.com";
pub const PAGE_OF_50: &str = "/projects/bench/dev/api-keys";
pub const PAGE_OF_10_000: &str = "/projects/bench/staging/api-keys";
pub const ACTIVITY: &str = "/projects/bench/activity?time=always";
pub const PROJECTS: &str = "/projects";
/// With this many keys, there are 10,000 in one environment.
pub const ENOUGH_FOR_LISTS: usize = 10_050;
/// The number of keys that the load picks from.
const SAMPLE: usize = 100_000;

/// Files with one key on each line.
pub struct Samples {
    pub good: PathBuf,
    pub unknown: PathBuf,
    pub garbage: PathBuf,
}

/// The URL of a new database. On PostgreSQL each has a name of its own, so that there can be
/// several.
pub fn database(folder: &Path, postgres: Option<&str>, name: &str) -> String {
    let Some(server) = postgres else {
        return folder.join("bench.db").to_str().unwrap().to_owned();
    };
    let mut connection = PgConnection::establish(server).unwrap();
    connection
        .batch_execute(&format!("DROP DATABASE IF EXISTS keyrack_bench_{name} WITH (FORCE)"))
        .unwrap();
    connection.batch_execute(&format!("CREATE DATABASE keyrack_bench_{name}")).unwrap();
    format!("{}/keyrack_bench_{name}", server.rsplit_once('/').unwrap().0)
}

/// Makes a user, a project and `count` keys: 50 in dev, up to 10,000 in staging, and the rest in
/// prod.
pub fn keys(url: &str, folder: &Path, count: usize) -> Samples {
    let db = Db::new(&url.parse().unwrap());
    db.migrate_blocking().unwrap();
    let rng = &mut StdRng::seed_from_u64(20_261_123);
    // So long ago that keys can count as unused.
    let now = NaiveDate::from_ymd_opt(2026, 8, 23).unwrap().and_hms_opt(9, 0, 0).unwrap();
    let user = NewUser {
        email: Email::parse(EMAIL).unwrap(),
        name: "Ada".to_owned(),
        password_hash: Password::unchecked(PASSWORD).hash(&mut os_rng()),
    };
    let secrets: Vec<SecretKey> =
        (0..count).map(|_| SecretKey::generate(Kind::Secret, rng)).collect();
    let environments = db
        .write_blocking(|c| -> Result<_, Box<dyn std::error::Error>> {
            usage::begin(c, now)?;
            let owner = users::create(c, &user, now, &mut os_rng())?;
            let project = NewProject {
                name: Name::parse("Bench")?,
                slug: None,
                description: Description::default(),
            };
            projects::create(
                c,
                &mut Act::new(&Actor::CommandLine { says: None }, now, &mut os_rng()),
                &project,
                &owner,
            )?;
            let (project, _) = projects::list_for(c, &owner)?.remove(0);
            Ok(environments::list(c, &project.id)?)
        })
        .unwrap();
    let environment = |n: usize| match n {
        0..50 => &environments[0],
        50..ENOUGH_FOR_LISTS => &environments[1],
        _ => &environments[2],
    };
    // PostgreSQL cancels statements after two seconds, so the keys are not all in one transaction.
    for chunk in secrets.iter().enumerate().collect::<Vec<_>>().chunks(50_000) {
        db.write_blocking(|c| -> keyrack::db::Result<()> {
            for &(n, secret) in chunk {
                insert(c, n, secret, environment(n), now)?;
            }
            Ok(())
        })
        .unwrap();
    }
    let file = |name: &str, lines: Vec<String>| {
        let path = folder.join(name);
        fs::write(&path, lines.join("\n")).unwrap();
        path
    };
    let step = (count / SAMPLE).max(1);
    Samples {
        good: file(
            "good",
            secrets
                .iter()
                .enumerate()
                .step_by(step)
                .map(|(n, secret)| format!("{} {}", environment(n).name, secret.expose()))
                .collect(),
        ),
        unknown: file(
            "unknown",
            (0..SAMPLE)
                .map(|_| format!("prod {}", SecretKey::generate(Kind::Secret, rng).expose()))
                .collect(),
        ),
        garbage: file(
            "garbage",
            secrets
                .iter()
                .step_by(step)
                .map(|secret| secret.expose().replace('7', "8").replace("sk_", "pk_"))
                .map(|garbage| format!("prod {garbage}"))
                .collect(),
        ),
    }
}

/// Reads the whole database, so that it is in the system's cache. Some virtual machines drop cached
/// pages within seconds, and then the disk would be measured.
pub fn warm(url: &str) {
    if url.starts_with("postgres://") {
        let all = "CREATE EXTENSION IF NOT EXISTS pg_prewarm;
            SELECT pg_prewarm(oid, 'read') FROM pg_class WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace";
        PgConnection::establish(url).unwrap().batch_execute(all).unwrap();
    } else {
        std::io::copy(&mut fs::File::open(url).unwrap(), &mut std::io::sink()).unwrap();
    }
}

/// Makes up calls of two thirds of the keys in staging, keys in each state, and 90 busy days of one
/// key. Returns the path of that key's page.
pub fn calls(url: &str) -> String {
    let db = Db::new(&url.parse().unwrap());
    let now = Clock::default().now();
    let fill = |c: &mut DbConnection| -> Result<String, Box<dyn std::error::Error>> {
        lock(c, Lock::Usage)?; // because the server counts, too
        let project = projects::find(c, "bench")?.ok_or("no project")?;
        let staging = environments::list(c, &project.id)?.remove(1);
        let keys: Vec<_> = list_of_project(c, &project.id, Some(&staging.id))?
            .into_iter()
            .map(|(listed, _)| listed.key)
            .collect();
        // There are keys in every state that a list can be filtered by.
        for (column, at, names) in [
            ("expires_at", now + TimeDelta::days(5), "%11"),
            ("expires_at", now + TimeDelta::days(100), "%22"),
            ("expires_at", now - TimeDelta::days(5), "%33"),
            ("paused_at", now, "%44"),
            ("leaked_at", now, "%555"),
        ] {
            diesel::sql_query(format!("UPDATE api_keys SET {column} = $1 WHERE environment_id = $2 AND name LIKE '{names}'"))
                .bind::<Timestamp, _>(at)
                .bind::<Text, _>(&staging.id)
                .execute(c)?;
        }
        let latest = (0..).zip(&keys).filter(|(n, _)| n % 3 > 0).map(|(n, key)| {
            let mut called = Called::new(key.id.clone(), key.environment_id.clone(), key.kind);
            called.accepted_at = Some(now - TimeDelta::minutes(n * 7919 % 100_000));
            called
        });
        usage_latest::put(c, latest.collect())?;
        for (n, key) in keys.iter().enumerate().step_by(40) {
            key_terms::replace(
                c,
                &key.environment_id,
                &key.id,
                [format!("newsletter worker {n}").as_str()],
            )?;
        }
        let busy = &keys[keys.len() / 2];
        let hour =
            now.date().and_time(NaiveTime::from_hms_opt(now.hour(), 0, 0).ok_or("no such hour")?);
        let hours = (0..90 * 24).map(|ago| UsageHour {
            key_id: busy.id.clone(),
            hour: hour - TimeDelta::hours(ago),
            accepted: 1_000 + ago * 37 % 900,
            refused: ago % 29,
        });
        usage_hours::add(c, &hours.collect::<Vec<_>>())?;
        let places =
            (0..91).flat_map(|ago| (0..21).map(move |n| (ago, n))).map(|(ago, n)| UsagePlace {
                key_id: busy.id.clone(),
                day: now.date().and_time(NaiveTime::MIN) - TimeDelta::days(ago),
                kind: PlaceKind::Address,
                place: if n == 20 {
                    String::new()
                } else {
                    format!("203.0.113.{}", (n + ago) % 250)
                },
                accepted: 1_000,
                refused: n,
            });
        usage_places::add(c, &places.collect::<Vec<_>>())?;
        Ok(format!("{PAGE_OF_10_000}/{}", busy.id))
    };
    let busy = db.write_blocking(fill).unwrap();
    analyze(url);
    busy
}

/// Does what PostgreSQL's autovacuum would do within a minute or so. Until then, it plans for the
/// few rows that there were before.
fn analyze(url: &str) {
    if url.starts_with("postgres") {
        PgConnection::establish(url).unwrap().batch_execute("VACUUM ANALYZE").unwrap();
    }
}

/// Adds `count` entries to the project's activity, and 1,000 more projects.
pub fn activity_and_projects(url: &str, count: usize) {
    const CHUNK: usize = 50_000;
    let db = Db::new(&url.parse().unwrap());
    for from in (0..count).step_by(CHUNK) {
        let to = (from + CHUNK).min(count) - 1;
        let entries = format!(
            "WITH RECURSIVE n (i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i < {to})
             INSERT INTO activity (id, project_id, at, action, subject_kind, subject_id, subject, subject_folded, mask, detail,
                                   environment, actor)
             SELECT substr('act_00000000000000000000000000000000', 1, 36 - length(CAST(i AS TEXT))) || CAST(i AS TEXT), id, created_at,
                    'key.created', 'key', 'key_' || CAST(i AS TEXT), 'server-key', 'server-key', 'sk_0123••••••••7848', '', 'dev', ''
             FROM projects, n WHERE slug = 'bench'"
        );
        db.write_blocking(|c| -> keyrack::db::Result<usize> {
            Ok(diesel::sql_query(entries).execute(c)?)
        })
        .unwrap();
    }
    let now = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap().and_hms_opt(9, 0, 0).unwrap();
    let more = |c: &mut DbConnection| -> Result<(), Box<dyn std::error::Error>> {
        let (owner, _) = users::find_by_email(c, &Email::parse(EMAIL)?)?.ok_or("no owner")?;
        for n in 0..1_000 {
            let project = NewProject {
                name: Name::parse(&format!("Service {n}"))?,
                slug: None,
                description: Description::default(),
            };
            projects::create(
                c,
                &mut Act::new(&Actor::CommandLine { says: None }, now, &mut os_rng()),
                &project,
                &owner.id,
            )?;
        }
        Ok(())
    };
    db.write_blocking(more).unwrap();
    analyze(url);
}

fn insert(
    c: &mut DbConnection,
    n: usize,
    secret: &SecretKey,
    environment: &Environment,
    now: NaiveDateTime,
) -> keyrack::db::Result<()> {
    let created_at = now + TimeDelta::milliseconds(i64::try_from(n).unwrap());
    let name = format!("key-{n}");
    api_keys::insert(
        c,
        &api_keys::NewApiKey {
            id: &KeyId::new(created_at, &mut os_rng()),
            environment_id: &environment.id,
            project_id: &environment.project_id,
            kind: Kind::Secret,
            name: &name,
            name_folded: &name,
            mask: &secret.mask(),
            digest: secret.digest().bytes(),
            form_token: None,
            created_at,
            created_by: None,
            rate_limit: None,
            rate_burst: None,
            scopes: None,
            address_ranges: None,
            expires_at: None,
        },
    )
}
