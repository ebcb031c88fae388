//! The static files, embedded in the binary. Their names have a hash of their content, so they can
//! be cached for ever.

use std::collections::HashMap;
use std::io::Write;
use std::sync::LazyLock;

use actix_web::http::header::{self, AcceptEncoding, Encoding};
use actix_web::web;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, Responder};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

use crate::web::dashboard::http::Error;

struct Asset {
    name: &'static str,
    content_type: &'static str,
    content: &'static [u8],
}

const FONT: &str = "font/woff2";
const PNG: &str = "image/png";
const ICON: &str = "image/x-icon";
/// Content types that are compressed already.
const PACKED: [&str; 3] = [FONT, PNG, ICON];

macro_rules! asset {
    ($name:literal, $content_type:expr) => {
        Asset {
            name: $name,
            content_type: $content_type,
            content: include_bytes!(concat!("../../static/", $name)),
        }
    };
}

static ASSETS: [Asset; 8] = [
    asset!("app.css", "text/css; charset=utf-8"),
    asset!("app.js", "text/javascript; charset=utf-8"),
    asset!("htmx-2.0.11.min.js", "text/javascript; charset=utf-8"),
    asset!("icons.svg", "image/svg+xml"),
    asset!("favicon.svg", "image/svg+xml"),
    asset!("favicon.ico", ICON),
    asset!("apple-touch-icon.png", PNG),
    // `app.css` has this name with its hash; a test compares the two.
    asset!("inter-5.3.0.woff2", FONT),
];

struct Served {
    asset: &'static Asset,
    gzip: Option<Vec<u8>>,
}

/// The files by their name with the hash.
static SERVED: LazyLock<HashMap<String, Served>> = LazyLock::new(|| {
    ASSETS.iter().map(|asset| (hashed(asset), Served { gzip: packed(asset), asset })).collect()
});

/// The URL with the hash, by the plain name.
static NAMES: LazyLock<HashMap<&'static str, String>> = LazyLock::new(|| {
    ASSETS.iter().map(|asset| (asset.name, format!("/static/{}", hashed(asset)))).collect()
});

fn hashed(asset: &Asset) -> String {
    let hash = hex::encode(&Sha256::digest(asset.content)[..6]);
    let (stem, extension) = asset.name.rsplit_once('.').unwrap_or((asset.name, ""));
    format!("{stem}-{hash}.{extension}")
}

fn packed(asset: &Asset) -> Option<Vec<u8>> {
    let worth_it = !PACKED.contains(&asset.content_type);
    worth_it.then(|| gzip(asset.content, Compression::best()))
}

/// Compresses `content`.
pub(crate) fn gzip(content: &[u8], level: Compression) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    // Writing to a Vec does not fail.
    let _ = encoder.write_all(content);
    encoder.finish().unwrap_or_default()
}

/// Whether the client accepts gzip.
pub(crate) fn takes_gzip(request: &HttpRequest) -> bool {
    let encodings = [Encoding::identity(), Encoding::gzip()];
    let accepts = request.get_header::<AcceptEncoding>();
    accepts.and_then(|accepts| accepts.negotiate(encodings.iter())) == Some(Encoding::gzip())
}

/// The address of a static file, for templates. It is empty if the name is unknown, and a test
/// looks for that.
pub fn url(name: &str) -> &'static str {
    NAMES.get(name).map_or("", String::as_str)
}

/// `GET /favicon.ico`: browsers ask for it whatever the pages say. It has no hash, so it is cached
/// only for a day.
pub(crate) async fn favicon() -> impl Responder {
    plain("favicon.ico")
}

/// `GET /apple-touch-icon.png`: browsers ask for this one, too.
pub(crate) async fn touch_icon() -> impl Responder {
    plain("apple-touch-icon.png")
}

fn plain(name: &str) -> HttpResponse {
    match ASSETS.iter().find(|asset| asset.name == name) {
        Some(asset) => HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, asset.content_type))
            .insert_header((header::CACHE_CONTROL, "public, max-age=86400"))
            .body(asset.content),
        None => HttpResponse::NotFound().finish(),
    }
}

/// `GET /static/{file}`
pub(crate) async fn serve(
    file: web::Path<String>,
    request: HttpRequest,
) -> Result<impl Responder, Error> {
    let served = SERVED.get(file.as_str()).ok_or(Error::NotFound)?;
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_TYPE, served.asset.content_type))
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((header::VARY, "Accept-Encoding"));
    Ok(match &served.gzip {
        Some(gzip) if takes_gzip(&request) => {
            response.insert_header((header::CONTENT_ENCODING, "gzip")).body(gzip.as_slice())
        }
        _ => response.body(served.asset.content),
    })
}
