//! The caller of a request: the peer, how far it is trusted, and the client behind it.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::http::header::{self, HeaderMap, HeaderName};
use actix_web::{HttpMessage, HttpRequest, web};

use super::forwarded::Client;
use crate::config::{Config, Trust};
use crate::domain::access_rules::CallPlace;
use crate::web::State;

static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Who makes a request. This is worked out once for each request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller {
    trust: Trust,
    address: Option<IpAddr>,
}

impl Caller {
    pub(crate) fn of(request: &HttpRequest) -> Self {
        if let Some(known) = request.extensions().get::<Self>() {
            return *known;
        }
        let state = request.app_data::<web::Data<State>>();
        let caller = Self::work_out(request, state.map(|state| &state.config));
        request.extensions_mut().insert(caller);
        caller
    }

    /// Works out the caller for the fuzzer, which has no state.
    #[cfg(fuzzing)]
    pub(crate) fn by(request: &HttpRequest, config: &Config) -> Self {
        let caller = Self::work_out(request, Some(config));
        request.extensions_mut().insert(caller);
        caller
    }

    fn work_out(request: &HttpRequest, config: Option<&Config>) -> Self {
        let peer = request.peer_addr().map(|peer| peer.ip().to_canonical());
        let (Some(peer), Some(config)) = (peer, config) else {
            return Self { trust: Trust::Nobody, address: peer };
        };
        let trust = config.trust(peer);
        let address = match trust {
            Trust::Nobody | Trust::Gateway => Some(peer),
            Trust::Proxy => client(request.headers(), config).address,
        };
        Self { trust, address }
    }

    /// The address of the client: that of the peer, or the one that a trusted proxy names. `None`
    /// if the proxy names none.
    pub(crate) fn address(self) -> Option<IpAddr> {
        self.address
    }

    /// The address by which attempts are counted.
    ///
    /// All clients that a trusted proxy does not name share an address that nobody has. So nobody
    /// gets a counter of their own by hiding their address, and what they do does not count against
    /// clients with an address, or against the proxy.
    pub(crate) fn counted_as(self) -> IpAddr {
        self.address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
    }

    /// Whether the peer is trusted about the original request.
    pub(crate) fn may_tell_original(self) -> bool {
        match self.trust {
            Trust::Nobody => false,
            Trust::Gateway | Trust::Proxy => true,
        }
    }

    /// The place that a call comes from, for the access rules. A peer that is not a trusted proxy
    /// is a gateway or an API, and its own address says nothing about the client.
    pub(crate) fn place(self, headers: &HeaderMap) -> CallPlace<'_> {
        let mut origins = headers.get_all(header::ORIGIN);
        let origin = origins.next().map(|origin| origin.as_bytes());
        // If there are two origins, an empty one is used, which is on no list.
        let origin = if origins.next().is_some() { Some(&b""[..]) } else { origin };
        CallPlace {
            address: match self.trust {
                Trust::Nobody | Trust::Gateway => None,
                Trust::Proxy => self.address,
            },
            origin,
            browser: origin.is_some() || headers.contains_key(&SEC_FETCH_SITE),
        }
    }
}

fn client(headers: &HeaderMap, config: &Config) -> Client {
    Client::of(headers, config.forwarded_header, |address| config.trust(address) == Trust::Proxy)
}

/// The client that a trusted proxy names. `None` if the peer is not a trusted proxy.
fn by_proxy(request: &HttpRequest, config: &Config) -> Option<Client> {
    let is_proxy = request.peer_addr().is_some_and(|peer| config.trust(peer.ip()) == Trust::Proxy);
    is_proxy.then(|| client(request.headers(), config))
}

/// The origin at which the client reaches the server, for links and examples: the public URL, or
/// else the host of the request.
pub(crate) fn origin(request: &HttpRequest, config: &Config) -> String {
    if let Some(url) = &config.public_url {
        return url.origin().to_owned();
    }
    let is_https = by_proxy(request, config)
        .is_some_and(|client| client.is_https(request.headers(), config.forwarded_header));
    let scheme = if is_https { "https" } else { "http" };
    format!("{scheme}://{}", host(request, config).unwrap_or(config.listen.as_str()))
}

/// The host that the client asks for: the one that a trusted proxy names, or else the one of the
/// request.
pub(crate) fn host<'a>(request: &'a HttpRequest, config: &Config) -> Option<&'a str> {
    let headers = request.headers();
    by_proxy(request, config)
        .and_then(|client| client.host(headers, config.forwarded_header))
        .or_else(|| headers.get(header::HOST).and_then(|host| host.to_str().ok()))
}
