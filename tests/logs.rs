//! The log: one line of JSON for each request, without anything that must stay secret.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::Value;

use crate::support::tenant::{add_key, settle};
use crate::support::{
    Anonymous, ApiClient, Guarded, PASSWORD, Process, Raw, SignedIn, TestDatabase, eventually,
    keyrack,
};

const DEV: &str = "/projects/my-blog/dev/api-keys";

/// The lines that tell of a request.
fn requests(log: &str) -> Vec<Value> {
    let lines = log.lines().filter(|line| line.starts_with('{'));
    lines
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|line| line["message"] == "request")
        .collect()
}

fn setup_token(process: &Process) -> String {
    let stderr = process.stderr.lock().unwrap().clone();
    stderr.split("/setup?token=").nth(1).unwrap().split_whitespace().next().unwrap().to_owned()
}

#[tokio::test]
async fn every_request_leaves_one_line_with_id_status_and_route() {
    let database = TestDatabase::new();
    let process = Process::serve(&database);
    let api = ApiClient::new(&process.origin);
    let expected = [
        ("GET", "/healthz", 200, "/healthz"),
        ("HEAD", "/readyz", 200, "/readyz"),
        ("GET", "/v1/verify/my-blog/dev", 401, "/v1/verify/{project}/{environment}"),
        ("POST", "/v1/verify/my-blog/dev?draft=1", 401, "/v1/verify/{project}/{environment}"),
        ("POST", "/v1/verify/a/b/c", 404, "/v1/verify/{project}/{environment}"),
        ("GET", "/v1/key/my-blog/dev", 401, "/v1/key/{project}/{environment}"),
        (
            "A-METHOD-THAT-SOMEBODY-MADE-UP",
            "/v1/verify/my-blog/dev",
            401,
            "/v1/verify/{project}/{environment}",
        ),
        ("PUT", "/v1/key/my-blog/dev", 405, "/v1/key/{project}/{environment}"),
        ("GET", "/projects", 403, "/projects"),
        ("GET", "/setup?token=nonsense", 403, "/setup"),
        (
            "GET",
            "/projects/my-blog/dev/api-keys",
            403,
            "/projects/{project}/{environment}/api-keys",
        ),
    ];
    for (method, path, status, _) in expected {
        let page = api.call(Method::from_bytes(method.as_bytes()).unwrap(), path, &[]).await;
        assert_eq!(page.status, status, "{method} {path}");
    }
    eventually(|| requests(&process.stderr.lock().unwrap()).len() >= expected.len()).await;
    let log = process.stderr.lock().unwrap().clone();
    let lines = requests(&log);
    assert_eq!(lines.len(), expected.len(), "{log}");
    let mut ids = std::collections::HashSet::new();
    for (line, (method, path, status, route)) in lines.iter().zip(expected) {
        assert_eq!(
            (line["method"].as_str(), line["status"].as_u64(), line["route"].as_str()),
            (
                Some(if method.len() > 16 { "-" } else { method }),
                Some(u64::from(status)),
                Some(route)
            ),
            "{path}: {line}"
        );
        assert_eq!(line["client"], "127.0.0.1", "{line}");
        assert!(
            line["micros"].is_u64() && line["timestamp"].as_str().unwrap().ends_with('Z'),
            "{line}"
        );
        assert!(ids.insert(line["request_id"].as_str().unwrap().to_owned()), "ids are unique");
    }
    assert!(!log.contains("draft=1") && !log.contains("nonsense"), "addresses are not in the log");
}

