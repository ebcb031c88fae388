//! Small parts that many templates show.

use chrono::{DateTime, NaiveDateTime, SecondsFormat};

use crate::domain::key_shape::mask_in;
use crate::domain::members::Role;
use crate::domain::text::as_seen;
use crate::model::PolicyTag;
use crate::web::dashboard::http::Error;

/// A time on a page, as text in UTC and as RFC 3339. `app.js` shows it in the reader's zone.
#[derive(Debug, Clone)]
pub(crate) struct Time {
    /// RFC 3339.
    pub(crate) iso: String,
    /// The text without JavaScript.
    pub(crate) text: String,
}

impl Time {
    /// A day: `3 Mar 2026`.
    pub(crate) fn day(at: NaiveDateTime) -> Self {
        Self { iso: iso(at), text: at.format("%-d %b %Y").to_string() }
    }

    /// A moment: `3 Mar 2026, 09:12 UTC`.
    pub(crate) fn moment(at: NaiveDateTime) -> Self {
        Self { iso: iso(at), text: at.format("%-d %b %Y, %H:%M UTC").to_string() }
    }
}

fn iso(at: NaiveDateTime) -> String {
    DateTime::to_rfc3339_opts(&at.and_utc(), SecondsFormat::Secs, true)
}

/// The tag of the policy that a form was shown for. `None` if no policy was stored.
pub(crate) fn seen_policy(text: &str) -> Result<Option<PolicyTag>, Error> {
    match text {
        "" => Ok(None),
        tag => PolicyTag::parse(tag).map(Some).ok_or(Error::BadRequest("The form is damaged.")),
    }
}

/// How long ago a time was, in words: `2 minutes ago`.
pub(crate) fn ago(at: NaiveDateTime, now: NaiveDateTime) -> String {
    let seconds = (now - at).num_seconds().max(0);
    let (count, unit) = match seconds {
        0..60 => return "just now".to_owned(),
        60..3_600 => (seconds / 60, "minute"),
        3_600..86_400 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{} ago", if count == 1 { "" } else { "s" })
}

/// A piece of a sentence. Names are pieces of their own and isolated from the text around them,
/// because they may be written from right to left.
pub(crate) struct Piece {
    pub(crate) text: String,
    pub(crate) is_name: bool,
}

impl Piece {
    pub(crate) fn name(name: impl Into<String>) -> Self {
        Self { text: name.into(), is_name: true }
    }

    pub(crate) fn words(words: impl Into<String>) -> Self {
        Self { text: words.into(), is_name: false }
    }
}

/// What a role may do, in words, for forms in which a role is chosen.
pub(crate) fn about_role(role: &Role) -> &'static str {
    match role {
        Role::Owner => "Everything, also deleting and handing over the project",
        Role::Admin => {
            "Everything but managing owners and admins, and deleting or handing over the project"
        }
        Role::Member => "Adds environments; adds and deletes keys, except in protected ones",
        Role::Viewer => "Sees masks and activity, changes nothing",
    }
}

/// A number with commas: `10,000`.
pub(crate) fn number(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if n < 0 { format!("-{out}") } else { out }
}

/// A `pattern` for the field in which a name is typed: it accepts the name as people see it, and
/// the exact name. The server compares it, too.
pub(crate) fn pattern(name: &str) -> String {
    let (seen, exact) = (typed(&as_seen(name)), literal(name));
    let name = if exact == literal(&as_seen(name)) { seen } else { format!("(?:{seen}|{exact})") };
    format!("\\s*{name}\\s*")
}

/// A pattern for a name as people type it. Phones replace dashes and quotation marks by themselves.
fn typed(seen: &str) -> String {
    let one = |c: char| match c {
        ' ' => "\\s+".to_owned(),
        '-' => "[\\-\u{2010}-\u{2015}\u{2212}]".to_owned(),
        '\'' => "['`\u{b4}\u{2018}-\u{201b}\u{2032}]".to_owned(),
        '"' => "[\"\u{201c}-\u{201f}\u{2033}]".to_owned(),
        _ => literal(c.encode_utf8(&mut [0; 4])),
    };
    seen.chars().map(one).collect()
}

/// A pattern for exactly this text. Browsers compile patterns with the `v` flag, so only characters
/// are escaped that it allows to escape.
fn literal(text: &str) -> String {
    let mut pattern = String::new();
    for c in text.chars() {
        if "\\^$.*+?()[]{}|/".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

/// A text field of a form: what was typed, and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Field {
    pub(crate) value: String,
    pub(crate) error: Option<String>,
}

impl Field {
    /// A field with what was typed, so that it can be corrected.
    pub(crate) fn kept(value: &str) -> Self {
        Self { value: value.to_owned(), error: None }
    }

    /// An empty field with an error, because what was typed is a key and must not be shown again.
    pub(crate) fn refused(error: impl std::fmt::Display) -> Self {
        Self { value: String::new(), error: Some(error.to_string()) }
    }

    /// Parses the value. An error is kept in the field, and a pasted key is removed from it.
    pub(crate) fn check<T, E: std::fmt::Display>(
        &mut self,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        match parse(&self.value) {
            Ok(value) => Some(value),
            Err(error) => {
                self.error = Some(error.to_string());
                if mask_in(&self.value).is_some() {
                    self.value.clear();
                }
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{NaiveDate, TimeDelta};

    #[test]
    fn a_pattern_lets_one_type_what_one_sees() {
        assert_eq!(pattern("prod"), r"\s*prod\s*");
        assert_eq!(pattern("a.b"), r"\s*a\.b\s*");
        assert_eq!(pattern("two  (2)"), r"\s*(?:two\s+\(2\)|two  \(2\))\s*");
        assert_eq!(pattern("pro\u{200b}d"), "\\s*(?:prod|pro\u{200b}d)\\s*");
        assert_eq!(pattern("a-b"), "\\s*a[\\-\u{2010}-\u{2015}\u{2212}]b\\s*");
    }

    #[test]
    fn times_are_told_as_people_do() {
        let now = NaiveDate::from_ymd_opt(2026, 3, 3).unwrap().and_hms_opt(9, 12, 0).unwrap();
        assert_eq!(Time::day(now).text, "3 Mar 2026");
        assert_eq!(Time::day(now).iso, "2026-03-03T09:12:00Z");
        for (seconds, text) in [
            (-5, "just now"),
            (59, "just now"),
            (60, "1 minute ago"),
            (7_200, "2 hours ago"),
            (172_800, "2 days ago"),
        ] {
            assert_eq!(ago(now - TimeDelta::seconds(seconds), now), text);
        }
        assert_eq!([number(7), number(1_204), number(-1_000_000)], ["7", "1,204", "-1,000,000"]);
    }
}
