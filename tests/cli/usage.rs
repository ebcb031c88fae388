//! Options before and after the command, from environment variables, and wrong ones.

use std::process::Command;

use super::{fail, misused, succeed, texts};
use crate::support::keyrack;

fn run(command: &mut Command) -> std::process::Output {
    command.output().unwrap()
}

#[test]
fn options_stand_before_or_after_the_command_or_in_the_environment() {
    let database = super::with_project();
    let url = database.url();
    let list = ["key", "list", "--project", "my-blog", "--json"];
    let folder = database.folder.path();
    succeed(&run(keyrack(folder).args(["--database-url", url]).args(list)));
    succeed(&run(keyrack(folder).args(list).args(["--database-url", url])));
    succeed(&run(keyrack(folder).args([
        "key",
        "--database-url",
        url,
        "list",
        "--project",
        "my-blog",
    ])));
    succeed(&run(keyrack(folder).args(list).env("DATABASE_URL", url)));
    // The flag wins.
    succeed(&run(keyrack(folder)
        .args(list)
        .args(["--database-url", url])
        .env("DATABASE_URL", "/no/such/folder/x.db")));
}

#[test]
fn by_default_the_database_is_keyrack_db_in_the_current_folder() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::TempDir::new().unwrap();
    for (arguments, name) in [
        (&["migrate"][..], "keyrack.db"),
        (&["migrate", "--database-url", "sqlite:other.db"], "other.db"),
        (&["migrate", "--database-url", "file:odd?mode=ro"], "file:odd?mode=ro"),
    ] {
        assert_eq!(succeed(&run(keyrack(folder.path()).args(arguments))), "");
        let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn help_and_version_go_to_standard_output() {
    let folder = tempfile::TempDir::new().unwrap();
    for arguments in [
        &["--help"][..],
        &["-h"],
        &["help"],
        &["serve", "--help"],
        &["key", "--help"],
        &["key", "add", "--help"],
        &["user", "reset-password", "--help"],
    ] {
        let (stdout, stderr) = texts(&run(keyrack(folder.path())
            .args(arguments)
            .env("DATABASE_URL", "postgres://ada:hush-hush@db.example/k")));
        assert!(
            stdout.contains("Usage: keyrack") && stderr.is_empty(),
            "{arguments:?}: {stdout}{stderr}"
        );
        assert!(!stdout.contains("hush-hush"), "the password of the environment is shown");
    }
    let all = texts(&run(keyrack(folder.path()).arg("--help"))).0;
    for word in [
        "serve",
        "migrate",
        "user",
        "project",
        "key",
        "--listen",
        "KEYRACK_LISTEN",
        "127.0.0.1:8080",
        "--database-url",
        "DATABASE_URL",
        "keyrack.db",
        "--public-url",
        "KEYRACK_PUBLIC_URL",
        "--trusted-proxy",
        "KEYRACK_TRUSTED_PROXIES",
        "--trusted-gateway",
        "KEYRACK_TRUSTED_GATEWAYS",
        "--forwarded-header",
        "KEYRACK_FORWARDED_HEADER",
    ] {
        assert!(all.contains(word), "{word}");
    }
    assert!(texts(&run(keyrack(folder.path()).arg("--version"))).0.starts_with("keyrack "));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "asking makes no database");
}

