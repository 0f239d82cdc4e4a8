//! Where deliveries go: a URL read once, with everything about it that each request needs.

use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, LazyLock};

use ::http::HeaderValue;
use bytes::Bytes;
use url::Url;

use super::headers::{HeaderName, Headers};
use super::proxy::Proxy;
use super::request_target;
use super::{Allow, Guard, GuardError, Refusal};

/// An `http` or `https` URL with the guard that it is to be reached under. Where it leads is judged whenever a connection
/// is made, by the rules of that day, addresses like names. Cheap to clone.
#[derive(Clone)]
pub struct Target {
    pub(super) origin: Arc<Origin>,
    pub(super) guard: Arc<Guard>,
    /// Path and query as a request names them, in the letters of whoever wrote the URL.
    path: Arc<str>,
    host_header: HeaderValue,
    url: Arc<Url>,
}

/// What connections are shared by: everything that decides where one leads and whether it may.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Origin {
    pub tls: bool,
    /// Without brackets around an IPv6 address.
    pub host: Box<str>,
    pub port: u16,
    pub allow: Allow,
    /// Of the fields above, computed once.
    hash: u64,
}

/// Random once per process, so that nobody can choose names that collide.
static HASHER: LazyLock<ahash::RandomState> = LazyLock::new(ahash::RandomState::new);

impl Hash for Origin {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl Target {
    /// Reads a URL and checks its form. Where it leads is what the URL library reads; what the request asks for there is
    /// sent as it was written ([`request_target`]).
    pub fn parse(text: &str, guard: &Arc<Guard>) -> Result<Self, GuardError> {
        let url = Url::parse(text.trim())
            .map_err(|error| GuardError::new(Refusal::Malformed, format_args!("not a URL: {error}")))?;
        Guard::check_form(&url)?;
        let tls = match url.scheme() {
            "http" => false,
            "https" => true,
            other => return Err(GuardError::new(Refusal::Scheme, format_args!("scheme `{other}`"))),
        };
        let host = url.host_str().ok_or_else(|| GuardError::new(Refusal::Host, "no host"))?;
        let port = url.port_or_known_default().ok_or_else(|| GuardError::new(Refusal::Port, "no port"))?;
        let malformed = |error: &dyn fmt::Display| {
            GuardError::new(Refusal::Malformed, format_args!("not fit for a request: {error}"))
        };
        let named = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let host_header = HeaderValue::try_from(named).map_err(|error| malformed(&error))?;
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let allow = guard.allow().clone();
        let hash = HASHER.hash_one((tls, bare, port, &allow));
        let origin = Origin { tls, host: bare.into(), port, allow, hash };
        Ok(Self {
            origin: Arc::new(origin),
            guard: guard.clone(),
            path: request_target::of(text, &url).into(),
            host_header,
            url: Arc::new(url),
        })
    }

    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Headers to begin with: `Host`.
    pub fn headers(&self) -> Headers {
        let mut headers = Headers::new();
        headers.set(HOST, self.host_header.clone());
        headers
    }

    /// The request up to its body: `Host` first, `Content-Length` last, between them what of `headers` is not about the
    /// message's frame. A proxy that passes the request on is told the whole address (RFC 9112, 3.2.2).
    pub(super) fn head(&self, headers: &Headers, body_bytes: usize, proxy: Option<&Proxy>) -> Bytes {
        let mut head = Vec::with_capacity(1_024);
        head.extend_from_slice(b"POST ");
        if proxy.is_some() {
            head.extend_from_slice(b"http://");
            head.extend_from_slice(self.host_header.as_bytes());
        }
        head.extend_from_slice(self.path.as_bytes());
        head.extend_from_slice(b" HTTP/1.1\r\n");
        let mut line = |name: &str, value: &[u8]| {
            for part in [name.as_bytes(), b": ", value, b"\r\n"] {
                head.extend_from_slice(part);
            }
        };
        line(HOST.as_str(), self.host_header.as_bytes());
        if let Some(value) = proxy.and_then(Proxy::authorization) {
            line("Proxy-Authorization", value.as_bytes());
        }
        for (name, value) in headers.iter().filter(|(name, _)| !frames(name)) {
            line(name.as_str(), value.as_bytes());
        }
        line("Content-Length", body_bytes.to_string().as_bytes());
        head.extend_from_slice(b"\r\n");
        head.into()
    }
}

const HOST: HeaderName = HeaderName::from_static("Host");

/// Whether a header belongs to the connection and is set by the client.
fn frames(name: &HeaderName) -> bool {
    ["host", "content-length", "transfer-encoding", "connection", "expect"].iter().any(|own| name.is(own))
}

/// Without the query: people put keys there.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.origin.tls { "https" } else { "http" };
        write!(
            f,
            "Target({scheme}://{}:{}{})",
            self.origin.host,
            self.origin.port,
            self.path.split('?').next().unwrap_or_default()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::SystemResolver;
    use super::*;

    fn target(url: &str) -> Result<Target, Refusal> {
        let guard = Arc::new(Guard::new(Allow::default(), Arc::new(SystemResolver::new())));
        Target::parse(url, &guard).map_err(|error| error.refusal)
    }

    #[test]
    fn each_part_is_what_the_request_needs() {
        let parsed = target(" https://münchen.example:8443/a b/ç?token=x|y&z=%20#part ").expect("a URL");
        assert_eq!(parsed.host_header, "xn--mnchen-3ya.example:8443");
        assert_eq!(&*parsed.path, "/a%20b/%C3%A7?token=x|y&z=%20");
        assert_eq!((parsed.origin.port, parsed.origin.tls), (8443, true));
        assert_eq!(format!("{parsed:?}"), "Target(https://xn--mnchen-3ya.example:8443/a%20b/%C3%A7)");
        let plain = target("http://EXAMPLE.com").expect("a URL");
        assert_eq!((plain.host_header.to_str().expect("text"), &*plain.path), ("example.com", "/"));
        let v6 = target("http://[2606:4700::1111]:81/").expect("a URL");
        assert_eq!(
            (&*v6.origin.host, v6.host_header.to_str().expect("text")),
            ("2606:4700::1111", "[2606:4700::1111]:81")
        );
    }

    #[test]
    fn only_web_addresses_are_targets() {
        assert_eq!(target("wss://example.com/").map(drop), Err(Refusal::Scheme));
        assert_eq!(target("http://a:b@example.com/").map(drop), Err(Refusal::UserInfo));
        assert_eq!(target("http://127.0.0.1/").map(drop), Ok(()), "judged when a connection is made");
        assert_eq!(target("").map(drop), Err(Refusal::Malformed));
    }

    #[test]
    fn connections_are_shared_only_under_the_same_allow_list() {
        let resolver = Arc::new(SystemResolver::new());
        let origin = |networks: &[&str]| {
            let allow = Allow::new(networks.iter().map(|network| network.parse().expect("a network")));
            let guard = Arc::new(Guard::new(allow, resolver.clone()));
            Target::parse("https://example.com/", &guard).expect("a URL").origin
        };
        assert_eq!(origin(&["10.0.0.0/8"]), origin(&["10.0.0.0/8"]));
        assert_ne!(origin(&["10.0.0.0/8"]), origin(&[]));
    }

    proptest::proptest! {
        /// Whatever people paste is a target or a refusal, and never a panic.
        #[test]
        fn any_text_is_answered(text in "(https?://)?[!-~çé ]{0,40}") {
            drop(target(&text));
        }
    }
}
