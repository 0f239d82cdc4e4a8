//! What a webhook's requests prove themselves with; stored as one sealed text.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::StoreError;
use crate::domain::Timestamp;
use crate::secrets::Secret;

/// The secrets of one webhook.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// The whole address, where the one among the settings hides a part of it.
    pub url: Option<Secret>,
    /// Sent as `Authorization: Bearer …`.
    pub bearer: Option<Secret>,
    /// Each signs every request; the newest first.
    pub signing: Vec<SigningSecret>,
    /// Custom headers, by name.
    pub headers: BTreeMap<String, Secret>,
}

/// A secret that signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningSecret {
    pub secret: Secret,
    /// Until when an old one goes on signing beside the new one; `None` is for ever.
    pub not_after: Option<Timestamp>,
}

/// The form inside the seal, as it is written. (A [`Secret`] itself serializes as its mask.)
#[derive(Serialize)]
struct Written<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bearer: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    signing: Vec<(&'a str, Option<Timestamp>)>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<&'a str, &'a str>,
}

/// The same, as it is read back.
#[derive(Deserialize)]
struct Read {
    #[serde(default)]
    url: Option<Secret>,
    #[serde(default)]
    bearer: Option<Secret>,
    #[serde(default)]
    signing: Vec<(Secret, Option<Timestamp>)>,
    #[serde(default)]
    headers: BTreeMap<String, Secret>,
}

impl Credentials {
    /// Where requests go: the address itself, behind the one that the settings show.
    pub fn address<'a>(&'a self, shown: &'a str) -> &'a str {
        self.url.as_ref().map_or(shown, Secret::expose)
    }

    pub(super) fn to_plain(&self) -> Zeroizing<Vec<u8>> {
        let written = Written {
            url: self.url.as_ref().map(Secret::expose),
            bearer: self.bearer.as_ref().map(Secret::expose),
            signing: self.signing.iter().map(|one| (one.secret.expose(), one.not_after)).collect(),
            headers: self.headers.iter().map(|(name, value)| (name.as_str(), value.expose())).collect(),
        };
        Zeroizing::new(serde_json::to_vec(&written).expect("texts and numbers have a JSON form"))
    }

    pub(super) fn from_plain(bytes: &[u8]) -> Result<Self, StoreError> {
        let read: Read = serde_json::from_slice(bytes)
            // The parser's own words could repeat a part of a secret.
            .map_err(|_| {
                StoreError::unreadable("webhooks", "credentials", &"not the form this program writes")
            })?;
        let signing = |(secret, not_after)| SigningSecret { secret, not_after };
        Ok(Self {
            url: read.url,
            bearer: read.bearer,
            signing: read.signing.into_iter().map(signing).collect(),
            headers: read.headers,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_survive_their_stored_form_and_show_nothing() {
        let credentials = Credentials {
            url: Some("https://a.example/hook?code=of-twenty".into()),
            bearer: Some("bearer-of-twenty-chars".into()),
            signing: vec![
                SigningSecret { secret: "whsec_bmV3".into(), not_after: None },
                SigningSecret { secret: "old \"quoted\" é".into(), not_after: Some(Timestamp(5)) },
            ],
            headers: BTreeMap::from([("X-Key".to_owned(), "value-of-a-header".into())]),
        };
        assert_eq!(Credentials::from_plain(&credentials.to_plain()).expect("its own form"), credentials);
        let none = Credentials::default();
        assert_eq!(Credentials::from_plain(&none.to_plain()).expect("its own form"), none);
        let shown = format!("{credentials:?}");
        assert!(!shown.contains("of-twenty") && !shown.contains("whsec_bmV3"), "{shown}");
        let error = Credentials::from_plain(br#"{"bearer":17secret}"#).expect_err("no form of ours");
        assert!(!format!("{error} {error:?}").contains("17secret"));
    }
}