#[test]
fn wrong_usage_is_status_two() {
    let folder = tempfile::TempDir::new().unwrap();
    let wrong: &[&[&str]] = &[
        &["nonsense"],
        &["--nonsense"],
        &["key"],
        &["key", "add"],
        &["key", "add", "--project", "p", "--environment", "dev", "--kind", "secret"],
        &[
            "key",
            "add",
            "--project",
            "p",
            "--environment",
            "dev",
            "--kind",
            "public",
            "--name",
            "n",
        ],
        &["key", "list"],
        &["key", "delete"],
        &["user", "add", "--email", "a@b.c"],
        &["user", "add", "--email", "a@b.c", "--name", "A", "--password", "x"],
        &["project", "add", "--name", "x"],
        &["migrate", "extra"],
        &["migrate", "--database-url", ":memory:"],
        &["migrate", "--database-url", "sqlite::memory:"],
        &["migrate", "--database-url", "mysql://h/d"],
        &["migrate", "--database-url", ""],
        &["migrate", "--public-url", "keys.example.com"],
        &["migrate", "--public-url", "https://keys.example.com/path"],
        &["serve", "--trusted-proxy", "proxy.example.com"],
        &["serve", "--trusted-proxy", "10.0.0.0/33"],
        &["serve", "--trusted-proxy", "0.0.0.0/0"],
        &["serve", "--trusted-gateway", "::/0"],
        &["serve", "--forwarded-header", "via"],
    ];
    for arguments in wrong {
        let said = misused(&run(keyrack(folder.path()).args(*arguments)));
        assert!(said.starts_with("error: ") || said.contains("Usage:"), "{arguments:?}: {said}");
    }
    assert!(
        misused(&run(keyrack(folder.path()).args(["migrate", "--database-url", ":memory:"])))
            .contains(":memory: would forget every key")
    );
    for (name, value) in [
        ("DATABASE_URL", ":memory:"),
        ("DATABASE_URL", ""),
        ("KEYRACK_PUBLIC_URL", "ftp://x"),
        ("KEYRACK_TRUSTED_PROXIES", "10.0.0.1,nonsense"),
        ("KEYRACK_TRUSTED_GATEWAYS", "10.0.0.1,0.0.0.0/0"),
        ("KEYRACK_FORWARDED_HEADER", "x"),
    ] {
        misused(&run(keyrack(folder.path()).arg("migrate").env(name, value)));
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");
}

/// As container files make them: `KEYRACK_PUBLIC_URL: ${PUBLIC_URL:-}`.
#[test]
fn an_empty_variable_is_an_option_that_is_not_given() {
    let database = super::with_project();
    let mut command = keyrack(database.folder.path());
    for name in [
        "LISTEN",
        "PUBLIC_URL",
        "TRUSTED_PROXIES",
        "TRUSTED_GATEWAYS",
        "FORWARDED_HEADER",
        "SMTP_URL",
        "MAIL_FROM",
        "ALLOW_PRIVATE_JWKS",
        "LOG",
    ] {
        command.env(format!("KEYRACK_{name}"), "");
    }
    command.args(["serve", "--database-url", database.url(), "--listen", "nonsense"]);
    assert!(fail(&run(&mut command)).starts_with("keyrack: can't listen on nonsense"));
    // The flag is given, and empty.
    misused(&run(keyrack(database.folder.path()).args(["migrate", "--public-url", ""])));
}

/// It would leave something unset that somebody believes to be set.
#[test]
fn a_variable_that_means_nothing_is_named_and_ends_the_start() {
    let folder = tempfile::TempDir::new().unwrap();
    for command in [&["serve", "--listen", "nonsense"][..], &["migrate"], &[]] {
        let mut start = keyrack(folder.path());
        start.env("KEYRACK_TRUSTED_PROXY", "127.0.0.1").env("KEYRACK_", "");
        let said = misused(&run(start.args(command)));
        for name in ["KEYRACK_TRUSTED_PROXY", "KEYRACK_,"] {
            assert!(said.contains(name), "{command:?}: {said}");
        }
        assert!(!said.contains("127.0.0.1"), "its value may be a secret: {said}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");
    // Kubernetes sets these for a service that is called keyrack, or keyrack-postgres.
    let mut start = keyrack(folder.path());
    for (name, value) in [
        ("KEYRACK_SERVICE_HOST", "10.0.0.1"),
        ("KEYRACK_SERVICE_PORT_HTTP", "80"),
        ("KEYRACK_PORT", "tcp://10.0.0.1:80"),
        ("KEYRACK_PORT_80_TCP_ADDR", "10.0.0.1"),
        ("KEYRACK_POSTGRES_SERVICE_HOST", "10.0.0.2"),
        ("KEYRACK_POSTGRES_PORT_5432_TCP", "tcp://10.0.0.2:5432"),
        ("KEYRACK_LOG", "info"),
        ("keyrack_other", "x"),
        ("MY_KEYRACK_URL", "x"),
    ] {
        start.env(name, value);
    }
    succeed(&run(start.arg("migrate")));
    // Other commands have nothing to do with the server's options.
    let mut list = keyrack(folder.path());
    list.env("KEYRACK_TRUSTED_PROXY", "127.0.0.1");
    fail(&run(list.args(["key", "list", "--project", "nothing"])));
}

#[test]
fn a_database_that_can_not_be_used_is_one_line_and_never_shows_its_password() {
    let folder = tempfile::TempDir::new().unwrap();
    let migrate = |url: &str| run(keyrack(folder.path()).args(["migrate", "--database-url", url]));
    assert!(fail(&migrate("/no/such/folder/x.db")).contains("/no/such/folder/x.db"));
    fail(&migrate(folder.path().to_str().unwrap()));
    std::fs::write(
        folder.path().join("text.db"),
        "this is no database, whatever its name says ".repeat(50),
    )
    .unwrap();
    fail(&migrate("text.db"));
    let said = fail(&migrate("postgres://ada:hush-hush@127.0.0.1:1/keyrack"));
    assert!(said.contains("127.0.0.1:1") && !said.contains("hush-hush"), "{said}");
    // Also one that is refused before anything is asked, by whichever way it comes.
    for url in [
        "postgres://ada:hush%hush@h/keyrack",
        "Postgres://ada:hush@h/k",
        "mysql://ada:hush@h/k",
        "host=h password=hush",
    ] {
        for output in
            [migrate(url), run(keyrack(folder.path()).arg("migrate").env("DATABASE_URL", url))]
        {
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(
                (output.status.code(), output.stdout.len()),
                (Some(2), 0),
                "{url}: {stderr}"
            );
            assert!(
                stderr.starts_with("error: --database-url: ") && !stderr.contains("hush"),
                "{url}: {stderr}"
            );
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was made");
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let database = super::with_project();
    let mut child = keyrack(database.folder.path())
        .args(["key", "list", "--project", "my-blog", "--json", "--database-url", database.url()])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"));
}
