//! Makes up six weeks in the life of a team. It calls the functions that the pages call, with times
//! in the past.

use std::net::{IpAddr, Ipv4Addr};

use chrono::{NaiveDateTime, TimeDelta};

use super::super::Failure;
use super::calls;
use crate::db::{DbConnection, members as table};
use crate::domain::activity::{self, Action, Event};
use crate::domain::api_keys::{self, ApiKey, CreateError, Deletion, Expiry, KeyName, Kind, NewKey};
use crate::domain::environments::{self, Environment};
use crate::domain::instance::settings::{self, ProjectCreation, Settings};
use crate::domain::members::{self, Role};
use crate::domain::projects::{self, Description, Name, NewProject};
use crate::domain::users::{self, Email, NewUser, Password, User, sign_in};
use crate::domain::{Act, Actor, CryptoRng, usage};

/// E-mail addresses to sign in with, and what each user may do.
pub(super) type People = Vec<(&'static str, &'static str)>;

const TEAM: [(&str, &str, &str); 5] = [
    ("Ada Lovelace", "ada@example.com", "owner of My Blog, admin of Weather API"),
    ("Dana Petrova", "dana@example.com", "admin of My Blog, owner of Weather API"),
    ("Kofi Mensah", "kofi@example.com", "member of both"),
    ("Mei Lin", "mei@example.com", "member of My Blog"),
    ("Sam Taylor", "sam@example.com", "viewer of My Blog"),
];

/// The members of each project, by their index in [`TEAM`].
const BLOG: [(usize, Role); 5] =
    [(0, Role::Owner), (1, Role::Admin), (2, Role::Member), (3, Role::Member), (4, Role::Viewer)];
const WEATHER: [(usize, Role); 3] = [(1, Role::Owner), (0, Role::Admin), (2, Role::Member)];

const PUBLISHABLE: [&str; 5] = ["web", "ios-app", "android-app", "status-page", "widget"];
const SECRET: [&str; 6] =
    ["server", "worker", "nightly-backup", "search-index", "billing", "webhooks"];

/// How many days it goes back, and how many things happened.
const DAYS: i64 = 42;
const STEPS: i32 = 320;
/// The number of keys of a kind in an environment from which old ones are deleted.
const KEEP: usize = 5;

struct DemoEnvironment {
    environment: Environment,
    team: Vec<(User, Role)>,
    keys: Vec<ApiKey>,
    deleted: Vec<ApiKey>,
}

/// Fills an empty database.
pub(super) fn fill(
    connection: &mut DbConnection,
    password: &str,
    now: NaiveDateTime,
    rng: &mut impl CryptoRng,
) -> Result<People, Failure> {
    let began = now - TimeDelta::days(DAYS);
    usage::begin(connection, began)?;
    let mut team = Vec::new();
    for (name, email, _) in TEAM {
        let password_hash = Password::unchecked(password).hash(rng);
        let user = NewUser { email: Email::parse(email)?, name: name.to_owned(), password_hash };
        let id = users::create(connection, &user, began, rng)?;
        team.push(users::find(connection, &id)?.ok_or("a user that is not there")?);
    }
    // Everybody may look at everything, and so try this, too.
    let everybody =
        Settings { project_creation: ProjectCreation::Everybody, ..Settings::default() };
    let by = Actor::CommandLine { says: None };
    settings::set(connection, &mut Act::new(&by, began, rng), &everybody)?;
    let mut places = project(
        connection,
        "My Blog",
        "The blog, its apps and its comments",
        &BLOG,
        &team,
        began,
        rng,
    )?;
    places.extend(project(
        connection,
        "Weather API",
        "Forecasts for partners",
        &WEATHER,
        &team,
        began,
        rng,
    )?);

    // Every project begins with three keys. After that, there is a step every few hours.
    let mut at = began;
    for place in &mut places {
        for (kind, name) in
            [(Kind::Publishable, "web"), (Kind::Secret, "server"), (Kind::Secret, "worker")]
        {
            at += TimeDelta::minutes(1 + below(7, rng));
            create(connection, place, kind, name, at, rng)?;
        }
    }
    let gap = (now - at) / (STEPS + 1);
    for _ in 0..STEPS {
        at += gap;
        let then = at - TimeDelta::seconds(below(gap.num_seconds().max(1), rng));
        let place = usize::try_from(below(i64::try_from(places.len())?, rng))?;
        step(connection, &mut places[place], then, rng)?;
    }
    for key in places.iter().flat_map(|place| place.keys.iter().chain(&place.deleted)) {
        calls::fill(connection, key, now, rng)?;
    }
    Ok(TEAM.iter().map(|(_, email, what)| (*email, *what)).collect())
}

