//! Works out the identity of the key in a request, for both endpoints.

use std::rc::Rc;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use actix_web::http::header::HeaderName;
use actix_web::{HttpRequest, web};
use chrono::NaiveDateTime;

use super::asked::{Asked, asked};
use super::user::user;
use crate::db::EnvironmentId;
use crate::domain::access_rules::{Denied, Original};
use crate::domain::api_keys::{Digest, Malformed};
use crate::domain::gateways;
use crate::domain::limits::Allowance;
use crate::domain::policies::Current;
use crate::domain::usage::{CalledKey, Value};
use crate::domain::verification::{
    Answer, FoundKey, Identity, NeedsRules, Question, Refusal, RefusalReason, judge,
};
use crate::model::{AskedEnvironment, AskedFor, KeyState, readable};
use crate::web::State;
use crate::web::api::Error;
use crate::web::api::verifier::counting;
use crate::web::api::verifier::overdue::Overdue;
use crate::web::api::verifier::{Batcher, limits};
use crate::web::http::{Caller, original};

static X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// The policy of an environment for which none is stored.
static DEFAULT: LazyLock<Arc<Current>> = LazyLock::new(Arc::default);
/// How long everything may take that must be read or fetched besides the key, because a
/// verification is answered within a second.
const DEADLINE: Duration = Duration::from_millis(900);
/// How long after its arrival an unknown key is refused. Looking up and counting a key of another
/// project takes a little longer, so without this delay the time of the answer would show that such
/// a key exists.
const NOBODYS: Duration = Duration::from_millis(5);

/// For whom the key in `X-API-Key` speaks in the environment that was asked for. If the key has a
/// rate limit, also how many calls are left.
pub(crate) async fn identify(
    request: &HttpRequest,
    endpoint: &str,
) -> Result<(Identity, Option<Allowance>), Error> {
    let arrived = Instant::now();
    let state = request.app_data::<web::Data<State>>().ok_or_else(Error::unavailable)?;
    let trusted = Caller::of(request).may_tell_original();
    let asked = asked(request, endpoint)?;
    let (digest, malformed) = presented(request, state.any_imported())
        .map_err(|error| limits::slow_down(request, error))?;
    let call = Call { request, state, asked, trusted, malformed, arrived };
    call.identify(digest).await
}

/// A call that is being decided on.
struct Call<'a> {
    request: &'a HttpRequest,
    state: &'a web::Data<State>,
    asked: Asked<'a>,
    /// Whether a trusted peer asks.
    trusted: bool,
    /// What is wrong with the shape of the key. It may still be an imported one.
    malformed: Option<Malformed>,
    arrived: Instant,
}

impl Call<'_> {
    async fn identify(self, digest: Digest) -> Result<(Identity, Option<Allowance>), Error> {
        let Some(asked) = self.asked.target.clone() else {
            // No project or environment can have such a name.
            let nothing = Refusal::NoEnvironment(readable(self.asked.text));
            return Err(self.refuse(nothing));
        };
        // The key may be read before its expiry is noted in the database, and judged after that,
        // when this process no longer remembers it.
        let before = self.state.overdue.judge(&self.state.clock);
        let batcher = self.request.app_data::<Rc<Batcher>>().ok_or_else(Error::unavailable)?;
        let question = Question { asked: Arc::clone(&asked), digest: *digest.bytes() };
        let answer = batcher.find(question).await.map_err(|_| Error::unavailable())?;
        let now = self.state.overdue.judge(&self.state.clock).max(before);
        let original = original(self.request, &self.state.config, self.asked.original_path);
        self.note_gateway(&answer, &original, now);
        let counted = Counted::of(&answer);
        let decided = self.decide(answer, &asked, &original, now).await;
        match decided.as_ref().map_err(Undecided::reason) {
            Ok(_) => counted.note(self.request, None),
            Err(Some(reason)) => counted.note(self.request, Some(reason)),
            Err(None) => {}
        }
        match decided {
            Ok(good) => Ok(good),
            Err(Undecided::Refused(refusal)) => {
                let is_nobodys = refusal.is_nobodys();
                let error = self.refuse(refusal);
                if is_nobodys {
                    tokio::time::sleep_until((self.arrived + NOBODYS).into()).await;
                }
                Err(error)
            }
            Err(Undecided::BadToken(error) | Undecided::Failed(error)) => Err(error),
        }
    }

    fn deadline(&self) -> Instant {
        self.arrived + DEADLINE
    }

    /// The verdict on the call.
    async fn decide(
        &self,
        answer: Answer,
        asked: &AskedFor,
        original: &Original<'_>,
        now: NaiveDateTime,
    ) -> Result<(Identity, Option<Allowance>), Undecided> {
        let state = self.state;
        if let Answer::Here { found: Ok(found), .. } = &answer
            && found.key.times.is_over_unnoted(now)
        {
            Overdue::refused(state, now);
        }
        let key = judge(answer, asked, now)?;
        let current = self.current(&key).await?;
        let place = Caller::of(self.request).place(self.request.headers());
        let found = Arc::clone(key.found());
        let key = key.admit(current, &place).inspect_err(|refusal| {
            if *refusal == Refusal::Denied(Denied::Browser) {
                state.browser_marks.mark(state, &found.key);
            }
        })?;
        let user = match key.takes_token() {
            Some(current) => user(self.request, current, state, self.deadline()).await?,
            None => None,
        };
        Ok(key.identify(user).may(original)?.take(&state.limits)?)
    }

    /// Notes which gateway asks, what it asks for, and whether it is set up well.
    fn note_gateway(&self, answer: &Answer, original: &Original<'_>, now: NaiveDateTime) {
        let Some(peer) = self.request.peer_addr().map(|peer| peer.ip().to_canonical()) else {
            return;
        };
        let several = self
            .asked
            .target
            .as_ref()
            .is_some_and(|asked| asked.environment == AskedEnvironment::Listed);
        let (environment, works) = match answer {
            Answer::NoProject | Answer::NoEnvironment => (None, false),
            Answer::Unknown { asked, .. } | Answer::Elsewhere { asked, .. } => {
                (asked.environment.as_ref(), false)
            }
            Answer::Here { home, found } => {
                let works = |found: &Arc<FoundKey>| found.key.times.state(now) == KeyState::Active;
                let works = found.as_ref().is_ok_and(works);
                ((!several).then_some(&home.environment), works)
            }
        };
        let untrusted_original = works && original.is_from_untrusted();
        if let (true, Answer::Here { home, .. }) = (untrusted_original, answer) {
            let (gateways, clock) = (&self.state.untrusted_gateways, &self.state.clock);
            gateways.warn(clock, Some(peer), &home.environment);
        }
        self.state.usage.gateways.note(&gateways::Request {
            peer,
            asked: self.asked.text,
            environment: environment.and_then(EnvironmentId::number),
            trusted: self.trusted,
            original: matches!(original, Original::Known(_)),
            untrusted_original,
            good: works,
            at: now,
        });
    }

    async fn current(&self, key: &NeedsRules) -> Result<Arc<Current>, Undecided> {
        let home = &key.found().home;
        let Some(tag) = &home.policy else { return Ok(Arc::clone(&DEFAULT)) };
        let policies = &self.state.policies;
        let current = policies.of(&self.state.db, &home.environment, tag, self.deadline()).await;
        current.map_err(|error| Undecided::Failed(error.into()))
    }

    /// The answer for a refusal. Only wrong keys are counted and slowed down, never valid ones.
    fn refuse(&self, refusal: Refusal) -> Error {
        let (state, text) = (self.state, self.asked.text);
        let refusal = match refusal {
            Refusal::NoProject(_) | Refusal::NoEnvironment(_) => {
                state.wrong_addresses.warn(&state.clock, self.request, text);
                // A peer that is not trusted must not find out which projects exist.
                if self.trusted { refusal } else { Refusal::Unknown(Vec::new()) }
            }
            other => other,
        };
        if let Refusal::Damaged(key) = &refusal {
            tracing::error!(%key, "what is stored of a key can't be read; it is refused");
        }
        let error = match (refusal, self.malformed) {
            (Refusal::Unknown(_), Some(malformed)) => malformed.into(),
            (refusal, _) => refusal.into(),
        };
        limits::slow_down(self.request, error)
    }
}

