//! Decides whether the path of an original request is under the base path or elsewhere.
//!
//! The API behind the gateway reads the path in its own way. So a path is taken as under the base
//! path, or as elsewhere, only if every server reads it the same. A path that can be read in two
//! ways is refused as ambiguous (OWASP ASVS 5.0, 1.1.1).

use std::borrow::Cow;

use percent_encoding::percent_decode;

use super::BasePath;
use super::spelling::{fold, trimmed};

/// Characters that split a segment, or that begin an encoded character. A decoded segment has none
/// of them, nor any of those below, so where one occurs folding has produced it.
const SPLITTING: [char; 3] = ['/', '\\', '%'];
/// Characters at which some servers cut a path off.
const CUTTING: [char; 3] = [';', '#', '?'];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reading {
    Under {
        /// The first segment below the base path. Empty: the base path itself.
        resource: String,
        /// Whether more segments follow.
        item: bool,
    },
    Elsewhere,
}

/// Why a path can be read in two ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Ambiguity {
    /// It is `https://host/path`, or empty.
    #[error("it does not begin with /")]
    NoPath,
    /// `%zz`, or a `%` at the end.
    #[error("it has a broken percent-encoding")]
    BrokenEncoding,
    /// `%25`: decoding it once more would give another path.
    #[error("it is percent-encoded twice")]
    DoubleEncoding,
    /// `%2f`, `%5c` or `\`, which some servers read as a slash.
    #[error("it has an encoded slash or a backslash")]
    Slash,
    /// NUL, line breaks and other control characters.
    #[error("it has a control character")]
    Control,
    /// Bytes that are not UTF-8, such as the overlong forms of `/` and `.` (RFC 3629, 10).
    #[error("it is not UTF-8")]
    NotUtf8,
    /// The segments `.` and `..`.
    #[error("it has a . or .. segment")]
    Dots,
    /// An empty segment: `//`.
    #[error("it has an empty segment")]
    Empty,
    /// `;`, `#` or `%3f`: some servers cut the path off there (RFC 3986, 3.3).
    #[error("it has a ;, # or ? in its path")]
    Cut,
    /// It resembles the base path, or folds to something with a slash or dots in it.
    #[error(
        "some servers take it for another path, because of its capitals, blanks, dots, percent-encoding or special characters"
    )]
    Lookalike,
}

/// Decides where the path of a URI leads.
pub(super) fn read(uri: &[u8], base: &BasePath) -> Result<Reading, Ambiguity> {
    let raw = uri.split(|b| *b == b'?').next().unwrap_or_default();
    let path = decode(raw)?;
    let depth = base.segments().count();
    let mut rest = segments(&path).skip(depth);
    let reading = if is_under(raw, base) {
        let resource = rest.next().unwrap_or_default().to_owned();
        Reading::Under { resource, item: rest.next().is_some() }
    } else {
        Reading::Elsewhere
    };
    let folded: Vec<Cow<'_, str>> = segments(&path).map(fold).collect();
    let whole: Vec<&str> = folded.iter().map(|segment| trimmed(segment)).collect();
    let short = cut(&whole);
    let agree = |segments: &Vec<&str>| {
        segments.iter().all(|segment| !segment.is_empty() && !segment.contains(SPLITTING))
            && match reading {
                Reading::Under { item, .. } => item == (segments.len() > depth + 1),
                Reading::Elsewhere => !resembles(segments, base),
            }
    };
    if [&whole].into_iter().chain(&short).all(agree) {
        Ok(reading)
    } else {
        Err(Ambiguity::Lookalike)
    }
}

/// What remains of a path on servers that take one of these characters for the beginning of a
/// query. `None`: no segment has one.
fn cut<'a>(segments: &[&'a str]) -> Option<Vec<&'a str>> {
    let at = segments.iter().position(|segment| segment.contains(CUTTING))?;
    let (before, rest) = segments.split_at(at);
    let last = rest.first()?.split(CUTTING).next().map(trimmed)?;
    Some([before, &[last]].concat())
}

