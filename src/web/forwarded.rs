//! What proxies say of a request: `Forwarded` (RFC 7239) and `X-Forwarded-For`, `-Host`, as hops from the first to the last.
//!
//! What must hold here: the text is the network's, and whoever asked may have written the beginning of it. What cannot be read is
//! a hop without an address, never a guess; a line of `Forwarded` in which anything cannot be read is one such hop as a whole,
//! since an open quotation mark at its beginning would hide what the proxy has added behind it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::http::{HeaderMap, HeaderValue};

/// Hops that are looked at; nobody has so many proxies.
const MOST_HOPS: usize = 32;

/// What one proxy says of whom it serves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hop {
    /// `None` for what hides itself (`unknown`, `_name`) and for what cannot be read.
    pub address: Option<IpAddr>,
    /// The `Host` that it was asked with.
    pub host: Option<String>,
}

/// The hops of `Forwarded`; `None` without such a header. The last [`MOST_HOPS`] of them.
pub fn standard(headers: &HeaderMap) -> Option<Vec<Hop>> {
    let lines: Vec<_> = headers.get_all("forwarded").iter().collect();
    if lines.is_empty() {
        return None;
    }
    let read = |line: &HeaderValue| line.to_str().ok().and_then(elements);
    let hops = lines.into_iter().flat_map(|line| read(line).unwrap_or_else(|| vec![Hop::default()]));
    Some(newest(hops.collect()))
}

/// The hops of `X-Forwarded-For`, with the hosts of `X-Forwarded-Host`; `None` without the first.
pub fn customary(headers: &HeaderMap) -> Option<Vec<Hop>> {
    let entries = listed(headers, "x-forwarded-for");
    if entries.is_empty() {
        return None;
    }
    let hosts = listed(headers, "x-forwarded-host");
    let pairs = hosts.len() == entries.len();
    let hop = |(at, entry): (usize, &String)| Hop {
        address: address(entry),
        // Where not every proxy has written its own, the last one's is what the nearest of them says.
        host: if pairs { hosts.get(at) } else { hosts.last() }.cloned(),
    };
    Some(newest(entries.iter().enumerate().map(hop).collect()))
}

fn newest(mut hops: Vec<Hop>) -> Vec<Hop> {
    hops.drain(..hops.len().saturating_sub(MOST_HOPS));
    hops
}

/// Every entry of every header of this name, in their order. A line that is no text is an entry that cannot be read.
fn listed(headers: &HeaderMap, name: &str) -> Vec<String> {
    let lines = headers.get_all(name).iter().map(|line| line.to_str().unwrap_or("?"));
    let entries = lines.flat_map(|line| line.split(',')).map(str::trim).filter(|entry| !entry.is_empty());
    entries.map(str::to_owned).collect()
}

/// The elements of one line of `Forwarded`; `None` when it is not what RFC 7239 describes.
fn elements(line: &str) -> Option<Vec<Hop>> {
    let (mut hops, mut hop, mut rest) = (Vec::new(), Hop::default(), line.trim());
    let mut said = false;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix([';', ',']) {
            if rest.starts_with(',') && std::mem::take(&mut said) {
                hops.push(std::mem::take(&mut hop));
            }
            rest = after.trim_start();
            continue;
        }
        let (name, after) = rest.split_once('=')?;
        let (value, after) = value(after)?;
        match name.trim().to_ascii_lowercase().as_str() {
            "for" => hop.address = address(&value),
            "host" => hop.host = Some(value),
            name if name.is_empty() || name.contains([',', ';', '"', ' ']) => return None,
            _ => {}
        }
        (said, rest) = (true, after.trim_start());
        if !rest.is_empty() && !rest.starts_with([';', ',']) {
            return None;
        }
    }
    if said {
        hops.push(hop);
    }
    Some(hops)
}

/// A value that stands at the beginning, and what follows it.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        // An address with its port should be quoted, and is not everywhere.
        let end = text.find([';', ',']).unwrap_or(text.len());
        let token = text[..end].trim_end();
        return (!token.contains(['"', ' ', '='])).then(|| (token.to_owned(), &text[end..]));
    };
    let (mut value, mut escaped) = (String::new(), false);
    for (at, c) in quoted.char_indices() {
        match c {
            _ if escaped => {
                value.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return Some((value, &quoted[at + 1..])),
            c => value.push(c),
        }
    }
    None
}

/// An address with or without its port: `192.0.2.7`, `192.0.2.7:80`, `2001:db8::7`, `[2001:db8::7]`, `[2001:db8::7]:80`.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let found: IpAddr = match text.strip_prefix('[') {
        Some(bracketed) => {
            let (inside, after) = bracketed.split_once(']')?;
            if !after.is_empty() && !after.strip_prefix(':').is_some_and(is_port) {
                return None;
            }
            inside.parse::<Ipv6Addr>().ok()?.into()
        }
        None => match text.parse() {
            Ok(found) => found,
            Err(_) => {
                let (host, port) = text.split_once(':')?;
                if !is_port(port) {
                    return None;
                }
                host.parse::<Ipv4Addr>().ok()?.into()
            }
        },
    };
    Some(found.to_canonical())
}

