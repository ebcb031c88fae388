//! How often a key may be used.

use std::fmt;
use std::num::NonZeroU32;

use serde::Serialize;

use super::Stored;

/// The highest rate, and the highest burst, that can be set.
pub const RATE_MAX: u32 = 100_000;

/// How often a key may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RateLimit {
    per_second: NonZeroU32,
    burst: NonZeroU32,
}

/// The number is zero, or larger than [`RATE_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a limit is a number from 1 to 100,000")]
pub struct NotALimit;

impl RateLimit {
    /// A limit of this many requests per second, with this burst. Without a burst, it is the number
    /// of requests per second.
    pub fn new(per_second: u32, burst: Option<u32>) -> Result<Self, NotALimit> {
        let parse = |n: u32| NonZeroU32::new(n).filter(|n| n.get() <= RATE_MAX).ok_or(NotALimit);
        let per_second = parse(per_second)?;
        Ok(Self { per_second, burst: burst.map_or(Ok(per_second), parse)? })
    }

    /// Requests per second.
    pub fn per_second(self) -> NonZeroU32 {
        self.per_second
    }

    /// Requests that may come at once.
    pub fn burst(self) -> NonZeroU32 {
        self.burst
    }

    /// Reads the limit from its two columns. Both are null where there is no limit.
    pub fn stored(per_second: Option<i32>, burst: Option<i32>) -> Stored<Option<Self>> {
        let number = |n: i32| u32::try_from(n).map_err(|_| NotALimit);
        let limit = match (per_second, burst.map(number).transpose()) {
            (None, Ok(None)) => return Stored::Read(None),
            (Some(rate), Ok(burst)) => number(rate).and_then(|rate| Self::new(rate, burst)),
            (None, Ok(Some(_))) | (_, Err(NotALimit)) => Err(NotALimit),
        };
        limit.map_or(Stored::Damaged, |limit| Stored::Read(Some(limit)))
    }

    /// The values of the two columns.
    pub fn to_store(limit: Option<Self>) -> (Option<i32>, Option<i32>) {
        let number = |n: NonZeroU32| i32::try_from(n.get()).ok();
        (
            limit.and_then(|limit| number(limit.per_second)),
            limit.and_then(|limit| number(limit.burst)),
        )
    }
}

impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} a second", self.per_second)?;
        if self.burst != self.per_second { write!(f, ", {} at once", self.burst) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_from_1_to_100_000() {
        assert_eq!(RateLimit::new(5, None), RateLimit::new(5, Some(5)));
        for (rate, burst) in [(0, None), (1, Some(0)), (100_001, None), (1, Some(100_001))] {
            assert_eq!(RateLimit::new(rate, burst), Err(NotALimit));
        }
    }

    #[test]
    fn what_is_stored_comes_back_and_what_is_damaged_is_never_no_limit() {
        let limit = RateLimit::new(5, Some(9)).ok();
        assert_eq!(RateLimit::to_store(limit), (Some(5), Some(9)));
        assert_eq!(RateLimit::stored(Some(5), Some(9)), Stored::Read(limit));
        assert_eq!(RateLimit::stored(Some(5), None), Stored::Read(RateLimit::new(5, None).ok()));
        assert_eq!(RateLimit::stored(None, None), Stored::Read(None));
        for (rate, burst) in [
            (Some(0), None),
            (Some(-1), None),
            (None, Some(5)),
            (Some(5), Some(-5)),
            (Some(5), Some(0)),
        ] {
            assert_eq!(RateLimit::stored(rate, burst), Stored::Damaged, "{rate:?} {burst:?}");
        }
    }
}
