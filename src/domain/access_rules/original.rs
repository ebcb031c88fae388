//! The request that a gateway asks about, as far as it is known.

use percent_encoding::percent_decode;

/// What is known about the original request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Original<'a> {
    Unknown(Unknown),
    /// The gateway passed a method without a URI, a URI without a method, or one of them twice.
    Incomplete,
    /// All the requests that it could be. Each of them must be allowed.
    Known(Vec<Request<'a>>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// Nobody passed the original request.
    NotTold,
    /// A peer that is not trusted passed it.
    NotTrusted,
}

/// The method and the URI of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<'a> {
    pub method: Method,
    /// The URI as it was sent, with its query.
    pub uri: &'a [u8],
}

/// A method (RFC 9110, 9.3), as far as it matters for rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `GET` and `HEAD`
    Get,
    /// `POST`
    Post,
    /// `PUT` and `PATCH`
    Put,
    /// `DELETE`
    Delete,
    /// `OPTIONS`
    Options,
    /// An `OPTIONS` request with which a browser asks whether it may send the call (Fetch,
    /// CORS-preflight).
    Preflight,
    /// A method that has no meaning below a base path.
    Other,
}

impl Method {
    /// The method of a request line. Methods are case-sensitive.
    fn parse(text: &[u8]) -> Self {
        match text {
            b"GET" | b"HEAD" => Self::Get,
            b"POST" => Self::Post,
            b"PUT" | b"PATCH" => Self::Put,
            b"DELETE" => Self::Delete,
            b"OPTIONS" => Self::Options,
            _ => Self::Other,
        }
    }

    /// A method that replaces the one of the request line. Frameworks convert it to upper case.
    fn parse_override(text: &[u8]) -> Self {
        Self::parse(&text.to_ascii_uppercase())
    }
}

