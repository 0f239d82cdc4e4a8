//! What a webhook keeps secret: its bearer token, its signing secrets and its further headers. Sealed at rest; here in the
//! clear, and never printed.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::domain::Timestamp;
use crate::secrets::Secret;

/// A secret that signs, until its time is over (an older one during a rotation).
#[derive(Debug, Clone)]
pub struct SigningSecret {
    pub secret: Secret,
    pub not_after: Option<Timestamp>,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    /// Sent as `Authorization: Bearer …`; a pasted `Bearer ` is taken off.
    pub bearer: Option<Secret>,
    /// Newest first.
    pub signing: Vec<SigningSecret>,
    /// Name and value.
    pub headers: Vec<(String, Secret)>,
}

/// The form that is sealed.
#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    bearer: Option<Zeroizing<String>>,
    #[serde(default)]
    signing: Vec<(Zeroizing<String>, Option<Timestamp>)>,
    #[serde(default)]
    headers: Vec<(String, Zeroizing<String>)>,
}

/// What was unsealed is not what was sealed.
#[derive(Debug, thiserror::Error)]
#[error("the webhook's credentials cannot be read")]
pub struct CredentialsError;

impl Credentials {
    /// The JSON to be sealed.
    pub fn to_json(&self) -> Zeroizing<Vec<u8>> {
        let text = |secret: &Secret| Zeroizing::new(secret.expose().to_owned());
        let stored = Stored {
            bearer: self.bearer.as_ref().map(text),
            signing: self.signing.iter().map(|one| (text(&one.secret), one.not_after)).collect(),
            headers: self.headers.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
        };
        Zeroizing::new(serde_json::to_vec(&stored).expect("texts and numbers are always JSON"))
    }

    pub fn from_json(json: &[u8]) -> Result<Credentials, CredentialsError> {
        // The parser's error would repeat what it read.
        let stored: Stored = serde_json::from_slice(json).map_err(|_| CredentialsError)?;
        let secret = |text: &Zeroizing<String>| Secret::new(text.as_str());
        Ok(Credentials {
            bearer: stored.bearer.as_ref().map(secret),
            signing: stored
                .signing
                .iter()
                .map(|(text, not_after)| SigningSecret { secret: secret(text), not_after: *not_after })
                .collect(),
            headers: stored.headers.iter().map(|(name, value)| (name.clone(), secret(value))).collect(),
        })
    }

    /// Puts a new signing secret first; those before it go on signing until `overlap_ends`.
    pub fn rotate(&mut self, secret: Secret, overlap_ends: Timestamp) {
        for older in &mut self.signing {
            older.not_after = Some(older.not_after.map_or(overlap_ends, |end| end.min(overlap_ends)));
        }
        self.signing.insert(0, SigningSecret { secret, not_after: None });
        self.signing.truncate(4);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survive_their_stored_form_and_are_never_printed() {
        let mut credentials = Credentials {
            bearer: Some(Secret::new("meu_token_secreto_comprido")),
            signing: Vec::new(),
            headers: vec![("X-Api-Key".into(), Secret::new("chave-bem-comprida-123"))],
        };
        credentials.rotate(Secret::new("primeira_chave_secreta"), Timestamp(5));
        credentials.rotate(Secret::new("segunda_chave_secreta"), Timestamp(9));
        let read = Credentials::from_json(&credentials.to_json()).expect("its own form");
        assert_eq!(read.signing.len(), 2);
        assert_eq!(read.signing[0].secret.expose(), "segunda_chave_secreta");
        assert_eq!(read.signing[1].not_after, Some(Timestamp(9)));
        let printed = format!("{read:?}");
        for secret in ["meu_token", "chave-bem-comprida", "segunda_chave"] {
            assert!(!printed.contains(secret), "{printed}");
        }
    }
}
