//! All data that an older Keyrack wrote is still there after its schema was brought up to date.

mod boundary;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::{Process, TestDatabase};

/// An empty database with the schema up to the migration with this number.
pub(crate) fn up_to(number: u32) -> TestDatabase {
    let database = TestDatabase::new();
    database.execute(
        "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, \
         run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)",
    );
    migrate_to(&database, number);
    database
}

/// Runs the migrations that are missing, up to the one with this number.
fn migrate_to(database: &TestDatabase, number: u32) {
    let kind = if database.is_postgres() { "postgres" } else { "sqlite" };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(kind);
    let mut all: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    all.sort();
    let done = database.query("SELECT version AS value FROM __diesel_schema_migrations");
    for migration in all {
        // 2026-11-23-000001_foundation
        let name = migration.file_name().unwrap().to_str().unwrap();
        let version = name.split('_').next().unwrap().replace('-', "");
        if version[8..].parse::<u32>().unwrap() > number || done.contains(&version) {
            continue;
        }
        let sql = std::fs::read_to_string(migration.join("up.sql")).unwrap();
        database.execute(&format!("BEGIN; {sql}; COMMIT"));
        database.execute(&format!(
            "INSERT INTO __diesel_schema_migrations (version) VALUES ('{version}')"
        ));
    }
}

/// A database as it was before projects and environments could be deleted, with something in every
/// table.
fn old() -> TestDatabase {
    let database = up_to(3);
    let digest = |byte: &str| {
        if database.is_postgres() {
            format!("'\\x{}'", byte.repeat(32))
        } else {
            format!("x'{}'", byte.repeat(32))
        }
    };
    let (one, two) = (digest("01"), digest("02"));
    database.execute(&format!(
        "INSERT INTO users VALUES ('usr_1', 'Ada@x', 'ada@x', 'Ada', 'hash', '2026-01-01 00:00:00');
         INSERT INTO projects VALUES ('prj_1', 'blog', 'Blog', 'words', '2026-01-02 00:00:00.000001'), ('prj_2', 'shop', 'Shop', '', '2026-01-03 00:00:00');
         INSERT INTO members VALUES ('prj_1', 'usr_1', 'owner', '2026-01-02 00:00:00'), ('prj_2', 'usr_1', 'viewer', '2026-01-03 00:00:00');
         INSERT INTO environments VALUES ('env_1', 'prj_1', 'dev', FALSE, '2026-01-02 00:00:00.000001'),
             ('env_2', 'prj_1', 'prod', TRUE, '2026-01-02 00:00:00.000002'), ('env_3', 'prj_2', 'dev', FALSE, '2026-01-03 00:00:00');
         INSERT INTO api_keys VALUES ('key_1', 'env_1', 'secret', 'a', 'a', 'sk_', {one}, NULL, '2026-01-04 00:00:00', 'usr_1', NULL, NULL),
             ('key_2', 'env_1', 'secret', 'a', 'a', 'sk_', {two}, NULL, '2026-01-04 00:00:00', 'usr_1', '2026-01-05 00:00:00', 'usr_1');
         INSERT INTO activity VALUES ('act_1', 'prj_1', '2026-01-04 00:00:00', 'key.created', 'key', 'key_1', 'a', 'a', 'sk_', '', 'env_1', 'dev',
             'usr_1', 'Ada', NULL, NULL)"
    ));
    database
}

const EVERYTHING: [&str; 6] = [
    "SELECT id || email || name AS value FROM users ORDER BY id",
    "SELECT id || slug || name || description || CAST(created_at AS TEXT) AS value FROM projects ORDER BY id",
    "SELECT project_id || user_id || role AS value FROM members ORDER BY project_id",
    "SELECT id || project_id || name || CASE WHEN protected THEN '!' ELSE '' END || CAST(created_at AS TEXT) AS value FROM environments ORDER BY id",
    "SELECT id || environment_id || name || CAST(created_at AS TEXT) AS value FROM api_keys ORDER BY id",
    "SELECT id || project_id || environment_id || subject_id AS value FROM activity ORDER BY id",
];