/// Whether a path is under the base path byte by byte. Not every router takes an encoded letter for
/// the letter itself, so encoded letters do not count.
fn is_under(raw: &[u8], base: &BasePath) -> bool {
    let rest = raw.strip_prefix(base.prefix().as_bytes());
    rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'/')))
}

/// Whether the folded segments of a path begin like those of the base path. `/v1/data.json` does so
/// as well, because frameworks take the end of a path for a format.
fn resembles(segments: &[&str], base: &BasePath) -> bool {
    let wanted: Vec<String> =
        base.segments().map(|segment| trimmed(&segment.to_ascii_lowercase()).to_owned()).collect();
    let (Some((last, before)), true) = (wanted.split_last(), segments.len() >= wanted.len()) else {
        return wanted.is_empty();
    };
    let same = |(segment, wanted): (&&str, &String)| *segment == wanted.as_str();
    let tail = segments[before.len()].strip_prefix(last.as_str());
    segments.iter().zip(before).all(same)
        && tail.is_some_and(|tail| {
            tail.is_empty() || (segments.len() == wanted.len() && tail.starts_with('.'))
        })
}

/// The segments of a path. A slash at its end does not begin another one.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    let rest = path.strip_prefix('/').unwrap_or(path);
    let inner = rest.strip_suffix('/').unwrap_or(rest);
    inner.split('/').filter(move |_| !rest.is_empty())
}

