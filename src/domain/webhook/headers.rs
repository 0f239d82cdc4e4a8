//! Which headers a person may add to the requests of a webhook.

use http::{HeaderName, HeaderValue};

use crate::domain::ValueFault;
use crate::domain::bounds::List;
use crate::domain::fault::repeated;

/// The headers that are added to every request.
pub type AddedHeaders = List<String, 0, 20>;

/// Bytes of the longest value.
pub const LONGEST_HEADER_VALUE: usize = 4_096;

/// They concern one connection, not the message.
const HOP_BY_HOP: &[&str] = &[
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// They are ours to set.
const RESERVED: &[&str] = &[
    "content-encoding",
    "content-length",
    "content-type",
    "host",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
    "x-ramal-test",
    "x-signature-sha256",
    "x-signature-sha256-previous",
];

/// What is wrong with the headers, each by its name as it was given; without a name it is wrong with all of them together. No
/// fault repeats a value.
pub fn header_faults<'a>(
    headers: impl ExactSizeIterator<Item = (&'a str, &'a str)>,
) -> Vec<(Option<&'a str>, ValueFault)> {
    if let Err(fault) = AddedHeaders::check(headers.len()) {
        return vec![(None, fault)];
    }
    let (mut known, mut faults) = (Vec::<String>::new(), Vec::new());
    for (given, value) in headers {
        let judged = name(given).and_then(|name| {
            if known.iter().any(|known| known == name.as_str()) {
                return Err(ValueFault::Twice);
            }
            known.push(name.as_str().to_owned());
            fits(value)
        });
        faults.extend(judged.err().map(|fault| (Some(given), fault)));
    }
    faults
}

fn name(given: &str) -> Result<HeaderName, ValueFault> {
    let name = HeaderName::from_bytes(given.trim().as_bytes())
        .map_err(|_| ValueFault::HeaderName { given: repeated(given) })?;
    if HOP_BY_HOP.contains(&name.as_str()) || RESERVED.contains(&name.as_str()) {
        return Err(ValueFault::HeaderReserved { given: repeated(given) });
    }
    Ok(name)
}

fn fits(value: &str) -> Result<(), ValueFault> {
    let text = value.trim();
    if text.len() > LONGEST_HEADER_VALUE {
        return Err(ValueFault::TooLong { max: LONGEST_HEADER_VALUE });
    }
    HeaderValue::from_str(text).map(drop).map_err(|_| ValueFault::ControlCharacters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_added_is_named() {
        let refused = |headers: &[(&'static str, &'static str)]| {
            header_faults(headers.iter().copied())
                .into_iter()
                .map(|(name, fault)| (name, fault.code()))
                .collect()
        };
        let none: Vec<(Option<&str>, &str)> = Vec::new();
        assert_eq!(refused(&[("X-Api-Key", "1"), ("User-Agent", "")]), none);
        let wrong: Vec<_> = refused(&[
            ("Host", "a"),
            ("webhook-id", "a"),
            ("Transfer-Encoding", "a"),
            ("a b", "a"),
            ("X-A", "a\r\nb: c"),
            ("X-B", "1"),
            ("x-b", "2"),
        ]);
        let codes: Vec<_> = wrong.iter().map(|(_, code)| *code).collect();
        assert_eq!(
            codes,
            [
                "header_reserved",
                "header_reserved",
                "header_reserved",
                "header_name",
                "control_characters",
                "twice"
            ]
        );
        assert_eq!(wrong[5].0, Some("x-b"));
        let many: Vec<_> = (0..21).map(|n| format!("X-{n}")).collect();
        let many = header_faults(many.iter().map(|name| (name.as_str(), "1")));
        assert_eq!(many, [(None, ValueFault::OutOfRange { min: 0, max: 20 })]);
        let long = "x".repeat(LONGEST_HEADER_VALUE + 1);
        let long = header_faults([("X-A", long.as_str())].into_iter());
        assert_eq!(long, [(Some("X-A"), ValueFault::TooLong { max: 4_096 })]);
    }
}
