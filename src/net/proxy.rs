//! The proxy that the way out leads through, for machines that reach the internet by one only.
//!
//! What must hold here:
//!
//! - **The guard judges the target all the same.** An address is judged as ever; a name is looked up here, and each of its
//!   addresses must be permitted. One that cannot be looked up here is refused: it may be of the network behind the proxy,
//!   whose certificates are trusted too. Only names that the administrator has listed are left to the proxy's own
//!   look-up, and only with a certificate that proves who answers.
//! - What the proxy passes on without a tunnel it looks up for each request; so that is judged again and again, however
//!   long its connection serves ([`super::pool`]).
//! - The proxy gets the name, not the address: proxies filter and log by names. That its own look-up may differ is why it
//!   should refuse the networks behind it itself (`docs/operations.md`).
//! - The proxy is whom the administrator named: it may be at any address, and its credentials go to nobody else.
//! - What is encrypted, and every socket, goes through a tunnel (`CONNECT`), so that the proxy reads nothing of it.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ::http::HeaderValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::BytesMut;
use ipnet::IpNet;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::answer::{Scan, Scanned};
use super::{Detail, ErrorKind, Guard, NetError, Stream};

/// How long this machine may take to look up a name that is left to the proxy if it cannot.
const LOOK_UP_WITHIN: Duration = Duration::from_secs(2);

/// One proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// The way to the proxy itself is encrypted.
    pub tls: bool,
    pub host: String,
    pub port: u16,
    /// The value of `Proxy-Authorization`; not printed.
    authorization: Option<HeaderValue>,
}

impl Proxy {
    pub fn new(tls: bool, host: &str, port: u16, credentials: Option<(&str, &str)>) -> Self {
        let authorization = credentials.and_then(|(user, password)| {
            let value = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
            let mut value = HeaderValue::try_from(value).ok()?;
            value.set_sensitive(true);
            Some(value)
        });
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Self { tls, host, port, authorization }
    }

    pub(super) fn authorization(&self) -> Option<&HeaderValue> {
        self.authorization.as_ref()
    }

    /// Asks for a connection to the target, over one to the proxy.
    pub(super) async fn tunnel(&self, stream: &mut Stream, host: &str, port: u16) -> Result<(), NetError> {
        let refused = |words: String| NetError::new(ErrorKind::Proxy, words);
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let mut request = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n").into_bytes();
        if let Some(value) = &self.authorization {
            request.extend([b"Proxy-Authorization: ", value.as_bytes(), b"\r\n"].concat());
        }
        request.extend_from_slice(b"\r\n");
        let sent = async {
            stream.write_all(&request).await?;
            stream.flush().await
        };
        sent.await.map_err(|error| refused(format!("the proxy hung up: {error}")))?;
        let (mut scan, mut answer) = (Scan::default(), BytesMut::with_capacity(1_024));
        loop {
            let read = stream.read_buf(&mut answer).await;
            if read.map_err(|error| refused(format!("the proxy hung up: {error}")))? == 0 {
                return Err(refused("the proxy hung up before it answered".to_owned()));
            }
            match scan.scan(&answer) {
                Scanned::More => {}
                Scanned::Broken(_, words) => return Err(refused(format!("the proxy answered {words}"))),
                Scanned::Head(head, _) if !head.status.is_success() => {
                    return Err(refused(format!("the proxy refused `{host}:{port}` with {}", head.status)));
                }
                Scanned::Head(_, length) if length < answer.len() => {
                    return Err(refused("the proxy went on talking in the tunnel".to_owned()));
                }
                Scanned::Head(..) => return Ok(()),
            }
        }
    }
}

/// Which targets go through which proxy.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    plain: Option<Arc<Proxy>>,
    encrypted: Option<Arc<Proxy>>,
    except: Vec<Except>,
    /// What only the proxy may be able to look up.
    resolved_there: Vec<Except>,
}

impl Proxies {
    /// `plain` for `http` and `ws`, `encrypted` for `https` and `wss`; `except` as `NO_PROXY` has it: names with all that
    /// ends in them, addresses, networks, each with or without a port, or `*`.
    pub fn new(plain: Option<Proxy>, encrypted: Option<Proxy>, except: &[String]) -> Self {
        let except = except.iter().filter_map(|entry| Except::parse(entry)).collect();
        let (plain, encrypted) = (plain.map(Arc::new), encrypted.map(Arc::new));
        Self { plain, encrypted, except, resolved_there: Vec::new() }
    }

    /// Leaves encrypted targets of these names, written as those that are excepted, to the proxy's look-up where there is
    /// none here.
    #[must_use]
    pub fn resolving(self, names: &[String]) -> Self {
        let resolved_there = names.iter().filter_map(|entry| Except::parse(entry)).collect();
        Self { resolved_there, ..self }
    }

    /// Judges a target that is reached through a proxy.
    pub(super) async fn judge(
        &self,
        guard: &Guard,
        host: &str,
        port: u16,
        tls: bool,
    ) -> Result<(), NetError> {
        let unknown = |error: &NetError| matches!(error.kind, ErrorKind::Dns | ErrorKind::DnsTimeout);
        let name = bare(host);
        if !(tls && self.resolved_there.iter().any(|there| there.holds(&name, port))) {
            return guard.vet(host, port).await.map(drop).map_err(|error| {
                let detail = if unknown(&error) { not_here(&error) } else { error.detail };
                NetError { detail, ..error }
            });
        }
        match tokio::time::timeout(LOOK_UP_WITHIN, guard.vet(host, port)).await {
            Ok(Err(error)) if !unknown(&error) => Err(error),
            _ => Ok(()),
        }
    }

