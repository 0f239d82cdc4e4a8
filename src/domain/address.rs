//! Addresses that people give: what of one is a secret, and where one leads.
//!
//! What must hold here: an address as it is shown holds no secret, and one that was shown and comes back unchanged is the stored
//! one again, byte for byte; a hidden value is put back only where it stood, under the same key and at the same origin.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// Stands for a value that is not shown.
const HIDDEN: char = '\u{2026}';
/// The same, as a browser may have written it.
const HIDDEN_ENCODED: &str = "%E2%80%A6";
/// Stands for it where a request is shown as it was made, as in the body.
const MASK: &str = "***";

/// Why a text is no address of a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressError {
    Empty,
    TooLong {
        max: usize,
    },
    NotAUrl,
    Scheme,
    /// A user or a password before the host, which would be shown wherever the address is.
    UserInfo,
    /// The value of this key is hidden, and there is none stored that it could stand for.
    Hidden {
        key: String,
    },
}

/// Where something is sent, whole. Values of the query are where people put keys, so `Debug` hides them.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookUrl(String);

impl WebhookUrl {
    /// Bytes of the longest.
    pub const LONGEST: usize = 2_048;

    /// Reads what was typed; `stored` is the address that it takes the place of, whose hidden values it may keep.
    pub fn parse(typed: &str, stored: Option<&str>) -> Result<Self, AddressError> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Err(AddressError::Empty);
        }
        let whole = filled(typed, stored)?;
        if whole.len() > Self::LONGEST {
            return Err(AddressError::TooLong { max: Self::LONGEST });
        }
        let url = Url::parse(&whole).map_err(|_| AddressError::NotAUrl)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(AddressError::Scheme);
        }
        if url.host().is_none() {
            return Err(AddressError::NotAUrl);
        }
        let is_plain = url.username().is_empty() && url.password().is_none();
        if is_plain { Ok(Self(whole)) } else { Err(AddressError::UserInfo) }
    }

    /// The address itself. Every call is a place to look at in review.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// As people see it.
    pub fn shown(&self) -> String {
        shown(&self.0)
    }
}

impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebhookUrl({})", self.shown())
    }
}

/// An address as it is shown and stored beside what is no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MaskedUrl(String);

impl MaskedUrl {
    pub fn of(whole: &str) -> Self {
        Self(shown(whole))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A URL without what may be a secret in it: `https://host/path?code=…`. What comes before the query stays as it was written,
/// but for a user and a password. The fragment, which is never sent, is left out where something was hidden.
pub fn shown(whole: &str) -> String {
    let fragment = &whole[parts(whole).0.len()..];
    let has_query = parts(whole).1.is_some();
    let masked = masked(whole, HIDDEN.encode_utf8(&mut [0; 4]));
    if has_query { masked } else { format!("{masked}{fragment}") }
}

/// A URL as a request that was made of it is shown: nothing is missing in it, and each value of its query is masked where it
/// stands, `https://host/path?code=***`.
pub fn requested(whole: &str) -> String {
    masked(whole.trim(), MASK)
}

/// A URL with `mask` for each value that may be a secret, and without its fragment.
fn masked(whole: &str, mask: &str) -> String {
    let (before, query) = parts(whole);
    let before = match before.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            match authority.rsplit_once('@') {
                Some((_, host)) => format!("{scheme}://{mask}@{host}{path}"),
                None => before.to_owned(),
            }
        }
        None => before.to_owned(),
    };
    let Some(query) = query else { return before };
    let piece = |piece: &str| match piece.split_once('=') {
        _ if piece.is_empty() => String::new(),
        Some((key, "")) => format!("{key}="),
        Some((key, _)) => format!("{key}={mask}"),
        None => mask.to_owned(),
    };
    let pieces: Vec<_> = query.split('&').map(piece).collect();
    format!("{before}?{}", pieces.join("&"))
}

/// What comes before the query and the fragment, and the query.
fn parts(url: &str) -> (&str, Option<&str>) {
    let whole = url.split_once('#').map_or(url, |(whole, _)| whole);
    match whole.split_once('?') {
        Some((before, query)) => (before, Some(query)),
        None => (whole, None),
    }
}