#[tokio::test]
async fn no_key_password_or_token_is_ever_in_it() {
    let database = TestDatabase::new();
    let mut command = crate::support::keyrack(database.folder.path());
    command
        .args(["--listen", "127.0.0.1:0", "--database-url", database.url()])
        .env("KEYRACK_LOG", "trace");
    let process = Process::spawn(command);
    let token = setup_token(&process);
    let browser = Anonymous::new(&process.origin);
    let canary = "canary-password-4711";
    browser.get(&format!("/setup?token={token}")).await.expect(200);
    let bad = [
        ("token", token.as_str()),
        ("name", ""),
        ("email", "ada@example.com"),
        ("password", canary),
        ("project", "My Blog"),
    ];
    browser.post("/setup", &bad).await.expect(422);
    let fields = [bad[0], ("name", "Ada"), bad[2], ("password", PASSWORD), bad[4]];
    browser.post("/setup", &fields).await.expect(303);
    browser.get(&format!("/setup?token={token}")).await.expect(403);
    let ada = SignedIn::already(browser).await;
    Anonymous::new(&process.origin)
        .post("/sign-in", &[("email", "ada@example.com"), ("password", canary)])
        .await
        .expect(422);
    SignedIn::new(Anonymous::new(&process.origin), "ada@example.com", PASSWORD).await;

    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    let form = ada.form_token(DEV, "secret").await;
    ada.post(DEV, &[("token", &form), ("kind", "secret"), ("name", &key)]).await.expect(422);
    let api = ApiClient::new(&process.origin);
    let value: (&str, &[u8]) = ("X-API-Key", key.as_bytes());
    for path in [
        "/v1/verify/my-blog/dev".to_owned(),
        "/v1/key/my-blog/dev".to_owned(),
        format!("/v1/verify/my-blog/dev?key={key}"),
        format!("/v1/{key}"),
        format!("/{key}"),
        format!("{DEV}?q={key}"),
    ] {
        api.call(Method::GET, &path, &[value]).await;
        api.call(
            Method::GET,
            &path,
            &[("Authorization", format!("Bearer {key}").as_bytes()), ("Referer", key.as_bytes())],
        )
        .await;
    }
    ada.post(&format!("{DEV}/search"), &[("q", &key)]).await.expect(303);
    ada.delete_key(DEV, &id, &key).await.expect(422);
    ada.delete_key(DEV, &id, "server-key").await.expect(303);
    api.call(Method::GET, "/v1/verify/my-blog/dev", &[value]).await;
    let added = Process::run(
        &database,
        &[
            "key",
            "add",
            "--project",
            "my-blog",
            "--environment",
            "dev",
            "--kind",
            "secret",
            "--name",
            "ci",
        ],
    );
    let added_key = String::from_utf8(added.stdout).unwrap().trim().to_owned();
    api.call(Method::GET, "/v1/verify/my-blog/dev", &[("X-API-Key", added_key.as_bytes())]).await;
    ada.get("/last").await.expect(404);
    eventually(|| {
        requests(&process.stderr.lock().unwrap()).len() > 20
            && process.stderr.lock().unwrap().contains("\"status\":404")
    })
    .await;

    let log = process.stderr.lock().unwrap().replacen(
        &format!("/setup?token={token}"),
        "printed for the terminal",
        1,
    );
    for secret in [token.as_str(), PASSWORD, canary, &key, &key[3..], &added_key[3..], &ada.csrf] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    for line in log.lines().filter(|line| line.contains("/setup")) {
        assert!(!line.contains("token="), "{line}");
    }
    assert!(String::from_utf8_lossy(&added.stderr).is_empty());
}

