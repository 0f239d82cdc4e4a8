//! An address as people may see it.

use std::fmt;
use std::sync::Arc;

use url::Url;

/// An address without user, password, query and fragment: those are where secrets are put. Made once per address and
/// cheap to clone, so that a line about it costs no parsing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownUrl(Arc<str>);

impl ShownUrl {
    pub fn of(url: &Url) -> Self {
        let (scheme, host) = (url.scheme(), url.host_str().unwrap_or_default());
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        // `https://host` was written without a slash; `Url` adds one.
        let path = if url.path() == "/" { "" } else { url.path() };
        let shown = format!("{scheme}://{host}{port}{path}");
        Self(shown.into())
    }
}

impl fmt::Display for ShownUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_no_part_where_a_secret_may_stand() {
        for (given, shown) in [
            ("https://api.exemplo.com/webhook", "https://api.exemplo.com/webhook"),
            ("https://api.exemplo.com", "https://api.exemplo.com"),
            ("https://eu:senha@api.exemplo.com:8443/w?token=abc#x", "https://api.exemplo.com:8443/w"),
            ("http://[::1]:9/a%20b", "http://[::1]:9/a%20b"),
        ] {
            assert_eq!(ShownUrl::of(&Url::parse(given).expect("valid")).to_string(), shown);
        }
    }
}