/// The typed URL with each hidden value as it is stored: the first of a key for the first, the second for the second.
fn filled(typed: &str, stored: Option<&str>) -> Result<String, AddressError> {
    let (before, Some(query)) = parts(typed) else { return Ok(typed.to_owned()) };
    let is_hidden =
        |value: &str| value == HIDDEN.encode_utf8(&mut [0; 4]) || value.eq_ignore_ascii_case(HIDDEN_ENCODED);
    let hidden = |piece: &str| match piece.split_once('=') {
        Some((key, value)) => is_hidden(value).then(|| Some(key.to_owned())),
        None => is_hidden(piece).then_some(None),
    };
    if !query.split('&').any(|piece| hidden(piece).is_some()) {
        return Ok(typed.to_owned());
    }
    // Another origin is another's: nothing that is stored goes there.
    let stored =
        stored.filter(|stored| Origin::of(stored).is_some_and(|known| Origin::of(typed) == Some(known)));
    let mut known: Vec<(Option<&str>, &str)> = stored
        .and_then(|stored| parts(stored).1)
        .into_iter()
        .flat_map(|query| query.split('&'))
        .filter(|piece| !piece.is_empty())
        .map(|piece| (piece.split_once('=').map(|(key, _)| key), piece))
        .collect();
    let mut pieces = Vec::new();
    for piece in query.split('&') {
        if piece.is_empty() {
            pieces.push(piece);
            continue;
        }
        let key = piece.split_once('=').map(|(key, _)| key);
        let at = known.iter().position(|(of, _)| *of == key);
        // A value that was typed anew takes the place of its like.
        let stands = at.map(|at| known.remove(at).1);
        pieces.push(match (hidden(piece), stands) {
            (None, _) => piece,
            (Some(_), Some(stands)) => stands,
            (Some(key), None) => return Err(AddressError::Hidden { key: key.unwrap_or_default() }),
        });
    }
    Ok(format!("{before}?{}", pieces.join("&")))
}

/// Scheme, host and port: to whom something that is sent to a URL is given. A web socket's is that of the web beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    tls: bool,
    host: Host<String>,
    port: u16,
}

