//! What a webhook proves itself with, as people paste it: parsed once, by every door alike. What passed can be used; what is
//! refused says why and never repeats itself.

use super::{HmacKey, Secret};
use crate::domain::Lang;
use crate::texts::{Message, msg};

/// The longest of them, in bytes.
pub const LONGEST_CREDENTIAL: usize = 4_096;
const PREFIX: &str = "whsec_";

/// Why a text is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message().text(Lang::En))]
pub enum CredentialError {
    Empty,
    TooLong,
    Control,
    NothingBehind,
    NotBase64,
    UrlSafe,
    Misplaced,
}

impl CredentialError {
    /// A phrase that says what is wrong with it.
    pub fn message(self) -> Message {
        match self {
            Self::Empty => msg("credential-empty"),
            Self::TooLong => msg("credential-too-long"),
            Self::Control => msg("credential-control"),
            Self::NothingBehind => msg("credential-nothing-behind"),
            Self::NotBase64 => msg("credential-not-base64"),
            Self::UrlSafe => msg("credential-url-safe"),
            Self::Misplaced => msg("credential-misplaced"),
        }
    }
}

/// A secret that signs: its text, and behind `whsec_` base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningText(Secret);

impl SigningText {
    pub fn parse(raw: &str) -> Result<Self, CredentialError> {
        let text = one_line(raw)?;
        let at = text.to_ascii_lowercase().find(PREFIX);
        if at.is_some() && !text.starts_with(PREFIX) {
            return Err(CredentialError::Misplaced);
        }
        if let Some(encoded) = text.strip_prefix(PREFIX) {
            if encoded.bytes().all(|byte| byte == b'=') {
                return Err(CredentialError::NothingBehind);
            }
            if HmacKey::from_standard_secret(&Secret::new(text)).is_err() {
                let usual = encoded.replace('-', "+").replace('_', "/");
                let usual = Secret::new(format!("{PREFIX}{usual}"));
                let is_url_safe = HmacKey::from_standard_secret(&usual).is_ok();
                return Err(if is_url_safe { CredentialError::UrlSafe } else { CredentialError::NotBase64 });
            }
        }
        Ok(Self(Secret::new(text)))
    }

    pub fn secret(&self) -> &Secret {
        &self.0
    }
}

/// A token that is sent as `Authorization: Bearer …`, without what is often pasted with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BearerToken(Secret);

impl BearerToken {
    pub fn parse(raw: &str) -> Result<Self, CredentialError> {
        let token = Self::bare(one_line(raw)?);
        if token.is_empty() { Err(CredentialError::Empty) } else { Ok(Self(Secret::new(token))) }
    }

    /// A token without the `Bearer ` (or `Authorization: Bearer `) before it.
    pub fn bare(raw: &str) -> &str {
        let mut token = raw.trim();
        for prefix in ["authorization:", "bearer"] {
            if let Some(start) = token.get(..prefix.len())
                && start.eq_ignore_ascii_case(prefix)
                && token[prefix.len()..]
                    .chars()
                    .next()
                    .is_none_or(|c| prefix.ends_with(':') || c.is_whitespace())
            {
                token = token[prefix.len()..].trim_start();
            }
        }
        token
    }

    pub fn secret(&self) -> &Secret {
        &self.0
    }
}

/// Spaces around it are taken off: they come along when people paste.
fn one_line(raw: &str) -> Result<&str, CredentialError> {
    match raw.trim() {
        "" => Err(CredentialError::Empty),
        text if text.len() > LONGEST_CREDENTIAL => Err(CredentialError::TooLong),
        text if text.chars().any(char::is_control) => Err(CredentialError::Control),
        text => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_is_taken_signs() {
        for raw in [
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            " whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaQ",
            "whsec_QQ==",
            "whsec_QQ",
            "um segredo qualquer, é assim",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "-_-_9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        ] {
            let secret = SigningText::parse(raw).unwrap_or_else(|error| panic!("{raw:?}: {error}"));
            assert!(HmacKey::from_standard_secret(secret.secret()).is_ok(), "{raw:?}");
            assert!(HmacKey::from_text(secret.secret()).is_ok(), "{raw:?}");
        }
    }

    #[test]
    fn what_cannot_sign_is_refused_with_its_reason() {
        for (raw, wanted) in [
            ("", CredentialError::Empty),
            (" \n", CredentialError::Empty),
            ("a\nb", CredentialError::Control),
            ("whsec_", CredentialError::NothingBehind),
            ("whsec_==", CredentialError::NothingBehind),
            ("whsec_not!base64", CredentialError::NotBase64),
            ("whsec_abc def", CredentialError::NotBase64),
            ("whsec_abc!", CredentialError::NotBase64),
            ("whsec_-_-_9r8GKYqrTwjUPD8ILPZIo2LaLaSw", CredentialError::UrlSafe),
            ("v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", CredentialError::Misplaced),
            ("\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"", CredentialError::Misplaced),
            ("WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", CredentialError::Misplaced),
            ("secret=whsec_QQ==", CredentialError::Misplaced),
        ] {
            assert_eq!(SigningText::parse(raw).err(), Some(wanted), "{raw:?}");
        }
        let long = "x".repeat(4_097);
        assert_eq!(SigningText::parse(&long).err(), Some(CredentialError::TooLong));
    }

    #[test]
    fn a_pasted_bearer_is_not_doubled_and_not_empty() {
        for pasted in ["abc", "Bearer abc", "bearer  abc", " Bearer abc ", "Authorization: Bearer abc"] {
            let token = BearerToken::parse(pasted).unwrap_or_else(|error| panic!("{pasted:?}: {error}"));
            assert_eq!(token.secret().expose(), "abc", "{pasted:?}");
        }
        assert_eq!(BearerToken::bare("bearerish"), "bearerish");
        for nothing in ["", "Bearer ", "bearer", "Authorization: Bearer", "Authorization:"] {
            assert_eq!(BearerToken::parse(nothing).err(), Some(CredentialError::Empty), "{nothing:?}");
        }
    }

    proptest::proptest! {
        /// Whatever is pasted either signs or is refused.
        #[test]
        fn nothing_is_taken_that_does_not_sign(raw in "(v1,)?(whsec_)?[ -~]{0,40}") {
            if let Ok(secret) = SigningText::parse(&raw) {
                proptest::prop_assert!(HmacKey::from_standard_secret(secret.secret()).is_ok());
            }
        }
    }
}
