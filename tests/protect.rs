//! *Protect your API*: the files that it writes are run as they are, by real gateways and real code.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use reqwest::StatusCode;

use crate::support::gateway::{self, Gateway};
use crate::support::{Echo, Guarded, Page, Server, SignedIn};

const PROTECT: &str = "/projects/my-blog/dev/protect";
const DEV: &str = "/projects/my-blog/dev/api-keys";

async fn page(ada: &SignedIn, query: &[(&str, &str)]) -> Page {
    let query: String =
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    ada.get(&format!("{PROTECT}?{query}")).await
}

/// The files of the page, with names.
fn files(page: &Page) -> Vec<(String, String)> {
    let names = page.texts(".codebox:has(code[id^=file-]) .row > span:first-child");
    let texts = (1..=names.len()).map(|number| page.raw_text(&format!("#file-{number}")));
    names.into_iter().zip(texts).collect()
}

#[tokio::test]
async fn each_gateway_runs_the_files_of_the_page_as_they_are() {
    let server = Server::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    let ada = server.ada().await;
    let (secret, _) = ada.create_key(DEV, "secret", "server-key").await;
    let prod = "/projects/my-blog/prod/api-keys";
    let (other, _) = ada.create_key(prod, "secret", "other").await;
    let echo = Echo::start();
    let keyrack = server.origin.strip_prefix("http://").unwrap();
    for kind in gateway::ALL {
        let api = echo.address.to_string();
        let page = page(&ada, &[("front", kind.name), ("keyrack", keyrack), ("api", &api)]).await;
        let page = page.expect(200);
        let files = files(&page);
        let Some(gateway) = Gateway::start_files(kind, files).await else { continue };
        let client = reqwest::Client::new();
        let call = async |key: &str| {
            let request = client.get(format!("{}/v1/data/posts", gateway.origin));
            request.header("X-API-Key", key).send().await.unwrap().status()
        };
        assert_eq!(call(&secret).await, StatusCode::OK, "{}: {}", kind.name, gateway.log());
        assert_eq!(call(&other).await, StatusCode::UNAUTHORIZED, "{}", kind.name);
        assert_eq!(call("sk_not-a-key").await, StatusCode::UNAUTHORIZED, "{}", kind.name);
    }
}

/// A small API in Python or Node that asks with the file of the page, and prints its port.
fn start_code(folder: &std::path::Path, front: &str) -> (Guarded, u16) {
    let (program, file, text) = match front {
        "python" => (
            "python3",
            "api.py",
            "import http.server, json, keyrack\n\
             class Api(http.server.BaseHTTPRequestHandler):\n\
             \x20   def do_GET(self):\n\
             \x20       try:\n\
             \x20           caller = keyrack.identify(self.command, self.path, self.headers, self.headers['X-Client'])\n\
             \x20           status, body = 200, json.dumps(caller).encode()\n\
             \x20       except keyrack.Refused as refused:\n\
             \x20           status, body = refused.status, refused.body\n\
             \x20       self.send_response(status)\n\
             \x20       self.end_headers()\n\
             \x20       self.wfile.write(body)\n\
             \x20   def log_message(self, *_): pass\n\
             server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Api)\n\
             print(server.server_port, flush=True)\n\
             server.serve_forever()\n",
        ),
        _ => (
            "node",
            "api.mjs",
            "import http from 'node:http';\n\
             import { identify } from './keyrack.mjs';\n\
             const server = http.createServer(async (request, response) => {\n\
             \x20 const client = request.headers['x-client'];\n\
             \x20 const asked = new Proxy(request, { get: (r, k) => k === 'socket' ? { remoteAddress: client } : r[k] });\n\
             \x20 const answer = await identify(asked);\n\
             \x20 response.statusCode = answer.allowed ? 200 : answer.status;\n\
             \x20 response.end(answer.allowed ? JSON.stringify(answer.caller) : answer.body);\n\
             });\n\
             server.listen(0, '127.0.0.1', () => console.log(server.address().port));\n",
        ),
    };
    std::fs::write(folder.join(file), text).unwrap();
    let mut child: Child = Command::new(program)
        .arg(file)
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (Guarded(child), line.trim().parse().unwrap())
}

