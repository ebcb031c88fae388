//! The migration from the schema in which a key was good for every API and a digest was unique in
//! the instance, to the one in which they belong to an environment and its project.

use std::collections::BTreeMap;

use keyrack::domain::api_keys::{Kind, SecretKey};
use keyrack::domain::os_rng;

use super::up_to;
use crate::support::{Process, Server, TestDatabase, Verified};

/// The last migration of the Keyrack before.
const BEFORE: u32 = 19;
const PAST: &str = "'2026-02-01 00:00:00.000001'";
const FUTURE: &str = "'2999-01-01 00:00:00'";

fn id(prefix: &str, number: u32) -> String {
    format!("{prefix}_{number:032x}")
}

fn bytes(database: &TestDatabase, bytes: &[u8]) -> String {
    let hex = bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    if database.is_postgres() { format!("'\\x{hex}'") } else { format!("x'{hex}'") }
}

/// Ada's `blog`, with an environment that was `live` before, one that is deleted, and rules; Bob's
/// `shop`; and what else stands in the tables.
fn people_and_projects(database: &TestDatabase) {
    let (ada, bob, blog, shop) = (id("usr", 1), id("usr", 2), id("prj", 1), id("prj", 2));
    let [dev, prod, old, theirs] = [1, 2, 3, 4].map(|number| id("env", number));
    let digest = bytes(database, &[7; 32]);
    let rules = r#"{"tokens":null,"rules":{"base_path":"/v1/data","rights":{"admin":["list"],"guest":["list"]},"origins":["https://app.example.com"],"refuse_secret_keys_from_browsers":true}}"#;
    database.execute(&format!(
        "INSERT INTO settings VALUES ('mine', {digest});
         INSERT INTO users VALUES ('{ada}', 'Ada@x', 'ada@x', 'Ada', 'hash', {PAST}, 3), ('{bob}', 'bob@x', 'bob@x', 'Bob', 'hash', {PAST}, 0);
         INSERT INTO two_step VALUES ('{ada}', {digest}, 5, {PAST});
         INSERT INTO recovery_codes VALUES ('{ada}', 'one'), ('{ada}', 'two');
         INSERT INTO pending_sign_ins VALUES ({digest}, '{ada}', 3, {FUTURE});
         INSERT INTO sign_in_failures VALUES ({digest}, {digest}, {digest}, {PAST});
         INSERT INTO sessions VALUES ({digest}, '{ada}', '{{}}', {PAST}, {PAST}, '', 'Firefox', '10.0.0.1');
         INSERT INTO projects VALUES ('{blog}', 'blog', 'Blog', 'words', {PAST}, NULL, NULL, 90, FALSE), ('{shop}', 'shop', 'Shop', '', {PAST}, NULL, NULL, NULL, TRUE);
         INSERT INTO members VALUES ('{blog}', '{ada}', 'owner', {PAST}), ('{shop}', '{bob}', 'owner', {PAST}), ('{shop}', '{ada}', 'viewer', {PAST});
         INSERT INTO environments VALUES ('{dev}', '{blog}', 'dev', FALSE, {PAST}, NULL, NULL), ('{prod}', '{blog}', 'prod', TRUE, {PAST}, NULL, NULL),
             ('{old}', '{blog}', 'old', TRUE, {PAST}, {PAST}, '{ada}'), ('{theirs}', '{shop}', 'dev', FALSE, {PAST}, NULL, NULL);
         INSERT INTO former_names VALUES ('{blog}', 'live', '{prod}');
         INSERT INTO invitations VALUES ('inv_1', {digest}, '{blog}', 'Blog', 'Cleo@x', 'cleo@x', 'member', {PAST}, '{ada}', {FUTURE}, 'sent', NULL, NULL, NULL);
         INSERT INTO policies VALUES ('{dev}', 4, '{rules}');
         INSERT INTO activity VALUES ('act_1', '{blog}', {PAST}, 'key.created', 'key', 'key_1', 'web', 'web', 'pk_', '', '{dev}', 'dev', '{ada}', 'Ada', '10.0.0.1', NULL);
         INSERT INTO usage_hours VALUES ('key_1', '2026-02-01 01:00:00', 5, 2);
         INSERT INTO usage_places VALUES ('key_1', '2026-02-01 00:00:00', 'address', '10.0.0.1', 5, 2);
         INSERT INTO usage_values VALUES ({digest}, '2026-02-01 01:00:00', 5, 2);
         INSERT INTO usage_value_places VALUES ({digest}, 'address', '10.0.0.1', 5, 2, {PAST})"
    ));
}