/// Decodes the path once.
fn decode(path: &[u8]) -> Result<Cow<'_, str>, Ambiguity> {
    if path.first() != Some(&b'/') {
        return Err(Ambiguity::NoPath);
    }
    if path.contains(&b'#') {
        return Err(Ambiguity::Cut);
    }
    let mut rest = path;
    while let Some(at) = rest.iter().position(|b| *b == b'%') {
        rest = &rest[at + 1..];
        let hex = |n: usize| rest.get(n).and_then(|b| char::from(*b).to_digit(16));
        match (hex(0), hex(1)) {
            (Some(2), Some(5)) => return Err(Ambiguity::DoubleEncoding),
            (Some(2), Some(15)) | (Some(5), Some(12)) => return Err(Ambiguity::Slash),
            (Some(2), Some(3)) | (Some(3), Some(15)) => return Err(Ambiguity::Cut),
            (Some(_), Some(_)) => {}
            _ => return Err(Ambiguity::BrokenEncoding),
        }
    }
    let path = percent_decode(path).decode_utf8().map_err(|_| Ambiguity::NotUtf8)?;
    if path.chars().any(char::is_control) {
        return Err(Ambiguity::Control);
    }
    if path.contains('\\') {
        return Err(Ambiguity::Slash);
    }
    if path.contains(';') {
        return Err(Ambiguity::Cut);
    }
    for segment in segments(&path) {
        match segment {
            "" => return Err(Ambiguity::Empty),
            "." | ".." => return Err(Ambiguity::Dots),
            _ => {}
        }
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(uri: &str) -> Result<String, Ambiguity> {
        read(uri.as_bytes(), &BasePath::default()).map(|place| match place {
            Reading::Under { resource, item: true } => format!("an item of {resource}"),
            Reading::Under { resource, item: false } => format!("all of {resource}"),
            Reading::Elsewhere => "elsewhere".to_owned(),
        })
    }

    #[test]
    fn the_segment_after_the_base_path_is_the_resource() {
        for (uri, expected) in [
            ("/v1/data/posts", "all of posts"),
            ("/v1/data/posts/", "all of posts"),
            ("/v1/data/posts?id=1&x=../..", "all of posts"),
            ("/v1/data/posts/1", "an item of posts"),
            ("/v1/data/posts/1/comments/", "an item of posts"),
            ("/v1/data/posts/a%20b", "an item of posts"),
            ("/v1/data/posts/report.pdf", "an item of posts"),
            ("/v1/data/posts/%e4%bd%95%ef%bc%9f", "an item of posts"), // 何？
            ("/v1/data/%70osts", "all of posts"),
            ("/v1/data/Posts", "all of Posts"),
            ("/v1/data/%D0%BF", "all of п"),
            ("/v1/data", "all of "),
            ("/v1/data/", "all of "),
        ] {
            assert_eq!(place(uri).as_deref(), Ok(expected), "{uri}");
        }
        let root = BasePath::parse("/").unwrap();
        let under =
            |resource: &str, item| Ok(Reading::Under { resource: resource.to_owned(), item });
        assert_eq!(read(b"/posts/1", &root), under("posts", true));
        assert_eq!(read(b"/", &root), under("", false));
        assert_eq!(read(b"/", &BasePath::default()), Ok(Reading::Elsewhere));
    }

    #[test]
    fn whole_segments_tell_what_is_elsewhere() {
        for uri in [
            "/",
            "/v1",
            "/v1/dat",
            "/v1/database/posts",
            "/v1/data-old/posts",
            "/v1/data.json/posts",
            "/v2/data/posts",
            "/v1/files/a%20b",
            "/v1/files/report.pdf",
            "/v1/files/caf%c3%a9",
            "/v1/files/%e4%bd%95%ef%bc%9f/1",
            "/V1/Files/1",
            "/v1/x/data/posts",
        ] {
            assert_eq!(place(uri).as_deref(), Ok("elsewhere"), "{uri}");
        }
    }

    #[test]
    fn no_spelling_of_the_base_path_is_elsewhere() {
        for uri in [
            "/V1/Data/users/1",
            "/v1/DATA/users/1",
            "/v1/%64ata/users/1",
            "/%76%31/data/users/1",
            "/v1/data%20/users/1",
            "/v1/%20data/users/1",
            "/v1%20/data/users/1",
            "/v1/data+/users/1",
            "/v1/data./users/1",
            "/v1/data../users/1",
            "/v1/data.%20./users/1",
            "/v1/data%2e/users/1",
            "/v1/.data/users/1",
            "/v1/data%c2%a0/users/1",
            "/v1/data%e3%80%80/users/1",
            "/v1/data%e1%9a%80/users/1",
            "/v1/data%e2%80%a8/users/1",
            "/v1/%ef%bd%84ata/users/1",
            "/%ef%bd%96%ef%bc%91/data/users/1",
            "/v1/%f0%9d%90%9data/users/1",
            "/v1/%e2%93%93ata/users/1",
            "/v%c2%b9/data/users/1",
            "/v1/data%e2%80%8b/users/1",
            "/v1/%e2%80%8bdata/users/1",
            "/v1/da%e2%80%8dta/users/1",
            "/v1/data%ef%bb%bf/users/1",
            "/v1/da%c2%adta/users/1",
            "/v1/data%e2%81%a0/users/1",
            "/v1/data%ef%b8%8f/users/1",
            "/v1/data%f3%a0%81%a1/users/1",
            "/v1/data%cd%8f/users/1",
            "/v1/%e2%80%aedata/users/1",
            "/v1/d%c4%81ta/users/1",
            "/v1%ef%bc%8fdata/users/1",
            "/v1/data%ef%bc%8fusers/1",
            "/v1/files/%e2%80%a5/data/users/1",
            "/v1/files/%ef%bc%8e%ef%bc%8e/data/users/1",
            "/v1/files/..%e2%80%8b/data/users/1",
            "/v1/files/.%2e%20/data/users/1",
            "/v1/%20/data/users/1",
            "/v1/%e2%80%8b/data/users/1",
            "/v1/data%ef%bc%9bx/users/1",
            "/v1/data%ef%bc%9f/users/1",
            "/v1/data%cd%be/users/1",
            "/v1/%ef%bc%8564ata/users/1",
            "/v1/data.json",
            "/v1/data.json/",
        ] {
            assert_eq!(place(uri), Err(Ambiguity::Lookalike), "{uri}");
        }
        let of = |base: &str, uri: &str| read(uri.as_bytes(), &BasePath::parse(base).unwrap());
        for (base, uri) in [
            ("/tasks", "/tas%e2%84%aas/1"),
            ("/tasks", "/ta%c5%bfks/1"),
            ("/tasks", "/TASKS/1"),
            ("/class", "/cla%c3%9f/1"),
            ("/files", "/%ef%ac%81les/1"),
            ("/files", "/f%c4%b1les/1"),
            ("/V1.0", "/v1.0/1"),
            ("/v1.", "/v1/1"),
            ("/graphql", "/graphql.json"),
        ] {
            assert_eq!(of(base, uri), Err(Ambiguity::Lookalike), "{uri}");
        }
    }

    /// Or a key that may read one item could list them all.
    #[test]
    fn no_spelling_of_a_collection_is_an_item() {
        for uri in [
            "/v1/data/posts/%20",
            "/v1/data/posts/%e2%80%8b",
            "/v1/data/posts/+",
            "/v1/data/posts/...",
            "/v1/data/posts/%c2%a0/",
            "/v1/data/posts%ef%bc%8f1",
            "/v1/data/posts/%ef%bc%9f",
            "/v1/data/posts/..%ef%bc%9f",
            "/v1/data/posts%ef%bc%9f/1",
        ] {
            assert_eq!(place(uri), Err(Ambiguity::Lookalike), "{uri}");
        }
    }

    #[test]
    fn paths_that_can_be_read_in_two_ways_are_told_with_the_reason() {
        for (uri, reason) in [
            ("", Ambiguity::NoPath),
            ("v1/data/posts", Ambiguity::NoPath),
            ("http://api.example.com/v1/data/posts", Ambiguity::NoPath),
            ("?/v1/data", Ambiguity::NoPath),
            ("/v1/data/../admin", Ambiguity::Dots),
            ("/v1/other/../data/posts", Ambiguity::Dots),
            ("/v1/other/%2e%2E/data/posts", Ambiguity::Dots),
            ("/v1/./data/posts", Ambiguity::Dots),
            ("/v1/.%2e/data/posts", Ambiguity::Dots),
            ("/v1/data/posts/..", Ambiguity::Dots),
            ("/v1/data/posts/.", Ambiguity::Dots),
            ("/..", Ambiguity::Dots),
            ("//v1/data/posts", Ambiguity::Empty),
            ("/v1//data/posts", Ambiguity::Empty),
            ("/v1/data/posts//", Ambiguity::Empty),
            ("//", Ambiguity::Empty),
            ("/v1/data/posts%3fa/1", Ambiguity::Cut),
            ("/v1/data/posts%3Fa/1", Ambiguity::Cut),
            ("/v1/data/posts%23a/1", Ambiguity::Cut),
            ("/v1/data%2fposts", Ambiguity::Slash),
            ("/v1%2Fdata/posts", Ambiguity::Slash),
            ("/v1/x/..%5cdata/posts", Ambiguity::Slash),
            ("/v1\\data\\posts", Ambiguity::Slash),
            ("/v1/%2564ata/posts", Ambiguity::DoubleEncoding),
            ("/v1/%252e%252e/data", Ambiguity::DoubleEncoding),
            ("/v1/data/100%25", Ambiguity::DoubleEncoding),
            ("/v1/data/posts%00", Ambiguity::Control),
            ("/v1/data%09/posts", Ambiguity::Control),
            ("/v1/data/posts%0d%0aX: y", Ambiguity::Control),
            ("/v1/data/po\u{7f}sts", Ambiguity::Control),
            ("/v1/data/%c2%85", Ambiguity::Control),
            ("/v1/data/%c0%af", Ambiguity::NotUtf8),
            ("/v1/%c0%ae%c0%ae/data", Ambiguity::NotUtf8),
            ("/v1/data/%e0%80%af", Ambiguity::NotUtf8),
            ("/v1/data/%ff", Ambiguity::NotUtf8),
            ("/v1/data/%ed%a0%80", Ambiguity::NotUtf8),
            ("/v1/data/%", Ambiguity::BrokenEncoding),
            ("/v1/data/%2", Ambiguity::BrokenEncoding),
            ("/v1/data/%zz", Ambiguity::BrokenEncoding),
            ("/v1/data/%u002e", Ambiguity::BrokenEncoding),
            ("/v1/data;x=1/posts", Ambiguity::Cut),
            ("/v1/data%3bx/posts", Ambiguity::Cut),
            ("/v1/data/posts#/1", Ambiguity::Cut),
        ] {
            assert_eq!(place(uri), Err(reason), "{uri:?}");
        }
    }
}
