//! The decision about a call, as a table, and with generated input.

use proptest::prelude::*;

use super::*;

fn scopes(text: &str) -> Option<Scopes> {
    Scopes::parse(text).unwrap()
}

fn rules(guest: &[Operation], elsewhere: Elsewhere) -> Rules {
    let mut rights = Rights::NONE;
    guest.iter().for_each(|what| rights.grant(Group::Guest, *what));
    Operation::ALL.iter().for_each(|what| rights.grant(Group::User, *what));
    Operation::ALL.iter().for_each(|what| rights.grant(Group::Admin, *what));
    Rules { rights, elsewhere, ..Rules::default() }
}

/// Rules that allow everything to everybody everywhere.
fn open() -> Rules {
    rules(&Operation::ALL, Elsewhere::Everybody)
}

fn told<'a>(method: &'a str, uri: &'a str) -> Original<'a> {
    Original::known(&[(method.as_bytes(), uri.as_bytes())], &[], false)
}

const UNKNOWN: [Original<'static>; 2] =
    [Original::Unknown(Unknown::NotTold), Original::Unknown(Unknown::NotTrusted)];

/// The answer to a call, without the parts of the message that depend on the call.
fn answer(rules: &Rules, group: Group, key: &str, original: &Original<'_>) -> &'static str {
    match rules.may(group, scopes(key).as_ref(), original) {
        Ok(()) => "yes",
        Err(Denied::UnknownRequest) => "unknown",
        Err(Denied::IncompleteRequest) => "incomplete",
        Err(Denied::Ambiguous(_)) => "ambiguous",
        Err(Denied::Method) => "method",
        Err(Denied::Options) => "options",
        Err(Denied::Elsewhere { .. }) => "elsewhere",
        Err(Denied::Scope(_)) => "scope",
        Err(Denied::Right { .. }) => "right",
        Err(denied) => panic!("{denied} is no question of what a call does"),
    }
}

#[test]
fn method_and_path_are_judged_by_scopes_rights_and_elsewhere() {
    use Elsewhere::{Everybody, Nobody, SecretKeys};
    use Group::{Admin, Guest, User};
    const READ: &[Operation] = &[Operation::Read, Operation::List];
    for (elsewhere, group, key, method, uri, expected) in [
        (SecretKeys, Guest, "", "GET", "/v1/data/posts", "yes"),
        (SecretKeys, Guest, "", "HEAD", "/v1/data/posts/1", "yes"),
        (SecretKeys, Guest, "", "POST", "/v1/data/posts", "right"),
        (SecretKeys, Guest, "", "DELETE", "/v1/data/posts/1", "right"),
        (SecretKeys, Guest, "", "PROPFIND", "/v1/data/posts", "method"),
        (SecretKeys, Guest, "", "get", "/v1/data/posts", "method"),
        (SecretKeys, Guest, "", "OPTIONS", "/v1/data/posts", "yes"),
        (SecretKeys, Guest, "", "GET", "/files/1", "elsewhere"),
        (SecretKeys, Guest, "", "OPTIONS", "/files/1", "elsewhere"),
        (SecretKeys, Guest, "", "GET", "/V1/data/posts", "ambiguous"),
        (SecretKeys, User, "", "POST", "/v1/data/posts", "yes"),
        (SecretKeys, User, "", "POST", "/files/1", "elsewhere"),
        (SecretKeys, Admin, "", "DELETE", "/v1/data/posts/1", "yes"),
        (SecretKeys, Admin, "", "DELETE", "/files/1", "yes"),
        (SecretKeys, Admin, "", "PROPFIND", "/files/1", "yes"),
        (SecretKeys, Admin, "", "PROPFIND", "/v1/data/posts", "method"),
        (SecretKeys, Admin, "", "OPTIONS", "/v1/data/posts", "yes"),
        (SecretKeys, Admin, "posts:read", "GET", "/v1/data/posts/1", "yes"),
        (SecretKeys, Admin, "posts:read", "GET", "/v1/data/posts", "scope"),
        (SecretKeys, Admin, "posts:read", "GET", "/v1/data/users/1", "scope"),
        (SecretKeys, Admin, "posts:read", "GET", "/files/1", "elsewhere"),
        (SecretKeys, Admin, "posts:read", "OPTIONS", "/v1/data/posts", "options"),
        (SecretKeys, Guest, "posts:*", "DELETE", "/v1/data/posts/1", "right"),
        (SecretKeys, Guest, "posts:*", "OPTIONS", "/v1/data/posts", "options"),
        (Everybody, Guest, "", "DELETE", "/files/1", "yes"),
        (Everybody, Guest, "", "DELETE", "/v1/data/posts/1", "right"),
        (Everybody, Guest, "posts:read", "DELETE", "/files/1", "yes"),
        (Everybody, Guest, "posts:read", "OPTIONS", "/files/1", "options"),
        (Nobody, Admin, "", "GET", "/files/1", "elsewhere"),
        (Nobody, Admin, "", "GET", "/v1/data/posts", "yes"),
        (Nobody, Admin, "", "OPTIONS", "/files/1", "elsewhere"),
    ] {
        let found = answer(&rules(READ, elsewhere), group, key, &told(method, uri));
        assert_eq!(found, expected, "{elsewhere:?} {group} {key:?} {method} {uri}");
    }
}

#[test]
fn what_can_not_change_the_answer_is_let_through() {
    const ODD: [&str; 6] = [
        "/v1/data/posts/a%2Fb",
        "/v1/data/100%25",
        "/files/a;v=1",
        "/files//a",
        "/V1/Data/posts",
        "/v1/data%20/posts",
    ];
    let read = [Operation::Read, Operation::List];
    for uri in ODD {
        for (rules, group, key, method, expected) in [
            (Rules::default(), Group::Admin, "", "DELETE", "yes"),
            (open(), Group::Guest, "", "DELETE", "yes"),
            (open(), Group::User, "", "POST", "yes"),
            (open(), Group::Admin, "*:read *:list", "GET", "yes"),
            // The answer depends on whether the path is under the base path …
            (Rules::default(), Group::Guest, "", "GET", "ambiguous"),
            (rules(&read, Elsewhere::Everybody), Group::Guest, "", "POST", "ambiguous"),
            (rules(&[], Elsewhere::Nobody), Group::Admin, "", "GET", "ambiguous"),
            // … on the resource, or on whether it is an item …
            (open(), Group::Admin, "posts:*", "GET", "ambiguous"),
            (open(), Group::Admin, "*:read", "GET", "ambiguous"),
            // … and a method without meaning is refused only under the base path.
            (Rules::default(), Group::Admin, "", "PROPFIND", "ambiguous"),
            // A group that may read and list may do so for every path.
            (rules(&read, Elsewhere::Everybody), Group::Guest, "", "GET", "yes"),
        ] {
            let found = answer(&rules, group, key, &told(method, uri));
            assert_eq!(found, expected, "{group} {key:?} {method} {uri}");
        }
    }
}

#[test]
fn where_nothing_is_known_only_keys_that_may_do_everything_are_good() {
    let mut admins_only_read = Rules { rights: Rights::NONE, ..Rules::default() };
    admins_only_read.rights.grant(Group::Admin, Operation::Read);
    let mut users_may_less = open();
    users_may_less.rights = Rights::NONE;
    for group in [Group::Guest, Group::Admin] {
        let grant = |what: &Operation| users_may_less.rights.grant(group, *what);
        Operation::ALL.iter().for_each(grant);
    }
    for (rules, group, key, expected) in [
        (Rules::default(), Group::Guest, "", "unknown"),
        (Rules::default(), Group::User, "", "unknown"),
        (Rules::default(), Group::Admin, "", "yes"),
        (Rules::default(), Group::Admin, "posts:read", "unknown"),
        (open(), Group::Guest, "", "yes"),
        (open(), Group::User, "", "yes"),
        (open(), Group::Admin, "", "yes"),
        (open(), Group::Guest, "posts:read", "unknown"),
        (open(), Group::Admin, "*:read *:list *:create *:update *:delete", "unknown"),
        (rules(&Operation::ALL, Elsewhere::SecretKeys), Group::Guest, "", "unknown"),
        (rules(&[Operation::Read], Elsewhere::Everybody), Group::Guest, "", "unknown"),
        (rules(&Operation::ALL, Elsewhere::Nobody), Group::Admin, "", "unknown"),
        (admins_only_read, Group::Admin, "", "unknown"),
        (users_may_less, Group::Guest, "", "unknown"),
    ] {
        assert_eq!(rules.need_original(group.kind(), scopes(key).as_ref()), expected != "yes");
        for original in UNKNOWN.iter().chain([&Original::Known(Vec::new())]) {
            assert_eq!(answer(&rules, group, key, original), expected, "{group} {key:?}");
        }
        let half = if expected == "yes" { "yes" } else { "incomplete" };
        assert_eq!(answer(&rules, group, key, &Original::Incomplete), half, "{group} {key:?}");
    }
}

#[test]
fn check_keys_only_lifts_the_rules_of_publishable_keys_while_nothing_is_known() {
    let lifted = Rules { check_keys_only: true, ..Rules::default() };
    let strict = Rules { elsewhere: Elsewhere::Nobody, ..lifted.clone() };
    for (rules, group, key, expected) in [
        (&lifted, Group::Guest, "", "yes"),
        (&lifted, Group::User, "", "yes"),
        (&strict, Group::Guest, "", "yes"),
        (&lifted, Group::Guest, "posts:read", "unknown"),
        (&lifted, Group::Admin, "posts:read", "unknown"),
        (&strict, Group::Admin, "", "unknown"),
    ] {
        for original in &UNKNOWN {
            assert_eq!(answer(rules, group, key, original), expected, "{group} {key:?}");
        }
    }
    // Half of an original request is not the same as none, and what is known is checked.
    assert_eq!(answer(&lifted, Group::Guest, "", &Original::Incomplete), "incomplete");
    assert_eq!(answer(&lifted, Group::Guest, "", &told("POST", "/v1/data/posts")), "right");
    assert_eq!(answer(&lifted, Group::Guest, "", &told("GET", "/files/1")), "elsewhere");
}

#[test]
fn everything_that_the_call_could_be_must_be_allowed() {
    let rules = Rules::default();
    let original = |told: &[(&'static [u8], &'static [u8])], overrides: &[&[u8]], preflight| {
        answer(&rules, Group::Guest, "", &Original::known(told, overrides, preflight))
    };
    const LIST: (&[u8], &[u8]) = (b"GET", b"/v1/data/posts");
    assert_eq!(original(&[LIST], &[], false), "yes");
    assert_eq!(original(&[LIST, (b"DELETE", b"/v1/data/posts/1")], &[], false), "right");
    assert_eq!(original(&[(b"GET", b"/files/1"), LIST], &[], false), "elsewhere");
    assert_eq!(original(&[LIST], &[b"delete"], false), "right");
    assert_eq!(original(&[LIST], &[b"GET", b"DELETE"], false), "right");
    assert_eq!(original(&[LIST], &[b"FLY"], false), "method");
    assert_eq!(original(&[LIST], &[b"HEAD"], false), "yes");
    assert_eq!(original(&[(b"GET", b"/v1/data/posts?_method=DELETE")], &[], false), "right");
    assert_eq!(original(&[(b"GET", b"/v1/data/posts?$method=PATCH")], &[], false), "right");
    assert_eq!(original(&[(b"OPTIONS", b"/v1/data/posts")], &[b"DELETE"], true), "right");
    assert_eq!(original(&[(b"OPTIONS", b"/files/1")], &[], true), "yes");
    // A preflight is let through with every key. Other methods can't claim to be one.
    let preflight = Original::known(&[(b"OPTIONS", b"/v1/data/posts")], &[], true);
    assert_eq!(answer(&rules, Group::Admin, "posts:read", &preflight), "yes");
    let other = Original::known(&[(b"DELETE", b"/v1/data/posts/1")], &[], true);
    assert_eq!(answer(&rules, Group::Admin, "posts:read", &other), "scope");
}

#[test]
fn what_a_call_does_is_told_in_plain_letters() {
    let rules = Rules { rights: Rights::NONE, ..Rules::default() };
    for (method, uri, words) in [
        ("POST", "/v1/data/posts", "Calls of the group guest may not create posts."),
        ("GET", "/v1/data", "Calls of the group guest may not list the API's root."),
        ("GET", "/v1/data/%D0%BF", "Calls of the group guest may not list ?."),
        ("GET", "/x", "Outside /v1/data only secret keys without scopes are accepted."),
    ] {
        let denied = rules.may(Group::Guest, None, &told(method, uri)).unwrap_err();
        assert_eq!(denied.to_string(), words);
    }
}

#[test]
fn rules_are_stored_and_what_is_missing_in_older_ones_is_strict() {
    let json = serde_json::to_string(&open()).unwrap();
    assert_eq!(serde_json::from_str::<Rules>(&json).unwrap(), open());
    for elsewhere in Elsewhere::ALL {
        let word = serde_json::to_string(&elsewhere).unwrap();
        assert_eq!(word, format!("\"{}\"", elsewhere.as_str()));
        assert_eq!(Elsewhere::parse(elsewhere.as_str()), Some(elsewhere));
    }
    let older =
        r#"{"base_path":"/v1","rights":{},"origins":[],"refuse_secret_keys_from_browsers":true}"#;
    let rules: Rules = serde_json::from_str(older).unwrap();
    assert_eq!((rules.elsewhere, rules.check_keys_only), (Elsewhere::SecretKeys, false));
    assert!(serde_json::from_str::<Rules>(&older.replace('}', r#","more":1}"#)).is_err());
}

fn any_operations() -> impl Strategy<Value = Vec<Operation>> {
    prop::sample::subsequence(Operation::ALL.to_vec(), 0..=Operation::ALL.len())
}

fn any_rules() -> impl Strategy<Value = Rules> {
    let elsewhere = prop::sample::select(Elsewhere::ALL.to_vec());
    let rights = [any_operations(), any_operations(), any_operations()];
    let base = prop::sample::select(vec!["/v1/data", "/", "/tasks", "/a/b.c"]);
    (rights, elsewhere, base, any::<bool>()).prop_map(|(granted, elsewhere, base, only)| {
        let mut rights = Rights::NONE;
        for (group, operations) in Group::ALL.iter().zip(granted) {
            operations.into_iter().for_each(|what| rights.grant(*group, what));
        }
        let base_path = BasePath::parse(base).unwrap();
        Rules { rights, elsewhere, base_path, check_keys_only: only, ..Rules::default() }
    })
}

fn any_group() -> impl Strategy<Value = Group> {
    prop::sample::select(Group::ALL.to_vec())
}

fn any_scopes() -> impl Strategy<Value = Option<Scopes>> {
    let texts = ["", "posts:read", "posts:* *:list", "*:read *:list", "tasks:*", "*:delete"];
    prop::sample::select(texts.to_vec()).prop_map(scopes)
}

fn any_uri() -> impl Strategy<Value = String> {
    prop_oneof![
        "(/|/v1|/data|/posts|/tasks|/a|/b.c|%[0-9a-f]{2}|\\.|\\?|[a-zA-Z;#\\\\]){0,12}",
        "/v1/data/(posts|users)(/1)?",
        "/[a-z]{0,4}(/[a-z]{1,4}){0,3}",
    ]
}

fn any_method() -> impl Strategy<Value = &'static str> {
    let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "x"];
    prop::sample::select(methods.to_vec())
}

/// A letter, or a spelling that some server takes for it.
fn respelt(letter: char) -> impl Strategy<Value = String> {
    let encoded = format!("%{:02x}", u32::from(letter));
    let mut forms = vec![letter.to_string(), letter.to_uppercase().to_string(), encoded];
    if letter.is_ascii_lowercase() {
        let at = u32::from(letter) - u32::from('a');
        let moved = |first: u32| char::from_u32(first + at).unwrap().to_string();
        forms.extend([moved(0xff41), moved(0x1d41a), moved(0x24d0)]);
    }
    let unseen = ["", "", "", "\u{200b}", "%e2%80%8d", "\u{ad}", "%ef%bb%bf", "\u{e0061}"];
    (prop::sample::select(forms), prop::sample::select(unseen.to_vec()))
        .prop_map(|(letter, unseen)| format!("{letter}{unseen}"))
}

/// A segment, or a spelling that some server takes for it.
fn respelt_segment(segment: &str) -> impl Strategy<Value = String> {
    let letters: Vec<_> = segment.chars().map(respelt).collect();
    let end = || prop::sample::select(vec!["", "", ".", "%20", "%c2%a0", "+", "%e3%80%80", "%2e"]);
    (end(), letters, end())
        .prop_map(|(before, letters, after)| format!("{before}{}{after}", letters.concat()))
}

fn respelt_base() -> impl Strategy<Value = String> {
    (respelt_segment("v1"), respelt_segment("data")).prop_map(|(one, two)| format!("/{one}/{two}"))
}

proptest! {
    /// The purpose of the module: no other spelling of the base path gets around the rules.
    #[test]
    fn no_spelling_of_the_base_path_gets_a_call_past_the_rules(
        base in respelt_base(),
        rest in "(/[a-z]{1,5}){0,2}",
        method in any_method().prop_filter("it does something", |method| *method != "OPTIONS"),
    ) {
        let closed = rules(&[], Elsewhere::Everybody);
        let uri = format!("{base}{rest}");
        prop_assert!(closed.may(Group::Guest, None, &told(method, &uri)).is_err(), "{uri}");
        let narrowed = scopes("other:*");
        prop_assert!(closed.may(Group::Admin, narrowed.as_ref(), &told(method, &uri)).is_err(), "{uri}");
    }

    #[test]
    fn all_requests_must_be_allowed_and_each_alone_is(
        rules in any_rules(),
        group in any_group(),
        key in any_scopes(),
        calls in prop::collection::vec((any_method(), any_uri()), 1..4),
        overrides in prop::collection::vec(any_method(), 0..2),
    ) {
        let may = |original: &Original<'_>| rules.may(group, key.as_ref(), original).is_ok();
        let pairs: Vec<(&[u8], &[u8])> =
            calls.iter().map(|(method, uri)| (method.as_bytes(), uri.as_bytes())).collect();
        let overrides: Vec<&[u8]> = overrides.iter().map(|method| method.as_bytes()).collect();
        let together = Original::known(&pairs, &overrides, false);
        let Original::Known(requests) = &together else { panic!("it is known") };
        let each = requests.iter().all(|request| may(&Original::Known(vec![*request])));
        prop_assert_eq!(may(&together), each);
    }

    #[test]
    fn nothing_known_is_enough_only_if_every_plain_call_would_be_allowed(
        rules in any_rules(),
        group in any_group(),
        key in any_scopes(),
        method in any_method(),
        path in "(/[a-z]{1,4}){1,3}",
    ) {
        let rules = Rules { check_keys_only: false, ..rules };
        let known = matches!(method, "TRACE" | "x");
        if rules.may(group, key.as_ref(), &UNKNOWN[0]).is_ok() && !known {
            prop_assert!(rules.may(group, key.as_ref(), &told(method, &path)).is_ok());
        }
    }

    #[test]
    fn scopes_are_never_lifted(
        rules in any_rules(),
        group in any_group(),
        key in any_scopes().prop_filter("it has some", Option::is_some),
    ) {
        for original in &UNKNOWN {
            prop_assert!(rules.may(group, key.as_ref(), original).is_err());
        }
    }

    #[test]
    fn more_rights_never_make_a_yes_a_no(
        rules in any_rules(),
        group in any_group(),
        key in any_scopes(),
        method in any_method(),
        uri in any_uri(),
        more in any_operations(),
    ) {
        let mut wider = Rules { elsewhere: Elsewhere::Everybody, ..rules.clone() };
        more.iter().for_each(|what| wider.rights.grant(group, *what));
        let original = told(method, &uri);
        if rules.may(group, key.as_ref(), &original).is_ok() {
            prop_assert!(wider.may(group, key.as_ref(), &original).is_ok());
        }
    }

    #[test]
    fn no_bytes_panic_and_what_is_told_has_no_way_out(
        rules in any_rules(),
        uri in prop::collection::vec(any::<u8>(), 0..40),
        method in prop::collection::vec(any::<u8>(), 0..8),
        other in prop::collection::vec(any::<u8>(), 0..12),
    ) {
        let original = Original::known(&[(&method, &uri)], &[&other], false);
        let Err(denied) = rules.may(Group::Guest, scopes("a:read").as_ref(), &original) else {
            return Ok(());
        };
        prop_assert!(!denied.to_string().contains(char::is_control));
        if let Denied::Scope(target) | Denied::Right { target, .. } = denied {
            prop_assert!(!target.resource.contains(['/', '\\', ';', '\0']));
            prop_assert!(target.resource != ".." && target.resource != ".");
            prop_assert!(target.to_string().bytes().all(|b| b == b' ' || b.is_ascii_graphic()));
        }
    }
}
