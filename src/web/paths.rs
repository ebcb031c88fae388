//! The addresses of the dashboard, for templates, redirects and tests. `routes.rs` is the other half.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::db::{KeyId, KeySort, KeyStatus, Kind};
use crate::domain::api_keys::Find;

/// What may stand in a query as it is (RFC 3986, unreserved).
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A value in a query.
fn encode(value: &str) -> String {
    utf8_percent_encode(value, QUERY).to_string()
}

/// Where one lands: the keys one saw last.
pub const HOME: &str = "/";
/// The first account.
pub const SETUP: &str = "/setup";
/// Signing in.
pub const SIGN_IN: &str = "/sign-in";
/// Signing out.
pub const SIGN_OUT: &str = "/sign-out";
/// Light, dark, or as the system says.
pub const THEME: &str = "/theme";
/// The list of projects.
pub const PROJECTS: &str = "/projects";
/// The form for a project.
pub const PROJECT_NEW: &str = "/projects/new";
/// Short pages about keys.
pub const HELP: &str = "/help";
/// Publishable or secret.
pub const HELP_KEYS: &str = "/help/api-keys";
/// How to send a key.
pub const HELP_USING: &str = "/help/using-a-key";

/// Signing in, and then on to `next`.
pub fn sign_in(next: &str) -> String {
    if next == HOME { SIGN_IN.to_owned() } else { format!("{SIGN_IN}?next={}", encode(next)) }
}

/// The setup link.
pub fn setup(token: &str) -> String {
    format!("{SETUP}?token={token}")
}

/// A project's overview.
pub fn project(slug: &str) -> String {
    format!("{PROJECTS}/{slug}")
}

/// Who did what in a project.
pub fn activity(project: &str) -> String {
    format!("{PROJECTS}/{project}/activity")
}

/// The history of one thing, from its beginning.
pub fn history(project: &str, subject: &str) -> String {
    format!("{}?time=always&subject={}", activity(project), encode(subject))
}

/// The same as a file.
pub fn activity_export(project: &str) -> String {
    format!("{PROJECTS}/{project}/activity.csv")
}

/// The API Keys page. Slugs and environments are plain ASCII words.
pub fn api_keys(project: &str, environment: &str) -> String {
    format!("{PROJECTS}/{project}/{environment}/api-keys")
}

/// The API Keys page with what is looked for, and which card shows which page.
pub fn api_keys_page(project: &str, environment: &str, find: &Find, kind: Kind, page: i64) -> String {
    let mut query = Vec::new();
    if !find.search.is_empty() {
        query.push(format!("q={}", encode(find.search.as_str())));
    }
    query.extend(find.status.map(|status: KeyStatus| format!("status={status}")));
    if find.sort != KeySort::default() {
        query.push(format!("sort={}", find.sort));
    }
    if page > 1 {
        query.push(format!("page={page}&kind={kind}"));
    }
    let separator = if query.is_empty() { "" } else { "?" };
    let anchor = if page > 1 { format!("#{kind}") } else { String::new() };
    format!("{}{separator}{}{anchor}", api_keys(project, environment), query.join("&"))
}

/// The form for a key.
pub fn api_key_new(project: &str, environment: &str, kind: Kind) -> String {
    format!("{}/new?kind={kind}", api_keys(project, environment))
}

/// Where the search box posts to.
pub fn api_keys_search(project: &str, environment: &str) -> String {
    format!("{}/search", api_keys(project, environment))
}

/// The confirmation of a deletion.
pub fn api_key_delete(project: &str, environment: &str, key: &KeyId) -> String {
    format!("{}/{key}/delete", api_keys(project, environment))
}

/// Delete and create again.
pub fn api_key_replace(project: &str, environment: &str, key: &KeyId) -> String {
    format!("{}/{key}/replace", api_keys(project, environment))
}

/// A key's own page.
pub fn api_key(project: &str, environment: &str, key: &KeyId) -> String {
    format!("{}/{key}", api_keys(project, environment))
}

/// What can be done to a key: `edit`, `pause`, `resume`, `rotate`, `end-overlap`.
pub fn api_key_verb(project: &str, environment: &str, key: &KeyId, verb: &str) -> String {
    format!("{}/{key}/{verb}", api_keys(project, environment))
}

/// The keys that were deleted lately.
pub fn api_keys_deleted(project: &str, environment: &str) -> String {
    format!("{}/deleted", api_keys(project, environment))
}

/// The longest life of a project's secret keys.
pub fn key_life(project: &str) -> String {
    format!("{PROJECTS}/{project}/settings/key-life")
}

/// Whether `next` leads to a page of this site: an absolute path, and nothing that a browser could
/// read as a host (`//host`, `/\host`; WHATWG URL, "special authority slashes"). Only ASCII: more can't
/// stand in a `Location`.
pub fn is_local(next: &str) -> bool {
    let mut chars = next.chars();
    chars.next() == Some('/') && chars.next() != Some('/') && next.chars().all(|c| c.is_ascii_graphic() && c != '\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_stays_here() {
        for good in ["/", "/projects/my-blog/dev/api-keys?q=a%20b&page=2"] {
            assert!(is_local(good), "{good}");
        }
        for bad in ["", "projects", "//evil", "/\\evil", "\\evil", "https:evil", "https://evil", "/\t/evil", "/a\nb", "/\u{e4}"] {
            assert!(!is_local(bad), "{bad:?}");
        }
    }

    #[test]
    fn pages_keep_the_search() {
        let page = |find: &Find, page: i64| api_keys_page("p", "dev", find, Kind::Secret, page);
        let mut find = Find::default();
        assert_eq!(page(&find, 1), "/projects/p/dev/api-keys");
        find.search = crate::domain::api_keys::Search::parse("a&b");
        assert_eq!(page(&find, 2), "/projects/p/dev/api-keys?q=a%26b&page=2&kind=secret#secret");
        (find.status, find.sort) = (Some(KeyStatus::Paused), KeySort::Name);
        assert_eq!(page(&find, 1), "/projects/p/dev/api-keys?q=a%26b&status=paused&sort=name");
    }
}