/// Why there is no identity.
enum Undecided {
    Refused(Refusal),
    BadToken(Error),
    Failed(Error),
}

impl Undecided {
    /// The reason by which it is counted. `None` if it is not counted.
    fn reason(&self) -> Option<RefusalReason> {
        match self {
            Self::Refused(refusal) => refusal.reason(),
            Self::BadToken(_) => Some(RefusalReason::Token),
            Self::Failed(_) => None,
        }
    }
}

impl From<Refusal> for Undecided {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Error> for Undecided {
    fn from(error: Error) -> Self {
        if error.is_unavailable() { Self::Failed(error) } else { Self::BadToken(error) }
    }
}

/// The keys that a call is counted for.
enum Counted {
    One(Option<CalledKey>, Option<Value>),
    /// The keys of other projects that have the same value.
    Others(Vec<CalledKey>),
}

impl Counted {
    fn of(answer: &Answer) -> Self {
        match answer {
            Answer::Here { found: Ok(found), .. } | Answer::Elsewhere { found: Ok(found), .. } => {
                Self::One(CalledKey::of(found), Value::of(found))
            }
            Answer::Here { found: Err(_), .. } | Answer::Elsewhere { found: Err(_), .. } => {
                Self::One(None, None)
            }
            Answer::Unknown { others, .. } => {
                Self::Others(others.iter().filter_map(CalledKey::of_counted).collect())
            }
            Answer::NoProject | Answer::NoEnvironment => Self::Others(Vec::new()),
        }
    }

    fn note(&self, request: &HttpRequest, refused: Option<RefusalReason>) {
        match self {
            Self::One(key, value) => {
                counting::note(request, *key, refused);
                counting::note_value(request, *value, refused.is_none());
            }
            Self::Others(keys) => {
                for key in keys {
                    counting::note(request, Some(*key), refused);
                }
            }
        }
    }
}

/// The digest of the presented key. The key is read only from this header, because queries and
/// paths end up in logs. Once keys of another system were imported, a text without our shape may be
/// one of those. If it is not, the caller is told what is wrong with it.
fn presented(
    request: &HttpRequest,
    any_imported: bool,
) -> Result<(Digest, Option<Malformed>), Error> {
    let mut values = request.headers().get_all(&X_API_KEY);
    let value = values.next().map(|value| value.as_bytes().trim_ascii()).unwrap_or_default();
    if values.next().is_some() {
        return Err(Error::invalid("There are two X-API-Key headers. Send one."));
    }
    if value.is_empty() {
        return Err(Error::missing());
    }
    let malformed = match Digest::of_presented(value) {
        Ok(digest) => return Ok((digest, None)),
        Err(malformed) => malformed,
    };
    if !any_imported {
        return Err(malformed.into());
    }
    let malformed = malformed.once_imported();
    Ok((Digest::of_imported(value).ok_or(malformed)?, Some(malformed)))
}