fn project(
    connection: &mut DbConnection,
    name: &str,
    description: &str,
    roles: &[(usize, Role)],
    people: &[User],
    at: NaiveDateTime,
    rng: &mut impl CryptoRng,
) -> Result<Vec<DemoEnvironment>, Failure> {
    let project = NewProject {
        name: Name::parse(name)?,
        slug: None,
        description: Description::parse(description)?,
    };
    let team: Vec<(User, Role)> =
        roles.iter().map(|(nth, role)| (people[*nth].clone(), *role)).collect();
    let (owner, _) = &team[0];
    let slug = projects::create(
        connection,
        &mut Act::new(&actor(owner, rng), at, rng),
        &project,
        &owner.id,
    )?;
    let project =
        projects::find(connection, slug.as_str())?.ok_or("a project that is not there")?;
    for (user, role) in &team[1..] {
        table::insert(connection, &project.id, &user.id, *role, at)?;
    }
    let environments = environments::list(connection, &project.id)?;
    Ok(environments
        .into_iter()
        .map(|environment| DemoEnvironment {
            environment,
            team: team.clone(),
            keys: Vec::new(),
            deleted: Vec::new(),
        })
        .collect())
}

/// Somebody signs in or mistypes the password, and then a key is created or deleted.
fn step(
    connection: &mut DbConnection,
    place: &mut DemoEnvironment,
    at: NaiveDateTime,
    rng: &mut impl CryptoRng,
) -> Result<(), Failure> {
    if below(3, rng) == 0 {
        let (user, _) = pick(&place.team, rng).clone();
        let actor = actor(&user, rng);
        if below(6, rng) == 0 {
            sign_in::refuse(
                connection,
                Some(&user),
                "wrong password",
                Some(address(&user)),
                at,
                rng,
            )?;
        }
        return Ok(activity::record(
            connection,
            &mut Act::new(&actor, at, rng),
            &Event::user(Action::UserSignedIn, &user),
        )?);
    }
    let kind = if below(3, rng) == 0 { Kind::Publishable } else { Kind::Secret };
    let old = place.keys.iter().position(|key| key.kind == kind);
    if let Some(old) =
        old.filter(|_| place.keys.iter().filter(|key| key.kind == kind).count() >= KEEP)
    {
        let key = place.keys.remove(old);
        let actor = changer(place, rng);
        if let Deletion::Deleted(key) =
            api_keys::delete(connection, &mut Act::new(&actor, at, rng), &place.environment, key)?
        {
            place.deleted.push(key);
        }
        return Ok(());
    }
    let name = match kind {
        Kind::Publishable => pick(&PUBLISHABLE, rng),
        Kind::Secret => pick(&SECRET, rng),
    };
    create(connection, place, kind, name, at, rng)
}

/// Creates a key with this name, or with a similar one that is free.
fn create(
    connection: &mut DbConnection,
    place: &mut DemoEnvironment,
    kind: Kind,
    name: &str,
    at: NaiveDateTime,
    rng: &mut impl CryptoRng,
) -> Result<(), Failure> {
    let actor = changer(place, rng);
    // One key in five expires, so that some are shown as expiring soon.
    let expiry = (below(5, rng) == 0).then_some(Expiry::Days(30));
    let mut new = NewKey {
        kind,
        name: KeyName::parse(name)?,
        form_token: None,
        narrowed: Default::default(),
        expiry,
    };
    let created = match api_keys::create(
        connection,
        &mut Act::new(&actor, at, rng),
        &place.environment,
        &new,
    ) {
        Err(CreateError::NameTaken { free: Some(free), .. }) => {
            new.name = free;
            api_keys::create(connection, &mut Act::new(&actor, at, rng), &place.environment, &new)?
        }
        done => done?,
    };
    place.keys.push(created.key);
    Ok(())
}

/// Somebody who may change keys there, or now and then a script on the machine.
fn changer(place: &DemoEnvironment, rng: &mut impl CryptoRng) -> Actor {
    let may: Vec<&User> = place
        .team
        .iter()
        .filter(|(_, role)| members::may_change_keys(*role, place.environment.protected))
        .map(|(user, _)| user)
        .collect();
    let user: &&User = pick(&may, rng);
    let script = || Actor::CommandLine { says: Some("deploy".to_owned()) };
    if below(12, rng) == 0 { script() } else { actor(user, rng) }
}

fn actor(user: &User, rng: &mut impl CryptoRng) -> Actor {
    let mut session = [0; 8];
    rng.fill_bytes(&mut session);
    Actor::User {
        id: user.id.clone(),
        address: Some(address(user)),
        session: Some(hex::encode(session)),
    }
}

/// The user's address, from a range that is reserved for documentation (RFC 5737).
fn address(user: &User) -> IpAddr {
    Ipv4Addr::new(198, 51, 100, user.name.bytes().fold(0, u8::wrapping_add)).into()
}

fn pick<'a, T>(of: &'a [T], rng: &mut impl CryptoRng) -> &'a T {
    let length = u32::try_from(of.len()).unwrap_or(u32::MAX);
    &of[(rng.next_u32() % length) as usize]
}

pub(super) fn below(limit: i64, rng: &mut impl CryptoRng) -> i64 {
    i64::from(rng.next_u32()) % limit
}
