//! The addresses of the dashboard, for templates and redirects. They are one list, so this file is
//! longer than others. `routes.rs` has the handlers of the same addresses.

use actix_web::http::Uri;
use actix_web::http::header::{self, HeaderMap};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::db::{ActivityId, EnvironmentId, KeyId, KeySort, KeyStatus, Kind};
use crate::domain::api_keys::Find;

mod instance;
mod protect;
mod team;

pub(crate) use instance::*;
pub(crate) use protect::*;
pub(crate) use team::*;

/// The characters that a query may contain as they are (RFC 3986, unreserved).
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Encodes a value for a query.
fn encode(value: &str) -> String {
    utf8_percent_encode(value, QUERY).to_string()
}

/// Leads to the API Keys page that the user saw last.
pub(crate) const HOME: &str = "/";
/// The form for the first account.
pub(crate) const SETUP: &str = "/setup";
pub(crate) const SIGN_IN: &str = "/sign-in";
/// The form for the code after the password.
pub(crate) const SIGN_IN_TWO_STEP: &str = "/sign-in/two-step";
pub(crate) const SIGN_OUT: &str = "/sign-out";
/// The user's own account.
pub(crate) const ACCOUNT: &str = "/account";
pub(crate) const ACCOUNT_NAME: &str = "/account/name";
pub(crate) const ACCOUNT_EMAIL: &str = "/account/email";
/// The link that is sent to a new e-mail address.
pub(crate) const ACCOUNT_EMAIL_CONFIRM: &str = "/account/email/confirm";
/// Keeps the former address.
pub(crate) const ACCOUNT_EMAIL_CANCEL: &str = "/account/email/cancel";
pub(crate) const ACCOUNT_PASSWORD: &str = "/account/password";
pub(crate) const TWO_STEP: &str = "/account/two-step";
pub(crate) const TWO_STEP_OFF: &str = "/account/two-step/off";
pub(crate) const RECOVERY_CODES: &str = "/account/recovery-codes";
pub(crate) const SESSION_END: &str = "/account/sessions/end";
pub(crate) const SESSIONS_END: &str = "/account/sessions/end-others";
/// Chooses a light theme, a dark one, or that of the system.
pub(crate) const THEME: &str = "/theme";
pub(crate) const PROJECTS: &str = "/projects";
pub(crate) const PROJECT_NEW: &str = "/projects/new";
/// The search of lists.
pub(crate) const SEARCH: &str = "/search";
pub(crate) const HELP: &str = "/help";
pub(crate) const HELP_KEYS: &str = "/help/api-keys";
/// Help about how to send a key.
pub(crate) const HELP_USING: &str = "/help/using-a-key";
/// Help about the settings of a project.
pub(crate) const HELP_SETTINGS: &str = "/help/project-settings";

/// The sign-in page, which leads on to `next`.
pub(crate) fn sign_in(next: &str) -> String {
    if next == HOME { SIGN_IN.to_owned() } else { format!("{SIGN_IN}?next={}", encode(next)) }
}

/// The sign-in page for a browser that did not keep the session's cookie.
pub(crate) fn sign_in_without_cookies(next: &str) -> String {
    format!("{SIGN_IN}?cookies=refused&next={}", encode(next))
}

/// Whether a request comes from the sign-in page without any cookie, so that the browser must
/// refuse cookies. The form itself sets one, which everybody else has.
pub(crate) fn came_without_cookies(headers: &HeaderMap) -> bool {
    let from = headers.get(header::REFERER).and_then(|from| from.to_str().ok()?.parse().ok());
    let from_sign_in =
        from.is_some_and(|from: Uri| [SIGN_IN, SIGN_IN_TWO_STEP, SETUP].contains(&from.path()));
    from_sign_in && !headers.contains_key(header::COOKIE)
}

/// The page whose form is sent to this address. Mostly, the page has the same address.
pub(crate) fn form_of(action: &str, kind: &str) -> String {
    match action.rsplit('/').next() {
        Some("api-keys") => format!("{action}/new?kind={}", encode(kind)),
        Some("environments" | "projects") => format!("{action}/new"),
        _ => action.to_owned(),
    }
}

const REFILL: &str = "refill";

/// The address of a page with what was typed into its form before.
pub(crate) fn refill(page: &str) -> String {
    format!("{page}{}{REFILL}", if page.contains('?') { '&' } else { '?' })
}

/// Whether this is the query of such an address.
pub(crate) fn is_refill(query: &str) -> bool {
    query.split('&').any(|field| field == REFILL)
}

