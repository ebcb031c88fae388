//! Forms and requests for the fuzzer (`fuzz/`). This is built only with `--cfg fuzzing`, which
//! cargo-fuzz sets.

use std::net::{IpAddr, SocketAddr};
use std::sync::LazyLock;

use actix_web::http::Uri;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::test::TestRequest;
use clap::Parser;

use super::dashboard::{access_tokens, api_keys, projects, setup, sign_in};
use crate::config::Config;
use crate::web::api::v1;
use crate::web::dashboard::http::csrf::parse_body;
use crate::web::http::{Caller, origin, original};

/// Parses `body` as the form that `which` chooses. Must not panic.
pub fn form(which: u8, body: &[u8]) {
    match which % 7 {
        0 => drop(
            parse_body::<api_keys::CreateForm>(body).map(|form| drop((form.token(), form.kind()))),
        ),
        1 => drop(parse_body::<sign_in::SignInForm>(body)),
        2 => drop(parse_body::<setup::SetupForm>(body)),
        3 => drop(parse_body::<api_keys::DeleteForm>(body)),
        4 => drop(parse_body::<api_keys::SearchForm>(body)),
        5 => drop(parse_body::<access_tokens::SettingsForm>(body)),
        _ => drop(parse_body::<projects::ProjectForm>(body)),
    }
}

/// What Keyrack understands of a request from a trusted proxy.
#[derive(Debug)]
pub struct Understood {
    pub client: Option<IpAddr>,
    /// The origin at which the client reached the server.
    pub origin: String,
    /// The project and environment that are asked for, as they were written, and the original path.
    pub asked: Option<(String, Option<String>)>,
}

#[derive(Parser)]
struct Options {
    #[command(flatten)]
    config: Config,
}

/// Options that trust this machine and 10.0.0.0/8, with `family` as the forwarded header.
fn config(family: &str) -> Config {
    let trusted = ["--trusted-proxy", "127.0.0.1,10.0.0.0/8", "--forwarded-header", family];
    Options::parse_from(["keyrack"].iter().chain(&trusted)).config
}

static X_FORWARDED: LazyLock<Config> = LazyLock::new(|| config("x-forwarded"));
static FORWARDED: LazyLock<Config> = LazyLock::new(|| config("forwarded"));

/// Reads a request of a proxy on this machine, with lines `name: value` as headers. Must not panic.
/// `None` if no HTTP server would accept such a request.
pub fn understand(rfc_7239: bool, address: &str, lines: &[u8]) -> Option<Understood> {
    let config: &Config = if rfc_7239 { &FORWARDED } else { &X_FORWARDED };
    Uri::try_from(address).ok().filter(|uri| uri.path().starts_with('/'))?;
    let mut request =
        TestRequest::with_uri(address).peer_addr(SocketAddr::from(([127, 0, 0, 1], 1)));
    for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
        request = request.append_header((name, value));
    }
    let request = request.to_http_request();
    let client = Caller::by(&request, config).address();
    let asked = v1::asked(&request);
    let path = asked.as_ref().and_then(|(_, path)| path.as_deref());
    drop(original(&request, config, path));
    Some(Understood { client, origin: origin(&request, config), asked })
}