/// A key that hangs in the old schema.
struct Old<'a> {
    database: &'a TestDatabase,
    made: u32,
}

impl Old<'_> {
    /// Adds a key with more in its columns than all keys have; gives its id and its text.
    fn key(&mut self, environment: u32, kind: Kind, more: &str) -> (String, String) {
        self.made += 1;
        let (key, secret) = (id("key", self.made), SecretKey::generate(kind, &mut os_rng()));
        let digest = bytes(self.database, secret.digest().bytes());
        let (kind, mask) = (kind.as_str(), secret.mask());
        let (environment, ada) = (id("env", environment), id("usr", 1));
        self.database.execute(&format!(
            "INSERT INTO api_keys (id, environment_id, kind, name, name_folded, mask, digest, form_token, created_at, created_by)
                 VALUES ('{key}', '{environment}', '{kind}', 'Key {made}', 'key {made}', '{mask}', {digest}, 'token-{made}', {PAST}, '{ada}');
             INSERT INTO key_terms VALUES ('{environment}', 'key', '{key}');
             INSERT INTO usage_latest (key_id, accepted_at) VALUES ('{key}', {PAST})",
            made = self.made
        ));
        if !more.is_empty() {
            self.database.execute(&format!("UPDATE api_keys SET {more} WHERE id = '{key}'"));
        }
        (key, secret.expose().to_owned())
    }

    /// A value that a key had before.
    fn former(&mut self, key: &str, kind: Kind, valid_until: &str, ended_at: &str) -> String {
        self.made += 1;
        let secret = SecretKey::generate(kind, &mut os_rng());
        let digest = bytes(self.database, secret.digest().bytes());
        self.database.execute(&format!(
            "INSERT INTO rotated_secrets VALUES ({digest}, '{key}', '{}', 'token-{}', {PAST}, {valid_until}, {ended_at})",
            secret.mask(),
            self.made
        ));
        secret.expose().to_owned()
    }
}

