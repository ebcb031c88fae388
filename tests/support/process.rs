//! The built binary, run as people run it.

use std::fs::Permissions;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::TestDatabase;

/// A running `keyrack serve`, which is killed when dropped.
pub struct Process {
    pub child: Child,
    pub origin: String,
    /// Everything that it has written to standard error so far.
    pub stderr: Arc<Mutex<String>>,
}

/// A command with an empty environment, in the database's folder.
pub fn keyrack(folder: &Path) -> Command {
    // `scripts/soak` runs the release binary.
    let binary = std::env::var_os("KEYRACK_TEST_BINARY")
        .unwrap_or_else(|| env!("CARGO_BIN_EXE_keyrack").into());
    let mut command = Command::new(binary);
    command.env_clear().current_dir(folder).stdin(Stdio::null());
    command
}

impl Process {
    pub fn serve(database: &TestDatabase) -> Self {
        Self::serve_with(database, &[])
    }

    pub fn serve_with(database: &TestDatabase, options: &[&str]) -> Self {
        let mut command = keyrack(database.folder.path());
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--database-url", database.url()])
            .args(options);
        Self::spawn(command)
    }

    /// Starts the server and waits until it listens.
    pub fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = Arc::new(Mutex::new(String::new()));
        let (pipe, sink) = (child.stderr.take().unwrap(), Arc::clone(&stderr));
        std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                let mut sink = sink.lock().unwrap();
                sink.push_str(&line);
                sink.push('\n');
            }
        });
        let started = Instant::now();
        let origin = loop {
            let seen = stderr.lock().unwrap().clone();
            if let Some(address) = seen.split("\"message\":\"listening\",\"address\":\"").nth(1) {
                break format!("http://{}", address.split('"').next().unwrap());
            }
            assert!(started.elapsed() < Duration::from_secs(20), "it does not listen: {seen}");
            std::thread::sleep(Duration::from_millis(5));
        };
        Self { child, origin, stderr }
    }

    /// Runs a command that ends by itself, such as `key add`.
    pub fn run(database: &TestDatabase, arguments: &[&str]) -> Output {
        Self::run_with_input(database, arguments, "")
    }

    /// Runs a command with these arguments and no others.
    pub fn run_bare(database: &TestDatabase, arguments: &[&str]) -> Output {
        keyrack(database.folder.path()).args(arguments).output().unwrap()
    }

    /// The resident memory in bytes (proc(5), `VmRSS`).
    pub fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// Sends SIGTERM and waits until the server has ended without an error.
    pub fn terminate(&mut self) {
        let killed =
            Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(
            killed.success() && self.child.wait().unwrap().success(),
            "{}",
            self.stderr.lock().unwrap()
        );
    }

    pub fn run_with_input(database: &TestDatabase, arguments: &[&str], input: &str) -> Output {
        let mut command = keyrack(database.folder.path());
        command.args(arguments).args(["--database-url", database.url()]);
        Self::run_command(command, input)
    }

    /// Runs a command to its end, with this text on its standard input.
    pub fn run_command(mut command: Command, input: &str) -> Output {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes()); // it may not be read
        child.wait_with_output().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command that runs as a user who can't write read-only files, because root can.
pub struct Unprivileged {
    pub command: Command,
    /// A folder from which everybody can run the binary.
    _public: TempDir,
}

pub fn unprivileged(command: &Command) -> Unprivileged {
    let public = TempDir::new().unwrap();
    std::fs::set_permissions(public.path(), Permissions::from_mode(0o755)).unwrap();
    let program = command.get_program();
    let is_root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    let mut other = if is_root {
        let binary = public.path().join("keyrack");
        // Another process copies the binary. A file that this process has open for writing may be
        // inherited by a child of another test for a moment, and a file that is open for writing
        // can't be run.
        assert!(Command::new("cp").arg(program).arg(&binary).status().unwrap().success());
        let mut other = Command::new("setpriv");
        other.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(binary);
        other
    } else {
        Command::new(program)
    };
    other.env_clear().args(command.get_args()).stdin(Stdio::null());
    other.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = command.get_current_dir() {
        other.current_dir(folder);
    }
    Unprivileged { command: other, _public: public }
}

/// A child process that is ended with its test, even if the test fails.
pub struct Guarded(pub Child);

impl Drop for Guarded {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