#[test]
fn projects_and_environments_that_could_not_be_deleted_yet_are_all_there() {
    let database = old();
    let before = EVERYTHING.map(|sql| database.query(sql));
    assert!(before.iter().all(|rows| !rows.is_empty()));
    let migrated = Process::run(&database, &["migrate"]);
    assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
    assert_eq!(EVERYTHING.map(|sql| database.query(sql)), before);
    assert_eq!(database.count("SELECT count(*) FROM environments WHERE deleted_at IS NOT NULL OR deleted_by IS NOT NULL"), 0);
    // The references hold, and so does what is unique: names of environments among the living only.
    if !database.is_postgres() {
        assert_eq!(
            database.query("SELECT \"table\" AS value FROM pragma_foreign_key_check"),
            [""; 0]
        );
        assert_eq!(
            database.query("SELECT name AS value FROM sqlite_master WHERE name LIKE 'migration%'"),
            [""; 0]
        );
        // One of the two keys lives.
        assert_eq!(
            database.query("SELECT environment_id || kind || living AS value FROM key_counts"),
            ["env_1secret1"]
        );
        assert_eq!(
            database.query("SELECT key_id AS value FROM verification_keys ORDER BY number"),
            ["key_1", "key_2"]
        );
    }
    let refused = |sql: &str| {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| database.execute(sql))).is_err()
    };
    assert!(refused("DELETE FROM environments WHERE id = 'env_1'"), "a key refers to it");
    assert!(refused("DELETE FROM projects WHERE id = 'prj_1'"), "an environment refers to it");
    assert!(refused("UPDATE environments SET name = 'dev' WHERE id = 'env_2'"));
    assert!(refused("UPDATE projects SET slug = 'blog' WHERE id = 'prj_2'"));
    database.execute(
        "UPDATE environments SET deleted_at = created_at WHERE id = 'env_1'; UPDATE environments SET name = 'dev' WHERE id = 'env_2'",
    );
    database.execute("UPDATE projects SET deleted_at = created_at WHERE id = 'prj_1'");
    assert!(refused("UPDATE projects SET slug = 'blog' WHERE id = 'prj_2'"));
}

#[test]
fn a_database_that_is_up_to_date_stays_as_it_is() {
    let database = old();
    assert!(Process::run(&database, &["migrate"]).status.success());
    let before = database.dump();
    assert!(Process::run(&database, &["migrate"]).status.success());
    assert_eq!(database.dump(), before);
}

#[test]
fn keys_that_were_called_before_stand_in_the_order_of_their_environment() {
    let database = old();
    migrate_to(&database, 13);
    database.execute(
        "INSERT INTO usage_latest (key_id, accepted_at) VALUES ('key_1', '2026-01-05 00:00:00'), ('key_9', '2026-01-06 00:00:00')",
    );
    assert!(Process::run(&database, &["migrate"]).status.success());
    let whose = "SELECT key_id || ':' || environment_id || ':' || kind AS value FROM usage_latest WHERE listed_at = accepted_at ORDER BY key_id";
    assert_eq!(database.query(whose), ["key_1:env_1:secret", "key_9::"]);
}

#[test]
fn policies_get_random_tags_and_a_former_binary_does_not_read_them() {
    let database = old();
    let migrate = || assert!(Process::run(&database, &["migrate"]).status.success());
    migrate();
    database.execute(if database.is_postgres() {
        include_str!("../migrations/postgres/2026-11-29-000021_policy_tags/down.sql")
    } else {
        include_str!("../migrations/sqlite/2026-11-29-000021_policy_tags/down.sql")
    });
    database.execute(
        "DELETE FROM __diesel_schema_migrations WHERE version = '20261129000021';
         INSERT INTO policies (environment_id, version, settings) VALUES ('env_1', 1, 'one'), ('env_2', 1, 'two')",
    );
    migrate();
    let settings =
        "SELECT environment_id || settings AS value FROM policies ORDER BY environment_id";
    assert_eq!(database.query(settings), ["env_1one", "env_2two"]);
    let tags = database.query("SELECT tag AS value FROM policies");
    let is_tag = |tag: &String| tag.len() == 32 && tag.bytes().all(|b| b.is_ascii_hexdigit());
    assert!(tags.iter().all(is_tag) && tags[0] != tags[1], "{tags:?}");
    let former =
        std::panic::AssertUnwindSafe(|| database.query("SELECT version AS value FROM policies"));
    assert!(std::panic::catch_unwind(former).is_err());
}

