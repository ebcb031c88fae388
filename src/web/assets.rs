//! The static files, embedded. Their names carry a hash of their content, so they are cached for
//! ever.

use std::collections::HashMap;
use std::io::Write;
use std::sync::LazyLock;

use actix_web::http::header::{self, AcceptEncoding, Encoding};
use actix_web::web::{self, Header};
use actix_web::{HttpResponse, Responder};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

use crate::web::dashboard::http::Error;

struct Asset {
    name: &'static str,
    content_type: &'static str,
    content: &'static [u8],
}

/// Packed in itself.
const FONT: &str = "font/woff2";

macro_rules! asset {
    ($name:literal, $content_type:expr) => {
        Asset {
            name: $name,
            content_type: $content_type,
            content: include_bytes!(concat!("../../static/", $name)),
        }
    };
}

static ASSETS: [Asset; 6] = [
    asset!("app.css", "text/css; charset=utf-8"),
    asset!("app.js", "text/javascript; charset=utf-8"),
    asset!("htmx-2.0.11.min.js", "text/javascript; charset=utf-8"),
    asset!("icons.svg", "image/svg+xml"),
    asset!("favicon.svg", "image/svg+xml"),
    // `app.css` names it with its hash; a test compares the two.
    asset!("inter-5.3.0.woff2", FONT),
];

struct Served {
    asset: &'static Asset,
    gzip: Option<Vec<u8>>,
}

/// By their name with the hash.
static SERVED: LazyLock<HashMap<String, Served>> = LazyLock::new(|| {
    ASSETS.iter().map(|asset| (hashed(asset), Served { gzip: gzip(asset), asset })).collect()
});

/// The name with the hash, by the plain name.
static NAMES: LazyLock<HashMap<&'static str, String>> = LazyLock::new(|| {
    ASSETS.iter().map(|asset| (asset.name, format!("/static/{}", hashed(asset)))).collect()
});

fn hashed(asset: &Asset) -> String {
    let hash = hex::encode(&Sha256::digest(asset.content)[..6]);
    let (stem, extension) = asset.name.rsplit_once('.').unwrap_or((asset.name, ""));
    format!("{stem}-{hash}.{extension}")
}

fn gzip(asset: &Asset) -> Option<Vec<u8>> {
    if asset.content_type == FONT {
        return None;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writing to a Vec does not fail.
    let _ = encoder.write_all(asset.content);
    encoder.finish().ok()
}

/// The address of a static file, for templates. An unknown name gives an empty one; a test looks
/// for it.
pub fn url(name: &str) -> &'static str {
    NAMES.get(name).map_or("", String::as_str)
}

/// `GET /static/{file}`
pub(crate) async fn serve(
    file: web::Path<String>,
    accepts: Option<Header<AcceptEncoding>>,
) -> Result<impl Responder, Error> {
    let served = SERVED.get(file.as_str()).ok_or(Error::NotFound)?;
    let encodings = [Encoding::identity(), Encoding::gzip()];
    let encoding = accepts.and_then(|accepts| accepts.negotiate(encodings.iter()));
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_TYPE, served.asset.content_type))
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((header::VARY, "Accept-Encoding"));
    Ok(match &served.gzip {
        Some(gzip) if encoding == Some(Encoding::gzip()) => {
            response.insert_header((header::CONTENT_ENCODING, "gzip")).body(gzip.as_slice())
        }
        _ => response.body(served.asset.content),
    })
}
