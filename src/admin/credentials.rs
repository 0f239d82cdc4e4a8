//! A webhook's secrets: set, kept, cleared, rotated.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::afresh::afresh;
use super::fault::{Fault, Faults};
use super::sources::random_text;
use super::webhook_input::{HeaderText, WebhookInput};
use super::{Actor, Admin, AdminError, Role, WebhookView, audit};
use crate::domain::bounds::Whole;
use crate::domain::{CompanyId, Timestamp, WebhookId};
use crate::secrets::{BearerToken, Secret, SigningText};
use crate::store::{Credentials, SigningSecret};

/// How long an old secret goes on signing beside its successor unless the caller says otherwise.
const OVERLAP_HOURS: u32 = 24;
type OverlapHours = Whole<0, 720>;

/// A rotation of the signing secret.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSecretInput {
    /// The new secret; made here when absent, and then shown in the answer only. Behind `whsec_` it is base64; without it the text
    /// itself is the key, though libraries of Standard Webhooks decode base64 all the same.
    #[schema(value_type = Option<HeaderText>, inline)]
    pub secret: Option<Secret>,
    /// How long the old secret goes on signing beside it, in hours, 0 to 720 (24).
    #[schema(value_type = Option<OverlapHours>, inline)]
    pub overlap_hours: Option<u32>,
}

impl WebhookInput {
    /// The stored credentials with what the input changes; `None` when it changes nothing.
    pub(super) fn credentials(&self, stored: &Credentials) -> Option<Credentials> {
        let mut changed = stored.clone();
        if let Some(bearer) = &self.bearer {
            // As in the settings file: what is often pasted before a token is no part of it, nor of its mask.
            let bare = |pasted: &Secret| Secret::new(BearerToken::bare(pasted.expose()));
            changed.bearer = bearer.as_ref().map(bare);
        }
        if let Some(secret) = &self.secret {
            let signing = |secret| SigningSecret { secret: trimmed(secret), not_after: None };
            changed.signing = secret.iter().map(signing).collect();
        }
        if let Some(headers) = &self.headers {
            changed.headers.retain(|name, _| self.keep_headers.contains(name));
            changed.headers.extend(headers.iter().map(|(name, value)| (name.clone(), trimmed(value))));
        }
        (changed != *stored).then_some(changed)
    }
}

impl Admin {
    /// As [`Admin::create_webhook`], signing from the first event on with a secret that is made here and shown in the
    /// answer only.
    pub async fn create_signed_webhook(
        &self,
        actor: &Actor,
        company: CompanyId,
        mut input: WebhookInput,
    ) -> Result<WebhookView, AdminError> {
        let made = made_secret();
        input.secret = Some(Some(Secret::new(made.as_str())));
        Ok(WebhookView { secret: Some(made), ..self.create_webhook(actor, company, &input).await? })
    }

    /// A new secret signs from now on; the old ones beside it until the overlap has passed.
    pub async fn rotate_secret(
        &self,
        actor: &Actor,
        id: WebhookId,
        input: &NewSecretInput,
    ) -> Result<WebhookView, AdminError> {
        afresh(None, || self.rotate_secret_as_read(actor, id, input)).await
    }

    async fn rotate_secret_as_read(
        &self,
        actor: &Actor,
        id: WebhookId,
        input: &NewSecretInput,
    ) -> Result<WebhookView, AdminError> {
        actor.require(Role::Administrator)?;
        let webhook = self.stored_webhook(actor, id).await?;
        let mut faults = Faults::default();
        let hours = input.overlap_hours.unwrap_or(OVERLAP_HOURS);
        faults.check("overlap_hours", OverlapHours::check(hours));
        if let Some(secret) = &input.secret {
            faults.check("secret", SigningText::parse(secret.expose()).map_err(Fault::from));
        }
        faults.done().map_err(AdminError::Invalid)?;

        let now = Timestamp::now();
        let ends = now.plus(Duration::from_secs(u64::from(hours) * 3_600));
        let (secret, made) = match &input.secret {
            Some(secret) => (trimmed(secret), None),
            None => {
                let made = made_secret();
                (Secret::new(made.as_str()), Some(made))
            }
        };
        let mut credentials = self.store.credentials(id).await?;
        if credentials.signing.iter().any(|old| old.secret == secret) {
            return Err(AdminError::invalid("secret", Fault::Taken));
        }
        credentials.signing.retain_mut(|old| {
            old.not_after = Some(old.not_after.map_or(ends, |at| at.min(ends)));
            // One that cannot sign, stored before that was asked, would keep all of them from it.
            old.not_after > Some(now) && SigningText::parse(old.secret.expose()).is_ok()
        });
        credentials.signing.insert(0, SigningSecret { secret, not_after: None });
        let (by, company, version) = (actor.clone(), webhook.company, webhook.version);
        let saved = self.change(company, move |tx| {
            Box::pin(async move {
                tx.save_credentials(id, version, &credentials, now).await?;
                let detail = json!({ "signing": masks(&credentials), "overlap_hours": hours });
                tx.audit(&audit(&by, "webhook.rotate_secret", Some(company), id.to_string(), &detail)).await
            })
        });
        saved.await?;
        self.settled().await;
        Ok(WebhookView { secret: made, ..self.webhook(actor, id).await? })
    }
}

/// A new signing secret: 32 random characters in base64, the form that Standard Webhooks gives secrets after `whsec_`.
pub(super) fn made_secret() -> String {
    use base64::Engine;
    format!("whsec_{}", base64::engine::general_purpose::STANDARD.encode(random_text(32)))
}

fn trimmed(secret: &Secret) -> Secret {
    Secret::new(secret.expose().trim())
}

/// The masks of the stored secrets.
fn masks(credentials: &Credentials) -> Vec<String> {
    credentials.signing.iter().map(|one| one.secret.mask()).collect()
}

/// The masks of the secrets that sign at this time: one whose overlap is over does not.
pub(super) fn masks_at(credentials: &Credentials, now: Timestamp) -> Vec<String> {
    let signing = credentials.signing.iter().filter(|one| one.not_after.is_none_or(|end| now <= end));
    signing.map(|one| one.secret.mask()).collect()
}

/// Credentials for the audit log.
pub(super) fn described(credentials: &Credentials) -> Value {
    let headers: std::collections::BTreeMap<_, _> =
        credentials.headers.iter().map(|(name, value)| (name, value.mask())).collect();
    json!({ "bearer": credentials.bearer.as_ref().map(Secret::mask), "signing": masks(credentials), "headers": headers })
}