/// Others take no names in every language, or no masks of keys.
#[test]
fn on_postgresql_a_database_that_is_not_utf8_is_refused_before_anything_is_made() {
    let database = TestDatabase::new();
    if !database.is_postgres() {
        return;
    }
    for encoding in ["SQL_ASCII", "LATIN1"] {
        let (server, name) = database.url().rsplit_once('/').unwrap();
        let other = format!("{name}_{}", encoding.to_lowercase());
        database.execute(&format!(
            "CREATE DATABASE {other} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0"
        ));
        let url = format!("{server}/{other}");
        for command in [&["migrate"][..], &["serve", "--listen", "127.0.0.1:0"]] {
            let output =
                Process::run_bare(&database, &[command, &["--database-url", &url]].concat());
            let said = String::from_utf8(output.stderr).unwrap();
            let last = said.lines().last().unwrap();
            assert_eq!(output.status.code(), Some(1), "{said}");
            assert!(last.contains(&format!("its encoding is {encoding}")), "{said}");
            assert!(last.contains("ENCODING 'UTF8'"), "{said}");
        }
        let made = TestDatabase::at(url)
            .query("SELECT tablename AS value FROM pg_tables WHERE schemaname = 'public'");
        assert_eq!(made, [""; 0]);
        database.execute(&format!("DROP DATABASE {other} WITH (FORCE)"));
    }
}

