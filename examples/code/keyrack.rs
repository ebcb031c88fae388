//! Asks Keyrack whether a call to your API may go on. Needs `http`, `serde` and `reqwest` with the feature `json`.
//!
//! Run Keyrack with `--trusted-gateway` and this program's address, so that it believes the method and path that are
//! told here; with `--trusted-proxy`, if keys are narrowed to client addresses.

use std::net::IpAddr;
use std::sync::LazyLock;
use std::time::Duration;

const KEYRACK: &str = "http://127.0.0.1:8080";
/// The project and environment whose keys this API accepts. Never take them from the call.
const ENVIRONMENT: &str = "my-blog/prod";
/// What Keyrack needs of the call's own headers.
const PASSED: [&str; 7] = [
    "x-api-key",
    "authorization",
    "origin",
    "sec-fetch-site",
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
];

/// Connections are kept open: a new one would cost more than the question. Keyrack closes one after 9 s without a call.
static CLIENT: LazyLock<reqwest::Client> = LazyLock::new(|| {
    reqwest::Client::builder()
        .timeout(Duration::from_secs(1))
        .pool_idle_timeout(Duration::from_secs(4))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client without TLS settings")
});

/// Who makes a call.
#[derive(Debug, serde::Deserialize)]
pub struct Caller {
    pub id: String,
    pub kind: String,
    pub project: String,
    pub environment: String,
    pub group: String,
    pub user_id: Option<String>,
}

/// What the call must be answered with.
#[derive(Debug)]
pub struct Refused {
    pub status: u16,
    pub body: String,
}

/// Who makes the call. The answer is never kept: a key that is deleted is refused from the next call on.
///
/// # Errors
/// [`Refused`], also when Keyrack gives no answer: whatever is not a clear yes is a no.
pub async fn identify<B>(call: &http::Request<B>, client: IpAddr) -> Result<Caller, Refused> {
    let mut asked = CLIENT
        .get(format!("{KEYRACK}/v1/key/{ENVIRONMENT}"))
        .header("x-original-method", call.method().as_str())
        .header("x-original-uri", call.uri().to_string())
        .header("x-forwarded-for", client.to_string());
    for name in PASSED {
        for value in call.headers().get_all(name) {
            asked = asked.header(name, value);
        }
    }
    let away = |_| Refused { status: 503, body: String::new() };
    let answer = asked.send().await.map_err(away)?;
    match answer.status().as_u16() {
        200 => answer.json().await.map_err(away),
        status @ (401 | 403 | 429) => {
            Err(Refused { status, body: answer.text().await.unwrap_or_default() })
        }
        _ => Err(Refused { status: 503, body: String::new() }),
    }
}
