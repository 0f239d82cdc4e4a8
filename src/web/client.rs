//! Who asks, where proxies stand between: the client's address and the host that its browser asked for.
//!
//! What must hold here:
//!
//! - What proxies say (`Forwarded`, `X-Forwarded-For`, `X-Forwarded-Host`) is believed from the networks of `trusted_proxies`
//!   only, hop by hop from the nearest: the first address that is no trusted proxy is the client's. From anybody else those
//!   headers are as if they were not there, so that nobody chooses the address that their guesses are counted by.
//! - Where a trusted proxy passes on both kinds and they differ, one of them is the client's own invention: the proxy's address
//!   counts, which is nobody else's.
//! - It is found out once per request, before every route; handlers ask the [`Client`].

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::response::Response;
use ipnet::IpNet;
use url::Url;

use super::forwarded::{self, Hop};

/// What stands before the program, as its settings say.
#[derive(Debug, Clone, Default)]
pub struct Front {
    /// Proxies whose word is believed.
    trusted: Arc<[IpNet]>,
    /// The origin under which people open the panel: `https://ramal.example.com`.
    public: Option<Arc<str>>,
    /// The providers' doors are at addresses of their own.
    doors_apart: bool,
}

/// A request's other side, as far as it can be believed.
#[derive(Debug, Clone, Default)]
pub struct Client {
    pub address: Option<IpAddr>,
    /// Host and port that the browser asked for.
    pub host: Option<String>,
    /// `X-Forwarded-Host` of a peer that is no trusted proxy.
    pub unbelieved_host: Option<String>,
    public: Option<Arc<str>>,
    doors_apart: bool,
}

impl Front {
    pub fn new(trusted: &[IpNet], public_url: Option<&Url>) -> Self {
        Self {
            trusted: trusted.into(),
            public: public_url.map(|url| url.origin().ascii_serialization().into()),
            doors_apart: false,
        }
    }

    /// The providers' doors are not where the panel is.
    #[must_use]
    pub fn with_doors_apart(self, doors_apart: bool) -> Self {
        Self { doors_apart, ..self }
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(&address))
    }

    /// Who asks, by the connection's other end and the headers of the request.
    pub fn client(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> Client {
        let peer = peer.map(|peer| peer.to_canonical());
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (public, doors_apart) = (self.public.clone(), self.doors_apart);
        let own = Client { address: peer, public, doors_apart, ..Client::default() };
        let host = text("host");
        let Some(peer) = peer.filter(|peer| self.trusts(*peer)) else {
            return Client { host, unbelieved_host: text("x-forwarded-host"), ..own };
        };
        let told = match (forwarded::standard(headers), forwarded::customary(headers)) {
            (Some(one), Some(other)) => {
                let (one, other) = (self.walk(peer, &one), self.walk(peer, &other));
                if one.0 == other.0 { (one.0, one.1.or(other.1)) } else { (peer, None) }
            }
            (Some(hops), None) | (None, Some(hops)) => self.walk(peer, &hops),
            // A proxy that says only this much.
            (None, None) => {
                let named = text("x-forwarded-host");
                let nearest = named.as_deref().and_then(|hosts| hosts.rsplit(',').next());
                (peer, nearest.map(|host| host.trim().to_owned()))
            }
        };
        Client { address: Some(told.0), host: told.1.or(host), ..own }
    }

    /// The first address from the end that is no trusted proxy, and the host that the last trusted one was asked with.
    fn walk(&self, peer: IpAddr, hops: &[Hop]) -> (IpAddr, Option<String>) {
        let (mut at, mut host) = (peer, None);
        for hop in hops.iter().rev() {
            if !self.trusts(at) {
                break;
            }
            host = hop.host.clone().or(host);
            match hop.address {
                Some(address) => at = address,
                // Who is behind it is hidden; the proxy that hides them is the nearest that is known.
                None => break,
            }
        }
        (at, host)
    }
}

impl Client {
    /// Where providers reach the doors: at the address that the settings name, or the one that was asked for. `None` where that is
    /// not known, for the doors have addresses of their own.
    pub fn doors(&self, over_tls: bool) -> Option<String> {
        if self.doors_apart {
            return None;
        }
        let asked =
            || Some(format!("{}://{}", if over_tls { "https" } else { "http" }, self.host.as_deref()?));
        self.public.as_deref().map(str::to_owned).or_else(asked)
    }

    /// Whether pages of this origin are ours: it names the host that was asked for, or is the one that the settings name.
    pub fn is_at(&self, origin: &str) -> bool {
        if self.public.as_deref().is_some_and(|public| public.eq_ignore_ascii_case(origin)) {
            return true;
        }
        let Some((scheme, named)) = origin.split_once("://") else { return false };
        let usual = if scheme.eq_ignore_ascii_case("https") { ":443" } else { ":80" };
        let bare = |host: &str| host.strip_suffix(usual).unwrap_or(host).to_ascii_lowercase();
        !named.is_empty() && self.host.as_deref().is_some_and(|host| bare(host) == bare(named))
    }
}

/// A router whose handlers can ask who the client is.
pub fn behind(router: Router, front: Front) -> Router {
    router.layer(from_fn_with_state(front, recognise)).layer(map_response(last_of_its_connection))
}

