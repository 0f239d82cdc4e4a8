//! How the values of settings are spelled: sizes, spans of time, addresses, URLs.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::domain::bounds::Name;
use crate::domain::{LONGEST_NAME, WebhookUrl};
use crate::texts::{Message, msg};
use ipnet::IpNet;
use url::Url;

const SIZES: [(&str, u64); 9] = [
    ("B", 1),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
];

const SPANS: [(&str, u64); 10] = [
    ("ms", 1),
    ("s", 1_000),
    ("min", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
    ("seconds", 1_000),
    ("minutes", 60_000),
    ("hours", 3_600_000),
    ("days", 86_400_000),
    ("day", 86_400_000),
];

/// A whole number, then a unit of the table, with or without a space between.
fn with_unit(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim_start())?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// `64 MiB`, `500MB`.
pub(super) fn size(text: &str) -> Result<u64, Message> {
    with_unit(text, &SIZES).ok_or_else(|| msg("setting-size"))
}

/// `7 days`, `15s`.
pub(super) fn span(text: &str) -> Result<Duration, Message> {
    with_unit(text, &SPANS).map(Duration::from_millis).ok_or_else(|| msg("setting-time"))
}

/// An address and port to listen on. Port 0 lets the system choose.
pub(super) fn listen_address(text: &str) -> Result<SocketAddr, Message> {
    text.parse().map_err(|_| msg("setting-listen"))
}

/// A network, or one address.
pub(super) fn network(text: &str) -> Result<IpNet, Message> {
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map(|network| network.trunc())
        .map_err(|_| msg("setting-network"))
}

/// An absolute URL of the web, with a host. A user and password in it are refused: they would be shown
/// wherever the address is.
pub(super) fn url(text: &str) -> Result<Url, Message> {
    let wanted = || msg("setting-url");
    let url = Url::parse(text.trim()).map_err(|_| wanted())?;
    if !matches!(url.scheme(), "http" | "https")
        || url.host_str().is_none_or(str::is_empty)
        || text.len() > WebhookUrl::LONGEST
    {
        return Err(wanted());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(msg("setting-url-plain"));
    }
    Ok(url)
}

/// Where people open the panel. Its pages begin at the root of a host, so there is nothing behind the host.
pub(super) fn site(text: &str) -> Result<Url, Message> {
    let url = url(text)?;
    if url.path() == "/" && url.query().is_none() && url.fragment().is_none() {
        return Ok(url);
    }
    Err(msg("setting-site"))
}

/// A name that people give.
pub(super) fn name(text: &str) -> Result<Name, Message> {
    Name::new(text).map_err(|_| msg("setting-name").with("most", LONGEST_NAME.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_spans_have_units() {
        assert_eq!(size("64 MiB"), Ok(64 << 20));
        assert_eq!(size("10GiB"), Ok(10 << 30));
        assert_eq!(size("500 MB"), Ok(500_000_000));
        for bad in ["", "64", "MiB", "-1 MiB", "1.5 GiB", "64 mib", "99999999999 TiB", "64 MiB x"] {
            assert!(size(bad).is_err(), "{bad:?} was accepted");
        }
        assert_eq!(span("7 days"), Ok(Duration::from_hours(168)));
        assert_eq!(span("15s"), Ok(Duration::from_secs(15)));
        assert_eq!(span("250 ms"), Ok(Duration::from_millis(250)));
        for bad in ["", "7", "days", "-1s", "1.5 h", "1 month"] {
            assert!(span(bad).is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn networks_are_cut_to_their_prefix() {
        assert_eq!(network("10.1.2.3/8").map(|net| net.to_string()), Ok("10.0.0.0/8".to_owned()));
        assert_eq!(network("127.0.0.1").map(|net| net.to_string()), Ok("127.0.0.1/32".to_owned()));
        assert_eq!(network("::1").map(|net| net.to_string()), Ok("::1/128".to_owned()));
        for bad in ["", "10.0.0.0/33", "localhost", "10.0.0"] {
            assert!(network(bad).is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn urls_are_absolute_and_carry_no_password() {
        assert!(url("https://api.exemplo.com/w?a=1").is_ok());
        for bad in
            ["", "api.exemplo.com", "ftp://x/", "https://", "https://u:p@x/", "https://u@x/", "mailto:a@b.c"]
        {
            assert!(url(bad).is_err(), "{bad:?} was accepted");
        }
    }
}
