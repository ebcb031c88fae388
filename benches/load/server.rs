//! The release binary, run as it is in production.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub struct Server {
    child: Child,
    pub port: u16,
    /// The time from exec to the first good answer of `/readyz`.
    pub ready: Duration,
}

impl Server {
    pub fn start(database_url: &str) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let started = Instant::now();
        let child = Command::new(env!("CARGO_BIN_EXE_keyrack"))
            .args([
                "serve",
                "--listen",
                &format!("127.0.0.1:{port}"),
                "--database-url",
                database_url,
            ])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut server = Self { child, port, ready: Duration::ZERO };
        while !server.get("/readyz").starts_with("HTTP/1.1 200") {
            assert!(started.elapsed() < Duration::from_secs(30), "it is not ready");
            std::thread::sleep(Duration::from_millis(1));
        }
        server.ready = started.elapsed();
        server
    }

    fn get(&self, path: &str) -> String {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
    }

    fn send(&self, request: &str) -> String {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else {
            return String::new();
        };
        let mut answer = String::new();
        let _ =
            stream.write_all(request.as_bytes()).and_then(|()| stream.read_to_string(&mut answer));
        answer
    }

    /// Signs in, and returns the cookie of the new session.
    pub fn sign_in(&self, email: &str, password: &str) -> String {
        let body = format!("email={email}&password={password}");
        let answer = self.send(&format!(
            "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ));
        let cookies: Vec<&str> = answer
            .lines()
            .filter_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next())
            .collect();
        assert!(cookies.iter().any(|cookie| cookie.starts_with("keyrack=")), "{answer}");
        cookies.join("; ")
    }

    /// The processor time so far, user and system.
    pub fn cpu(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let ticks = |field: usize| {
            stat.rsplit(") ").next().unwrap().split(' ').nth(field).unwrap().parse::<u64>().unwrap()
        };
        Duration::from_millis((ticks(11) + ticks(12)) * 10) // USER_HZ is 100
    }

    /// The memory of the process itself, without cached files.
    pub fn rss_anon_mib(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