    /// The proxy that leads to the target, if it is not reached directly.
    pub(super) fn to(&self, tls: bool, host: &str, port: u16) -> Option<&Arc<Proxy>> {
        let proxy = self.any(tls)?;
        let host = bare(host);
        (!self.except.iter().any(|except| except.holds(&host, port))).then_some(proxy)
    }

    /// The proxy for what is (not) encrypted, for those that are not excepted.
    pub(super) fn any(&self, tls: bool) -> Option<&Arc<Proxy>> {
        if tls { self.encrypted.as_ref() } else { self.plain.as_ref() }
    }

    /// Whether this is the host of one of the proxies, which may be at any address.
    pub(super) fn are_at(&self, host: &str) -> bool {
        let host = bare(host);
        [&self.plain, &self.encrypted].into_iter().flatten().any(|proxy| bare(&proxy.host) == host)
    }
}

fn not_here(error: &NetError) -> Detail {
    let words = error.detail.for_operator();
    Detail::new(format_args!(
        "{words}; https names that only the proxy looks up are listed in proxy_resolves"
    ))
}

/// Names are compared in small letters, without a final dot or brackets.
fn bare(host: &str) -> String {
    host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.').to_ascii_lowercase()
}

/// An entry of what is reached directly, or looked up there.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Except {
    All,
    Name { name: String, port: Option<u16> },
    Network { network: IpNet, port: Option<u16> },
}

impl Except {
    fn parse(entry: &str) -> Option<Self> {
        let entry = entry.trim();
        if entry == "*" {
            return Some(Self::All);
        }
        let network = |text: &str| {
            let text = text.trim_start_matches('[').trim_end_matches(']');
            text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
        };
        if let Some(network) = network(entry) {
            return Some(Self::Network { network, port: None });
        }
        let (host, port) = match entry.rsplit_once(':').map(|(host, port)| (host, port.parse())) {
            Some((host, Ok(port))) => (host, Some(port)),
            _ => (entry, None),
        };
        if let Some(network) = network(host) {
            return Some(Self::Network { network, port });
        }
        let name = bare(host.strip_prefix('*').unwrap_or(host).trim_start_matches('.'));
        (!name.is_empty()).then_some(Self::Name { name, port })
    }

    fn holds(&self, host: &str, at: u16) -> bool {
        match self {
            Self::All => true,
            Self::Name { name, port } => {
                let under = host
                    .strip_suffix(name.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
                under && port.is_none_or(|port| port == at)
            }
            Self::Network { network, port } => {
                let inside = host.parse::<IpAddr>().is_ok_and(|ip| network.contains(&ip.to_canonical()));
                inside && port.is_none_or(|port| port == at)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_excepted_is_reached_directly() {
        let proxy = Some(Proxy::new(false, "proxy.example", 3128, None));
        let direct = |except: &str, host: &str, port: u16| {
            let except: Vec<_> = except.split(',').map(str::to_owned).collect();
            Proxies::new(proxy.clone(), proxy.clone(), &except).to(true, host, port).is_none()
        };
        for (except, host) in [
            ("*", "a.example"),
            ("example.com", "example.com"),
            ("example.com", "api.EXAMPLE.com."),
            (".example.com", "api.example.com"),
            (".example.com", "example.com"),
            ("*.Example.com.", "a.b.example.com"),
            ("x, example.com ", "example.com"),
            ("10.0.0.0/8", "10.1.2.3"),
            ("127.0.0.1", "127.0.0.1"),
            ("::1", "[::1]"),
            ("[::1]", "::1"),
            ("fd00::/8", "fd12::1"),
            ("example.com:443", "example.com"),
            ("10.0.0.1:443", "10.0.0.1"),
            ("[fd00::1]:443", "fd00::1"),
            ("localhost", "localhost"),
        ] {
            assert!(direct(except, host, 443), "{except} leaves out {host}");
        }
        for (except, host) in [
            ("", "example.com"),
            (" , ", "example.com"),
            ("example.com", "badexample.com"),
            ("example.com", "example.com.br"),
            ("10.0.0.0/8", "11.0.0.1"),
            ("10.0.0.0/8", "ten.example"),
            ("example.com:80", "example.com"),
            (".", "a"),
        ] {
            assert!(!direct(except, host, 443), "{except} does not leave out {host}");
        }
    }

    #[test]
    fn each_kind_of_target_has_its_proxy() {
        let [plain, encrypted] = ["plain", "encrypted"].map(|host| Some(Proxy::new(false, host, 1, None)));
        let proxies = Proxies::new(plain, encrypted.clone(), &[]);
        assert_eq!(proxies.to(false, "a", 80).map(|proxy| proxy.host.as_str()), Some("plain"));
        assert_eq!(proxies.to(true, "a", 80).map(|proxy| proxy.host.as_str()), Some("encrypted"));
        assert!(Proxies::new(None, encrypted, &[]).to(false, "a", 80).is_none());
        assert!(proxies.are_at("PLAIN.") && !proxies.are_at("a"));
    }

    #[test]
    fn credentials_are_not_printed() {
        let proxy = Proxy::new(false, "proxy.example", 3128, Some(("user", "s3cret")));
        let shown = format!("{proxy:?}");
        let value = proxy.authorization().expect("credentials").to_str().expect("text").to_owned();
        assert_eq!(value, "Basic dXNlcjpzM2NyZXQ=");
        assert!(!shown.contains("s3cret") && !shown.contains("dXNlcjpzM2NyZXQ"), "{shown}");
    }
}