/// The link that confirms a new e-mail address.
pub(crate) fn account_email_confirm(token: &str) -> String {
    format!("{ACCOUNT_EMAIL_CONFIRM}?token={}", encode(token))
}

/// The account page with the entries of its activity before this one.
pub(crate) fn account_before(entry: &ActivityId) -> String {
    format!("{ACCOUNT}?before={entry}#activity")
}

pub(crate) fn setup(token: &str) -> String {
    format!("{SETUP}?token={token}")
}

pub(crate) fn project(slug: &str) -> String {
    format!("{PROJECTS}/{slug}")
}

pub(crate) fn environments(project: &str) -> String {
    format!("{PROJECTS}/{project}/environments")
}

/// The form for a new environment.
pub(crate) fn environment_new(project: &str) -> String {
    format!("{PROJECTS}/{project}/environments/new")
}

/// The form for the name and the protection of an environment. It has the id: if the name was given
/// to another environment meanwhile, an open form must not change that one.
pub(crate) fn environment_edit(project: &str, environment: &EnvironmentId) -> String {
    format!("{PROJECTS}/{project}/environments/{environment}/edit")
}

/// The confirmation of a deletion.
pub(crate) fn environment_delete(project: &str, environment: &EnvironmentId) -> String {
    format!("{PROJECTS}/{project}/environments/{environment}/delete")
}

pub(crate) fn settings(project: &str) -> String {
    format!("{PROJECTS}/{project}/settings")
}

/// The confirmation of a deletion.
pub(crate) fn project_delete(project: &str) -> String {
    format!("{PROJECTS}/{project}/settings/delete")
}

pub(crate) fn activity(project: &str) -> String {
    format!("{PROJECTS}/{project}/activity")
}

/// The whole history of one key, member or the like.
pub(crate) fn history(project: &str, subject: &str) -> String {
    format!("{}?time=always&subject={}", activity(project), encode(subject))
}

/// The activity as a file.
pub(crate) fn activity_export(project: &str) -> String {
    format!("{PROJECTS}/{project}/activity.csv")
}

/// The API Keys page. Slugs and environments need no encoding.
pub(crate) fn api_keys(project: &str, environment: &str) -> String {
    format!("{PROJECTS}/{project}/{environment}/api-keys")
}

/// The settings of access tokens.
pub(crate) fn access_tokens(project: &str, environment: &str) -> String {
    format!("{PROJECTS}/{project}/{environment}/access-tokens")
}

/// The form to try an access token.
pub(crate) fn access_tokens_try(project: &str, environment: &str) -> String {
    format!("{}/try", access_tokens(project, environment))
}

/// The access rules of an environment.
pub(crate) fn access_rules(project: &str, environment: &str) -> String {
    format!("{PROJECTS}/{project}/{environment}/access-rules")
}

/// Turns *Check keys only* on or off.
pub(crate) fn check_keys_only(project: &str, environment: &str) -> String {
    format!("{}/check-keys-only", access_rules(project, environment))
}

