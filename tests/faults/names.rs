//! Names that move from one environment to another, slugs that nobody may get again, and keys at
//! addresses that are not theirs. A foreign key is good at none of them, at any time.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, RngExt};
use reqwest::Method;

use super::fate::{State, law};
use super::journal::{Journal, Lost, PLACES, answered, any, send};
use super::places::{People, Place};
use crate::support::Page;

/// There are so few names that the environments of a project take them from each other.
const POOL: [&str; 3] = ["qa", "lab", "beta"];
/// No request takes as long as this.
const LONGEST: Duration = Duration::from_secs(60);

/// The time in which an environment may answer to a name: from when that was requested until it was
/// answered that another one has the name.
struct Hold {
    project: String,
    name: &'static str,
    environment: String,
    from: Instant,
    /// When it was answered. `None`: it was not, or not yet, and nobody knows.
    since: Option<Instant>,
    until: Option<Instant>,
    /// Whether somebody is asking for the name.
    contested: bool,
}

/// How often each kind of event happened, to show that a history had some of each.
#[derive(Debug, Default)]
pub(super) struct Seen {
    renamed: AtomicUsize,
    /// Names that went from one environment to another.
    taken: AtomicUsize,
    /// Projects that are called like one that was deleted.
    pub(super) recreated: AtomicUsize,
    /// Slugs of deleted projects that were refused to others.
    slugs: AtomicUsize,
    /// Keys at the address of another environment, of another project, and at one with a name that
    /// goes from one to another.
    environments: AtomicUsize,
    projects: AtomicUsize,
    names: AtomicUsize,
}

impl Seen {
    pub(super) fn all(&self) -> bool {
        let all = [&self.renamed, &self.taken, &self.recreated, &self.slugs];
        let at = [&self.environments, &self.projects, &self.names];
        all.into_iter().chain(at).all(|counter| counter.load(Ordering::Relaxed) > 0)
    }
}

fn count(counter: &AtomicUsize) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// The environments that change their names.
#[derive(Clone, Default)]
pub(super) struct Names {
    places: Arc<Mutex<Vec<Place>>>,
    holds: Arc<Mutex<Vec<Hold>>>,
    /// Projects in which an answer was lost, so that it is not known which environment has which
    /// name.
    unsure: Arc<Mutex<HashSet<String>>>,
    /// One at a time changes names, so that their order is known.
    turn: Arc<tokio::sync::Mutex<()>>,
    pub(super) seen: Arc<Seen>,
}

impl Names {
    pub(super) fn clear(&self) {
        self.places.lock().unwrap().clear();
        self.holds().clear();
    }

    fn holds(&self) -> MutexGuard<'_, Vec<Hold>> {
        self.holds.lock().unwrap()
    }

    /// Somebody asks for a name: it may go to `environment` from now on.
    fn ask(&self, project: &str, name: &'static str, environment: Option<&str>) {
        let now = Instant::now();
        let mut holds = self.holds();
        holds.retain(|hold| hold.until.is_none_or(|until| until + LONGEST > now));
        for hold in holds.iter_mut().filter(|hold| hold.project == project && hold.name == name) {
            hold.contested = true;
        }
        holds.extend(environment.map(|environment| Hold {
            project: project.to_owned(),
            name,
            environment: environment.to_owned(),
            from: now,
            since: None,
            until: None,
            contested: false,
        }));
    }

    /// It was answered whether they got it.
    fn answer(&self, project: &str, name: &str, environment: Option<&str>, got: bool) {
        let now = Instant::now();
        let mut holds = self.holds();
        let is_theirs = |hold: &Hold| Some(hold.environment.as_str()) == environment;
        if !got {
            holds.retain(|hold| {
                hold.project != project
                    || hold.name != name
                    || !is_theirs(hold)
                    || hold.since.is_some()
            });
        }
        let mut taken = false;
        for hold in holds.iter_mut().filter(|hold| hold.project == project && hold.name == name) {
            hold.contested = false;
            match (got, is_theirs(hold), hold.since, hold.until) {
                (true, true, None, _) => hold.since = Some(now),
                (true, false, Some(_), None) => (hold.until, taken) = (Some(now), true),
                _ => {}
            }
        }
        if taken {
            count(&self.seen.taken);
        }
    }

    fn lost(&self, project: &str) {
        self.unsure.lock().unwrap().insert(project.to_owned());
    }

    /// Whether a key of this place could be good at this name at some time between the two.
    fn may_be(&self, place: &Place, name: &str, began: Instant, ended: Instant) -> bool {
        self.holds().iter().any(|hold| {
            hold.environment == place.id
                && hold.name == name
                && hold.from <= ended
                && hold.until.is_none_or(|until| until >= began)
        })
    }

    /// Whether the environment has certainly had the name since then, because nobody asked for it.
    fn surely_is(&self, place: &Place, name: &str, began: Instant) -> bool {
        !self.unsure.lock().unwrap().contains(&place.project)
            && self.holds().iter().any(|hold| {
                hold.environment == place.id
                    && hold.name == name
                    && hold.since.is_some_and(|since| since <= began)
                    && hold.until.is_none()
                    && !hold.contested
            })
    }
}

