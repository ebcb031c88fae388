//! For every search and order, the list shows the same keys as looking at one key after another
//! would find. There are so many keys that each of the list's strategies is used.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use keyrack::db::{Db, DbConnection, EnvironmentId};
use keyrack::domain::api_keys::{self, Find, Kind, PAGE_SIZE, Search, Sort, Status};
use keyrack::domain::usage;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::support::TestDatabase;

const KEYS: usize = 2400;
const HERE: &str = "env_00000000000000000000000000000001";
const ELSEWHERE: &str = "env_00000000000000000000000000000002";

/// What is known of a key.
struct Known {
    id: String,
    environment: &'static str,
    kind: Kind,
    name: String,
    mask: String,
    created_at: NaiveDateTime,
    deleted: bool,
    expires_at: Option<NaiveDateTime>,
    expired: bool,
    paused: bool,
    leaked: bool,
    /// The value before the last rotation leaked, and works until then.
    former_leaked_until: Option<NaiveDateTime>,
    note: Option<&'static str>,
    accepted_at: Option<NaiveDateTime>,
}

fn now() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2026, 11, 26).unwrap().and_hms_opt(9, 0, 0).unwrap()
}

/// Keys of every sort. There are so few different times that many keys share them.
fn keys() -> Vec<Known> {
    let random = &mut StdRng::seed_from_u64(20_261_126);
    let one_in = |n: u32, random: &mut StdRng| random.random_range(0..n) == 0;
    let ago = |days: i64| now() - TimeDelta::days(days);
    let key = |n: usize| {
        let kind = if n.is_multiple_of(3) { Kind::Publishable } else { Kind::Secret };
        let (time, rest): (u64, u64) =
            (random.random_range(0x019d_0000..0x019d_0100), random.random());
        let expires_at =
            one_in(3, random).then(|| now() + TimeDelta::hours(random.random_range(-1000..1000)));
        Known {
            id: format!("key_{time:08x}00007000{rest:016x}"),
            environment: if n % 8 == 7 { ELSEWHERE } else { HERE },
            kind,
            name: if n.is_multiple_of(2) {
                format!("server {}", n ^ 0x155)
            } else {
                format!("worker {n}")
            },
            mask: format!(
                "{}_{:04x}••••••••{n:04x}",
                if kind == Kind::Secret { "sk" } else { "pk" },
                random.random::<u16>()
            ),
            created_at: ago(random.random_range(1..120)),
            deleted: one_in(10, random),
            expires_at,
            expired: expires_at.is_some_and(|at| at < ago(1))
                || expires_at.is_some() && one_in(50, random),
            paused: one_in(9, random),
            leaked: one_in(60, random),
            former_leaked_until: one_in(60, random)
                .then(|| now() + TimeDelta::hours(random.random_range(-5..20))),
            note: match random.random_range(0..12) {
                0 => Some("server of the newsletter"),
                1 => Some("key_ask dana"),
                _ => None,
            },
            accepted_at: one_in(2, random).then(|| ago(random.random_range(0..100))),
        }
    };
    (0..KEYS).map(key).collect()
}

fn insert(database: &TestDatabase, keys: &[Known]) {
    let time = |at: Option<NaiveDateTime>| {
        at.map_or("NULL".to_owned(), |at| format!("'{}'", at.format("%F %T%.f")))
    };
    let flag = |set: bool| time(set.then(now));
    let digest = |n: usize| {
        if database.is_postgres() { format!("'\\x{n:064x}'") } else { format!("x'{n:064x}'") }
    };
    let mut sql = format!(
        "INSERT INTO projects (id, slug, name, description, created_at) VALUES ('prj_1', 'blog', 'Blog', '', '2026-01-01 00:00:00');
         INSERT INTO environments (id, project_id, name, protected, created_at)
             VALUES ('{HERE}', 'prj_1', 'dev', FALSE, '2026-01-01 00:00:00'), ('{ELSEWHERE}', 'prj_1', 'prod', TRUE, '2026-01-01 00:00:00');
         BEGIN;"
    );
    for (n, key) in keys.iter().enumerate() {
        let Known { id, environment, kind, name, mask, .. } = key;
        sql += &format!(
            "INSERT INTO api_keys (id, environment_id, project_id, kind, name, name_folded, mask, digest, created_at, deleted_at, expires_at, expired_at, paused_at, \
             leaked_at, former_leaked_at, overlap_until) VALUES ('{id}', '{environment}', 'prj_1', '{kind}', '{name}', '{name}', '{mask}', {}, {}, {}, {}, {}, {}, {}, {}, {});",
            digest(n),
            time(Some(key.created_at)),
            flag(key.deleted),
            time(key.expires_at),
            flag(key.expired),
            flag(key.paused),
            flag(key.leaked),
            flag(key.former_leaked_until.is_some()),
            time(key.former_leaked_until),
        );
        if let Some(at) = key.accepted_at {
            let at = time(Some(at));
            sql += &format!(
                "INSERT INTO usage_latest (key_id, accepted_at, listed_at, environment_id, kind) VALUES ('{id}', {at}, {at}, '{environment}', '{kind}');"
            );
        }
        // The terms of a deleted key stay as long as its name.
        for term in key.note.into_iter().flat_map(|note| [note, note.split_once(' ').unwrap().1]) {
            sql += &format!(
                "INSERT INTO key_terms (environment_id, term, key_id) VALUES ('{environment}', '{term}', '{id}');"
            );
        }
    }
    database.execute(&(sql + "COMMIT;"));
}