/// The API Keys page with a search, with this page of the list in the card of `kind`.
pub(crate) fn api_keys_page(
    project: &str,
    environment: &str,
    find: &Find,
    kind: Kind,
    page: i64,
) -> String {
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

/// The form for a new key.
pub(crate) fn api_key_new(project: &str, environment: &str, kind: Kind) -> String {
    format!("{}/new?kind={kind}", api_keys(project, environment))
}

/// The address that the search box is sent to.
pub(crate) fn api_keys_search(project: &str, environment: &str) -> String {
    format!("{}/search", api_keys(project, environment))
}

/// The confirmation of a deletion.
pub(crate) fn api_key_delete(project: &str, environment: &str, key: &KeyId) -> String {
    format!("{}/{key}/delete", api_keys(project, environment))
}

/// Deletes a key and creates it again.
pub(crate) fn api_key_replace(project: &str, environment: &str, key: &KeyId) -> String {
    format!("{}/{key}/replace", api_keys(project, environment))
}

/// The same address with the new name of an environment that was renamed. The query is kept, unless
/// somebody pasted a full key into it.
pub(crate) fn renamed(path_and_query: &str, environment: &str) -> Option<String> {
    let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
    let mut segments: Vec<&str> = path.split('/').collect();
    *segments.get_mut(3)? = environment; // "", "projects", its slug, the environment
    let plain = percent_encoding::percent_decode_str(query).decode_utf8_lossy();
    let keep = !query.is_empty() && crate::domain::key_shape::mask_in(&plain).is_none();
    Some(if keep { format!("{}?{query}", segments.join("/")) } else { segments.join("/") })
}

/// The same address without the slash at its end. `None` if there is no slash, or if the rest is
/// not an address of this site. The query is kept, unless somebody pasted a full key into it.
pub(crate) fn without_slash(address: &Uri) -> Option<String> {
    let path = address.path().strip_suffix('/').filter(|path| is_local(path))?;
    let query = address.query().unwrap_or_default();
    let plain = percent_encoding::percent_decode_str(query).decode_utf8_lossy();
    let keep = !query.is_empty() && crate::domain::key_shape::mask_in(&plain).is_none();
    Some(if keep { format!("{path}?{query}") } else { path.to_owned() })
}

pub(crate) fn api_key(project: &str, environment: &str, key: &KeyId) -> String {
    format!("{}/{key}", api_keys(project, environment))
}

/// What can be done to a key: `edit`, `pause`, `resume`, `rotate`, `end-overlap`.
pub(crate) fn api_key_verb(project: &str, environment: &str, key: &KeyId, verb: &str) -> String {
    format!("{}/{key}/{verb}", api_keys(project, environment))
}

/// The keys that were deleted recently.
pub(crate) fn api_keys_deleted(project: &str, environment: &str) -> String {
    format!("{}/deleted", api_keys(project, environment))
}

/// Sets the longest life of secret keys in a project.
pub(crate) fn key_life(project: &str) -> String {
    format!("{PROJECTS}/{project}/settings/key-life")
}

/// Sets whether leaked keys are paused.
pub(crate) fn pause_leaked(project: &str) -> String {
    format!("{PROJECTS}/{project}/settings/leaks")
}

/// Sets which environments the shared address includes.
pub(crate) fn shared_address(project: &str) -> String {
    format!("{PROJECTS}/{project}/settings/shared-address")
}

/// The address where a gateway asks whether a key is good for an environment. Project and
/// environment may be names or ids. `*` stands for the environments of the project's shared
/// address.
pub(crate) fn verify(project: &str, environment: &str) -> String {
    format!("/v1/verify/{project}/{environment}")
}

/// The address where a program asks the same and gets JSON.
pub(crate) fn key(project: &str, environment: &str) -> String {
    format!("/v1/key/{project}/{environment}")
}

/// The leaked keys of an environment.
pub(crate) fn api_keys_leaked(project: &str, environment: &str) -> String {
    format!("{}?status={}", api_keys(project, environment), KeyStatus::Leaked)
}

/// The longest address in bytes that the sign-in leads back to. It is kept in a cookie, and
/// browsers keep none above 4,096 bytes (RFC 6265, 6.1).
pub(crate) const NEXT_MAX: usize = 1500;

/// Whether `next` leads to a page of this site: an absolute path that no browser can read as a host
/// (`//host`, `/\host`; WHATWG URL, "special authority slashes"). It must be ASCII, because a
/// `Location` can't contain anything else.
pub(crate) fn is_local(next: &str) -> bool {
    let mut chars = next.chars();
    next.len() <= NEXT_MAX
        && chars.next() == Some('/')
        && chars.next() != Some('/')
        && next.chars().all(|c| c.is_ascii_graphic() && c != '\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_stays_here() {
        for good in ["/", "/projects/my-blog/dev/api-keys?q=a%20b&page=2"] {
            assert!(is_local(good), "{good}");
        }
        for bad in [
            "",
            "projects",
            "//evil",
            "/\\evil",
            "\\evil",
            "https:evil",
            "https://evil",
            "/\t/evil",
            "/a\nb",
            "/\u{e4}",
        ] {
            assert!(!is_local(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_slash_at_the_end_leads_to_the_page_without_it() {
        let at = |address: &str| without_slash(&address.parse().unwrap());
        assert_eq!(at("/projects/my-blog/").as_deref(), Some("/projects/my-blog"));
        assert_eq!(at("/projects/?a=b%20c").as_deref(), Some("/projects?a=b%20c"));
        for none in ["/", "/projects", "//evil.example/", "/\\evil/"] {
            assert_eq!(at(none), None, "{none}");
        }
        let key = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";
        assert_eq!(at(&format!("/projects/?q={key}")).as_deref(), Some("/projects"));
    }

    #[test]
    fn the_rest_of_the_address_survives_a_new_name() {
        let at = |path| renamed(path, "development").unwrap();
        assert_eq!(at("/projects/p/dev/api-keys"), "/projects/p/development/api-keys");
        assert_eq!(
            at("/projects/p/dev/api-keys/new?kind=secret&x=a%20b"),
            "/projects/p/development/api-keys/new?kind=secret&x=a%20b"
        );
        let key = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";
        assert_eq!(
            at(&format!("/projects/p/dev/api-keys?q={key}")),
            "/projects/p/development/api-keys"
        );
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