impl<'a> Original<'a> {
    /// The original request that a gateway passed: methods with their URIs, one pair for each way
    /// of passing it. Some APIs let a client name another method in a header or in the query, so
    /// each of those counts as one more method that must be allowed. `overrides` are the values of
    /// such headers.
    pub fn known(told: &[(&[u8], &'a [u8])], overrides: &[&[u8]], preflight: bool) -> Self {
        let mut requests = Vec::new();
        for &(method, uri) in told {
            let method = match Method::parse(method) {
                Method::Options if preflight => Method::Preflight,
                method => method,
            };
            requests.push(Request { method, uri });
            let listed = overrides.iter().flat_map(|value| value.split(|b| *b == b','));
            let listed = listed.map(<[u8]>::trim_ascii).filter(|method| !method.is_empty());
            requests.extend(
                listed
                    .map(Method::parse_override)
                    .chain(in_query(uri))
                    .map(|method| Request { method, uri }),
            );
        }
        Self::Known(requests)
    }

    /// Whether a peer that is not trusted passed the original request.
    pub fn is_from_untrusted(&self) -> bool {
        *self == Self::Unknown(Unknown::NotTrusted)
    }
}

/// The methods that `_method` and `$method` name in a query.
fn in_query(uri: &[u8]) -> impl Iterator<Item = Method> {
    let query = uri.iter().position(|b| *b == b'?').map_or(&[][..], |at| &uri[at + 1..]);
    // Some servers also separate parameters by `;`.
    query.split(|b| matches!(b, b'&' | b';')).filter_map(|pair| {
        let at = pair.iter().position(|b| *b == b'=').unwrap_or(pair.len());
        let (name, value) = pair.split_at(at);
        let value: Vec<u8> = decoded(value.get(1..).unwrap_or_default());
        let value = value.trim_ascii();
        (names_method(&decoded(name)) && !value.is_empty()).then(|| Method::parse_override(value))
    })
}

fn decoded(text: &[u8]) -> Vec<u8> {
    let blanks: Vec<u8> = text.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
    percent_decode(&blanks).collect()
}

/// Whether some server reads the name as `_method` or `$method`: PHP drops blanks before a name,
/// ends it at a NUL or a bracket, and turns dots, blanks and a first bracket into `_`.
fn names_method(name: &[u8]) -> bool {
    let name = name.trim_ascii_start();
    let Some((first, rest)) = name.split_first() else { return false };
    let end = rest.iter().position(|b| matches!(b, b'\0' | b'[')).unwrap_or(rest.len());
    matches!(first, b'_' | b'$' | b'.' | b'[')
        && rest[..end].trim_ascii_end().eq_ignore_ascii_case(b"method")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn methods(method: &str, uri: &str, overrides: &[&str], preflight: bool) -> Vec<Method> {
        let overrides: Vec<&[u8]> = overrides.iter().map(|value| value.as_bytes()).collect();
        let told = [(method.as_bytes(), uri.as_bytes())];
        let Original::Known(requests) = Original::known(&told, &overrides, preflight) else {
            panic!("it is known");
        };
        assert!(requests.iter().all(|request| request.uri == uri.as_bytes()));
        requests.into_iter().map(|request| request.method).collect()
    }

    #[test]
    fn a_method_has_a_meaning_or_none() {
        for (text, method) in [
            ("GET", Method::Get),
            ("HEAD", Method::Get),
            ("POST", Method::Post),
            ("PUT", Method::Put),
            ("PATCH", Method::Put),
            ("DELETE", Method::Delete),
            ("OPTIONS", Method::Options),
            ("", Method::Other),
            ("get", Method::Other),
            ("TRACE", Method::Other),
            ("DELETE\0", Method::Other),
        ] {
            assert_eq!(methods(text, "/", &[], false), [method], "{text:?}");
        }
        assert_eq!(methods("OPTIONS", "/", &[], true), [Method::Preflight]);
        assert_eq!(methods("POST", "/", &[], true), [Method::Post]);
    }

    #[test]
    fn a_header_that_names_another_method_adds_it() {
        for (value, added) in [
            ("DELETE", &[Method::Delete][..]),
            (" delete ", &[Method::Delete]),
            ("GET, Delete", &[Method::Get, Method::Delete]),
            ("fly", &[Method::Other]),
            ("", &[]),
            (" , ", &[]),
        ] {
            let expected = [&[Method::Post][..], added].concat();
            assert_eq!(methods("POST", "/x", &[value], false), expected, "{value:?}");
        }
        assert_eq!(
            methods("OPTIONS", "/x", &["PUT", "DELETE"], true),
            [Method::Preflight, Method::Put, Method::Delete]
        );
    }

    #[test]
    fn a_query_that_names_another_method_adds_it() {
        for query in [
            "_method=DELETE",
            "_method=delete",
            "a=1&_method=DELETE",
            "a=1;_method=DELETE",
            "$method=DELETE",
            "%24method=DELETE",
            "_%6dethod=%44ELETE",
            "_Method=DELETE",
            "_method=+DELETE+",
            ".method=DELETE",
            "+_method=DELETE",
            "[method=DELETE",
            "_method[]=DELETE",
            "_method%00x=DELETE",
            "_method=DELETE#x",
        ] {
            let found = methods("POST", &format!("/x?{query}"), &[], false);
            assert_eq!((found.len(), found[0]), (2, Method::Post), "{query}");
            assert!(matches!(found[1], Method::Delete | Method::Other), "{query}");
        }
        let both = methods("POST", "/x?_method=GET&_method=DELETE", &[], false);
        assert_eq!(both, [Method::Post, Method::Get, Method::Delete]);
        for query in ["", "method=DELETE", "_method", "_method=", "my_method=DELETE", "x=_method"] {
            assert_eq!(methods("POST", &format!("/x?{query}"), &[], false).len(), 1, "{query}");
        }
    }

    #[test]
    fn each_way_of_telling_is_one_more_request() {
        let told: [(&[u8], &[u8]); 2] = [(b"GET", b"/a"), (b"POST", b"/b")];
        let get = |uri| Request { method: Method::Get, uri };
        let delete = |uri| Request { method: Method::Delete, uri };
        assert_eq!(
            Original::known(&told, &[b"DELETE"], false),
            Original::Known(vec![
                get(b"/a"),
                delete(b"/a"),
                Request { method: Method::Post, uri: b"/b" },
                delete(b"/b")
            ])
        );
    }
}
