//! The page. What is chosen and typed stands in its address, so that a colleague can be sent there;
//! nothing of it is stored, and nothing of it is secret.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use url::Url;

use super::super::access_tokens;
use super::files::{Front, HostPort, Wiring};
use super::live::Live;
use super::views::{IndexPage, Text};
use crate::web::dashboard::http::htmx::html;
use crate::web::dashboard::http::query::Query;
use crate::web::dashboard::http::{EnvironmentAccess, Error, Visit};
use crate::web::dashboard::page::chrome::{Chrome, Section};
use crate::web::dashboard::page::views::Field;
use crate::web::paths;

const PORT: u16 = 8080;

/// `GET …/protect?front=&keyrack=&api=&public=`
pub(crate) async fn index(access: EnvironmentAccess, visit: Visit) -> Result<HttpResponse, Error> {
    let query = Query::of(&visit.request)?;
    let front = query.get("front").and_then(Front::parse).unwrap_or_default();
    let typed = |name: &str, default: &str| {
        Field::kept(query.get(name).filter(|text| !text.trim().is_empty()).unwrap_or(default))
    };
    let mut keyrack = typed("keyrack", &keyrack_address(&visit));
    let mut api = typed("api", "127.0.0.1:3000");
    let mut public = typed("public", "https://api.example.com");
    let checked =
        (keyrack.check(HostPort::parse), api.check(HostPort::parse), public.check(public_url));
    let base = access_tokens::current(&access, &visit.state).await?;
    let base = base.policy.rules.base_path.as_str().trim_end_matches('/').to_owned();
    let (files, tries, status) = match checked {
        (Some(keyrack), Some(api), Some(public)) => {
            let (project, environment) = (&access.project.project, &access.environment);
            let wiring = Wiring {
                project: (project.id.clone(), project.slug.clone()),
                environment: (environment.id.clone(), environment.name.clone()),
                keyrack,
                api,
            };
            (
                numbered("file", wiring.files(front)),
                numbered("try", tries(&public, &base)),
                StatusCode::OK,
            )
        }
        _ => (Vec::new(), Vec::new(), StatusCode::UNPROCESSABLE_ENTITY),
    };
    let (slug, name) = (access.slug(), access.environment.name.as_str());
    let page = IndexPage {
        chrome: Chrome::of_environment(
            "Protect your API",
            Section::Protect,
            &access,
            &visit.request,
        ),
        environment: name.to_owned(),
        action: paths::protect(slug, name),
        keys: paths::api_keys(slug, name),
        rules: paths::access_rules(slug, name),
        live: Live::of(&access, here(&visit), &visit).await?,
        front,
        keyrack,
        api,
        public,
        files,
        tries,
    };
    html(status, &page)
}

/// This page as it is now, for whoever loads it once more.
fn here(visit: &Visit) -> String {
    visit.request.uri().path_and_query().map_or("", |address| address.as_str()).to_owned()
}

/// Where a gateway on the same machine reaches this server.
fn keyrack_address(visit: &Visit) -> String {
    let port = visit.config.listen.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    format!("127.0.0.1:{}", port.filter(|port| *port != 0).unwrap_or(PORT))
}

/// What the API is called from outside: an origin.
fn public_url(text: &str) -> Result<String, &'static str> {
    const SHAPE: &str = "Enter an address like https://api.example.com, without a path.";
    let text = text.trim();
    if text.len() > 300 {
        return Err(SHAPE);
    }
    let url = Url::parse(text).map_err(|_| SHAPE)?;
    let is_origin = ["http", "https"].contains(&url.scheme())
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if is_origin { Ok(url.origin().ascii_serialization()) } else { Err(SHAPE) }
}

fn numbered(what: &str, texts: Vec<(&'static str, String)>) -> Vec<Text> {
    let number = |(at, (name, text))| (format!("{what}-{}", at + 1), name, text);
    texts.into_iter().enumerate().map(number).collect()
}

/// Three calls, and what each must be answered with.
fn tries(public: &str, base: &str) -> Vec<(&'static str, String)> {
    let address = format!("{public}{base}/");
    vec![
        ("Without a key: 401", format!("curl -i '{address}'")),
        ("With a made-up key: 401", format!("curl -i '{address}' -H 'X-API-Key: sk_not-a-key'")),
        (
            "With one of your keys: the answer of your API",
            format!("curl -i '{address}' -H \"X-API-Key: $KEY\""),
        ),
    ]
}
