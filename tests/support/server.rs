//! The real server, in this process, with a port and a database of its own.

use std::net::TcpListener;
use std::sync::{LazyLock, mpsc};
use std::thread::JoinHandle;

use actix_web::dev::ServerHandle;
use clap::Parser;
use keyrack::config::Config;
use keyrack::db::{Db, DbConnection, UserId};
use keyrack::domain::projects::{self, Description, Name, NewProject};
use keyrack::domain::users::{self, Email, NewUser, Password, PasswordHash};
use keyrack::domain::{Act, Actor, Clock, os_rng};
use keyrack::startup;

use super::{Anonymous, ApiClient, SignedIn, TestDatabase};

/// The password of everybody in the tests.
pub const PASSWORD: &str = "plum-orbit-cable-41";
/// It is hashed only once, because hashing is slow by design.
static HASH: LazyLock<PasswordHash> =
    LazyLock::new(|| Password::unchecked(PASSWORD).hash(&mut os_rng()));

pub struct Server {
    pub database: TestDatabase,
    pub db: Db,
    pub clock: Clock,
    pub origin: String,
    pub setup_link: Option<String>,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

#[derive(Parser)]
struct Options {
    #[command(flatten)]
    config: Config,
}

impl Server {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts a server with options, as on the command line.
    pub async fn start_with(options: &[&str]) -> Self {
        Self::start_on(TestDatabase::migrated(), options).await
    }

    /// Starts a server on this database. It trusts the tests about the original request, like a
    /// gateway.
    pub async fn start_on(database: TestDatabase, options: &[&str]) -> Self {
        let trusted = ["--trusted-gateway", "127.0.0.1"];
        Self::start_bare(database, &[&trusted[..], options].concat()).await
    }

    /// Starts a server with these options and no others.
    pub async fn start_bare(database: TestDatabase, options: &[&str]) -> Self {
        let arguments = ["keyrack", "--database-url", database.url()];
        let config = Options::parse_from(arguments.iter().chain(options)).config;
        let (db, clock) = (Db::new(&config.database_url), Clock::default());
        db.migrate_blocking().unwrap();
        let (sender, receiver) = mpsc::channel();
        let (theirs, clock_of_theirs) = (db.clone(), clock.clone());
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").unwrap();
                let application =
                    startup::start(config, theirs, clock_of_theirs, listener).await.unwrap();
                sender
                    .send((
                        application.address,
                        application.setup_link.clone(),
                        application.handle(),
                    ))
                    .unwrap();
                application.run().await.unwrap();
            });
        });
        let (address, setup_link, handle) = receiver.recv().unwrap();
        Self {
            database,
            db,
            clock,
            origin: format!("http://{address}"),
            setup_link,
            handle,
            thread: Some(thread),
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Somebody who has not signed in.
    pub fn anonymous(&self) -> Anonymous {
        Anonymous::new(&self.origin)
    }

    /// A program that calls the verifier.
    pub fn api(&self) -> ApiClient {
        ApiClient::new(&self.origin)
    }

    /// Ada, owner of the project `my-blog`, signed in.
    pub async fn ada(&self) -> SignedIn {
        let ada = self.user("Ada", "ada@example.com");
        self.project("My Blog", &ada);
        self.sign_in("ada@example.com").await
    }

    pub async fn sign_in(&self, email: &str) -> SignedIn {
        SignedIn::new(self.anonymous(), email, PASSWORD).await
    }

    /// Adds a user with [`PASSWORD`].
    pub fn user(&self, name: &str, email: &str) -> UserId {
        let user = NewUser {
            email: Email::parse(email).unwrap(),
            name: name.to_owned(),
            password_hash: HASH.clone(),
        };
        self.write(|c| users::create(c, &user, self.clock.now(), &mut os_rng()))
    }

    /// Adds a project and returns its slug.
    pub fn project(&self, name: &str, owner: &UserId) -> String {
        let project = NewProject {
            name: Name::parse(name).unwrap(),
            slug: None,
            description: Description::default(),
        };
        self.write(|c| {
            projects::create(
                c,
                &mut Act::new(&Actor::CommandLine { says: None }, self.clock.now(), &mut os_rng()),
                &project,
                owner,
            )
        })
        .to_string()
    }

    /// Makes a user a member of a project, or changes their role.
    pub fn member(&self, slug: &str, user: &UserId, role: &str) {
        self.database.execute(&format!(
            "DELETE FROM members WHERE user_id = '{user}' AND project_id = (SELECT id FROM projects WHERE slug = '{slug}');
             INSERT INTO members (project_id, user_id, role, created_at)
             SELECT id, '{user}', '{role}', created_at FROM projects WHERE slug = '{slug}'"
        ));
    }

    /// What the command line does to an account.
    pub fn account<T, E: From<keyrack::db::Error> + std::fmt::Debug>(
        &self,
        verb: impl FnOnce(&mut DbConnection, &mut Act<'_>, &UserId) -> Result<T, E>,
        user: &UserId,
    ) -> T {
        let actor = Actor::CommandLine { says: None };
        self.write(|c| verb(c, &mut Act::new(&actor, self.clock.now(), &mut os_rng()), user))
    }

    /// A write transaction, as the pages use it.
    pub fn write<T, E: From<keyrack::db::Error> + std::fmt::Debug>(
        &self,
        work: impl FnOnce(&mut DbConnection) -> Result<T, E>,
    ) -> T {
        self.db.write_blocking(work).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let handle = self.handle.clone();
        std::thread::spawn(move || actix_web::rt::System::new().block_on(handle.stop(false)))
            .join()
            .unwrap();
        self.thread.take().unwrap().join().unwrap();
    }
}