impl Origin {
    pub fn of(url: &str) -> Option<Self> {
        let url = Url::parse(url.trim()).ok()?;
        let tls = match url.scheme() {
            "https" | "wss" => true,
            "http" | "ws" => false,
            _ => return None,
        };
        Some(Self { tls, host: url.host()?.to_owned(), port: url.port_or_known_default()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_address_holds_no_secret() {
        for (whole, wanted) in [
            ("https://a.example/hook", "https://a.example/hook"),
            ("https://a.example/hook#part", "https://a.example/hook#part"),
            ("https://a.example/hook?code=SECRET", "https://a.example/hook?code=…"),
            ("https://a.example?a=1&sig=SECRET%3D&b=&&c", "https://a.example?a=…&sig=…&b=&&…"),
            ("https://a.example/?SECRET#SECRET", "https://a.example/?…"),
            ("https://a.example/?", "https://a.example/?"),
            ("https://eu:SECRET@a.example/w@x?k=v=w", "https://…@a.example/w@x?k=…"),
        ] {
            assert_eq!(shown(whole), wanted, "{whole}");
        }
        let url = WebhookUrl::parse("https://a.example/?code=SECRET", None).expect("a URL");
        assert_eq!(format!("{url:?}"), "WebhookUrl(https://a.example/?code=…)");
    }

    #[test]
    fn a_request_is_shown_whole_with_each_value_masked_in_place() {
        for (whole, wanted) in [
            ("https://a.example/hook", "https://a.example/hook"),
            (" https://a.example/hook#part", "https://a.example/hook"),
            (
                "https://a.example/erp?status=500&sig=SECRET%3D#part",
                "https://a.example/erp?status=***&sig=***",
            ),
            ("https://a.example?a=1&b=&&SECRET", "https://a.example?a=***&b=&&***"),
            ("https://eu:SECRET@a.example/w", "https://***@a.example/w"),
        ] {
            assert_eq!(requested(whole), wanted, "{whole}");
        }
    }

    #[test]
    fn what_was_shown_and_comes_back_is_what_was_stored() {
        for whole in [
            "https://a.example/hook?code=SECRET",
            "https://a.example/hook?SECRET",
            "https://a.example/?a=1&a=2&b=&&c&x'y=%27|z",
            "https://a.example/?code=%2fA+b&sig=a=b=",
        ] {
            let back = WebhookUrl::parse(&shown(whole), Some(whole)).expect("a URL");
            assert_eq!(back.expose(), whole);
            let encoded = shown(whole).replace('…', "%e2%80%a6");
            assert_eq!(WebhookUrl::parse(&encoded, Some(whole)).expect("a URL").expose(), whole);
        }
    }

    #[test]
    fn a_hidden_value_is_kept_only_where_it_stood() {
        let stored = "https://a.example/hook?code=SECRET&sig=OTHER";
        let typed = |typed: &str| WebhookUrl::parse(typed, Some(stored)).map(|url| url.0);
        assert_eq!(typed("https://a.example/new?sig=…").as_deref(), Ok("https://a.example/new?sig=OTHER"));
        assert_eq!(
            typed("https://a.example:443/?code=x&sig=…").as_deref(),
            Ok("https://a.example:443/?code=x&sig=OTHER")
        );
        let hidden = |key: &str| Err(AddressError::Hidden { key: key.to_owned() });
        assert_eq!(typed("https://a.example/hook?other=…"), hidden("other"));
        assert_eq!(typed("https://a.example/hook?code=…&code=…"), hidden("code"));
        assert_eq!(typed("https://a.example/hook?code=x&code=…"), hidden("code"));
        for elsewhere in
            ["https://b.example", "http://a.example", "https://a.example:444", "https://a.example.b.example"]
        {
            assert_eq!(typed(&format!("{elsewhere}/hook?code=…")), hidden("code"), "{elsewhere}");
        }
        assert_eq!(
            WebhookUrl::parse("https://a.example/hook?code=…", None),
            Err(AddressError::Hidden { key: "code".into() })
        );
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let same = |a: &str, b: &str| Origin::of(a) == Origin::of(b);
        assert!(same("https://a.example", "https://A.example:443/x?y#z"));
        assert!(
            same("wss://a.example/ws", "https://a.example") && same("ws://a.example", "http://a.example:80")
        );
        assert!(same("http://127.0.0.1", "http://0x7f.1/"));
        for other in ["http://a.example", "https://a.example:8443", "https://b.example", "https://a.example."]
        {
            assert!(!same("https://a.example", other), "{other}");
        }
        assert_eq!(Origin::of("a.example"), None);
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let refused = |typed: &str| WebhookUrl::parse(typed, None).err();
        assert_eq!(refused(" "), Some(AddressError::Empty));
        assert_eq!(refused("a.example/hook"), Some(AddressError::NotAUrl));
        assert_eq!(refused("ftp://a.example/"), Some(AddressError::Scheme));
        for before in ["user", "user:pw", ":pw"] {
            let given = format!("https://{before}@a.example/");
            assert_eq!(refused(&given), Some(AddressError::UserInfo), "{given}");
        }
        assert_eq!(
            refused(&format!("https://a.example/{}", "x".repeat(2_048))),
            Some(AddressError::TooLong { max: 2_048 })
        );
    }

    proptest::proptest! {
        /// Whatever an address holds, showing it and taking it back changes nothing.
        #[test]
        fn showing_and_taking_back_is_nothing(query in "[!-\"$-~]{0,40}") {
            let whole = format!("https://a.example/hook?{query}");
            if let Ok(url) = WebhookUrl::parse(&whole, None) {
                let back = WebhookUrl::parse(&url.shown(), Some(&whole));
                proptest::prop_assert_eq!(back.map(|back| back.0), Ok(whole));
            }
        }
    }
}
