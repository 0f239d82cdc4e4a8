//! Signatures, verified by our own reading of the two specifications: a mistake of the sender must show here.
//!
//! - `X-Signature-SHA256`: hexadecimal HMAC-SHA256 of the body, keyed with the secret as it was typed. While secrets are
//!   rotated several signatures may stand in it, separated by commas or spaces.
//! - Standard Webhooks: `webhook-signature` holds `v1,<base64>` parts separated by spaces, each an HMAC-SHA256 of
//!   `<webhook-id>.<webhook-timestamp>.<body>`. A secret `whsec_<base64>` is decoded, any other is used as typed. A
//!   timestamp more than five minutes off is refused.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use serde::Serialize;
use sha2::Sha256;

use crate::domain::Timestamp;

const TOLERANCE_SECONDS: u64 = 300;

/// What became of one kind of signature on one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Good,
    Bad,
    /// There is one, and no secret to check it with.
    Unchecked,
    Missing,
}

/// The keys that a signature may be made with.
#[derive(Clone, Default)]
pub(super) struct Keys {
    plain: Vec<Vec<u8>>,
    standard: Vec<Vec<u8>>,
}

impl Keys {
    pub(super) fn new(secrets: &[String]) -> Self {
        let plain = secrets.iter().map(|secret| secret.clone().into_bytes()).collect();
        let standard = secrets
            .iter()
            .map(|secret| {
                let encoded = secret.strip_prefix("whsec_");
                encoded
                    .and_then(|encoded| STANDARD.decode(encoded).ok())
                    .unwrap_or_else(|| secret.clone().into())
            })
            .collect();
        Self { plain, standard }
    }

    pub(super) fn plain(&self, headers: &HeaderMap, body: &[u8]) -> Verdict {
        let signatures = parts(headers, "x-signature-sha256").filter_map(|part| hex::decode(part).ok());
        judge(headers.contains_key("x-signature-sha256"), signatures, &self.plain, &[body])
    }

    pub(super) fn standard(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Verdict {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let present = headers.contains_key("webhook-signature");
        let (Some(id), Some(timestamp)) = (text("webhook-id"), text("webhook-timestamp")) else {
            return if present { Verdict::Bad } else { Verdict::Missing };
        };
        let in_time = timestamp
            .parse::<i64>()
            .is_ok_and(|seconds| seconds.abs_diff(now.unix_seconds()) <= TOLERANCE_SECONDS);
        let signatures = parts(headers, "webhook-signature")
            .filter_map(|part| if part == "v1" { None } else { STANDARD.decode(part).ok() })
            .filter(|_| in_time);
        let content = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body];
        judge(present, signatures, &self.standard, &content)
    }
}

fn judge(
    present: bool,
    signatures: impl Iterator<Item = Vec<u8>>,
    keys: &[Vec<u8>],
    content: &[&[u8]],
) -> Verdict {
    if !present {
        return Verdict::Missing;
    }
    if keys.is_empty() {
        return Verdict::Unchecked;
    }
    let signatures: Vec<Vec<u8>> = signatures.collect();
    let matches = |key: &Vec<u8>| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
        for part in content {
            mac.update(part);
        }
        let mac = mac.finalize().into_bytes();
        signatures.iter().any(|signature| signature[..] == mac[..])
    };
    if keys.iter().any(matches) { Verdict::Good } else { Verdict::Bad }
}

/// The parts of a header, in however many lines it came; `v1,<base64>` gives `v1` and the rest.
fn parts<'a>(headers: &'a HeaderMap, name: &'static str) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split([' ', ','])).filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().expect("a value")))
            .collect()
    }

    /// RFC 4231, test case 2.
    #[test]
    fn the_plain_signature_is_the_rfcs() {
        let keys = Keys::new(&["other".to_owned(), "Jefe".to_owned()]);
        let good = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let body = b"what do ya want for nothing?";
        let verdict = |value: &str, body: &[u8]| keys.plain(&headers(&[("x-signature-sha256", value)]), body);
        assert_eq!(verdict(good, body), Verdict::Good);
        assert_eq!(verdict(&format!("00ff, {good}"), body), Verdict::Good);
        assert_eq!(verdict(good, b"what do ya want for nothing!"), Verdict::Bad);
        assert_eq!(verdict("", body), Verdict::Bad);
        assert_eq!(keys.plain(&HeaderMap::new(), body), Verdict::Missing);
        let unknown = Keys::new(&[]).plain(&headers(&[("x-signature-sha256", good)]), body);
        assert_eq!(unknown, Verdict::Unchecked);
    }

    /// The example of the Standard Webhooks reference libraries.
    #[test]
    fn the_standard_signature_is_the_specifications() {
        let keys = Keys::new(&["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned()]);
        let verdict = |signature: &str, now: i64| {
            let headers = headers(&[
                ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
                ("webhook-timestamp", "1614265330"),
                ("webhook-signature", signature),
            ]);
            keys.standard(&headers, br#"{"test": 2432232314}"#, Timestamp(now * 1_000_000))
        };
        let good = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(verdict(good, 1_614_265_330), Verdict::Good);
        assert_eq!(verdict(&format!("v1,AAAA {good}"), 1_614_265_330), Verdict::Good);
        assert_eq!(verdict(good, 1_614_265_330 + 301), Verdict::Bad);
        assert_eq!(verdict("v1,AAAA", 1_614_265_330), Verdict::Bad);
        assert_eq!(keys.standard(&HeaderMap::new(), b"", Timestamp(0)), Verdict::Missing);
    }
}
