//! The data that the pages of keys show about their calls.

use chrono::NaiveDateTime;

use crate::domain::usage::{Counts, Day, Hour, Places, Range};
use crate::domain::zone::Zone;
use crate::web::dashboard::page::views::{Time, number};

/// The number of places that are listed. The rest is "and others".
const LISTED: usize = 20;
/// The width of a bar with the space around it, in units of the drawing. The drawing is stretched
/// to the width of the page.
const SLOT: usize = 20;
/// The height of the top of the scale in tenths. It leaves room for the gap between accepted and
/// refused calls.
const TALLEST: u64 = 980;

/// The chart of a key's calls.
pub(crate) struct Plot {
    pub(crate) range: Range,
    /// The zone of the hours and days.
    pub(crate) zone: &'static str,
    pub(crate) bars: Vec<Bar>,
    /// The labels of the scale, from the top down.
    pub(crate) scale: [String; 3],
    pub(crate) sum: Counts,
    /// When counting began, if that was within the range.
    pub(crate) began: Option<Time>,
    /// The labels below the bars, at equal distances.
    pub(crate) labels: Vec<String>,
    /// The label below the last bar: `now` or `today`.
    pub(crate) last: &'static str,
}

/// A bar for an hour or a day.
pub(crate) struct Bar {
    /// `Tue 09:00` or `3 Mar`
    pub(crate) at: String,
    pub(crate) counts: Counts,
    pub(crate) x: usize,
    accepted: u64,
    refused: u64,
}

impl Plot {
    pub(crate) fn of_hours(
        range: Range,
        zone: Zone,
        hours: &[Hour],
        began: Option<NaiveDateTime>,
    ) -> Self {
        let began = began.filter(|began| hours.first().is_some_and(|hour| hour.at < *began));
        let time = |at| zone.clock(at).format("%a %H:%M").to_string();
        let bars = hours.iter().map(|hour| (time(hour.at), hour.counts)).collect();
        Self::new(range, zone, bars, began, 12, "now")
    }

    pub(crate) fn of_days(
        range: Range,
        zone: Zone,
        days: &[Day],
        began: Option<NaiveDateTime>,
    ) -> Self {
        let first = days.first().and_then(|day| zone.start_of(day.date));
        let began = began.filter(|began| first.is_some_and(|first| first < *began));
        let bars =
            days.iter().map(|day| (day.date.format("%-d %b").to_string(), day.counts)).collect();
        let step = if range == Range::Week { 3 } else { days.len() / 3 };
        Self::new(range, zone, bars, began, step, "today")
    }

    fn new(
        range: Range,
        zone: Zone,
        bars: Vec<(String, Counts)>,
        began: Option<NaiveDateTime>,
        step: usize,
        last: &'static str,
    ) -> Self {
        let most = bars.iter().map(|(_, counts)| counts.all()).max().unwrap_or_default();
        let top = top_of_scale(most);
        let height = |count: u64| match count {
            0 => 0,
            _ => u64::try_from(u128::from(count) * u128::from(TALLEST) / u128::from(top))
                .unwrap_or(TALLEST)
                .max(8),
        };
        let mut labels: Vec<String> =
            bars.iter().map(|(at, _)| at.clone()).step_by(step.max(1)).collect();
        labels.truncate(bars.len() / step.max(1));
        let mut sum = Counts::default();
        let bar = |(n, (at, counts)): (usize, (String, Counts))| {
            sum += counts;
            Bar {
                at,
                counts,
                x: n * SLOT,
                accepted: height(counts.accepted),
                refused: height(counts.refused),
            }
        };
        let bars = bars.into_iter().enumerate().map(bar).collect();
        Self {
            range,
            zone: zone.name(),
            bars,
            scale: [top, top / 2, 0].map(count),
            sum,
            began: began.map(Time::moment),
            labels,
            last,
        }
    }

    pub(crate) fn ranges(&self) -> [Range; 4] {
        Range::ALL
    }

    /// `2 days`
    pub(crate) fn span(&self) -> &'static str {
        match self.range {
            Range::TwoDays => "2 days",
            Range::Week => "7 days",
            Range::Month => "30 days",
            Range::Quarter => "90 days",
        }
    }

    /// The span of time of a bar.
    pub(crate) fn unit(&self) -> &'static str {
        if self.range == Range::TwoDays { "hour" } else { "day" }
    }

    pub(crate) fn width(&self) -> usize {
        self.bars.len() * SLOT
    }

    pub(crate) fn accepted(&self) -> String {
        count(self.sum.accepted)
    }

    pub(crate) fn refused(&self) -> String {
        count(self.sum.refused)
    }
}

