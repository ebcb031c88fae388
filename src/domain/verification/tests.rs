//! The order of the verdict, row by row: of two reasons to refuse a key, the earlier one must be
//! told.

use std::sync::Arc;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use super::*;
use crate::db::{EnvironmentId, KeyId, Kind, ProjectId};
use crate::domain::Clock;
use crate::domain::access_rules::{AllowedOrigins, Elsewhere, Method};
use crate::domain::access_rules::{CallPlace, Denied, Original, Request, Rules, Unknown};
use crate::domain::limits::Limits;
use crate::domain::policies::{Current, Policy};
use crate::model::{AskedFor, KeyTimes, Narrowed, RateLimit, Stored};

/// Everything that a verdict depends on. By default nothing is wrong.
struct Case {
    kind: Kind,
    times: KeyTimes,
    narrowed: Stored<Narrowed>,
    deleted_home: bool,
    gone: Option<Gone>,
    answer: fn(Arc<FoundKey>, Arc<AskedEnvironments>) -> Answer,
    rules: Rules,
    address: Option<&'static str>,
    origin: Option<&'static [u8]>,
    browser: bool,
    user: Option<&'static str>,
    original: Original<'static>,
    used_up: bool,
}

fn now() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2026, 3, 3).unwrap().and_hms_opt(12, 0, 0).unwrap()
}

fn past() -> Option<NaiveDateTime> {
    Some(now() - TimeDelta::hours(1))
}