/// A number, or a name that hides one.
fn is_port(text: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    };
    text.parse::<u16>().is_ok() || text.strip_prefix('_').is_some_and(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().expect("a header"));
        }
        headers
    }

    /// The addresses as texts; `-` where there is none.
    fn shown(hops: Option<Vec<Hop>>) -> Vec<String> {
        let text = |hop: Hop| hop.address.map_or("-".to_owned(), |address| address.to_string());
        hops.expect("hops").into_iter().map(text).collect()
    }

    #[test]
    fn every_form_of_rfc_7239_is_read() {
        let cases: [(&[&str], &[&str]); 12] = [
            (&["for=192.0.2.43"], &["192.0.2.43"]),
            (&["For=\"[2001:db8:cafe::17]:4711\""], &["2001:db8:cafe::17"]),
            (&["for=\"[2001:db8:cafe::17]\";proto=https;by=203.0.113.43"], &["2001:db8:cafe::17"]),
            (&["by=203.0.113.43 ; FOR=192.0.2.60:47011 ; proto=http"], &["192.0.2.60"]),
            (&["for=192.0.2.43, for=198.51.100.17"], &["192.0.2.43", "198.51.100.17"]),
            (&["for=192.0.2.43", "for=198.51.100.17"], &["192.0.2.43", "198.51.100.17"]),
            (&["for=unknown, for=\"_gazonk\", for=_hidden"], &["-", "-", "-"]),
            (&["for=\"192.0.2.43:_port\",for=\"_x:_y\""], &["192.0.2.43", "-"]),
            (&["for=\"1\\92.0.2.43\""], &["192.0.2.43"]),
            (&["proto=https;host=a"], &["-"]),
            (&["for=\"::ffff:192.0.2.43\""], &["192.0.2.43"]),
            (&["", "for=192.0.2.43,,"], &["192.0.2.43"]),
        ];
        for (lines, wanted) in cases {
            let pairs: Vec<_> = lines.iter().map(|line| ("forwarded", *line)).collect();
            assert_eq!(shown(standard(&headers(&pairs))), wanted, "{lines:?}");
        }
        assert_eq!(standard(&headers(&[])), None);
    }

    #[test]
    fn what_a_stranger_begins_does_not_swallow_what_a_proxy_adds() {
        for begun in ["for=\"x", "for=\"", "x", "=;,", "for=1.1.1.1\"", "for=\"a\"b", "fo r=1", "for=a=b"] {
            let line = format!("{begun}, for=192.0.2.43");
            assert_eq!(shown(standard(&headers(&[("forwarded", &line)]))), ["-"], "{line}");
            let apart = [("forwarded", begun), ("forwarded", "for=192.0.2.43")];
            let hops = shown(standard(&headers(&apart)));
            assert_eq!(hops.last().map(String::as_str), Some("192.0.2.43"), "{begun}");
        }
    }

    #[test]
    fn the_customary_headers_are_read_in_every_form() {
        let lines = [
            ("x-forwarded-for", "unknown, 192.0.2.1:5060,[2001:db8::1]:443"),
            ("x-forwarded-for", "2001:db8::2, _x, \"[2001:db8::3]\", 10.0.0.256, 192.0.2.4"),
        ];
        let wanted = ["-", "192.0.2.1", "2001:db8::1", "2001:db8::2", "-", "2001:db8::3", "-", "192.0.2.4"];
        assert_eq!(shown(customary(&headers(&lines))), wanted);
        assert_eq!(customary(&headers(&[("x-forwarded-host", "a")])), None);
        let hosts = |pairs: &[(&'static str, &str)]| {
            let hops = customary(&headers(pairs)).expect("hops");
            hops.into_iter().map(|hop| hop.host.unwrap_or_default()).collect::<Vec<_>>()
        };
        let both = [("x-forwarded-for", "1.1.1.1, 2.2.2.2"), ("x-forwarded-host", "a, b")];
        assert_eq!(hosts(&both), ["a", "b"]);
        let one = [("x-forwarded-for", "1.1.1.1, 2.2.2.2"), ("x-forwarded-host", "a")];
        assert_eq!(hosts(&one), ["a", "a"]);
        let many = format!("9.9.9.9{}", ", 1.1.1.1".repeat(200));
        assert_eq!(customary(&headers(&[("x-forwarded-for", &many)])).expect("hops").len(), MOST_HOPS);
    }

    proptest::proptest! {
        /// Whatever stands there is read or not, and never a panic.
        #[test]
        fn any_text_is_answered(text in "[ -~]{0,60}") {
            drop(standard(&headers(&[("forwarded", &text)])));
            drop(customary(&headers(&[("x-forwarded-for", &text)])));
        }
    }
}
