//! Socket activation: the listening socket outlives the process, so a restart refuses no
//! connection.

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::support::{Process, TestDatabase, keyrack, tenant};

/// Starts Keyrack as systemd does (sd_listen_fds(3)): the socket is descriptor 3.
fn activated(database: &TestDatabase, socket: &TcpListener) -> Process {
    let inner = keyrack(database.folder.path());
    let mut command = Command::new("/bin/sh");
    command.env_clear().current_dir(database.folder.path());
    command
        .args(["-c", "LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" \"$@\" 3<&0 </dev/null"])
        .arg(inner.get_program());
    command.args(["serve", "--listen", "127.0.0.1:1", "--database-url", database.url()]);
    command.stdin(Stdio::from(OwnedFd::from(socket.try_clone().unwrap())));
    Process::spawn(command)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_with_an_inherited_socket_refuses_no_connection_and_loses_no_request() {
    let database = TestDatabase::new();
    tenant::settle(&database);
    let key = tenant::add_key(&database, "server-key");
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let mut server = activated(&database, &socket);
    assert_eq!(server.origin, format!("http://{address}"), "the socket decides, not --listen");
    let (stop, answers) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let clients: Vec<_> = (0..8)
        .map(|number| {
            let (stop, answers, key) = (Arc::clone(&stop), Arc::clone(&answers), key.clone());
            tokio::spawn(async move {
                // Half of them make a connection for each request, half keep theirs.
                let idle = if number % 2 == 0 { 0 } else { 1 };
                let client =
                    reqwest::Client::builder().pool_max_idle_per_host(idle).build().unwrap();
                while !stop.load(Ordering::Relaxed) {
                    let answer = client
                        .get(format!("http://{address}/v1/verify/my-blog/dev"))
                        .header("X-API-Key", &key)
                        .send()
                        .await;
                    assert_eq!(answer.unwrap_or_else(|e| panic!("{e:?}")).status(), 200);
                    answers.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            })
        })
        .collect();
    let mut slowest = Duration::ZERO;
    let rounds = super::rounds("SOAK_HANDOVERS", 3);
    for _ in 0..rounds {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let begun = Instant::now();
        server.signal("TERM");
        assert_eq!(
            server.ended_within(Duration::from_secs(10)).and_then(|status| status.code()),
            Some(0)
        );
        slowest = slowest.max(begun.elapsed());
        server = activated(&database, &socket);
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.unwrap();
    }
    println!(
        "{rounds} restarts under {} requests: none failed; the slowest stop took {slowest:?}",
        answers.load(Ordering::Relaxed)
    );
}