impl Known {
    fn begins_with(&self, typed: &str) -> bool {
        let of_id = typed.starts_with("key_") && typed.len() >= 8 && self.id.starts_with(typed);
        let of_note = self.note.is_some_and(|note| {
            note.starts_with(typed) || note.split_once(' ').unwrap().1.starts_with(typed)
        });
        self.name.starts_with(typed) || self.mask.starts_with(typed) || of_id || of_note
    }

    fn is(&self, status: Status) -> bool {
        let over = self.expired || self.expires_at.is_some_and(|at| at <= now());
        let unused = |days: i64| {
            let since = now() - TimeDelta::days(days);
            self.created_at <= since && self.accepted_at.is_none_or(|at| at < since)
        };
        match status {
            Status::Active => !over && !self.paused,
            Status::Expiring => {
                !over && self.expires_at.is_some_and(|at| at <= now() + TimeDelta::days(14))
            }
            Status::Expired => over,
            Status::Paused => !over && self.paused,
            Status::Unused30 => unused(30),
            Status::Unused90 => unused(90),
            Status::Leaked => {
                !over
                    && (self.leaked || self.former_leaked_until.is_some_and(|until| until > now()))
            }
        }
    }
}

fn sorted(mut keys: Vec<&Known>, sort: Sort) -> Vec<&Known> {
    keys.sort_by(|a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
    match sort {
        Sort::Newest => {}
        Sort::Name => keys.sort_by(|a, b| a.name.cmp(&b.name)),
        Sort::LastUsed => keys.sort_by_key(|key| {
            std::cmp::Reverse((key.accepted_at, key.accepted_at.map(|_| key.id.clone())))
        }),
    }
    keys
}

fn compare(
    connection: &mut DbConnection,
    keys: &[Known],
    kind: Kind,
    find: &Find,
) -> keyrack::db::Result<()> {
    let here = EnvironmentId::parse(HERE).unwrap();
    let typed = find.search.as_str();
    let fits = |key: &&Known| {
        let living = key.environment == HERE && key.kind == kind && !key.deleted;
        living && key.begins_with(typed) && find.status.is_none_or(|status| key.is(status))
    };
    let expected = sorted(keys.iter().filter(fits).collect(), find.sort);
    let total = i64::try_from(expected.len()).unwrap();
    let last = ((total - 1) / PAGE_SIZE + 1).max(1);
    let mut pages = vec![1, 2, last / 2, last - 1, last, last + 1];
    pages.dedup();
    for asked in pages {
        let page = api_keys::list(connection, &here, kind, find, asked, now())?;
        assert_eq!(
            (page.total, page.page),
            (total, asked.clamp(1, last)),
            "{kind} {find:?}, page {asked}"
        );
        let first = usize::try_from((page.page - 1) * PAGE_SIZE).unwrap();
        let shown: Vec<_> = page.keys.iter().map(|listed| listed.key.id.as_str()).collect();
        let expected: Vec<_> =
            expected.iter().skip(first).take(50).map(|key| key.id.as_str()).collect();
        assert_eq!(shown, expected, "{kind} {find:?}, page {asked}");
    }
    Ok(())
}

#[test]
fn the_list_shows_what_one_finds_key_by_key() {
    let database = TestDatabase::migrated();
    let keys = keys();
    insert(&database, &keys);
    let some_id = &keys[100].id;
    let db = Db::new(&database.url().parse().unwrap());
    db.write_blocking(|c| usage::begin(c, now() - TimeDelta::days(150))).unwrap();
    // Names, notes (some begin like names), all masks, some, ids by their time or more of them, and
    // nothing.
    let searches = [
        "",
        "s",
        "server",
        "worker 77",
        "newsletter",
        "key_ask",
        "sk_",
        "sk_0",
        "key_019d",
        &some_id[..22],
        some_id,
        "zebra",
    ];
    db.read_blocking(|c| {
        for typed in searches {
            for status in [None].into_iter().chain(Status::ALL.iter().copied().map(Some)) {
                for sort in Sort::ALL {
                    for kind in Kind::ALL {
                        compare(
                            c,
                            &keys,
                            kind,
                            &Find { search: Search::parse(typed), status, sort },
                        )?;
                    }
                }
            }
        }
        keyrack::db::Result::Ok(())
    })
    .unwrap();
}
