//! Keys that sign what is sent.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_PAD_INDIFFERENT};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::Secret;

/// An HMAC-SHA256 key, expanded once and used for many signatures.
#[derive(Clone)]
pub struct HmacKey(Hmac<Sha256>);

/// Why a text is not a signing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HmacKeyError {
    #[error("the secret is empty")]
    Empty,
    #[error("what follows `whsec_` is not base64")]
    NotBase64,
}

impl HmacKey {
    /// A key of any length (HMAC takes them all).
    pub fn new(bytes: &[u8]) -> Self {
        Self(Hmac::new_from_slice(bytes).expect("HMAC takes keys of every length"))
    }

    /// The key that the text's own bytes are, as `X-Signature-SHA256` uses it.
    pub fn from_text(secret: &Secret) -> Result<Self, HmacKeyError> {
        if secret.is_empty() {
            return Err(HmacKeyError::Empty);
        }
        Ok(Self::new(secret.expose().as_bytes()))
    }

    /// The key of a Standard Webhooks secret: what `whsec_` is followed by, decoded from base64. A secret without the
    /// prefix is taken by its own bytes, since nothing says that it is base64.
    pub fn from_standard_secret(secret: &Secret) -> Result<Self, HmacKeyError> {
        let Some(encoded) = secret.expose().strip_prefix("whsec_") else {
            return Self::from_text(secret);
        };
        let bytes = STANDARD_PAD_INDIFFERENT.decode(encoded).map_err(|_| HmacKeyError::NotBase64)?;
        if bytes.is_empty() {
            return Err(HmacKeyError::Empty);
        }
        Ok(Self::new(&Zeroizing::new(bytes)))
    }

    /// Signs the parts as if they were one text.
    pub fn sign(&self, parts: &[&[u8]]) -> Tag {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        Tag(mac.finalize().into_bytes().into())
    }

    /// Whether `tag` is this key's signature of the parts, in a time that does not depend on where they differ.
    pub fn verify(&self, parts: &[&[u8]], tag: &[u8]) -> bool {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        mac.verify_slice(tag).is_ok()
    }
}

impl fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacKey(…)")
    }
}

/// A signature: it is sent, so it is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag(pub [u8; 32]);

impl Tag {
    pub fn to_hex(self) -> String {
        hex::encode(self.0)
    }

    pub fn to_base64(self) -> String {
        STANDARD.encode(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    #[test]
    fn agrees_with_the_published_vector() {
        let key = HmacKey::from_text(&Secret::new("Jefe")).expect("not empty");
        let tag = key.sign(&[b"what do ya want ", b"for nothing?"]);
        assert_eq!(tag.to_hex(), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert!(key.verify(&[b"what do ya want for nothing?"], &tag.0));
        assert!(!key.verify(&[b"what do ya want for nothing!"], &tag.0));
    }

    /// The example of the Standard Webhooks specification's libraries.
    #[test]
    fn agrees_with_standard_webhooks() {
        let key = HmacKey::from_standard_secret(&Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
            .expect("base64");
        let tag = key.sign(&[
            b"msg_p5jXN8AQM9LWM0D4loKWxJek",
            b".",
            b"1614265330",
            b".",
            br#"{"test": 2432232314}"#,
        ]);
        assert_eq!(tag.to_base64(), "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn bad_secrets_are_refused() {
        let standard = |text: &str| HmacKey::from_standard_secret(&Secret::new(text)).map(drop);
        assert_eq!(standard(""), Err(HmacKeyError::Empty));
        assert_eq!(standard("whsec_"), Err(HmacKeyError::Empty));
        assert_eq!(standard("whsec_%%%"), Err(HmacKeyError::NotBase64));
        assert_eq!(standard("plain"), Ok(()));
    }
}