/// Each case has its own process, because there is only one warning a minute.
#[tokio::test]
async fn a_key_in_the_address_of_a_verification_reaches_no_log_no_answer_and_no_table() {
    let database = TestDatabase::new();
    settle(&database);
    let key = add_key(&database, "server-key");
    let digits = &key[3..];
    for (asked, told) in [
        (format!("{key}/dev"), "…/dev"),
        (format!("my-blog/{key}"), "my-blog/…"),
        (format!("my-blog/{digits}"), "my-blog/…"),
        (format!("{}/dev", &key[..40]), "…/dev"),
        (format!("my-blog/{}", &digits[..48]), "my-blog/…"),
        (format!("{}/dev", &digits[..32]), "…/dev"),
        (format!("{}/dev", key.to_uppercase()), "…/dev"),
        (format!("my-blog%2f{key}/dev"), "…/dev"),
        ("no-blog/dev".to_owned(), "no-blog/dev"),
    ] {
        let process = Process::serve_with(&database, &["--trusted-proxy", "127.0.0.1"]);
        let headers = [("X-API-Key", key.as_bytes())];
        let call = |path: String| {
            let api = ApiClient::new(&process.origin);
            async move { api.call(Method::GET, &path, &headers).await }
        };
        for endpoint in ["verify", "key"] {
            let page = call(format!("/v1/{endpoint}/{asked}")).await.expect(403);
            let message = page.json()["message"].as_str().unwrap().to_owned();
            assert!(message.ends_with(&format!("the gateway asks for {told}.")), "{message}");
        }
        for path in [format!("/v1/verify/{asked}/x"), format!("/v1/{key}"), format!("/{key}")] {
            let answer = call(path.clone()).await;
            assert!(!answer.body.contains(&digits[..16]), "{path}: {}", answer.body);
        }
        eventually(|| requests(&process.stderr.lock().unwrap()).len() == 5).await;
        let log = process.stderr.lock().unwrap().to_lowercase();
        assert!(log.contains(&format!("\"asked\":\"{told}\"")), "{log}");
        assert!(!log.contains(&digits[..16]), "{log}");
    }
    let kept = database.query("SELECT asked AS value FROM gateways_seen");
    assert!(kept.iter().all(|asked| !asked.contains(&digits[..16])), "{kept:?}");
}

#[tokio::test]
async fn the_log_stays_json_whatever_is_sent() {
    let database = TestDatabase::new();
    let process = Process::serve(&database);
    let evil = "GET /%0d%0a%7b%22message%22:%22forged%22%7d HTTP/1.1\r\nX-Forwarded-For: [31m1.2.3.4\r\nUser-Agent: {\"message\":\"forged\"}";
    crate::support::raw::send(&process.origin, evil.as_bytes(), b"").await;
    eventually(|| !requests(&process.stderr.lock().unwrap()).is_empty()).await;
    let log = process.stderr.lock().unwrap().clone();
    assert!(!log.contains("forged") && !log.contains('\u{1b}'), "{log}");
    let plain: Vec<_> =
        log.lines().filter(|line| !line.starts_with('{')).filter(|line| !line.is_empty()).collect();
    assert_eq!(plain.len(), 2, "only the setup link stands there for people: {plain:?}");
}

/// What a first start says until it listens, on a terminal (script(1) makes one).
fn first_start_on_a_terminal(format: &str) -> Vec<String> {
    let database = TestDatabase::new();
    let mut command = Command::new("script");
    let serve = "exec \"$BINARY\" serve --listen 127.0.0.1:0 --database-url \"$URL\"";
    command.args(["-qefc", serve, "/dev/null"]).env_clear().env("SHELL", "/bin/sh");
    command.env("BINARY", keyrack(database.folder.path()).get_program());
    command.env("URL", database.url()).env("KEYRACK_LOG_FORMAT", format);
    let mut child = Guarded(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap());
    let mut said = Vec::new();
    for line in BufReader::new(child.0.stdout.take().unwrap()).lines() {
        said.push(line.unwrap());
        if said.last().unwrap().contains("listening") {
            break;
        }
    }
    said
}

#[test]
fn on_a_terminal_the_first_start_is_short_and_readable_and_json_for_who_wants_it() {
    let text = first_start_on_a_terminal("");
    assert!(text.iter().any(|line| line.contains("/setup?token=")), "{text:?}");
    assert!(text.last().unwrap().contains("INFO listening address=127.0.0.1:"), "{text:?}");
    assert!(text.len() <= 8 && !text.iter().any(|line| line.contains('{')), "{text:?}");
    let json = first_start_on_a_terminal("json");
    let last: Value = serde_json::from_str(json.last().unwrap().trim()).unwrap();
    assert_eq!(last["message"], "listening");
}