impl Journal {
    /// Makes an environment with a name that another one may have had, gives one another name, or
    /// deletes one; or tries to get the slug of another project.
    pub(super) async fn change_names(
        &self,
        people: &People,
        dice: &mut StdRng,
    ) -> Result<(), Lost> {
        let _turn = self.names.turn.lock().await;
        let Some(base) = any(&self.places(), PLACES, dice) else { return Ok(()) };
        let name = POOL[dice.random_range(0..POOL.len())];
        let mut own = self.names.places.lock().unwrap().clone();
        own.retain(|place| place.project == base.project && place.state() == State::Living);
        let one = any(&own, POOL.len(), dice);
        match (dice.random_range(0..6), one) {
            (0, _) => self.take_slug(people, &base).await,
            (1, Some(place)) => self.end_named(people, &place).await,
            (2..5, Some(place)) => self.rename(people, &place, name).await,
            _ => self.create_named(people, &base, name, dice).await,
        }
    }

    async fn take_slug(&self, people: &People, base: &Place) -> Result<(), Lost> {
        let before = base.project_fate.state();
        let fields = [("name", "Mine"), ("slug", base.slug()), ("description", "")];
        let page = send(&people.ada, Method::POST, "/projects", &fields).await?;
        assert_eq!(page.status, 422, "{} is given to another project", base.slug());
        if before == State::Deleted {
            count(&self.names.seen.slugs);
        }
        Ok(())
    }

    async fn create_named(
        &self,
        people: &People,
        base: &Place,
        name: &'static str,
        dice: &mut StdRng,
    ) -> Result<(), Lost> {
        let (ada, project) = (&people.ada, base.project.as_str());
        let before = base.project_fate.state();
        let began = Instant::now();
        self.names.ask(project, name, None);
        let list = format!("{project}/environments");
        let page = self.give(people, project, &list, &[("name", name)]).await?;
        self.names.answer(project, name, None, page.status == 303);
        law(before, page.status != 404, base.project_fate.state(), &list);
        if page.status != 303 {
            return Ok(());
        }
        let page = send(ada, Method::GET, &list, &[]).await?;
        let row = format!("tr:has(a[href='{project}/{name}/api-keys'])");
        if page.status == 404 || !page.has(&row) {
            return Ok(()); // the project is gone
        }
        let place = base.another(page.attribute(&row, "id"), name);
        self.names.holds().push(Hold {
            project: project.to_owned(),
            name,
            environment: place.id.clone(),
            from: began,
            since: Some(Instant::now()),
            until: None,
            contested: false,
        });
        let mut token = [0; 16];
        dice.fill_bytes(&mut token);
        let (token, key) = (hex::encode(token), format!("key-{}", self.number()));
        let fields = [("token", token.as_str()), ("kind", "secret"), ("name", &key)];
        let page = send(ada, Method::POST, &place.keys(), &fields).await?;
        if page.status == 200 {
            self.add(&page.text("#new-key"), &key, Some(place.clone()));
            self.names.places.lock().unwrap().push(place);
        }
        Ok(())
    }