impl Bar {
    /// The text of a bar, as its tooltip and for screen readers.
    pub(crate) fn says(&self) -> String {
        format!("{}: {} accepted, {} refused", self.at, self.accepted(), self.refused())
    }

    pub(crate) fn accepted(&self) -> String {
        count(self.counts.accepted)
    }

    pub(crate) fn refused(&self) -> String {
        count(self.counts.refused)
    }

    /// `y` and height of the part for accepted calls.
    pub(crate) fn lower(&self) -> Option<(String, String)> {
        (self.accepted > 0).then(|| (tenths(1000 - self.accepted), tenths(self.accepted)))
    }

    /// `y` and height of the part for refused calls, which is above the accepted ones.
    pub(crate) fn upper(&self) -> Option<(String, String)> {
        let gap = if self.accepted > 0 { 10 } else { 0 };
        let below = self.accepted + gap;
        (self.refused > 0)
            .then(|| (tenths(1000_u64.saturating_sub(below + self.refused)), tenths(self.refused)))
    }
}

/// The places from which a key is used: its addresses or its origins.
pub(crate) struct Where {
    /// `Address` or `Origin`
    pub(crate) heading: &'static str,
    /// Each place with its accepted and refused calls.
    pub(crate) rows: Vec<(String, String, String)>,
    /// The accepted and refused calls of all other places.
    pub(crate) others: Option<(String, String)>,
}

impl Where {
    pub(crate) fn of(heading: &'static str, places: Places) -> Self {
        let Places { mut places, mut others } = places;
        for place in places.drain(places.len().min(LISTED)..) {
            others += place.counts;
        }
        let rows = places
            .into_iter()
            .map(|place| (place.place, count(place.counts.accepted), count(place.counts.refused)))
            .collect();
        let others = (others.all() > 0).then(|| (count(others.accepted), count(others.refused)));
        Self { heading, rows, others }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.others.is_none()
    }
}

/// The first number that is not less and is two, four or ten times a power of ten, so that half of
/// it is a whole number, too.
fn top_of_scale(most: u64) -> u64 {
    let mut power: u64 = 1;
    loop {
        for top in [2, 4, 10].map(|n| power.saturating_mul(n)) {
            if top >= most {
                return top;
            }
        }
        power = power.saturating_mul(10);
    }
}

/// A count with commas.
pub(crate) fn count(count: u64) -> String {
    number(i64::try_from(count).unwrap_or(i64::MAX))
}

fn tenths(tenths: u64) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{NaiveDate, TimeDelta};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_bar_stays_in_the_drawing_and_no_call_is_invisible(calls in prop::collection::vec((0_u64..=1 << 50, 0_u64..=1 << 50), 1..=24)) {
            let start = NaiveDate::from_ymd_opt(2026, 3, 3).unwrap().and_hms_opt(0, 0, 0).unwrap();
            let hours: Vec<Hour> = (0..).zip(&calls).map(|(n, &(accepted, refused))| Hour { at: start + TimeDelta::hours(n), counts: Counts { accepted, refused } }).collect();
            let plot = Plot::of_hours(Range::TwoDays, Zone::UTC, &hours, None);
            for (bar, (accepted, refused)) in plot.bars.iter().zip(calls) {
                prop_assert_eq!((bar.lower().is_some(), bar.upper().is_some()), (accepted > 0, refused > 0));
                prop_assert!(bar.accepted + bar.refused + 10 <= 1000);
            }
        }
    }

    #[test]
    fn the_axis_is_labelled_at_equal_distances() {
        let start = NaiveDate::from_ymd_opt(2026, 3, 3).unwrap();
        let days = |count: usize| -> Vec<Day> {
            let dates = start.iter_days().take(count);
            dates.map(|date| Day { date, counts: Counts::default() }).collect()
        };
        let labels =
            |range, count| Plot::of_days(range, Zone::UTC, &days(count), None).labels.join(", ");
        assert_eq!(labels(Range::Week, 7), "3 Mar, 6 Mar");
        assert_eq!(labels(Range::Month, 30), "3 Mar, 13 Mar, 23 Mar");
    }

    #[test]
    fn the_scale_ends_at_a_round_number_that_has_a_half() {
        for (most, top) in [(0, 2), (2, 2), (3, 4), (5, 10), (11, 20), (21, 40), (41, 100)] {
            assert_eq!(top_of_scale(most), top, "{most}");
        }
        assert_eq!(top_of_scale(u64::MAX), u64::MAX);
    }
}