#[test]
fn a_migration_that_fails_says_why_and_leaves_everything_as_it_was() {
    let database = old();
    migrate_to(&database, 13);
    database.execute(
        "INSERT INTO usage_latest (key_id, accepted_at) VALUES ('key_1', '2026-01-05 00:00:00')",
    );
    // SQLite takes back the whole transaction, as it does when the disk is full.
    database.execute(if database.is_postgres() {
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN RAISE EXCEPTION 'the disk is full'; END $$;
         CREATE TRIGGER fail BEFORE UPDATE ON usage_latest
             FOR EACH ROW EXECUTE FUNCTION fail()"
    } else {
        "CREATE TRIGGER fail BEFORE UPDATE ON usage_latest
             BEGIN SELECT RAISE(ROLLBACK, 'the disk is full'); END"
    });
    let before = database.dump();
    let output = Process::run(&database, &["migrate"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.contains("the migration failed: ") && said.contains("the disk is full"), "{said}");
    assert_eq!(database.dump(), before);
}

#[test]
fn before_its_schema_changes_an_sqlite_database_is_copied_and_the_newest_two_copies_stay() {
    let database = old();
    let Some(file) = database.file() else { return };
    let copy = |number: &str| file.with_file_name(format!("keyrack.db.before-{number}"));
    for number in ["2", "3", "1.db"] {
        std::fs::write(copy(number), "precious").unwrap();
    }
    std::fs::write(copy("4.partial"), "half of one").unwrap();
    let before = EVERYTHING.map(|sql| database.query(sql));
    for _ in 0..2 {
        assert!(Process::run(&database, &["migrate"]).status.success());
    }
    let there: Vec<_> = ["1.db", "2", "3", "4", "4.partial"].map(|n| copy(n).exists()).into();
    assert_eq!(there, [true, false, true, true, false]);
    let mode = std::fs::metadata(copy("4")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // As before the migration, and to be put back in its place.
    database.execute("DELETE FROM members");
    std::fs::copy(copy("4"), &file).unwrap();
    let versions = "SELECT count(*) FROM __diesel_schema_migrations";
    assert_eq!(database.count(versions), 3);
    assert_eq!(EVERYTHING.map(|sql| database.query(sql)), before);
    assert!(Process::run(&database, &["migrate"]).status.success());
    assert_eq!(EVERYTHING.map(|sql| database.query(sql)), before);
}

#[test]
fn a_copy_that_can_not_be_kept_ends_the_migration() {
    let database = old();
    let Some(file) = database.file() else { return };
    std::fs::create_dir(file.with_file_name("keyrack.db.before-4.partial")).unwrap();
    let before = database.dump();
    let output = Process::run(&database, &["migrate"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.contains("can't keep a copy of it as") && said.contains("before-4"), "{said}");
    assert_eq!(database.dump(), before);
}

#[test]
fn on_postgresql_a_migration_takes_the_time_that_it_takes() {
    let database = old();
    if !database.is_postgres() {
        return;
    }
    // Longer than any other statement may.
    database.execute(
        "CREATE FUNCTION slow_down() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(2.5); END $$;
         CREATE EVENT TRIGGER slow ON ddl_command_end WHEN TAG IN ('DROP INDEX') EXECUTE FUNCTION slow_down()",
    );
    let migrated = Process::run(&database, &["migrate"]);
    database.execute("DROP EVENT TRIGGER slow");
    assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
}

/// Takes a migration back, to bring the schema up to date again with other data in it.
fn take_back(database: &TestDatabase, version: &str, down: &str) {
    database.execute(down);
    database
        .execute(&format!("DELETE FROM __diesel_schema_migrations WHERE version = '{version}'"));
}

#[test]
fn of_projects_with_one_slug_the_living_one_keeps_it_and_each_name_knows_who_had_it_last() {
    let database = old();
    let migrate = || assert!(Process::run(&database, &["migrate"]).status.success());
    migrate();
    // The same on both.
    let down = include_str!("../migrations/sqlite/2026-11-29-000022_names/down.sql");
    take_back(&database, "20261129000022", down);
    let project = |id: &str, slug: &str, deleted: &str| {
        database.execute(&format!(
            "INSERT INTO projects (id, slug, name, description, created_at, deleted_at) VALUES ('{id}', '{slug}', '', '', '2026-01-01 00:00:00', {deleted})"
        ));
    };
    const THEN: &str = "'2026-02-01 00:00:00'";
    for (id, slug, deleted) in [
        ("prj_3", "blog", THEN),
        ("prj_4", "gone", THEN),
        ("prj_5", "gone", THEN),
        ("prj_6", "once", THEN),
    ] {
        project(id, slug, deleted);
    }
    // `qa` was two environments one after the other, and the first was `lab` before; `dev` is there
    // again; `prod` was called `live` before, and deleted ones had both that name and `test`.
    database.execute(&format!(
        "INSERT INTO environments (id, project_id, name, protected, created_at, deleted_at) VALUES
             ('env_4', 'prj_1', 'qa', TRUE, {THEN}, '2026-02-02 00:00:00'), ('env_5', 'prj_1', 'qa', FALSE, {THEN}, '2026-02-03 00:00:00'),
             ('env_6', 'prj_1', 'dev', FALSE, {THEN}, '2026-02-04 00:00:00'), ('env_7', 'prj_1', 'live', FALSE, {THEN}, '2026-02-05 00:00:00');
         INSERT INTO former_names VALUES ('prj_1', 'live', 'env_2'), ('prj_1', 'alive', 'env_2');
         INSERT INTO activity (id, project_id, at, action, subject_kind, subject_id, subject, subject_folded, mask,
             detail, environment_id, environment, actor_id, actor, address, session) VALUES ('act_2', 'prj_1', {THEN}, 'environment.renamed', 'environment', 'env_4', 'qa', 'qa', '', 'it was lab', 'env_4',
             'qa', 'usr_1', 'Ada', NULL, NULL)"
    ));
    migrate();
    assert_eq!(
        database.query("SELECT id || ' ' || slug AS value FROM projects ORDER BY id"),
        [
            "prj_1 blog",
            "prj_2 shop",
            "prj_3 blog_prj_3",
            "prj_4 gone_prj_4",
            "prj_5 gone",
            "prj_6 once"
        ]
    );
    assert_eq!(
        database
            .query("SELECT name || ' ' || environment_id AS value FROM former_names ORDER BY 1"),
        ["alive env_2", "lab env_4", "live env_2", "qa env_5"]
    );
    let on_rows = database.query(
        "SELECT id || ' ' || former_names AS value FROM environments WHERE former_names <> ''",
    );
    assert!(["env_2 alive live", "env_2 live alive"].contains(&on_rows[0].as_str()), "{on_rows:?}");
    assert_eq!(on_rows.len(), 1);
}
