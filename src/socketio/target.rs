//! Where a server is and what the handshake asks it for.

use std::fmt;

use url::form_urlencoded::Serializer;
use url::{Host, Url};
use zeroize::Zeroizing;

/// Query keys that the protocol itself sets.
const RESERVED: [&str; 3] = ["EIO", "transport", "sid"];

/// Why a URL cannot be a server's. Says nothing of its text, which may hold a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    #[error("not a URL")]
    Unreadable,
    #[error("the scheme must be https, wss, http or ws")]
    Scheme,
    #[error("no host")]
    Host,
    #[error("a user name or password in the URL is not supported")]
    Credentials,
}

/// The part of a [`Target`] that a connection is dialled to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// A name or an address, an IPv6 one without brackets.
    pub host: Box<str>,
    pub port: u16,
    pub tls: bool,
}

/// A server, the path of its Engine.IO endpoint and the handshake's query. The query holds the token: `Debug` and
/// `Display` never show it, and its memory is wiped.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    endpoint: Endpoint,
    /// The `Host` header: with the brackets of an IPv6 address, and with the port unless it is the scheme's own.
    authority: Box<str>,
    path: Box<str>,
    query: Zeroizing<String>,
}

impl Target {
    /// From a base such as `https://socket.example.com` and further query pairs such as `token`. The path is
    /// `/socket.io/` unless the base has one. Pairs already in the base are kept, those of the protocol are not.
    pub fn new<'a>(
        base: &str,
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, TargetError> {
        let url = Url::parse(base.trim()).map_err(|_| TargetError::Unreadable)?;
        let tls = match url.scheme() {
            "https" | "wss" => true,
            "http" | "ws" => false,
            _ => return Err(TargetError::Scheme),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TargetError::Credentials);
        }
        let host = url.host().ok_or(TargetError::Host)?;
        let usual = if tls { 443 } else { 80 };
        let port = url.port().unwrap_or(usual);
        let authority = if port == usual { host.to_string() } else { format!("{host}:{port}") };
        let host: Box<str> = match host {
            Host::Ipv6(address) => address.to_string().into(),
            host => host.to_string().into(),
        };
        let path = match url.path() {
            "" | "/" => "/socket.io/".into(),
            path if path.ends_with('/') => path.into(),
            path => format!("{path}/").into(),
        };
        let mut query = Serializer::new(String::new());
        for (key, value) in url.query_pairs().filter(|(key, _)| !RESERVED.contains(&&**key)) {
            query.append_pair(&key, &value);
        }
        query.extend_pairs(pairs);
        query.append_pair("EIO", "4").append_pair("transport", "websocket");
        let query = Zeroizing::new(query.finish());
        Ok(Self { endpoint: Endpoint { host, port, tls }, authority: authority.into(), path, query })
    }

    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The first line of the upgrade's request, secret included.
    pub(super) fn request_line(&self) -> Zeroizing<String> {
        Zeroizing::new(["GET ", &*self.path, "?", &**self.query, " HTTP/1.1\r\n"].concat())
    }

    pub(super) fn authority(&self) -> &str {
        &self.authority
    }
}

/// The URL without its query.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.endpoint.tls { "wss" } else { "ws" };
        write!(f, "{scheme}://{}{}", self.authority, self.path)
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self}?…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_handshake_url_is_the_documented_one() {
        let target = Target::new("https://socket.example.com", [("token", "3cs_a&b")]).unwrap();
        assert_eq!(
            *target.request_line(),
            "GET /socket.io/?token=3cs_a%26b&EIO=4&transport=websocket HTTP/1.1\r\n"
        );
        assert_eq!(target.endpoint(), &Endpoint { host: "socket.example.com".into(), port: 443, tls: true });
    }

    #[test]
    fn path_port_and_query_of_the_base_are_kept() {
        let target =
            Target::new(" http://[::1]:8080/custom?agent_id=7&EIO=3&transport=polling ", []).unwrap();
        assert_eq!(*target.request_line(), "GET /custom/?agent_id=7&EIO=4&transport=websocket HTTP/1.1\r\n");
        assert_eq!(target.to_string(), "ws://[::1]:8080/custom/");
        assert_eq!(target.endpoint(), &Endpoint { host: "::1".into(), port: 8080, tls: false });
        assert_eq!(target.authority(), "[::1]:8080");
    }

    #[test]
    fn nothing_shows_the_query() {
        let target = Target::new("wss://example.com/?key=topsecret", [("token", "topsecret")]).unwrap();
        assert_eq!(format!("{target}"), "wss://example.com/socket.io/");
        assert!(!format!("{target:?} {:?}", target.endpoint()).contains("topsecret"));
    }

    #[test]
    fn what_cannot_be_a_server_is_named() {
        let error = |base| Target::new(base, []).unwrap_err();
        assert_eq!(error("socket.example.com"), TargetError::Unreadable);
        assert_eq!(error("ftp://example.com"), TargetError::Scheme);
        assert_eq!(error("https://"), TargetError::Unreadable);
        assert_eq!(error("https://user:secret@example.com"), TargetError::Credentials);
    }
}