#[tokio::test]
async fn in_a_text_no_value_looks_like_a_line_of_its_own() {
    let database = TestDatabase::migrated();
    let mut command = keyrack(database.folder.path());
    command.args(["serve", "--listen", "127.0.0.1:0", "--database-url", database.url()]);
    // Requests that can't be parsed are logged only at this level.
    command.env("KEYRACK_LOG_FORMAT", "text").env("KEYRACK_LOG", "debug");
    let mut child = Guarded(command.stderr(Stdio::piped()).spawn().unwrap());
    let mut log = BufReader::new(child.0.stderr.take().unwrap()).lines().map(Result::unwrap);
    let listening = log.find(|line| line.contains("INFO listening")).unwrap();
    let origin = format!("http://{}", listening.rsplit_once('=').unwrap().1);
    let evil = "GET /healthz HTTP/1.1\r\nHost: keyrack\r\nUser-Agent: \u{1b}[31mred\tx";
    crate::support::raw::send(&origin, evil.as_bytes(), b"").await;
    let line = log.find(|line| line.contains("stream error")).unwrap();
    assert!(!line.contains(char::is_control), "{line:?}");
    assert!(!line.starts_with('{'), "{line}");
}

#[tokio::test]
async fn a_log_that_nobody_reads_keeps_nobody_waiting_and_its_gaps_are_told() {
    let database = TestDatabase::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let mut command = keyrack(database.folder.path());
    command.args(["serve", "--listen", &address.to_string(), "--database-url", database.url()]);
    let mut child = Guarded(command.stderr(Stdio::piped()).spawn().unwrap());
    let begun = Instant::now();
    let mut stream = loop {
        match std::net::TcpStream::connect(address) {
            Ok(stream) => break stream,
            Err(_) => assert!(begun.elapsed() < Duration::from_secs(20), "it does not listen"),
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    // Many more lines than a pipe holds, and than Keyrack keeps.
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let (many, wave) = (12_000, 100);
    let requests = "GET /healthz HTTP/1.1\r\nHost: keyrack\r\n\r\n".repeat(wave);
    let mut buffer = vec![0; 64 * 1024];
    for _ in 0..many / wave {
        stream.write_all(requests.as_bytes()).unwrap();
        let mut answers = String::new();
        while answers.matches("HTTP/1.1 200").count() < wave {
            let n = stream.read(&mut buffer).expect("an answer, though nobody reads the log");
            answers.push_str(std::str::from_utf8(&buffer[..n]).unwrap());
        }
    }
    // Somebody reads again.
    let stderr = BufReader::new(child.0.stderr.take().unwrap());
    let (lines, read) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        stderr.lines().map_while(Result::ok).try_for_each(|line| lines.send(line))
    });
    let (mut told, mut lost) = (0, 0);
    while told + lost < many as u64 {
        let line = read
            .recv_timeout(Duration::from_secs(20))
            .unwrap_or_else(|_| panic!("{told} lines, {lost} lost, and no more"));
        let Ok(line) = serde_json::from_str::<Value>(&line) else { continue }; // the setup link
        told += u64::from(line["message"] == "request");
        lost += line["lines"].as_u64().unwrap_or(0);
    }
    assert!(told > 5000 && lost > 0 && told + lost == many as u64, "{told} lines, {lost} lost");
}

/// Such requests come by the thousand from unknown places, and nothing can be done about them.
#[tokio::test]
async fn what_strangers_send_is_no_error_of_ours() {
    let database = TestDatabase::migrated();
    settle(&database);
    let process = Process::serve(&database);
    let chunked = "POST /sign-in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n";
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let requests: Vec<Vec<u8>> = vec![
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
        b"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n".to_vec(),
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n".to_vec(),
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab".to_vec(),
        format!("{chunked}{form}\r\nzz\r\nemail=a\r\n0\r\n\r\n").into_bytes(),
        format!("{chunked}Content-Length: 5\r\n\r\n0\r\n\r\n").into_bytes(),
        format!("{chunked}Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n").into_bytes(),
        format!("GET / HTTP/1.1\r\n{}\r\n", "X-Many: 1\r\n".repeat(200)).into_bytes(),
    ];
    let patience = Duration::from_secs(2);
    for request in &requests {
        let mut raw = Raw::open(&process.origin).await;
        raw.send(request).await;
        raw.until_closed(b"", patience, patience).await;
    }
    ApiClient::new(&process.origin).call(Method::GET, "/healthz", &[]).await.expect(200);
    eventually(|| process.log().contains("/healthz")).await;
    let log = process.log();
    assert!(!log.contains("\"level\":\"ERROR\"") && !log.contains("stream error"), "{log}");
}
