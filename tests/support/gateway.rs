//! A real gateway with the configuration from `examples/gateways`. Only the ports and the
//! environment are replaced.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A kind of gateway, and how it is started.
#[derive(Clone, Copy)]
pub struct Kind {
    pub name: &'static str,
    binary: &'static str,
    files: &'static [&'static str],
    /// A second port, if the configuration has one beside those that all have.
    inner: Option<&'static str>,
    arguments: &'static [&'static str],
    /// Whether it must be installed.
    pub required: bool,
}

impl Kind {
    /// Whether it is installed.
    pub fn is_here(&self) -> bool {
        find(self.binary).is_some()
    }
}

pub const NGINX: Kind = Kind {
    name: "nginx",
    binary: "nginx",
    files: &["keyrack.conf"],
    inner: None,
    arguments: &["-p", ".", "-c", "nginx.conf", "-e", "error.log"],
    required: true,
};
pub const CADDY: Kind = Kind {
    name: "caddy",
    binary: "caddy",
    files: &["Caddyfile"],
    inner: None,
    arguments: &["run", "--adapter", "caddyfile", "--config", "Caddyfile"],
    required: true,
};
pub const HAPROXY: Kind = Kind {
    name: "haproxy",
    binary: "haproxy",
    files: &["haproxy.cfg", "keyrack.lua"],
    inner: Some("8404"),
    arguments: &["-db", "-f", "haproxy.cfg"],
    required: true,
};
pub const TRAEFIK: Kind = Kind {
    name: "traefik",
    binary: "traefik",
    files: &["traefik.yml", "dynamic.yml"],
    inner: Some("8404"),
    arguments: &["--configFile=traefik.yml"],
    required: false,
};
pub const ENVOY: Kind = Kind {
    name: "envoy",
    binary: "envoy",
    files: &["envoy.yaml"],
    inner: None,
    arguments: &["-c", "envoy.yaml", "--concurrency", "1", "--disable-hot-restart"],
    required: false,
};

/// What is around nginx's `http` block; the example is included in that block.
const NGINX_CONF: &str = "daemon off; pid nginx.pid; worker_processes 1; error_log error.log;
events { worker_connections 256; }
http {
    access_log off; client_body_temp_path body; proxy_temp_path proxy;
    fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    include keyrack.conf;
}
";

pub const ALL: [Kind; 5] = [NGINX, CADDY, HAPROXY, TRAEFIK, ENVOY];

/// The environment whose keys the API accepts, as it is in the files.
pub const ENVIRONMENT: &str = "my-blog/prod";

pub struct Gateway {
    pub kind: Kind,
    child: Child,
    pub origin: String,
    folder: TempDir,
}

impl Gateway {
    /// Starts a gateway in front of Keyrack and an API at these addresses (`127.0.0.1:…`), for the
    /// keys of an environment. `None` if it is not installed.
    pub async fn start(kind: Kind, keyrack: &str, api: &str, environment: &str) -> Option<Self> {
        Self::start_edited(kind, keyrack, api, &[(ENVIRONMENT, environment)]).await
    }

    /// Starts a gateway with some texts of its files replaced by others.
    pub async fn start_edited(
        kind: Kind,
        keyrack: &str,
        api: &str,
        edits: &[(&str, &str)],
    ) -> Option<Self> {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/gateways").join(kind.name);
        let mut edits: Vec<(String, String)> =
            edits.iter().map(|(what, with)| ((*what).to_owned(), (*with).to_owned())).collect();
        for (what, with) in [("127.0.0.1:8080", keyrack), ("127.0.0.1:3000", api)] {
            edits.push((what.to_owned(), with.to_owned()));
            if kind.name == "envoy" {
                // In Envoy's file, addresses and ports are separate.
                let port = |address: &str| format!("port_value: {}", &address[10..]);
                edits.push((port(what), port(with)));
            }
        }
        let texts: Vec<String> = kind
            .files
            .iter()
            .map(|file| std::fs::read_to_string(from.join(file)).unwrap())
            .collect();
        for (what, _) in &edits {
            assert!(texts.iter().any(|text| text.contains(what)), "{}: {what}", kind.name);
        }
        let texts = texts.iter().map(|text| edited(text, &edits));
        Self::start_files(kind, kind.files.iter().map(ToString::to_string).zip(texts).collect())
            .await
    }

