//! How a gateway asks about a call. Its configuration says so, and that may have been copied with
//! mistakes.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicU16, Ordering};

use keyrack::domain::api_keys::{Kind, SecretKey};
use keyrack::domain::os_rng;
use serde_json::Value;

use super::answer::{Got, Tried};
use super::world::{Key, PROJECTS, World};
use crate::support::gateway::ENVIRONMENT;
use crate::support::raw::{self, RawAnswer};
use crate::verify::IDENTITY;

/// The kinds of files: right ones, and those with one mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    Right,
    /// The address of another environment of the project.
    OtherEnvironment,
    /// The address of another project.
    OtherProject,
    /// An address that lacks the environment, or both.
    Bare,
    /// The path of the call is appended, but the gateway's own part of the address is not named, or
    /// named wrongly.
    Longer,
    /// The path of the call takes the place of project and environment, so that the client can
    /// choose them.
    ClientsPath,
    /// The gateway's address is not in `--trusted-proxy`. (Somebody who asks Keyrack without any
    /// gateway looks the same.)
    NotTrusted,
    /// An API that asks from its own code, with an address in `--trusted-gateway`. (It is right.)
    OwnCode,
    /// The address contains the host that the client names.
    ClientsHost,
}

/// What a client sends, and what the gateway passes on about it.
#[derive(Clone)]
pub struct Call {
    method: &'static str,
    uri: String,
    /// Where it comes from. `None`: the gateway does not say.
    client: Option<String>,
    /// The headers in which the gateway passes the original request.
    told: Vec<(&'static str, String)>,
    /// What the gateway hands on as the client wrote it.
    headers: Vec<(&'static str, String)>,
}

impl Call {
    /// What every group may do, and every key here.
    pub fn read() -> Self {
        Self::of("GET", "/v1/data/posts/1")
    }

    pub fn of(method: &'static str, uri: &str) -> Self {
        let told = [("X-Original-Method", method), ("X-Original-URI", uri)];
        Self {
            method,
            uri: uri.to_owned(),
            client: Some(somebody()),
            told: told.map(|(name, value)| (name, value.to_owned())).into(),
            headers: Vec::new(),
        }
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub fn coming_from(self, client: Option<&str>) -> Self {
        Self { client: client.map(str::to_owned), ..self }
    }

    /// A gateway that passes only a part of the original request, or a header twice.
    pub fn told_as(self, told: &[(&'static str, &str)]) -> Self {
        let told = told.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Self { told, ..self }
    }
}

/// An address of its own for each call: wrong keys are counted by address.
fn somebody() -> String {
    let [a, b] = next();
    format!("198.18.{a}.{b}")
}

/// Somebody on this machine who is not the trusted proxy.
fn stranger() -> IpAddr {
    let [a, b] = next();
    Ipv4Addr::new(127, 1, a, b.max(1)).into()
}

/// The address of an API that asks by itself.
pub const OWN_CODE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 9);

fn next() -> [u8; 2] {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes()
}

/// An address, without `/v1/verify`, and what the gateway says of its own part.
struct Line {
    path: String,
    from: Option<String>,
}

impl Line {
    fn of(path: impl Into<String>) -> Self {
        Self { path: path.into(), from: None }
    }
}

fn turned<const N: usize>(ring: [&str; N], word: &str, by: usize) -> String {
    let at = ring.iter().position(|known| *known == word);
    at.map_or(word, |at| ring[(at + by) % N]).to_owned()
}

impl File {
    pub const WRONG: [Self; 7] = [
        Self::OtherEnvironment,
        Self::OtherProject,
        Self::Bare,
        Self::Longer,
        Self::ClientsPath,
        Self::NotTrusted,
        Self::ClientsHost,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Right => "right file",
            Self::OtherEnvironment => "file with another environment",
            Self::OtherProject => "file with another project",
            Self::Bare => "file without an environment",
            Self::Longer => "file with a longer address",
            Self::ClientsPath => "file with the client's path",
            Self::NotTrusted => "peer that is not trusted",
            Self::OwnCode => "API's own code",
            Self::ClientsHost => "file with the client's host",
        }
    }

    pub fn is_right(self) -> bool {
        self == Self::Right
    }

    /// What stands in it where `api` should. (Each environment and project has another in its
    /// place.)
    pub fn written(self, api: &str) -> String {
        self.turned(api, 1)
    }

    /// The API in front of which the file names `home`.
    pub fn api_for(self, home: &str) -> String {
        self.turned(home, PROJECTS.len() * 3 - 1)
    }

    fn turned(self, api: &str, by: usize) -> String {
        let (project, environment) = api.split_once('/').unwrap();
        match self {
            Self::OtherEnvironment => {
                format!("{project}/{}", turned(["prod", "dev", "staging"], environment, by))
            }
            Self::OtherProject => format!("{}/{environment}", turned(PROJECTS, project, by)),
            Self::Right
            | Self::Bare
            | Self::Longer
            | Self::ClientsPath
            | Self::NotTrusted
            | Self::OwnCode
            | Self::ClientsHost => api.to_owned(),
        }
    }

    /// The change that this mistake makes in the example for nginx. 127.1.0.7 is an address that is
    /// not trusted.
    pub fn in_nginx(self) -> (&'static str, &'static str) {
        const OWN: &str = "/v1/verify/my-blog/prod";
        match self {
            Self::Right | Self::OwnCode => (ENVIRONMENT, ENVIRONMENT),
            Self::OtherEnvironment => (ENVIRONMENT, "my-blog/dev"),
            Self::OtherProject => (ENVIRONMENT, "shop/dev"),
            Self::Bare => (OWN, "/v1/verify"),
            Self::Longer => (OWN, "/v1/verify/my-blog/prod$request_uri"),
            Self::ClientsPath => (OWN, "/v1/verify$request_uri"),
            Self::NotTrusted => ("Expect \"\";", "Expect \"\"; proxy_bind 127.1.0.7;"),
            Self::ClientsHost => (OWN, "/v1/verify/my-blog/$host"),
        }
    }

    /// The addresses at which it asks, for whatever a client can do to them.
    fn lines(self, api: &str, key: &Key, call: &Call) -> Vec<Line> {
        let (project, _) = api.split_once('/').unwrap();
        match self {
            Self::Right
            | Self::NotTrusted
            | Self::OwnCode
            | Self::OtherEnvironment
            | Self::OtherProject => vec![Line::of(format!("/{}", self.written(api)))],
            Self::Bare => ["", "/", &format!("/{project}")].map(Line::of).into(),
            Self::Longer => {
                let (uri, home) = (&call.uri, &key.home);
                let mut own = vec![None, Some("path".to_owned()), Some("/v1/verify".to_owned())];
                own.extend((home != api).then(|| Some(format!("/v1/verify/{api}"))));
                let chosen = |from| Line { path: format!("/{home}{uri}"), from };
                let mut lines: Vec<Line> = own.into_iter().map(chosen).collect();
                lines.push(Line::of(uri));
                lines.push(Line::of(format!("/{api}{uri}")));
                lines
            }
            Self::ClientsPath => vec![Line::of(format!("/{}", key.home))],
            Self::ClientsHost => hosts(key.environment())
                .iter()
                .map(|host| Line::of(format!("/{project}/{host}")))
                .collect(),
        }
    }
}

/// What a client can send as its host, to be taken for the environment of its key.
pub fn hosts(environment: &str) -> Vec<String> {
    vec![
        environment.to_owned(),
        environment.to_uppercase(),
        format!("{environment}.example.com"),
        format!("{environment}."),
        format!("{environment}%2e"),
        format!("%{:02x}{}", environment.as_bytes()[0], &environment[1..]),
        format!("../{environment}"),
        format!("x%2f..%2f{environment}"),
        "..".to_owned(),
    ]
}

impl World {
    /// Everything that a gateway with this file is told about a call of somebody with this key, in
    /// front of the API that takes the keys of `api`.
    pub async fn ask(&self, file: File, api: &str, key: &Key, call: &Call) -> Vec<Tried> {
        let mut tried = Vec::new();
        let plain = matches!(file, File::Right | File::NotTrusted | File::OwnCode);
        let endpoints: &[&str] = if plain { &["/v1/verify", "/v1/key"] } else { &["/v1/verify"] };
        for endpoint in endpoints {
            for line in file.lines(api, key, call) {
                let path = format!("{endpoint}{}", line.path);
                let answer = self.send(file, &path, line.from.as_deref(), &key.text, call).await;
                let is_nobodys = answer.status == 401 && {
                    let unknown = unknown(key);
                    let nobodys =
                        self.send(file, &path, line.from.as_deref(), &unknown, call).await;
                    told(&nobodys) == told(&answer)
                };
                let case = format!(
                    "{:?} key of {} for {api}: {path} {:?} {:?}: {} {}",
                    key.what, key.home, call.told, call.headers, answer.status, answer.body
                );
                let got = self.got(api, key, &answer, is_nobodys);
                tried.push(Tried { case, got });
            }
        }
        tried
    }

    async fn send(
        &self,
        file: File,
        path: &str,
        from: Option<&str>,
        key: &str,
        call: &Call,
    ) -> RawAnswer {
        let appends = matches!(file, File::Longer | File::ClientsPath);
        let method = if appends { call.method } else { "GET" };
        let mut head = format!("{method} {path} HTTP/1.1\r\nX-API-Key: {key}");
        let mut add = |name: &str, value: &str| head.push_str(&format!("\r\n{name}: {value}"));
        for (name, value) in call.told.iter().filter(|_| !appends) {
            add(name, value);
        }
        for (name, value) in &call.headers {
            // What a right gateway does not hand on.
            let dropped = ["X-Original-From", "X-Forwarded-For", "Forwarded"].contains(name)
                || name.starts_with("X-Forwarded-");
            if !dropped || matches!(file, File::NotTrusted | File::OwnCode) {
                add(name, value);
            }
        }
        if let Some(client) = &call.client {
            add("X-Forwarded-For", client);
        }
        if let Some(from) = from {
            add("X-Original-From", from);
        }
        let origin = &self.server.origin;
        let head = head.as_bytes();
        match file {
            File::NotTrusted => raw::send_as(stranger(), origin, head, b"").await,
            File::OwnCode => raw::send_as(OWN_CODE.into(), origin, head, b"").await,
            _ => raw::send(origin, head, b"").await,
        }
    }

    /// What an answer means for an API behind the gateway.
    pub fn got(&self, api: &str, key: &Key, answer: &RawAnswer, is_nobodys: bool) -> Got {
        let json: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
        let identity = (answer.status == 200).then(|| {
            let header = |name: &str| answer.header(name).map(str::to_owned);
            let project = header("x-project-id").unwrap_or_else(|| text("project"));
            (project, header("x-environment").unwrap_or_else(|| text("environment")))
        });
        if identity.is_none() {
            let leaked = IDENTITY.iter().find(|name| answer.header(name).is_some());
            assert_eq!(leaked, None, "an identity on a refusal: {}", answer.head);
        }
        let own = (self.id(key.project(), "project id").to_owned(), key.environment().to_owned());
        Got::Verified {
            status: answer.status,
            error: text("error"),
            message: text("message"),
            is_own: identity.as_ref() == Some(&own),
            of_this_api: key.home == api,
            key_of: key.environment().to_owned(),
            same_project: api.split('/').next() == Some(key.project()),
            is_nobodys,
        }
    }
}

/// A well-formed key of the same shape that nobody has.
pub fn unknown(key: &Key) -> String {
    let kind = if key.text.starts_with("pk_") { Kind::Publishable } else { Kind::Secret };
    SecretKey::generate(kind, &mut os_rng()).expose().to_owned()
}

/// Everything by which somebody could tell two answers apart. The order of headers varies.
fn told(answer: &RawAnswer) -> (Vec<&str>, &str) {
    let mut lines: Vec<&str> = answer.head.lines().collect();
    lines.retain(|line| !line.to_lowercase().starts_with("date:"));
    lines.sort_unstable();
    (lines, &answer.body)
}