#[tokio::test]
async fn code_that_asks_by_itself_lets_through_what_a_gateway_would() {
    let server = Server::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    let ada = server.ada().await;
    let (secret, id) = ada.create_key(DEV, "secret", "server-key").await;
    let (publishable, _) = ada.create_key(DEV, "publishable", "web").await;
    let add = |name: &str, more: &[&str]| {
        let arguments = ["key", "add", "--project", "my-blog", "--environment", "dev"];
        let arguments = [&arguments[..], &["--kind", "secret", "--name", name], more].concat();
        let added = crate::support::Process::run(&server.database, &arguments);
        String::from_utf8(added.stdout).unwrap().trim().to_owned()
    };
    let scoped = add("scoped", &["--scope", "posts:list"]);
    let narrowed = add("narrowed", &["--from", "192.0.2.0/24"]);
    let keyrack = server.origin.strip_prefix("http://").unwrap();
    for front in ["python", "node"] {
        if front == "node" && Command::new("node").arg("--version").output().is_err() {
            eprintln!("SKIPPED: node is not installed");
            continue;
        }
        let page = page(&ada, &[("front", front), ("keyrack", keyrack)]).await.expect(200);
        let folder = tempfile::TempDir::new().unwrap();
        for (name, text) in files(&page) {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let (_api, port) = start_code(folder.path(), front);
        let client = reqwest::Client::new();
        let call = async |key: &str, path: &str, from: &str| {
            let request = client.get(format!("http://127.0.0.1:{port}{path}"));
            let request = request.header("X-API-Key", key).header("X-Client", from);
            let answer = request.send().await.unwrap();
            (answer.status().as_u16(), answer.text().await.unwrap())
        };
        let read = "/v1/data/posts";
        let (status, body) = call(&secret, read, "198.51.100.7").await;
        assert_eq!(status, 200, "{front}: {body}");
        assert!(body.contains(&id), "{front}: {body}");
        assert_eq!(call(&publishable, read, "198.51.100.7").await.0, 200, "{front}");
        assert_eq!(call(&scoped, read, "198.51.100.7").await.0, 200, "{front}");
        assert_eq!(call(&scoped, "/v1/data/users", "198.51.100.7").await.0, 403, "{front}");
        assert_eq!(call(&narrowed, read, "192.0.2.9").await.0, 200, "{front}");
        assert_eq!(call(&narrowed, read, "198.51.100.7").await.0, 403, "{front}");
        assert_eq!(call("sk_not-a-key", read, "192.0.2.9").await.0, 401, "{front}");
    }
}

#[tokio::test]
async fn code_refuses_when_keyrack_gives_no_answer() {
    let server = Server::start().await;
    let ada = server.ada().await;
    // Somebody listens there who never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let page = page(&ada, &[("front", "python"), ("keyrack", &address)]).await.expect(200);
    let folder = tempfile::TempDir::new().unwrap();
    for (name, text) in files(&page) {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let (_api, port) = start_code(folder.path(), "python");
    let request = reqwest::Client::new().get(format!("http://127.0.0.1:{port}/"));
    let answer = request.header("X-API-Key", "sk_x").header("X-Client", "192.0.2.9").send().await;
    assert_eq!(answer.unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn it_waits_for_the_first_call_and_says_what_is_wrong_with_it() {
    let server = Server::start_bare(crate::support::TestDatabase::migrated(), &[]).await;
    let ada = server.ada().await;
    let (secret, _) = ada.create_key(DEV, "secret", "server-key").await;
    let live = async || ada.get(&format!("{PROTECT}/live")).await.expect(200).text("#live");
    assert!(live().await.starts_with("Waiting for the first call…"));
    // A wrong key of a stranger is nobody's first call.
    server.api().ask("sk_not-a-key", &[]).await;
    server.api().ask(&secret, &[]).await;
    let mut told = String::new();
    for _ in 0..100 {
        told = live().await;
        if !told.starts_with("Waiting") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    assert!(told.contains("Keyrack doesn't trust 127.0.0.1,"), "{told}");
    assert!(told.contains("--trusted-proxy 127.0.0.1"), "{told}");
}

#[tokio::test]
async fn a_trusted_peer_with_a_good_key_turns_it_green() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (secret, _) = ada.create_key(DEV, "secret", "server-key").await;
    assert_eq!(server.api().ask(&secret, &[]).await.status, 200);
    let mut page = ada.get(PROTECT).await.expect(200);
    for _ in 0..100 {
        if page.has("#live .note.ok") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        page = ada.get(PROTECT).await.expect(200);
    }
    assert!(
        page.text("#live .note.ok").starts_with("Called through 127.0.0.1"),
        "{}",
        page.text("#live")
    );
    // Nothing of it is told in another environment.
    let other = ada.get("/projects/my-blog/prod/protect/live").await.expect(200);
    assert!(other.text("#live").starts_with("Waiting for the first call…"));
}

#[tokio::test]
async fn what_could_change_the_meaning_of_a_file_is_refused_beside_its_field() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let long = "x".repeat(2000);
    for bad in ["a;b:80", "$host:80", "a\"b:80", "a\nb:80", "127.0.0.1", long.as_str()] {
        let page = page(&ada, &[("keyrack", bad), ("api", bad)]).await.expect(422);
        for field in ["keyrack", "api"] {
            assert!(page.text(&format!("#{field}-err")).starts_with("Enter a host and a port"));
        }
        assert!(!page.has("#file-1"));
    }
    for bad in ["javascript:alert(1)", "https://a.example/'; rm", "https://u:p@a.example", &long] {
        let page = page(&ada, &[("public", bad)]).await.expect(422);
        assert!(page.text("#public-err").starts_with("Enter an address like"), "{bad}");
    }
    let page = page(&ada, &[("front", "no-such"), ("public", "https://shop.example")]).await;
    let page = page.expect(200);
    assert!(page.text("#try-1").contains("curl -i 'https://shop.example/v1/data/'"));
    assert!(page.raw_text("#file-1").contains("# Keys of the project my-blog, environment dev."));
}