#[tokio::test]
async fn what_was_there_before_the_boundary_is_all_there_and_keys_are_good_where_they_hang() {
    let database = up_to(BEFORE);
    people_and_projects(&database);
    let mut old = Old { database: &database, made: 0 };
    let admin = || Verified::Good("admin".to_owned());
    let refused = |status, error: &str| Verified::Refused(status, error.to_owned());
    let (publishable, secret) = (Kind::Publishable, Kind::Secret);
    let (rotated, current) = old.key(1, secret, &format!("overlap_until = {FUTURE}"));
    let full = old.key(1, secret, "note = 'words', rate_limit = 5, rate_burst = 10, leaked_at = created_at, expiry_told = 7").1;
    let keys = [
        ("blog/dev", old.key(1, secret, "").1, admin()),
        ("blog/dev", old.key(1, publishable, "").1, Verified::Good("guest".to_owned())),
        ("blog/dev", full, admin()),
        ("blog/dev", current, admin()),
        ("blog/dev", old.former(&rotated, secret, FUTURE, "NULL"), admin()),
        ("blog/dev", old.former(&rotated, secret, FUTURE, PAST), refused(401, "TOKEN_REVOKED")),
        ("blog/dev", old.former(&rotated, secret, PAST, "NULL"), refused(401, "TOKEN_REVOKED")),
        ("blog/dev", old.key(1, secret, "paused_at = created_at").1, refused(401, "TOKEN_PAUSED")),
        (
            "blog/dev",
            old.key(1, secret, &format!("expires_at = {PAST}")).1,
            refused(401, "TOKEN_EXPIRED"),
        ),
        (
            "blog/dev",
            old.key(1, secret, &format!("expires_at = {FUTURE}, expired_at = {PAST}")).1,
            refused(401, "TOKEN_EXPIRED"),
        ),
        (
            "blog/dev",
            old.key(1, secret, "deleted_at = created_at, deleted_by = created_by").1,
            refused(401, "TOKEN_REVOKED"),
        ),
        (
            "blog/dev",
            old.key(1, secret, "scopes = 'posts:create'").1,
            refused(403, "SCOPE_INSUFFICIENT"),
        ),
        (
            "blog/dev",
            old.key(1, secret, "address_ranges = '192.0.2.0/24'").1,
            refused(403, "PERMISSION_DENIED"),
        ),
        ("blog/prod", old.key(2, secret, "").1, admin()),
        (
            "blog/old",
            old.key(3, secret, "deleted_at = created_at").1,
            refused(401, "TOKEN_REVOKED"),
        ),
        ("shop/dev", old.key(4, secret, "").1, admin()),
    ];
    let mut columns = database.columns_of_tables();
    // What is made anew, under another name; and what ended with the first user.
    columns.remove("verifiable_keys");
    columns.remove("setup_tokens");
    columns.get_mut("policies").unwrap().retain(|column| column != "version");
    let before: BTreeMap<_, _> =
        columns.iter().map(|(table, columns)| (table, database.rows(table, columns))).collect();
    for (table, rows) in &before {
        assert!(!rows.is_empty(), "nothing in {table}");
    }

    let migrated = Process::run(&database, &["migrate"]);
    assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
    for (table, before) in before {
        let after = database.rows(table, &columns[table]);
        if table == "former_names" {
            // With the names of deleted environments.
            assert!(after.len() == 2 && after.contains(&before[0]), "{after:?}");
        } else {
            assert_eq!(after, before, "{table}");
        }
    }

    let server = Server::start_on(database, &[]).await;
    let api = server.api();
    let asked = ["blog/dev", "blog/prod", "blog/live", "blog/old", "shop/dev"];
    for (number, (address, key, verified)) in keys.iter().enumerate() {
        assert_eq!(api.verify_for(address, key).await, *verified, "{number} at {address}");
        for other in asked.into_iter().filter(|other| other != address) {
            let answer = api.verify_for(other, key).await;
            // What was `live` is `prod`.
            let here = (*address, other) == ("blog/prod", "blog/live");
            let expected = match other {
                _ if here => admin(),
                // Deleted: it takes no keys of others, and says so.
                "blog/old" => refused(403, "ENVIRONMENT_NOT_FOUND"),
                _ => refused(401, "INVALID_TOKEN"),
            };
            assert_eq!(answer, expected, "{number} of {address} at {other}");
        }
    }
    let origin: &[(&str, &[u8])] = &[("Origin", b"https://other.example.com")];
    let elsewhere = api.ask_for("blog/dev", &keys[1].1, origin).await.expect(403);
    assert_eq!(elsewhere.json()["error"], "ORIGIN_NOT_ALLOWED", "the rules are there");

    // A digest is one of its project.
    let again = |number: u32, project: u32, environment: u32| {
        let (key, project, environment) =
            (id("key", 100 + number), id("prj", project), id("env", environment));
        let insert = format!(
            "INSERT INTO api_keys (id, environment_id, project_id, kind, name, name_folded, mask, digest, created_at)
                 SELECT '{key}', '{environment}', '{project}', kind, '{key}', '{key}', mask, digest, created_at
                 FROM api_keys WHERE id = '{}'",
            id("key", 1)
        );
        let insert = std::panic::AssertUnwindSafe(|| server.database.execute(&insert));
        std::panic::catch_unwind(insert).is_ok()
    };
    assert!(!again(1, 1, 1) && !again(2, 1, 2), "the project has it");
    assert!(again(3, 2, 4), "another project");
}
