//! A separate PostgreSQL server for tests that stop, kill or fill it. The one that
//! `scripts/with-postgres` starts serves other tests at the same time.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use tempfile::TempDir;

use super::{TestDatabase, kill};

/// A server that is stopped and removed when dropped.
pub struct Postgres {
    folder: TempDir,
    bin: PathBuf,
    port: u16,
    settings: String,
}

impl Postgres {
    /// A new server that is not started yet. `None` if the tests don't run on PostgreSQL.
    pub fn new(settings: &str) -> Option<Self> {
        std::env::var_os("TEST_POSTGRES_URL")?;
        let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
            .ok()?
            .map(|entry| entry.unwrap().path().join("bin"))
            .collect();
        versions.sort();
        let folder =
            tempfile::Builder::new().prefix("keyrack-postgres.").tempdir_in("/tmp").unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Self { bin: versions.pop()?, port, settings: settings.to_owned(), folder };
        if is_root() {
            assert!(
                Command::new("chown")
                    .arg("postgres")
                    .arg(server.folder.path())
                    .status()
                    .unwrap()
                    .success()
            );
        }
        let made = server
            .command("initdb")
            .args([
                "-U",
                "keyrack",
                "--auth=trust",
                "--no-sync",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
            ])
            .stdout(Stdio::null())
            .status();
        assert!(made.unwrap().success());
        Some(server)
    }

    /// A new server that is running.
    pub fn started(settings: &str) -> Option<Self> {
        let server = Self::new(settings)?;
        server.start();
        Some(server)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A command as another user than root, because initdb and the server refuse to run as root.
    fn command(&self, program: &str) -> Command {
        let program = self.bin.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.arg("-D").arg(self.data()).current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    /// Starts the server and waits until it accepts connections.
    pub fn start(&self) {
        let folder = self.folder.path().display();
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off {}",
            self.port, self.settings
        );
        let begun = Instant::now();
        // After kill -9, the old backends hold the shared memory until they notice.
        while !self.pg_ctl(&[
            "-l",
            &format!("{folder}/log"),
            "-w",
            "-t",
            "30",
            "-o",
            &options,
            "start",
        ]) {
            assert!(begun.elapsed() < Duration::from_secs(60), "PostgreSQL does not start");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Starts the server again if it is down, and waits until it accepts connections.
    pub fn ensure_started(&self) {
        let begun = Instant::now();
        if !Path::new(&format!("/proc/{}", self.recorded_pid())).exists() {
            self.start();
        }
        while PgConnection::establish(&self.url("postgres")).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(60), "PostgreSQL does not come back");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn recorded_pid(&self) -> String {
        let file = std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
        file.lines().next().map_or_else(|| "none".to_owned(), |line| line.trim().to_owned())
    }

    /// Stops the server as in a crash, with `pg_ctl -m immediate stop`.
    pub fn stop(&self) {
        self.pg_ctl(&["-m", "immediate", "-w", "stop"]);
    }

    fn pg_ctl(&self, arguments: &[&str]) -> bool {
        self.command("pg_ctl")
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap()
            .success()
    }

    /// The URL of a database of this server.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://keyrack@127.0.0.1:{}/{database}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The database `postgres` of this server, for a [`super::Process`].
    pub fn database(&self) -> TestDatabase {
        TestDatabase::at(self.url("postgres"))
    }

    /// A connection as an administrator.
    pub fn connect(&self) -> PgConnection {
        PgConnection::establish(&self.url("postgres")).unwrap()
    }

    /// The number of Keyrack's connections.
    pub fn connections(&self) -> i64 {
        diesel::dsl::sql::<diesel::sql_types::BigInt>(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'keyrack'",
        )
        .get_result(&mut self.connect())
        .unwrap()
    }

    pub fn postmaster(&self) -> u32 {
        let file = std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        file.lines().next().unwrap().trim().parse().unwrap()
    }

    /// All processes of the server. Each backend is in a session of its own, so there is no process
    /// group to signal.
    pub fn processes(&self) -> Vec<u32> {
        let postmaster = self.postmaster();
        let mut all = vec![postmaster];
        all.extend(children(postmaster));
        all
    }

    /// Sends SIGSTOP to all processes: the kernel goes on accepting connections and data, but
    /// nothing is answered.
    pub fn freeze(&self) {
        // The postmaster comes first, because it would start new ones.
        for process in self.processes() {
            kill("STOP", process);
        }
        for process in self.processes() {
            kill("STOP", process);
        }
    }

    pub fn thaw(&self) {
        for process in self.processes().into_iter().rev() {
            kill("CONT", process);
        }
    }

    /// Kills all processes with SIGKILL, as when memory runs out.
    pub fn kill(&self) {
        for process in self.processes() {
            kill("KILL", process);
        }
        let begun = Instant::now();
        while Path::new(&format!("/proc/{}", self.postmaster())).exists()
            && begun.elapsed() < Duration::from_secs(5)
        {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Kills one of Keyrack's backends with SIGKILL. The server then restarts all of them.
    pub fn kill_a_backend(&self) {
        let pid = diesel::dsl::sql::<diesel::sql_types::Integer>(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'keyrack' ORDER BY random() LIMIT 1",
        )
        .get_result::<i32>(&mut self.connect());
        if let Ok(pid) = pid {
            kill("KILL", pid.unsigned_abs());
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.data().join("postmaster.pid").exists() {
            self.thaw();
            self.stop();
        }
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

fn children(parent: u32) -> Vec<u32> {
    let parent = format!("PPid:\t{parent}\n");
    let processes = std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    processes
        .filter(|pid| {
            std::fs::read_to_string(format!("/proc/{pid}/status"))
                .is_ok_and(|status| status.contains(&parent))
        })
        .collect()
}
