//! Damaged keys: each is refused by itself, and the other keys of its batch are answered as usual.

use std::sync::Arc;

use futures_util::future::join_all;
use keyrack::db::Error;
use keyrack::domain::verification::{Answer, Question, look_up};
use keyrack::model::AskedFor;
use reqwest::Method;

use super::DEV;
use crate::support::tenant::{ada, settle};
use crate::support::{ApiClient, Process, Server, TestDatabase, eventually};

/// The columns that are read for every call, each with what can't be read in it.
const DAMAGES: [(&str, &str); 11] = [
    ("kind", "'odd'"),
    ("scopes", "'odd'"),
    ("address_ranges", "'odd'"),
    ("rate_limit", "-1"),
    ("rate_burst", "-1"),
    ("deleted_at", "'infinity'"),
    ("expires_at", "'infinity'"),
    ("expired_at", "'infinity'"),
    ("paused_at", "'infinity'"),
    ("overlap_until", "'infinity'"),
    ("seen_in_browser_at", "'infinity'"),
];

fn damage(database: &TestDatabase, column: &str, value: &str, id: &str) {
    let update = format!("UPDATE api_keys SET {column} = {value} WHERE id = '{id}'");
    database.execute(&if database.is_postgres() {
        format!("ALTER TABLE api_keys DROP CONSTRAINT IF EXISTS api_keys_kind_check; {update}")
    } else {
        format!("PRAGMA ignore_check_constraints = ON; {update}")
    });
}

/// Adds 512 keys; gives their ids and digests, in the order of the digests.
fn add_a_batch(database: &TestDatabase) -> Vec<(String, [u8; 32])> {
    let (numbers, digest, hex) = if database.is_postgres() {
        (
            "(SELECT n FROM generate_series(1, 512) AS n)",
            "sha256(('key ' || n)::bytea)",
            "encode(digest, 'hex')",
        )
    } else {
        let numbers = "(WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL \
                       SELECT n + 1 FROM numbers WHERE n < 512) SELECT n FROM numbers)";
        (numbers, "randomblob(32)", "lower(hex(digest))")
    };
    database.execute(&format!(
        "INSERT INTO api_keys (id, environment_id, project_id, kind, name, name_folded, mask, \
             digest, created_at) \
         SELECT 'key_' || substr('00000000000000000000000000000000' || n, length(n || '') + 1), \
             id, project_id, 'secret', 'key ' || n, 'key ' || n, 'sk_', {digest}, created_at \
         FROM environments, {numbers} AS numbers WHERE name = 'dev'"
    ));
    let rows =
        database.query(&format!("SELECT id || {hex} AS value FROM api_keys ORDER BY digest"));
    let row = |row: String| {
        let (id, digest) = row.split_at(36);
        (id.to_owned(), hex::decode(digest).unwrap().try_into().unwrap())
    };
    rows.into_iter().map(row).collect()
}

#[tokio::test]
async fn of_a_batch_of_512_only_the_damaged_are_refused_whichever_column_it_is() {
    let server = Server::start().await;
    let ada = server.user("Ada", "ada@example.com");
    server.project("My Blog", &ada);
    let keys = add_a_batch(&server.database);
    assert_eq!(keys.len(), 512);
    let asked = Arc::new(AskedFor::parse("my-blog", "dev").unwrap());
    let questions: Vec<Question> =
        keys.iter().map(|(_, digest)| Question { asked: asked.clone(), digest: *digest }).collect();
    let mut damaged = Vec::new();
    for ((column, value), (id, _)) in DAMAGES.iter().zip(&keys) {
        damage(&server.database, column, value, id);
        damaged.push(id.as_str());
        let look_up = |c: &mut _| look_up(c, &questions);
        let answers = server.db.read_blocking::<_, Error>(look_up).unwrap();
        let refused = answers.iter().zip(&keys).filter_map(|(answer, (id, digest))| {
            let Answer::Here { found, .. } = answer else { panic!("{column}: {answer:?}") };
            match found {
                Ok(found) => {
                    assert_eq!((found.key.id.as_str(), found.digest), (id.as_str(), *digest));
                    found.key.narrowed.clone().read().is_none().then_some(id.as_str())
                }
                Err(damaged) => {
                    assert_eq!(damaged.0.as_str(), id);
                    Some(id.as_str())
                }
            }
        });
        assert_eq!(refused.collect::<Vec<_>>(), damaged, "{column}");
    }
}

#[tokio::test]
async fn a_key_whose_kind_cannot_be_read_is_503_where_it_is_good_and_nothing_new_elsewhere() {
    let database = TestDatabase::new();
    settle(&database);
    let process = Process::serve(&database);
    let ada = ada(&process.origin).await;
    ada.post("/projects", &[("name", "Shop"), ("slug", ""), ("description", "")]).await.expect(303);
    let (good, _) = ada.create_key(DEV, "secret", "good").await;
    let (damaged, id) = ada.create_key(DEV, "secret", "damaged").await;
    damage(&database, "kind", "'odd'", &id);
    let api = ApiClient::new(&process.origin);
    let ask = |endpoint: &str, asked: &str, key: &str| {
        let (api, path, key) = (api.clone(), format!("/v1/{endpoint}/{asked}"), key.to_owned());
        async move { api.call(Method::GET, &path, &[("X-API-Key", key.as_bytes())]).await }
    };
    for endpoint in ["verify", "key"] {
        let keys = [&good, &damaged].into_iter().cycle().take(200);
        for (key, page) in
            keys.clone().zip(join_all(keys.map(|key| ask(endpoint, "my-blog/dev", key))).await)
        {
            if *key == good {
                page.expect(200);
                continue;
            }
            let page = page.expect(503);
            assert_eq!(page.json()["error"], "UNAVAILABLE");
            assert_eq!(page.header("retry-after"), Some("1"));
        }
        let page = ask(endpoint, "my-blog/prod", &damaged).await.expect(401);
        assert_eq!(page.json()["message"], "This is a key of dev; this API takes keys of prod.");
        let page = ask(endpoint, "shop/dev", &damaged).await.expect(401);
        assert_eq!(page.json()["message"], "This API key is unknown.");
    }
    let told = || {
        let log = process.stderr.lock().unwrap().clone();
        let mut lines = log.lines().filter(|line| line.contains("\"ERROR\""));
        lines.any(|line| line.contains(&id) && !line.contains(&damaged[3..]))
    };
    eventually(told).await;
}