    async fn rename(&self, people: &People, place: &Place, name: &'static str) -> Result<(), Lost> {
        let (project, before) = (place.project.as_str(), place.state());
        let path = format!("{project}/environments/{}/edit", place.id);
        let form = send(&people.ada, Method::GET, &path, &[]).await?;
        law(before, form.status == 200, place.state(), &path);
        if form.status != 200 || form.attribute("#name", "value") == name {
            return Ok(());
        }
        let seen = form.attribute("input[name=seen]", "value");
        self.names.ask(project, name, Some(&place.id));
        let page = self.give(people, project, &path, &[("name", name), ("seen", &seen)]).await?;
        self.names.answer(project, name, Some(&place.id), page.status == 303);
        if page.status == 303 {
            count(&self.names.seen.renamed);
        }
        Ok(())
    }

    /// Sends a form that gives a name to an environment; once more, if another one had it.
    async fn give(
        &self,
        people: &People,
        project: &str,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Result<Page, Lost> {
        let page = send(&people.ada, Method::POST, path, fields).await;
        let page = page.inspect_err(|_| self.names.lost(project))?;
        if page.status != 409 || !page.has("input[name=former]") {
            return Ok(page);
        }
        let former = page.attribute("input[name=former]", "value");
        let fields = [fields, &[("former", &former)]].concat();
        let page = send(&people.ada, Method::POST, path, &fields).await;
        page.inspect_err(|_| self.names.lost(project))
    }

    async fn end_named(&self, people: &People, place: &Place) -> Result<(), Lost> {
        let environment = format!("{}/environments/{}", place.project, place.id);
        let form = send(&people.ada, Method::GET, &format!("{environment}/edit"), &[]).await?;
        if form.status != 200 {
            return Ok(());
        }
        let name = form.attribute("#name", "value");
        let (path, sure) = (format!("{environment}/delete"), [("confirm", name.as_str())]);
        self.end(&place.fate, &[&place.project_fate], &people.ada, &path, &sure).await
    }

    /// Asks about a key at an address that is another environment's, or nobody's.
    pub(super) async fn verify_elsewhere(
        &self,
        people: &People,
        dice: &mut StdRng,
    ) -> Result<(), Lost> {
        let key = self.any_key(dice);
        let Some((secret, place)) = key.and_then(|key| Some((key.secret, key.place?))) else {
            return Ok(());
        };
        let (places, named) = (self.places().clone(), self.names.places.lock().unwrap().clone());
        let others = if dice.random_range(0..2) == 0 && !named.is_empty() { named } else { places };
        let Some(other) = any(&others, PLACES, dice) else { return Ok(()) };
        let name = POOL[dice.random_range(0..POOL.len())];
        let (project, environment) = match dice.random_range(0..5) {
            0 => (other.slug(), other.id.as_str()),
            1 => (other.slug(), other.name),
            2 => (other.slug(), place.id.as_str()),
            3 => (other.slug(), name),
            _ => (place.slug(), name),
        };
        let (same_project, is_name) = (project == place.slug(), POOL.contains(&environment));
        let is_own = environment == place.id || (!place.is_named() && environment == place.name);
        if same_project && is_own {
            return Ok(());
        }
        let (before, began) = (place.state(), Instant::now());
        let ada = &people.ada.browser;
        let asked = format!("{project}/{environment}");
        let request = ada.client.get(format!("{}/v1/verify/{asked}", ada.origin));
        let answer = answered(request.header("X-API-Key", &secret)).await?;
        let what = format!("a key of {} ({}) at {asked}", place.asked(), place.name);
        if answer.status == 200 {
            let ended = Instant::now();
            let may_be = before != State::Deleted
                && same_project
                && self.names.may_be(&place, environment, began, ended);
            assert!(may_be, "{what}: a foreign key is good");
        } else {
            assert!([401, 429].contains(&answer.status.as_u16()), "{what}: {}", answer.body);
            let surely = before == State::Living
                && same_project
                && self.names.surely_is(&place, environment, began);
            assert!(!surely || place.state() != State::Living, "{what}: {}", answer.body);
        }
        let seen = &self.names.seen;
        count(match (same_project, is_name) {
            (false, _) => &seen.projects,
            (true, true) => &seen.names,
            (true, false) => &seen.environments,
        });
        Ok(())
    }
}