fn get(uri: &'static [u8]) -> Original<'static> {
    Original::Known(vec![Request { method: Method::Get, uri }])
}

impl Default for Case {
    fn default() -> Self {
        Self {
            kind: Kind::Secret,
            times: KeyTimes::default(),
            narrowed: Stored::Read(Narrowed::default()),
            deleted_home: false,
            gone: None,
            answer: |found, _| here(&Arc::clone(&found.home), Ok(found)),
            rules: Rules::default(),
            address: Some("192.0.2.7"),
            origin: None,
            browser: false,
            user: None,
            original: get(b"/v1/data/posts/1"),
            used_up: false,
        }
    }
}

impl Case {
    fn scopes(text: &str) -> Stored<Narrowed> {
        Stored::Read(Narrowed { scopes: text.parse().ok(), ..Narrowed::default() })
    }

    /// The verdict in a word: the group, or the reason.
    fn told(self) -> String {
        match self.verdict() {
            Ok(identity) => identity.group.to_string(),
            Err(Refusal::NotKnown { denied, .. }) => format!("not known: {denied:?}"),
            Err(Refusal::Denied(denied)) => {
                let word = format!("{denied:?}");
                word.split([' ', '(', '{']).next().unwrap().to_owned()
            }
            Err(Refusal::Unknown(others)) => format!("unknown, {} others", others.len()),
            Err(other) => {
                let word = format!("{other:?}");
                word.split([' ', '(', '{']).next().unwrap().to_owned()
            }
        }
    }

    fn verdict(self) -> Result<Identity, Refusal> {
        let home = Home {
            environment: EnvironmentId::of_number(1),
            name: "dev".to_owned(),
            project: ProjectId::of_number(1),
            deleted: self.deleted_home,
            policy: None,
        };
        let key = Verifiable {
            id: KeyId::of_number(1),
            kind: self.kind,
            name: "server-key".to_owned(),
            times: self.times,
            narrowed: self.narrowed,
            seen_in_browser_at: None,
        };
        let found = Arc::new(FoundKey { digest: [7; 32], key, home: Arc::new(home) });
        let meant = AskedEnvironments {
            names: vec!["prod".to_owned()],
            environment: None,
            gone: self.gone,
        };
        let policy = Policy { rules: self.rules, ..Policy::default() };
        let current = Arc::new(Current { policy, ..Current::default() });
        let limits = Limits::new(Clock::default());
        if self.used_up {
            let limit = RateLimit::new(1, Some(1)).unwrap();
            limits.take(1, limit).unwrap();
        }
        let place = CallPlace {
            address: self.address.map(|address| address.parse().unwrap()),
            origin: self.origin,
            browser: self.browser,
        };
        let asked = AskedFor::parse("my-blog", "prod").unwrap();
        let answer = (self.answer)(found, Arc::new(meant));
        let key = judge(answer, &asked, now())?.admit(current, &place)?;
        let key = key.identify(self.user.map(str::to_owned)).may(&self.original)?;
        Ok(key.take(&limits)?.0)
    }
}

fn here(home: &Arc<Home>, found: Result<Arc<FoundKey>, Damaged>) -> Answer {
    Answer::Here { home: Arc::clone(home), found }
}

fn elsewhere(found: Arc<FoundKey>, asked: Arc<AskedEnvironments>) -> Answer {
    Answer::Elsewhere { home: Arc::clone(&found.home), found: Ok(found), asked }
}

fn damaged(found: Arc<FoundKey>, _: Arc<AskedEnvironments>) -> Answer {
    here(&found.home, Err(Damaged(found.key.id.clone())))
}

fn damaged_elsewhere(found: Arc<FoundKey>, asked: Arc<AskedEnvironments>) -> Answer {
    let lost = Err(Damaged(found.key.id.clone()));
    Answer::Elsewhere { home: Arc::clone(&found.home), found: lost, asked }
}

fn of_another_project(found: Arc<FoundKey>, asked: Arc<AskedEnvironments>) -> Answer {
    let home = &found.home;
    let (id, environment) = (found.key.id.clone(), home.environment.clone());
    let others = vec![CountedKey { id, environment, kind: found.key.kind }];
    Answer::Unknown { others, asked }
}

#[test]
fn of_several_reasons_the_first_of_the_chain_is_told() {
    let everything_wrong = || Case {
        times: KeyTimes {
            deleted_at: past(),
            ended_at: past(),
            expired_at: past(),
            paused_at: past(),
            ..KeyTimes::default()
        },
        narrowed: Stored::Damaged,
        deleted_home: true,
        browser: true,
        address: None,
        original: Original::Incomplete,
        ..Case::default()
    };
    let times = |times: KeyTimes| Case { times, ..Case::default() };
    let none = KeyTimes::default();
    let limited = |burst| {
        let limit = RateLimit::new(1, Some(burst)).ok();
        Stored::Read(Narrowed { limit, ..Narrowed::default() })
    };
    let from = |ranges: &str| {
        Stored::Read(Narrowed { addresses: ranges.parse().ok(), ..Narrowed::default() })
    };
    let shut = || Rules { elsewhere: Elsewhere::Nobody, ..Rules::default() };
    let listed = || Rules {
        origins: AllowedOrigins::parse("https://app.example.com").unwrap(),
        ..Rules::default()
    };
    let web = || Case { kind: Kind::Publishable, ..Case::default() };
    let unknown = || Original::Unknown(Unknown::NotTold);
    let rows: Vec<(Case, &str)> = vec![
        (Case::default(), "admin"),
        (web(), "guest"),
        (Case { user: Some("ada"), ..web() }, "user"),
        // What was asked for comes before everything else.
        (Case { answer: |_, _| Answer::NoProject, ..everything_wrong() }, "NoProject"),
        (Case { answer: |_, _| Answer::NoEnvironment, ..everything_wrong() }, "NoEnvironment"),
        (Case { answer: elsewhere, gone: Some(Gone::Project), ..everything_wrong() }, "NoProject"),
        (
            Case { answer: of_another_project, gone: Some(Gone::Environment), ..Case::default() },
            "NoEnvironment",
        ),
        (Case { answer: of_another_project, ..everything_wrong() }, "unknown, 1 others"),
        (Case { answer: of_another_project, ..Case::default() }, "unknown, 1 others"),
        (Case { answer: elsewhere, ..everything_wrong() }, "OtherEnvironment"),
        (Case { answer: elsewhere, ..Case::default() }, "OtherEnvironment"),
        (Case { answer: damaged_elsewhere, ..Case::default() }, "OtherEnvironment"),
        // Then comes the state of the key.
        (everything_wrong(), "Deleted"),
        (Case { deleted_home: true, ..Case::default() }, "Deleted"),
        (Case { deleted_home: true, answer: damaged, ..Case::default() }, "Deleted"),
        (Case { answer: damaged, ..everything_wrong() }, "Deleted"),
        (Case { answer: damaged, ..Case::default() }, "Damaged"),
        (times(KeyTimes { ended_at: past(), expired_at: past(), ..none }), "Rotated"),
        (times(KeyTimes { valid_until: past(), ..none }), "Rotated"),
        (times(KeyTimes { expires_at: past(), paused_at: past(), ..none }), "Expired"),
        (Case { browser: true, ..times(KeyTimes { paused_at: past(), ..none }) }, "Paused"),
        // Then comes the place.
        (Case { narrowed: Stored::Damaged, browser: true, ..Case::default() }, "Damaged"),
        (Case { browser: true, original: unknown(), rules: shut(), ..Case::default() }, "Browser"),
        (Case { narrowed: from("10.0.0.0/8"), rules: shut(), ..Case::default() }, "Address"),
        (
            Case { narrowed: from("192.0.2.0/24"), address: None, ..Case::default() },
            "not known: UnknownAddress",
        ),
        (Case { narrowed: from("192.0.2.0/24"), ..Case::default() }, "admin"),
        (
            Case {
                origin: Some(b"https://evil.example"),
                original: unknown(),
                rules: listed(),
                ..web()
            },
            "Origin",
        ),
        // Then comes what the call does.
        (Case { original: unknown(), ..Case::default() }, "admin"),
        (
            Case { original: unknown(), rules: shut(), ..Case::default() },
            "not known: UnknownRequest",
        ),
        (Case { original: unknown(), ..web() }, "not known: UnknownRequest"),
        (Case { original: Original::Incomplete, ..web() }, "not known: IncompleteRequest"),
        (
            Case { narrowed: Case::scopes("posts:read"), original: unknown(), ..Case::default() },
            "not known: UnknownRequest",
        ),
        (Case { narrowed: Case::scopes("posts:read"), ..Case::default() }, "admin"),
        (Case { narrowed: Case::scopes("posts:create"), ..Case::default() }, "Scope"),
        (Case { original: get(b"/elsewhere"), ..Case::default() }, "admin"),
        (Case { original: get(b"/elsewhere"), ..web() }, "Elsewhere"),
        (Case { original: get(b"/elsewhere"), rules: shut(), ..Case::default() }, "Elsewhere"),
        // The rate limit comes last: a call that is refused for another reason takes no token.
        (Case { narrowed: limited(1), ..Case::default() }, "admin"),
        (Case { narrowed: limited(1), used_up: true, ..Case::default() }, "TooOften"),
        (Case { narrowed: limited(1), used_up: true, browser: true, ..Case::default() }, "Browser"),
    ];
    assert!(rows.len() >= 30);
    for (number, (case, expected)) in rows.into_iter().enumerate() {
        assert_eq!(case.told(), expected, "row {number}");
    }
}

#[test]
fn a_refusal_that_lacks_something_says_that_the_key_is_good() {
    let refusal = Case {
        kind: Kind::Publishable,
        original: Original::Unknown(Unknown::NotTold),
        ..Case::default()
    }
    .verdict()
    .unwrap_err();
    assert!(refusal.to_string().starts_with("The key is good for dev. "), "{refusal}");
    assert_eq!(refusal.reason(), Some(RefusalReason::Request));
    let told = Refusal::NotKnown { environment: "dev".to_owned(), denied: Denied::UnknownAddress };
    assert_eq!(told.reason(), Some(RefusalReason::Address));
}
