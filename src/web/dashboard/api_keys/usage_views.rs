//! What the pages of keys show of their calls.

use chrono::NaiveDateTime;

use crate::domain::usage::{Counts, Day, Hour, Places, Range};
use crate::web::dashboard::page::views::{Time, number};

/// Places that are listed; the rest is "and others".
const LISTED: usize = 20;
/// The width of a bar with the room around it, in the units of the drawing. It is stretched to its
/// place.
const SLOT: usize = 20;
/// The height of the tallest bar, in tenths; there is room for the gap between accepted and
/// refused.
const TALLEST: u64 = 980;

/// The calls of a key, drawn.
pub(crate) struct Plot {
    pub(crate) range: Range,
    pub(crate) bars: Vec<Bar>,
    pub(crate) sum: Counts,
    /// Where counting began, if it did within the range.
    pub(crate) began: Option<Time>,
    /// What stands below the first bars, at equal distances.
    pub(crate) labels: Vec<Time>,
    /// `now` or `today`, below the last one.
    pub(crate) last: &'static str,
}

/// An hour or a day.
pub(crate) struct Bar {
    pub(crate) at: Time,
    pub(crate) counts: Counts,
    pub(crate) x: usize,
    accepted: u64,
    refused: u64,
}

impl Plot {
    pub(crate) fn of_hours(range: Range, hours: &[Hour], began: Option<NaiveDateTime>) -> Self {
        let time = |at: NaiveDateTime| Time {
            text: at.format("%a %H:%M").to_string(),
            ..Time::moment(at)
        };
        let bars = hours.iter().map(|hour| (hour.at, time(hour.at), hour.counts)).collect();
        Self::new(range, bars, began, 12, "now")
    }

    pub(crate) fn of_days(range: Range, days: &[Day], began: Option<NaiveDateTime>) -> Self {
        let time =
            |at: NaiveDateTime| Time { text: at.format("%-d %b").to_string(), ..Time::day(at) };
        let bars = days.iter().map(|day| (day.at, time(day.at), day.counts)).collect();
        Self::new(
            range,
            bars,
            began,
            if range == Range::Week { 3 } else { days.len() / 3 },
            "today",
        )
    }

    fn new(
        range: Range,
        bars: Vec<(NaiveDateTime, Time, Counts)>,
        began: Option<NaiveDateTime>,
        step: usize,
        last: &'static str,
    ) -> Self {
        let began = began
            .filter(|began| bars.first().is_some_and(|(first, ..)| first < began))
            .map(Time::moment);
        let most = bars.iter().map(|(.., counts)| counts.all()).max().unwrap_or_default().max(1);
        let height =
            |count: u64| if count == 0 { 0 } else { (count.saturating_mul(TALLEST) / most).max(8) };
        let mut labels: Vec<Time> =
            bars.iter().map(|(_, at, _)| at.clone()).step_by(step.max(1)).collect();
        labels.truncate(bars.len() / step.max(1));
        let mut sum = Counts::default();
        let bar = |(n, (_, at, counts)): (usize, (NaiveDateTime, Time, Counts))| {
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
        Self { range, bars, sum, began, labels, last }
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

    /// What a bar stands for.
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
    /// The same for those who look and those who listen.
    pub(crate) fn says(&self) -> String {
        let at = &self.at.text;
        format!(
            "{at}{}: {} accepted, {} refused",
            if at.contains(':') { " UTC" } else { "" },
            self.accepted(),
            self.refused()
        )
    }

    pub(crate) fn accepted(&self) -> String {
        count(self.counts.accepted)
    }

    pub(crate) fn refused(&self) -> String {
        count(self.counts.refused)
    }

    /// `y` and height of the accepted calls.
    pub(crate) fn lower(&self) -> Option<(String, String)> {
        (self.accepted > 0).then(|| (tenths(1000 - self.accepted), tenths(self.accepted)))
    }

    /// `y` and height of the refused calls, on top of the accepted ones.
    pub(crate) fn upper(&self) -> Option<(String, String)> {
        let gap = if self.accepted > 0 { 10 } else { 0 };
        let below = self.accepted + gap;
        (self.refused > 0)
            .then(|| (tenths(1000_u64.saturating_sub(below + self.refused)), tenths(self.refused)))
    }
}

/// Where a key is used: its addresses, or its origins.
pub(crate) struct Where {
    /// `Address` or `Origin`
    pub(crate) heading: &'static str,
    /// The place, and its accepted and refused calls.
    pub(crate) rows: Vec<(String, String, String)>,
    /// The same of all others.
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
            let plot = Plot::of_hours(Range::TwoDays, &hours, None);
            for (bar, (accepted, refused)) in plot.bars.iter().zip(calls) {
                prop_assert_eq!((bar.lower().is_some(), bar.upper().is_some()), (accepted > 0, refused > 0));
                prop_assert!(bar.accepted + bar.refused + 10 <= 1000);
            }
        }
    }

    #[test]
    fn the_axis_is_labelled_at_equal_distances() {
        let start = NaiveDate::from_ymd_opt(2026, 3, 3).unwrap().and_hms_opt(0, 0, 0).unwrap();
        let days = |count: i64| -> Vec<Day> {
            (0..count)
                .map(|n| Day { at: start + TimeDelta::days(n), counts: Counts::default() })
                .collect()
        };
        let texts = |plot: Plot| -> Vec<String> {
            plot.labels.into_iter().map(|label| label.text).collect()
        };
        assert_eq!(texts(Plot::of_days(Range::Week, &days(7), None)), ["3 Mar", "6 Mar"]);
        assert_eq!(
            texts(Plot::of_days(Range::Month, &days(30), None)),
            ["3 Mar", "13 Mar", "23 Mar"]
        );
    }
}
