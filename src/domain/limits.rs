//! Rate limits, which each process counts for itself. A replica has its own counts, and a restart
//! begins anew. (Sharing the counts would cost a write for every call.)
//!
//! The limits are those of the crate `governor`: tokens that come back at an even rate, at most
//! `burst` at once.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use governor::middleware::{NoOpMiddleware, StateInformationMiddleware};
use governor::state::{InMemoryState, NotKeyed};
use governor::{NotUntil, Quota, RateLimiter};

use crate::domain::Clock;
use crate::domain::users::sign_in::networks;

pub use crate::model::{NotALimit, RATE_MAX, RateLimit};

/// How many wrong keys per minute may come from one address before the answer is 429.
const GUESSES_A_MINUTE: NonZeroU32 = NonZeroU32::new(600).unwrap();
/// How many reports of leaked keys per minute may come from one address, whatever they say.
const REPORTS_A_MINUTE: NonZeroU32 = NonZeroU32::new(600).unwrap();
/// How many counters all addresses share. A secret hash chooses the counter, so a flood from a
/// million addresses takes no more memory than one from a few.
const COUNTERS: usize = 4096;
/// From this many limited keys on, idle ones are looked for and dropped.
const SWEEP: usize = 1024;

/// What remains of a key's rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// How many requests may come at once.
    pub limit: u32,
    /// How many of these are left now.
    pub remaining: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverLimit {
    /// How many requests may come at once.
    pub limit: u32,
    /// In how many whole seconds the next request is allowed.
    pub retry_after: u64,
}

#[derive(Debug, Clone)]
struct Ticks(Clock);

impl governor::clock::Clock for Ticks {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

type Limiter<M> = RateLimiter<NotKeyed, InMemoryState, Ticks, M>;

struct Bucket {
    limit: RateLimit,
    limiter: Limiter<StateInformationMiddleware>,
    used: Duration,
}

/// A limit of this many per minute, by a clock that nobody can set: all of them at once, and then
/// at an even rate.
pub struct PerMinute(Limiter<NoOpMiddleware<Duration>>);

impl PerMinute {
    pub fn new(most: NonZeroU32, clock: Clock) -> Self {
        Self(RateLimiter::direct_with_clock(Quota::per_minute(most), Ticks(clock)))
    }

    /// Takes one token, if there is one.
    pub fn take(&self) -> bool {
        self.0.check().is_ok()
    }
}

/// So many in a minute from each address.
struct PerAddress {
    clock: Clock,
    most: NonZeroU32,
    counters: Vec<Limiter<NoOpMiddleware<Duration>>>,
    hasher: RandomState,
}

impl PerAddress {
    fn new(most: NonZeroU32, clock: &Clock) -> Self {
        let counter =
            || RateLimiter::direct_with_clock(Quota::per_minute(most), Ticks(clock.clone()));
        Self {
            clock: clock.clone(),
            most,
            counters: (0..COUNTERS).map(|_| counter()).collect(),
            hasher: RandomState::new(),
        }
    }

    /// Counts one from an address, IPv6 by network.
    fn count(&self, address: IpAddr) -> Result<(), OverLimit> {
        let slot =
            usize::try_from(self.hasher.hash_one(networks(address).next()) % COUNTERS as u64)
                .unwrap_or(0);
        let Some(counter) = self.counters.get(slot) else { return Ok(()) };
        counter.check().map_err(|not_until| OverLimit {
            limit: self.most.get(),
            retry_after: whole_seconds(&not_until, self.clock.elapsed()),
        })
    }
}

/// The limits of a process.
pub struct Limits {
    clock: Clock,
    keys: Mutex<Keys>,
    guesses: PerAddress,
    reports: PerAddress,
}

struct Keys {
    buckets: HashMap<u128, Bucket>,
    sweep_at: usize,
}

impl Limits {
    /// Limits of which nothing is used yet.
    pub fn new(clock: Clock) -> Self {
        Self {
            guesses: PerAddress::new(GUESSES_A_MINUTE, &clock),
            reports: PerAddress::new(REPORTS_A_MINUTE, &clock),
            keys: Mutex::new(Keys { buckets: HashMap::new(), sweep_at: SWEEP }),
            clock,
        }
    }

