//! The projects with the keys of a history. They belong to Ada, Bob is a member, and they are
//! deleted at random, too.

use std::sync::atomic::Ordering;

use rand::RngExt;
use rand::rngs::StdRng;
use reqwest::Method;

use super::fate::{Fate, State};
use super::journal::{Journal, Lost, send};
use crate::support::tenant::{self, EMAIL};
use crate::support::{Anonymous, PASSWORD, Page, Process, SignedIn, TestDatabase};

const BOB: &str = "bob@example.com";

/// Ada and Bob, both signed in at one server.
#[derive(Clone)]
pub(super) struct People {
    /// Owns everything.
    pub(super) ada: SignedIn,
    /// A member of each project, until Ada removes him.
    pub(super) bob: SignedIn,
}

impl People {
    pub(super) async fn at(server: &Process) -> Self {
        let bob = SignedIn::new(Anonymous::new(&server.origin), BOB, PASSWORD).await;
        Self { ada: tenant::ada(&server.origin).await, bob }
    }
}

/// Ada and Bob.
pub(super) fn settle(database: &TestDatabase) {
    assert!(Process::run(database, &["migrate"]).status.success());
    for (email, name) in [(EMAIL, "Ada"), (BOB, "Bob")] {
        let user = Process::run_with_input(
            database,
            &["user", "add", "--email", email, "--name", name],
            PASSWORD,
        );
        assert!(user.status.success(), "{}", String::from_utf8_lossy(&user.stderr));
    }
}

/// An environment. Its keys exist as long as it and its project do.
#[derive(Clone)]
pub(super) struct Place {
    /// `/projects/{slug}`
    pub(super) project: String,
    /// What people call it: two may be called the same.
    project_name: String,
    pub(super) project_fate: Fate,
    /// Whether Bob is in the project.
    pub(super) membership: Fate,
    /// `/projects/{slug}/team/{user}/remove`
    remove: String,
    /// Its first one, if it is one that changes its name.
    pub(super) name: &'static str,
    is_named: bool,
    pub(super) id: String,
    pub(super) fate: Fate,
}

impl Place {
    pub(super) fn keys(&self) -> String {
        format!("{}/{}/api-keys", self.project, self.name)
    }

    /// What its gateway asks for: `{project}/{environment}`. The environment by its id, because names
    /// go from one to another here.
    pub(super) fn asked(&self) -> String {
        format!("{}/{}", self.slug(), self.id)
    }

    pub(super) fn slug(&self) -> &str {
        self.project.trim_start_matches("/projects/")
    }

    /// Whether it changes its name.
    pub(super) fn is_named(&self) -> bool {
        self.is_named
    }

    /// One of the same project that changes its name.
    pub(super) fn another(&self, id: String, name: &'static str) -> Self {
        Self { id, name, is_named: true, fate: Fate::default(), ..self.clone() }
    }

    pub(super) fn state(&self) -> State {
        super::fate::of(&[&self.fate, &self.project_fate])
    }
}

impl Journal {
    /// Opens a project, with Bob in it. It counts once everything was answered.
    pub(super) async fn open(&self, people: &People) -> Result<(), Lost> {
        self.open_as(people, format!("p{}", self.number())).await
    }

    async fn open_as(&self, people: &People, project_name: String) -> Result<(), Lost> {
        let (ada, fields) = (&people.ada, [("name", project_name.as_str())]);
        let made = expect(303, send(ada, Method::POST, "/projects", &fields).await?)?;
        let project = made.location().trim_end_matches("/dev/api-keys").to_owned();
        let list =
            expect(200, send(ada, Method::GET, &format!("{project}/environments"), &[]).await?)?;
        let invitation = [("email", BOB), ("role", "member")];
        let invited = expect(
            200,
            send(ada, Method::POST, &format!("{project}/team/invite"), &invitation).await?,
        )?;
        let link = invited.text("#lnk");
        let token = link
            .split_once("token=")
            .map(|(_, token)| token)
            .ok_or("an invitation without a link")?;
        expect(
            303,
            send(&people.bob, Method::POST, "/invitations/join", &[("token", token)]).await?,
        )?;
        let team = expect(200, send(ada, Method::GET, &format!("{project}/team"), &[]).await?)?;
        let (project_fate, membership) = (Fate::default(), Fate::default());
        let remove = team.attribute("a[href$='/remove']", "href");
        // `prod` is protected, so Bob may do nothing there; and it stays, because a project keeps
        // one.
        let places = ["dev", "staging"].map(|name| Place {
            id: list.attribute(&format!("tr:has(a[href='{project}/{name}/api-keys'])"), "id"),
            name,
            is_named: false,
            project: project.clone(),
            project_name: project_name.clone(),
            project_fate: project_fate.clone(),
            membership: membership.clone(),
            remove: remove.clone(),
            fate: Fate::default(),
        });
        self.places().extend(places);
        Ok(())
    }

    /// Deletes a place, its project, or Bob's access to it; if none is left, opens one.
    pub(super) async fn end_something(
        &self,
        people: &People,
        dice: &mut StdRng,
    ) -> Result<(), Lost> {
        let living: Vec<Place> =
            self.places().iter().filter(|place| place.state() == State::Living).cloned().collect();
        if living.len() < 4 {
            // It has the name of a deleted project, so it gets another slug.
            let gone = |place: &&Place| place.project_fate.state() == State::Deleted;
            let gone = self.places().iter().rfind(gone).map(|place| place.project_name.clone());
            let Some(name) = gone else { return self.open(people).await };
            self.open_as(people, name).await?;
            self.names.seen.recreated.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        }
        let place = &living[dice.random_range(0..living.len())];
        // The last place of a project is deleted with the project, because otherwise there would be
        // more and more projects.
        let last =
            !living.iter().any(|other| other.project == place.project && other.id != place.id);
        let (fate, path, confirm) = match dice.random_range(0..4) {
            ends if ends == 0 || (ends > 1 && last) => (
                &place.project_fate,
                format!("{}/settings/delete", place.project),
                place.project_name.as_str(),
            ),
            1 => (&place.membership, place.remove.clone(), ""),
            _ => (
                &place.fate,
                format!("{}/environments/{}/delete", place.project, place.id),
                place.name,
            ),
        };
        let fields = [("confirm", confirm)];
        self.end(
            fate,
            &[&place.project_fate],
            &people.ada,
            &path,
            if confirm.is_empty() { &[] } else { &fields },
        )
        .await
    }
}

fn expect(status: u16, page: Page) -> Result<Page, Lost> {
    if page.status == status { Ok(page) } else { Err(format!("{} {}", page.status, page.body)) }
}