    /// Starts a gateway with these files, by name. Only the ports on which it listens are replaced.
    pub async fn start_files(kind: Kind, files: Vec<(String, String)>) -> Option<Self> {
        let Some(binary) = find(kind.binary) else {
            assert!(!kind.required, "{} is not installed: scripts/install-test-tools", kind.name);
            eprintln!(
                "SKIPPED: {} is not installed; scripts/install-test-tools brings it where there is pip",
                kind.name
            );
            return None;
        };
        let folder = TempDir::new().unwrap();
        let port = free_port();
        let mut edits = vec![("8000".to_owned(), port.to_string())];
        if let Some(inner) = kind.inner {
            edits.push((inner.to_owned(), free_port().to_string()));
        }
        for (file, text) in files {
            let text = edited(&text, &edits);
            // Every Caddy would listen for commands on the same port.
            let admin = if kind.name == "caddy" { "{\n\tadmin off\n}\n" } else { "" };
            std::fs::write(folder.path().join(file), format!("{admin}{text}")).unwrap();
        }
        if kind.name == "nginx" {
            std::fs::write(folder.path().join("nginx.conf"), NGINX_CONF).unwrap();
        }
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let child = Command::new(binary)
            .args(kind.arguments)
            .current_dir(folder.path())
            .env("HOME", folder.path())
            .env("XDG_CONFIG_HOME", folder.path())
            .env("XDG_DATA_HOME", folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let origin = format!("http://127.0.0.1:{port}");
        let mut gateway = Self { kind, child, origin, folder };
        let begun = Instant::now();
        while !gateway.asks_keyrack().await {
            let ended = gateway.child.try_wait().unwrap();
            assert!(
                ended.is_none() && begun.elapsed() < Duration::from_secs(20),
                "{}: {}",
                kind.name,
                gateway.log()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Some(gateway)
    }

    /// Whether the gateway passes on what Keyrack answers. Traefik opens its port before it has
    /// read the whole configuration.
    async fn asks_keyrack(&self) -> bool {
        let Ok(answer) = reqwest::get(&self.origin).await else { return false };
        let body: serde_json::Value = answer.json().await.unwrap_or_default();
        body["error"].as_str().is_some_and(|error| error != "UNAVAILABLE")
    }

    pub fn log(&self) -> String {
        ["log", "error.log"]
            .map(|file| std::fs::read_to_string(self.folder.path().join(file)).unwrap_or_default())
            .join("\n")
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // nginx ends its workers on SIGTERM, but not when it is killed.
        super::kill("TERM", self.child.id());
        let begun = Instant::now();
        while self.child.try_wait().unwrap().is_none() && begun.elapsed() < Duration::from_secs(3) {
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Replaces all texts at once, because the replacement of one may look like another.
fn edited(text: &str, edits: &[(String, String)]) -> String {
    let marked = edits
        .iter()
        .enumerate()
        .fold(text.to_owned(), |text, (i, (what, _))| text.replace(what, &format!("\0{i}\0")));
    edits
        .iter()
        .enumerate()
        .fold(marked, |text, (i, (_, with))| text.replace(&format!("\0{i}\0"), with))
}

/// A port that nobody listens on. It is below those that the system gives to clients, because one
/// of those could be taken before the gateway listens on it.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % 100).unwrap() * 100;
    loop {
        let port = 20_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

fn find(binary: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // The last folder is where scripts/install-test-tools puts those that Debian does not have.
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-tools");
    let folders =
        std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into(), ours]);
    folders.map(|folder| folder.join(binary)).find(|file| file.is_file())
}