    /// Takes a token of the key with this number ([`crate::db::KeyId::number`]), if there is one.
    pub fn take(&self, key: u128, limit: RateLimit) -> Result<Allowance, OverLimit> {
        let now = self.clock.elapsed();
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.forget_idle(now);
        let fresh = || Bucket {
            limit,
            limiter: RateLimiter::direct_with_clock(
                Quota::per_second(limit.per_second()).allow_burst(limit.burst()),
                Ticks(self.clock.clone()),
            )
            .with_middleware(),
            used: now,
        };
        let bucket = keys.buckets.entry(key).or_insert_with(fresh);
        if bucket.limit != limit {
            *bucket = fresh();
        }
        bucket.used = now;
        let limit = limit.burst().get();
        match bucket.limiter.check() {
            Ok(state) => Ok(Allowance { limit, remaining: state.remaining_burst_capacity() }),
            Err(not_until) => Err(OverLimit { limit, retry_after: whole_seconds(&not_until, now) }),
        }
    }

    /// Counts a wrong key from an address, or from an IPv6 network. An error means that there were
    /// too many.
    pub fn guess(&self, address: IpAddr) -> Result<(), OverLimit> {
        self.guesses.count(address)
    }

    /// Counts a report of a leaked key from an address; an error when there were too many. Whoever
    /// floods with one of the two takes nothing of the other from those who share the address.
    pub fn report(&self, address: IpAddr) -> Result<(), OverLimit> {
        self.reports.count(address)
    }
}

impl Keys {
    /// Drops keys that have all their tokens again. It runs each time there are twice as many keys
    /// as it left the last time, so that it costs next to nothing.
    fn forget_idle(&mut self, now: Duration) {
        if self.buckets.len() >= self.sweep_at {
            self.buckets
                .retain(|_, bucket| now.saturating_sub(bucket.used) < refilled_after(bucket.limit));
            self.sweep_at = (2 * self.buckets.len()).max(SWEEP);
        }
    }
}

/// How long it takes until an unused key has all its tokens again.
fn refilled_after(limit: RateLimit) -> Duration {
    Duration::from_secs(1) * limit.burst().get() / limit.per_second().get()
}

/// At least one second, because zero would mean "at once".
fn whole_seconds(until: &NotUntil<Duration>, now: Duration) -> u64 {
    let wait = until.wait_time_from(now);
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn a_key_may_be_used_so_often_and_no_more() {
        let clock = Clock::default();
        let limits = Limits::new(clock.clone());
        let limit = RateLimit::new(1, Some(3)).unwrap();
        for remaining in [2, 1, 0] {
            assert_eq!(limits.take(7, limit), Ok(Allowance { limit: 3, remaining }));
        }
        assert_eq!(limits.take(7, limit), Err(OverLimit { limit: 3, retry_after: 1 }));
        assert!(limits.take(8, limit).is_ok(), "another key");
        clock.advance(TimeDelta::seconds(2));
        assert_eq!(limits.take(7, limit), Ok(Allowance { limit: 3, remaining: 1 }));
        assert!(
            limits
                .take(7, RateLimit::new(1, Some(5)).unwrap())
                .is_ok_and(|left| left.remaining == 4),
            "a new limit starts anew"
        );
    }

    #[test]
    fn idle_keys_are_forgotten_and_busy_ones_are_not() {
        let clock = Clock::default();
        let limits = Limits::new(clock.clone());
        let slow = RateLimit::new(1, Some(1000)).unwrap();
        for _ in 0..500 {
            limits.take(0, slow).unwrap();
        }
        for key in 1..20_000 {
            limits.take(key, RateLimit::new(10, None).unwrap()).unwrap();
            if key % 500 == 0 {
                clock.advance(TimeDelta::seconds(2));
            }
        }
        let held = limits.keys.lock().unwrap().buckets.len();
        assert!(held <= SWEEP, "{held}");
        assert!(limits.take(0, slow).unwrap().remaining < 999, "it was not idle");
    }

    #[test]
    fn wrong_keys_are_slowed_down_by_network() {
        let clock = Clock::default();
        let limits = Limits::new(clock.clone());
        let of = |n: u32| -> IpAddr { format!("2001:db8::{n:x}").parse().unwrap() };
        for n in 0..600 {
            assert_eq!(limits.guess(of(n)), Ok(()));
        }
        assert_eq!(limits.guess(of(700)).unwrap_err().retry_after, 1);
        clock.advance(TimeDelta::seconds(60));
        assert_eq!(limits.guess(of(700)), Ok(()));
        assert_eq!(limits.guesses.counters.len(), COUNTERS);
    }
}
