//! Runs `wrk` and reads its report.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::server::Server;

/// The requests of a load.
pub enum Load<'a> {
    Health,
    /// `/v1/verify` with random keys from a file, in which each key comes after its environment.
    Keys(&'static str, &'a Path),
    /// A page, with the cookie of a session.
    Page(&'a str, &'a str),
    SignIn(&'a str, &'a str),
}

impl Load<'_> {
    pub fn name(&self) -> String {
        match self {
            Self::Health => "/healthz".to_owned(),
            Self::Keys(kind, _) => format!("/v1/verify, {kind}"),
            Self::Page(path, _) => (*path).to_owned(),
            Self::SignIn(..) => "sign-in".to_owned(),
        }
    }

    /// The Lua script that makes the requests. A key is sent to `/healthz` as well, so that both
    /// cost the same on the client's side.
    fn script(&self) -> String {
        let request = match self {
            Self::Health => "request = function() return wrk.format('GET', '/healthz') end".to_owned(),
            Self::Keys(_, file) => format!(
                "local requests = {{}}
                 for line in io.lines('{}') do
                     local environment, key = line:match('(%S+) (%S+)')
                     requests[#requests + 1] = 'GET /v1/verify/bench/' .. environment .. ' HTTP/1.1\\r\\nHost: localhost\\r\\nX-API-Key: ' .. key .. '\\r\\n\\r\\n'
                 end
                 request = function() return requests[math.random(#requests)] end",
                file.display()
            ),
            Self::Page(path, cookie) => {
                format!("wrk.headers['Cookie'] = '{cookie}'\nrequest = function() return wrk.format('GET', '{path}') end")
            }
            Self::SignIn(email, password) => format!(
                "wrk.headers['Sec-Fetch-Site'] = 'same-origin'
                 wrk.headers['Content-Type'] = 'application/x-www-form-urlencoded'
                 request = function() return wrk.format('POST', '/sign-in', nil, 'email={email}&password={password}') end"
            ),
        };
        format!(
            "{request}
             done = function(summary, latency)
                 local errors = summary.errors
                 io.write(string.format('RESULT %d %d %d %d %d %d\\n', summary.requests, summary.duration,
                     latency:percentile(50), latency:percentile(99), errors.status,
                     errors.connect + errors.read + errors.write + errors.timeout))
             end"
        )
    }

    fn expects_errors(&self) -> bool {
        matches!(self, Self::Keys("unknown" | "garbage", _))
    }
}

pub struct Measured {
    /// Requests a second.
    pub rate: f64,
    /// Milliseconds.
    pub p50: f64,
    /// Milliseconds.
    pub p99: f64,
    /// Milliseconds of the server's processor time for each request.
    pub cpu: f64,
    /// MiB.
    pub rss_anon: f64,
}

/// Runs a load as fast as possible.
pub fn run(server: &Server, load: &Load<'_>, connections: u32, seconds: u32) -> Measured {
    run_script(server, load, &load.script(), connections, seconds)
}

/// Runs a load at about half of the measured rate. Each connection waits for a random time between
/// its requests, so that they don't all come at once.
pub fn run_at_half(
    server: &Server,
    load: &Load<'_>,
    connections: u32,
    seconds: u32,
    top: &Measured,
) -> Measured {
    // At this rate an answer takes less than half as long as at the full rate.
    let pause = f64::from(connections) / (top.rate / 2.0) * 1e3 - top.p50 / 3.0;
    let delay = format!(
        "delay = function() return math.floor(math.random() * {:.3} + 0.5) end",
        2.0 * pause
    );
    run_script(server, load, &format!("{}\n{delay}", load.script()), connections, seconds)
}

/// Checks that every answer was of the right kind, because wrong ones would be fast, too.
fn run_script(
    server: &Server,
    load: &Load<'_>,
    lua: &str,
    connections: u32,
    seconds: u32,
) -> Measured {
    let script = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(script.path(), lua).unwrap();
    let before = server.cpu();
    let output = Command::new("wrk")
        .args(["-t2", &format!("-c{connections}"), &format!("-d{seconds}s"), "-s"])
        .arg(script.path())
        .arg(format!("http://127.0.0.1:{}/", server.port))
        .output()
        .expect("wrk: scripts/bench installs it");
    let cpu: Duration = server.cpu() - before;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("RESULT "))
        .unwrap_or_else(|| panic!("{text}"));
    let numbers: Vec<f64> = line.split(' ').map(|n| n.parse().unwrap()).collect();
    let &[requests, micros, p50, p99, refused, broken] = numbers.as_slice() else {
        panic!("{line}")
    };
    let expected = if load.expects_errors() { requests } else { 0.0 };
    assert!(
        refused == expected && broken == 0.0,
        "{}: {refused} refused, {broken} broken of {requests}",
        load.name()
    );
    Measured {
        rate: requests / (micros / 1e6),
        p50: p50 / 1e3,
        p99: p99 / 1e3,
        cpu: cpu.as_secs_f64() * 1e3 / requests,
        rss_anon: server.rss_anon_mib(),
    }
}
