//! Signatures over the exact bytes that are sent.
//!
//! Two are sent when a webhook has a secret, and a receiver checks the one it knows:
//!
//! - `X-Signature-SHA256: <hex>`: HMAC-SHA256 of the body, with the secret's own UTF-8 bytes as the key. While a secret is
//!   being replaced, `X-Signature-SHA256-Previous` carries the same made with the older one.
//! - Standard Webhooks: `webhook-signature: v1,<base64>` over `<webhook-id>.<webhook-timestamp>.<body>`, one for each
//!   secret, separated by spaces. A secret that begins with `whsec_` is the base64 behind it; any other is its UTF-8 bytes.
//!
//! Keys are expanded once per webhook, not per request.

use http::HeaderValue;

use crate::domain::Timestamp;
use crate::net::{HeaderName, Headers};
use crate::secrets::{HmacKey, HmacKeyError};

use crate::store::SigningSecret;

pub const PLAIN: HeaderName = HeaderName::from_static("X-Signature-SHA256");
pub const PLAIN_PREVIOUS: HeaderName = HeaderName::from_static("X-Signature-SHA256-Previous");
pub const WEBHOOK_ID: HeaderName = HeaderName::from_static("webhook-id");
pub const WEBHOOK_TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
pub const WEBHOOK_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// One secret, ready to sign.
#[derive(Debug, Clone)]
struct Key {
    plain: HmacKey,
    standard: HmacKey,
    not_after: Option<Timestamp>,
}

/// The secrets of one webhook, newest first.
#[derive(Debug, Clone, Default)]
pub struct Signer(Vec<Key>);

impl Signer {
    /// `secrets` come newest first; one that is over is passed over when it signs, not here.
    pub fn new(secrets: &[SigningSecret]) -> Result<Signer, HmacKeyError> {
        let key = |secret: &SigningSecret| {
            Ok(Key {
                plain: HmacKey::from_text(&secret.secret)?,
                standard: HmacKey::from_standard_secret(&secret.secret)?,
                not_after: secret.not_after,
            })
        };
        secrets.iter().map(key).collect::<Result<_, _>>().map(Signer)
    }

    /// Puts the id, the time and every signature that is still due into the headers.
    pub fn sign(&self, headers: &mut Headers, id: &str, at: Timestamp, body: &[u8]) {
        let seconds = at.unix_seconds().to_string();
        headers.set(WEBHOOK_TIMESTAMP, value(&seconds));
        let mut standard = String::new();
        let current = self.0.iter().filter(|key| key.not_after.is_none_or(|end| at <= end));
        for (n, key) in current.enumerate() {
            let plain = value(&key.plain.sign(&[body]).to_hex());
            match n {
                0 => headers.set(PLAIN, plain),
                1 => headers.set(PLAIN_PREVIOUS, plain),
                _ => {}
            }
            if n > 0 {
                standard.push(' ');
            }
            standard.push_str("v1,");
            let tag = key.standard.sign(&[id.as_bytes(), b".", seconds.as_bytes(), b".", body]);
            standard.push_str(&tag.to_base64());
        }
        if !standard.is_empty() {
            headers.set(WEBHOOK_SIGNATURE, value(&standard));
        }
        headers.set(WEBHOOK_ID, value(id));
    }
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("digits, base64 and ids are header text")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::Secret;

    const AT: Timestamp = Timestamp(1_614_265_330_000_000);

    fn signed(secrets: &[(&str, Option<Timestamp>)], id: &str, body: &[u8]) -> Headers {
        let secrets: Vec<SigningSecret> = secrets
            .iter()
            .map(|(secret, not_after)| SigningSecret { secret: Secret::new(*secret), not_after: *not_after })
            .collect();
        let mut headers = Headers::new();
        Signer::new(&secrets).expect("keys").sign(&mut headers, id, AT, body);
        headers
    }

    /// The vector of the Standard Webhooks libraries.
    #[test]
    fn signs_as_standard_webhooks_does() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let headers = signed(&[(secret, None)], "msg_p5jXN8AQM9LWM0D4loKWxJek", br#"{"test": 2432232314}"#);
        assert_eq!(
            headers.get(WEBHOOK_SIGNATURE.as_str()).expect("signed"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
        assert_eq!(headers.get(WEBHOOK_TIMESTAMP.as_str()).expect("signed"), "1614265330");
    }

    /// RFC 4231, test case 2.
    #[test]
    fn signs_the_body_in_hex() {
        let headers = signed(&[("Jefe", None)], "evt_1_1", b"what do ya want for nothing?");
        assert_eq!(
            headers.get(PLAIN.as_str()).expect("signed"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn an_older_secret_signs_until_it_ends() {
        let both = signed(&[("new", None), ("old", Some(AT))], "evt_1_1", b"{}");
        assert_eq!(
            both.get(WEBHOOK_SIGNATURE.as_str()).expect("signed").to_str().expect("text").split(' ').count(),
            2
        );
        assert!(both.get(PLAIN_PREVIOUS.as_str()).is_some());
        let one = signed(&[("new", None), ("old", Some(Timestamp(AT.0 - 1)))], "evt_1_1", b"{}");
        assert_eq!(
            one.get(WEBHOOK_SIGNATURE.as_str()).expect("signed").to_str().expect("text").split(' ').count(),
            1
        );
        assert!(one.get(PLAIN_PREVIOUS.as_str()).is_none());
    }

    #[test]
    fn without_a_secret_there_is_an_id_and_no_signature() {
        let headers = signed(&[], "evt_1_1", b"{}");
        assert_eq!(headers.get(WEBHOOK_ID.as_str()).expect("signed"), "evt_1_1");
        assert!([WEBHOOK_SIGNATURE, PLAIN].iter().all(|name| headers.get(name.as_str()).is_none()));
    }
}
