//! What makes a request of an event: where it goes, what it carries, how it is signed.
//!
//! Made once per webhook and per change of its settings; per request only what depends on the body and the time is
//! added.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;

use super::echoes::Echoes;
use super::envelope::{Occasion, content_type, event_id};
use super::headers::{self, CONTENT_TYPE, HeaderError, TEST};
use super::signature::Signer;
use crate::domain::{Event, Format, Timestamp, WebhookSettings};
use crate::log::ShownUrl;
use crate::net::{Guard, GuardError, Headers, Target};
use crate::secrets::HmacKeyError;
use crate::store::Credentials;

/// Why a webhook's requests cannot be made. Names the field.
#[derive(Debug, thiserror::Error)]
pub enum OutgoingError {
    #[error("url: {}", .0.refusal)]
    Url(GuardError),
    #[error(transparent)]
    Header(#[from] HeaderError),
    #[error("secret: {0}")]
    Secret(#[from] HmacKeyError),
}

/// See the module.
pub struct Outgoing {
    pub target: Target,
    /// The address as lines show it.
    pub shown: ShownUrl,
    pub timeout: Duration,
    /// What answers are shown and kept without.
    pub echoes: Echoes,
    /// What every request carries.
    common: Headers,
    signer: Signer,
}

impl Outgoing {
    pub fn new(
        settings: &WebhookSettings,
        credentials: &Credentials,
        guard: &Arc<Guard>,
    ) -> Result<Self, OutgoingError> {
        let target =
            Target::parse(credentials.address(settings.url.as_str()), guard).map_err(OutgoingError::Url)?;
        Ok(Self {
            shown: ShownUrl::of(target.url()),
            timeout: Duration::from_secs(u64::from(settings.timeout_seconds.u32())),
            echoes: Echoes::of(target.url(), credentials),
            common: headers::common(target.headers(), credentials)?,
            signer: Signer::new(&credentials.signing)?,
            target,
        })
    }

    /// Whether the endpoint takes both for the same caller: by the whole address, the bearer and the headers. A secret signs
    /// and names nobody, and its rotation is routine: it changes nothing of what the endpoint said.
    pub fn is_known_as(&self, other: &Self) -> bool {
        self.target.url() == other.target.url() && self.common == other.common
    }

    /// The headers of one attempt, made at `now`.
    pub fn headers(
        &self,
        event: &Event,
        format: Format,
        occasion: Occasion,
        body: &[u8],
        now: Timestamp,
    ) -> Headers {
        let mut headers = self.common.clone();
        headers.set(CONTENT_TYPE, HeaderValue::from_static(content_type(format)));
        if matches!(occasion, Occasion::Test(_)) {
            headers.set(TEST, HeaderValue::from_static("true"));
        }
        self.signer.sign(&mut headers, &event_id(event, occasion), now, body);
        headers
    }
}
