//! The files to copy: those of `examples`, with the addresses and ids of the reader in them.

use std::net::IpAddr;

use crate::db::{EnvironmentId, ProjectId};
use crate::model::words;

words! {
    /// What stands in front of an API, as it stands in the address of the page.
    #[derive(Default)]
    pub(crate) enum Front {
        #[default]
        Nginx = "nginx",
        Caddy = "caddy",
        Haproxy = "haproxy",
        Traefik = "traefik",
        Envoy = "envoy",
        /// Nothing: the API's own code asks.
        Python = "python",
        Node = "node",
        Go = "go",
        Rust = "rust",
    }
}

/// The name and the text of a file.
type File = (&'static str, &'static str);

macro_rules! example {
    ($path:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/", $path))
    };
}

impl Front {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Caddy => "Caddy",
            Self::Haproxy => "HAProxy",
            Self::Traefik => "Traefik",
            Self::Envoy => "Envoy",
            Self::Python => "Nothing: my Python code asks",
            Self::Node => "Nothing: my Node code asks",
            Self::Go => "Nothing: my Go code asks",
            Self::Rust => "Nothing: my Rust code asks",
        }
    }

    /// Whether it is a gateway, which also tells addresses of clients.
    pub(crate) fn is_gateway(self) -> bool {
        match self {
            Self::Nginx | Self::Caddy | Self::Haproxy | Self::Traefik | Self::Envoy => true,
            Self::Python | Self::Node | Self::Go | Self::Rust => false,
        }
    }

    /// The option with which Keyrack believes it.
    pub(crate) fn option(self) -> &'static str {
        if self.is_gateway() { "--trusted-proxy" } else { "--trusted-gateway" }
    }

    fn files(self) -> &'static [File] {
        match self {
            Self::Nginx => &[("keyrack.conf", example!("gateways/nginx/keyrack.conf"))],
            Self::Caddy => &[("Caddyfile", example!("gateways/caddy/Caddyfile"))],
            Self::Haproxy => &[
                ("haproxy.cfg", example!("gateways/haproxy/haproxy.cfg")),
                ("keyrack.lua", example!("gateways/haproxy/keyrack.lua")),
            ],
            Self::Traefik => &[
                ("traefik.yml", example!("gateways/traefik/traefik.yml")),
                ("dynamic.yml", example!("gateways/traefik/dynamic.yml")),
            ],
            Self::Envoy => &[("envoy.yaml", example!("gateways/envoy/envoy.yaml"))],
            Self::Python => &[("keyrack.py", example!("code/keyrack.py"))],
            Self::Node => &[("keyrack.mjs", example!("code/keyrack.mjs"))],
            Self::Go => &[("keyrack.go", example!("code/keyrack.go"))],
            Self::Rust => &[("keyrack.rs", example!("code/keyrack.rs"))],
        }
    }
}

/// A host and a port that can stand in all of the files: `10.0.0.7:3000`, `api.internal:3000`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostPort {
    host: String,
    port: u16,
}

impl HostPort {
    /// Parses an address. Nothing that has a meaning of its own in one of the files gets through.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        const SHAPE: &str = "Enter a host and a port, like 127.0.0.1:3000 or api.internal:3000.";
        let (host, port) = text.trim().rsplit_once(':').ok_or(SHAPE)?;
        let is_name = !host.is_empty()
            && host.len() <= 253
            && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b))
            && host.starts_with(|c: char| c.is_ascii_alphanumeric());
        let digits = port.bytes().all(|b| b.is_ascii_digit());
        let port = port.parse().ok().filter(|port| *port > 0 && digits).ok_or(SHAPE)?;
        if is_name { Ok(Self { host: host.to_ascii_lowercase(), port }) } else { Err(SHAPE) }
    }
}

impl std::fmt::Display for HostPort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// What is filled in.
pub(crate) struct Wiring {
    pub(crate) project: (ProjectId, String),
    pub(crate) environment: (EnvironmentId, String),
    /// Where Keyrack is reached.
    pub(crate) keyrack: HostPort,
    /// Where the API is reached.
    pub(crate) api: HostPort,
}

impl Wiring {
    /// The files, with names.
    pub(crate) fn files(&self, front: Front) -> Vec<(&'static str, String)> {
        front.files().iter().map(|(name, text)| (*name, self.fill(name, text))).collect()
    }

    fn fill(&self, name: &str, text: &str) -> String {
        let (id, slug) = &self.project;
        let (environment_id, environment) = &self.environment;
        let address = |at: &HostPort| {
            format!("socket_address: {{ address: {}, port_value: {} }}", at.host, at.port)
        };
        let named = |at: &HostPort| at.host.parse::<IpAddr>().is_err();
        let kind = if named(&self.keyrack) || named(&self.api) { "STRICT_DNS" } else { "STATIC" };
        let edits = [
            ("my-blog/prod", format!("{id}/{environment_id}")),
            ("socket_address: { address: 127.0.0.1, port_value: 8080 }", address(&self.keyrack)),
            ("socket_address: { address: 127.0.0.1, port_value: 3000 }", address(&self.api)),
            ("type: STATIC", format!("type: {kind}")),
            ("127.0.0.1:8080", self.keyrack.to_string()),
            ("127.0.0.1:3000", self.api.to_string()),
        ];
        let filled = replaced(text, &edits);
        // Code begins with what its language wants first.
        let comment = match name.rsplit_once('.').map(|(_, end)| end) {
            Some("py" | "go" | "rs") => return filled,
            Some("lua") => "--",
            Some("mjs") => "//",
            _ => "#",
        };
        // Both names have only letters, digits and dashes.
        format!("{comment} Keys of the project {slug}, environment {environment}.\n{filled}")
    }
}

/// Replaces all texts at once, because the replacement of one may look like another.
fn replaced(text: &str, edits: &[(&str, String)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    'text: while let Some(c) = rest.chars().next() {
        for (what, with) in edits {
            if let Some(after) = rest.strip_prefix(what) {
                out.push_str(with);
                rest = after;
                continue 'text;
            }
        }
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_mean_something_in_a_file_is_no_address() {
        for good in ["127.0.0.1:3000", " API.internal:80 ", "a-b.c:65535"] {
            assert!(HostPort::parse(good).is_ok(), "{good}");
        }
        let long = format!("{}:80", "x".repeat(2000));
        for bad in [
            "",
            "127.0.0.1",
            ":80",
            "a:0",
            "a:65536",
            "a:+1",
            "a b:80",
            "a;b:80",
            "a\n:80",
            "$h:80",
            "\"a\":80",
            "a{}:80",
            "[::1]:80",
            "-a:80",
            "é:80",
            "a/b:80",
            long.as_str(),
        ] {
            assert!(HostPort::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_place_of_a_file_is_filled_in() {
        let wiring = Wiring {
            project: (ProjectId::of_number(1), "shop".to_owned()),
            environment: (EnvironmentId::of_number(2), "qa".to_owned()),
            keyrack: HostPort::parse("keys.internal:1").unwrap(),
            api: HostPort::parse("127.0.0.1:8080").unwrap(),
        };
        for front in Front::ALL {
            let files = wiring.files(front);
            let all: String = files.iter().map(|(_, text)| text.as_str()).collect();
            assert!(!all.contains("my-blog"), "{front}");
            assert!(all.contains("prj_") && all.contains("env_"), "{front}");
            assert!(all.contains("keys.internal"), "{front}");
            assert!(!all.contains("127.0.0.1:3000"), "{front}");
            assert!(front.is_gateway() == all.contains("8080"), "{front}");
        }
    }
}