/// Where a body was not read to its end the connection ends with the answer; who is told so sends no other request into it.
async fn last_of_its_connection(mut response: Response) -> Response {
    if matches!(response.status(), StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT) {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

async fn recognise(State(front): State<Front>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let client = front.client(peer, request.headers());
    request.extensions_mut().insert(client);
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A peer, the headers it sends, and whose the request is.
    type Case<'a> = (&'a str, &'a [(&'static str, &'a str)], &'a str);

    fn front(networks: &[&str], public: Option<&str>) -> Front {
        let networks: Vec<IpNet> =
            networks.iter().map(|network| network.parse().expect("a network")).collect();
        Front::new(&networks, public.map(|url| url.parse().expect("a URL")).as_ref())
    }

    fn asked(front: &Front, peer: &str, pairs: &[(&'static str, &str)]) -> Client {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().expect("a header"));
        }
        front.client(Some(peer.parse().expect("an address")), &headers)
    }

    fn address(front: &Front, peer: &str, pairs: &[(&'static str, &str)]) -> String {
        asked(front, peer, pairs).address.expect("an address").to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed_and_only_their_own_words() {
        let front = front(&["10.0.0.0/8", "fd00::/8", "127.0.0.1/32"], None);
        let cases: [Case<'_>; 11] = [
            ("192.0.2.1", &[("x-forwarded-for", "198.51.100.7")], "192.0.2.1"),
            ("192.0.2.1", &[("forwarded", "for=198.51.100.7")], "192.0.2.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &[("x-forwarded-for", "198.51.100.7")], "198.51.100.7"),
            ("::ffff:10.0.0.1", &[("x-forwarded-for", "198.51.100.7")], "198.51.100.7"),
            // What the client wrote itself stands to the left of what the proxy saw.
            ("10.0.0.1", &[("x-forwarded-for", "1.1.1.1, 198.51.100.7")], "198.51.100.7"),
            // Through a second proxy of ours.
            ("10.0.0.1", &[("x-forwarded-for", "1.1.1.1, 198.51.100.7, fd00::9")], "198.51.100.7"),
            ("10.0.0.1", &[("x-forwarded-for", "10.0.0.3, 10.0.0.2")], "10.0.0.3"),
            ("10.0.0.1", &[("x-forwarded-for", "198.51.100.7, unknown, 10.0.0.2")], "10.0.0.2"),
            ("10.0.0.1", &[("forwarded", "for=1.1.1.1, for=\"[2001:db8::7]:99\"")], "2001:db8::7"),
            ("10.0.0.1", &[("forwarded", "for=\"open, for=198.51.100.7")], "10.0.0.1"),
        ];
        for (peer, pairs, wanted) in cases {
            assert_eq!(address(&front, peer, pairs), wanted, "{peer} {pairs:?}");
        }
    }

    #[test]
    fn of_two_headers_that_differ_neither_is_believed() {
        let front = front(&["10.0.0.0/8"], None);
        let same = [("forwarded", "for=198.51.100.7"), ("x-forwarded-for", "1.1.1.1, 198.51.100.7")];
        assert_eq!(address(&front, "10.0.0.1", &same), "198.51.100.7");
        let differ = [("forwarded", "for=1.2.3.4"), ("x-forwarded-for", "198.51.100.7")];
        assert_eq!(address(&front, "10.0.0.1", &differ), "10.0.0.1");
    }

    #[test]
    fn the_host_is_the_browsers_where_a_trusted_proxy_says_so() {
        let front = front(&["10.0.0.0/8"], None);
        let headers = [
            ("host", "127.0.0.1:8080"),
            ("x-forwarded-host", "ramal.example"),
            ("x-forwarded-for", "198.51.100.7"),
        ];
        assert!(asked(&front, "10.0.0.1", &headers).is_at("https://ramal.example"));
        assert!(asked(&front, "10.0.0.1", &headers[..2]).is_at("https://ramal.example"));
        let stranger = asked(&front, "192.0.2.1", &headers);
        assert!(!stranger.is_at("https://ramal.example"));
        assert_eq!(stranger.unbelieved_host.as_deref(), Some("ramal.example"));
        let standard = [("host", "127.0.0.1"), ("forwarded", "for=198.51.100.7;host=\"ramal.example:8443\"")];
        assert!(asked(&front, "10.0.0.1", &standard).is_at("https://ramal.example:8443"));
    }

    #[test]
    fn an_origin_is_ours_by_its_host_or_by_the_settings() {
        let plain = front(&[], None);
        let at = |host: &str, origin: &str| asked(&plain, "192.0.2.1", &[("host", host)]).is_at(origin);
        assert!(at("ramal.local:8080", "http://ramal.local:8080"));
        assert!(at("ramal.local", "https://RAMAL.local"));
        assert!(at("ramal.local:443", "https://ramal.local") && at("ramal.local:80", "http://ramal.local"));
        assert!(!at("ramal.local", "http://ramal.local:81") && !at("ramal.local:443", "http://ramal.local"));
        assert!(!at("ramal.local", "null") && !at("", "http://"));
        let public = front(&[], Some("https://ramal.example/"));
        assert!(asked(&public, "192.0.2.1", &[("host", "127.0.0.1:8080")]).is_at("https://ramal.example"));
        assert!(!asked(&public, "192.0.2.1", &[("host", "127.0.0.1:8080")]).is_at("http://ramal.example"));
    }

    #[test]
    fn doors_are_where_the_settings_say_or_where_the_page_was_asked_for() {
        let at = |front: &Front, tls| asked(front, "192.0.2.1", &[("host", "10.0.0.7:8080")]).doors(tls);
        assert_eq!(at(&front(&[], None), false).as_deref(), Some("http://10.0.0.7:8080"));
        assert_eq!(at(&front(&[], None), true).as_deref(), Some("https://10.0.0.7:8080"));
        let public = front(&[], Some("https://ramal.example/"));
        assert_eq!(at(&public, false).as_deref(), Some("https://ramal.example"));
        assert_eq!(at(&public.with_doors_apart(true), false), None);
    }
}
