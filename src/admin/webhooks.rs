//! Webhooks: what a company wants sent, and where.

use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

use super::afresh::afresh;
use super::bounds::Either;
use super::fault::{Expected, Fault, name};
use super::names::Names;
use super::place::Place;
use super::wanted::Wanted;
use super::{
    Actor, Admin, AdminError, Role, WebhookInput, WebhookStatusView, WebhookView, audit, credentials, refused,
};
use crate::delivery::courier::Command;
use crate::domain::bounds::Name;
use crate::domain::webhook::Rate;
use crate::domain::{
    CompanyId, EventId, Lang, Revision, Seq, Timestamp, WebhookId, WebhookSettings, WebhookState, Wishes,
    shown, words_schema,
};
use crate::store::{Credentials, SaveWebhook, StoreError, Webhook};

/// Why a webhook is paused, for people.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PauseInput {
    /// At most 120 characters.
    #[schema(value_type = Option<Name>, inline)]
    pub reason: Option<String>,
}

type EventOrHead = Either<EventId, Head>;
/// The newest event.
struct Head;

impl PartialSchema for Head {
    fn schema() -> RefOr<Schema> {
        words_schema(["head"])
    }
}

impl ToSchema for Head {}

/// Where the cursor is moved to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SkipInput {
    /// The last event that will not be sent, `evt_7_1024`; `head` skips all that is pending.
    #[schema(value_type = EventOrHead)]
    pub to: String,
}

impl Admin {
    pub async fn webhooks(&self, actor: &Actor, company: CompanyId) -> Result<Vec<WebhookView>, AdminError> {
        self.company(actor, company).await?;
        let mut views = Vec::new();
        for webhook in self.store.webhooks(company).await? {
            views.push(self.webhook_view(webhook).await?);
        }
        Ok(views)
    }

    pub async fn webhook(&self, actor: &Actor, id: WebhookId) -> Result<WebhookView, AdminError> {
        self.webhook_view(self.stored_webhook(actor, id).await?).await
    }

    pub async fn update_webhook(
        &self,
        actor: &Actor,
        id: WebhookId,
        input: &WebhookInput,
    ) -> Result<WebhookView, AdminError> {
        self.change_webhook(actor, id, input, None).await
    }

    /// As [`Admin::update_webhook`]; `provisioned` is changed when given.
    pub(super) async fn change_webhook(
        &self,
        actor: &Actor,
        id: WebhookId,
        input: &WebhookInput,
        provisioned: Option<bool>,
    ) -> Result<WebhookView, AdminError> {
        afresh(input.version, || self.change_webhook_as_read(actor, id, input, provisioned)).await
    }

    async fn change_webhook_as_read(
        &self,
        actor: &Actor,
        id: WebhookId,
        input: &WebhookInput,
        provisioned: Option<bool>,
    ) -> Result<WebhookView, AdminError> {
        actor.require(Role::Administrator)?;
        // First the row with its version: whatever is read after it and changes meanwhile makes this change stale.
        let before = self.stored_webhook(actor, id).await?;
        let revision = self.newest_revision(id).await?;
        let stored = self.store.credentials(id).await?;
        let present =
            Wanted { settings: before.settings.clone(), wishes: revision.wishes(), credentials: stored };
        let asked = self.unknown_types_to_ask_about(before.company, input, &present.wishes.events).await?;
        let wanted = Wanted::unless_asked(Wanted::with(input, Some(&present)), asked)?;
        if wanted.address() != present.address() {
            self.check_address(before.company, wanted.address()).await?;
        }
        self.check_usable(&wanted)?;
        let provisioned = provisioned.unwrap_or(before.provisioned);
        if wanted == present
            && provisioned == before.provisioned
            && input.version.is_none_or(|version| version == before.version)
        {
            return self.webhook_view(before).await;
        }
        let (by, version) = (actor.clone(), input.version.unwrap_or(before.version));
        let saved = self.change(before.company, move |tx| {
            Box::pin(async move {
                let Wanted { settings, wishes, credentials } = &wanted;
                if settings.name != before.settings.name {
                    let mut used = Names::of_webhooks(tx, before.company, Some(id)).await?;
                    if let Err(taken) = used.take(settings.name.as_str()) {
                        return Ok(Err(taken));
                    }
                }
                let credentials = (*credentials != present.credentials).then_some(credentials);
                let save = SaveWebhook { settings, wishes, credentials, provisioned };
                tx.save_webhook(id, version, &save, Timestamp::now()).await?;
                let detail = json!({
                    "before": described(&before.settings, &present.wishes, Some(&present.credentials)),
                    "after": described(settings, wishes, credentials),
                });
                tx.audit(&audit(&by, "webhook.update", Some(before.company), id.to_string(), &detail))
                    .await?;
                Ok(Ok(()))
            })
        });
        saved.await.map_err(refused("name"))??;
        self.settled().await;
        self.webhook(actor, id).await
    }

    pub async fn delete_webhook(&self, actor: &Actor, id: WebhookId) -> Result<(), AdminError> {
        actor.require(Role::Administrator)?;
        let before = self.stored_webhook(actor, id).await?;
        // What waits for it is seen for the last time: what is wrong with it is over with it.
        self.incidents.look_again().await;
        let by = actor.clone();
        let deleted = self.change(before.company, move |tx| {
            Box::pin(async move {
                tx.delete_webhook(id, Timestamp::now()).await?;
                let detail = json!({ "settings": before.settings });
                tx.audit(&audit(&by, "webhook.delete", Some(before.company), id.to_string(), &detail)).await
            })
        });
        deleted.await?;
        self.settled().await;
        Ok(())
    }

    pub async fn pause_webhook(
        &self,
        actor: &Actor,
        id: WebhookId,
        input: &PauseInput,
    ) -> Result<WebhookView, AdminError> {
        let reason = match input.reason.as_deref().map(str::trim) {
            None | Some("") => String::new(),
            Some(raw) => name(raw).map_err(|fault| AdminError::invalid("reason", fault))?,
        };
        self.set_paused(actor, id, Some(reason)).await
    }

    pub async fn resume_webhook(&self, actor: &Actor, id: WebhookId) -> Result<WebhookView, AdminError> {
        self.set_paused(actor, id, None).await
    }

    async fn set_paused(
        &self,
        actor: &Actor,
        id: WebhookId,
        paused: Option<String>,
    ) -> Result<WebhookView, AdminError> {
        actor.require(Role::Operator)?;
        let company = self.stored_webhook(actor, id).await?.company;
        let by = actor.clone();
        let changed = self.change(company, move |tx| {
            Box::pin(async move {
                let missing = StoreError::Missing { what: "webhook", id: id.0 };
                let (before, now) = (tx.webhook(id).await?.ok_or(missing)?, Timestamp::now());
                if (before.state == WebhookState::Paused, &before.paused_reason)
                    == (paused.is_some(), &paused)
                {
                    return Ok(());
                }
                let action = match &paused {
                    Some(reason) => {
                        tx.pause_webhook(id, reason, now).await?;
                        "webhook.pause"
                    }
                    None => {
                        tx.resume_webhook(id, now).await?;
                        "webhook.resume"
                    }
                };
                let detail = json!({ "before": before.paused_reason, "reason": paused });
                tx.audit(&audit(&by, action, Some(before.company), id.to_string(), &detail)).await
            })
        });
        changed.await?;
        self.settled().await;
        self.webhook(actor, id).await
    }

    /// Has what failed tried now instead of after its pause. Who asks again and again is no faster than one request a second
    /// where the endpoint does not answer.
    pub async fn try_now(
        &self,
        actor: &Actor,
        lang: Lang,
        id: WebhookId,
    ) -> Result<WebhookStatusView, AdminError> {
        actor.require(Role::Operator)?;
        let company = self.stored_webhook(actor, id).await?.company;
        self.owned(company).await?;
        let by = actor.clone();
        let noted = self.change(company, move |tx| {
            let entry = audit(&by, "webhook.try_now", Some(company), id.to_string(), &json!({}));
            Box::pin(async move { tx.audit(&entry).await })
        });
        noted.await?;
        self.tell(company, id, Command::TryNow).await;
        self.webhook_status(actor, lang, id).await
    }

    /// Moves the cursor on; what lies between is recorded as skipped by hand.
    pub async fn skip(
        &self,
        actor: &Actor,
        lang: Lang,
        id: WebhookId,
        input: &SkipInput,
    ) -> Result<WebhookStatusView, AdminError> {
        actor.require(Role::Administrator)?;
        let webhook = self.stored_webhook(actor, id).await?;
        self.owned(webhook.company).await?;
        let to = match input.to.as_str() {
            "head" => self.journal.head(webhook.company),
            text => seq_of("to", webhook.company, text)?,
        };
        let (by, company) = (actor.clone(), webhook.company);
        let skipped = self.change(company, move |tx| {
            Box::pin(async move {
                let skip = tx.skip_to(id, to, &by.name, Timestamp::now()).await?;
                if let Some(skip) = &skip {
                    let detail = json!({ "from": skip.from, "to": skip.to });
                    tx.audit(&audit(&by, "webhook.skip", Some(company), id.to_string(), &detail)).await?;
                }
                Ok(skip.map(|skip| skip.to))
            })
        });
        if let Some(to) = skipped.await? {
            self.tell(company, id, Command::SkipTo(to)).await;
        }
        self.webhook_status(actor, lang, id).await
    }

    /// A webhook that the caller may see.
    pub(super) async fn stored_webhook(&self, actor: &Actor, id: WebhookId) -> Result<Webhook, AdminError> {
        let webhook = self.store.webhook(id).await?.filter(|webhook| actor.sees(webhook.company));
        webhook.ok_or_else(|| AdminError::not_found("webhook", id))
    }

    pub(super) async fn newest_revision(&self, id: WebhookId) -> Result<Revision, AdminError> {
        self.store.newest_revision(id).await?.ok_or_else(|| AdminError::not_found("webhook", id))
    }

    async fn webhook_view(&self, webhook: Webhook) -> Result<WebhookView, AdminError> {
        let revision = self.newest_revision(webhook.id).await?;
        let credentials = self.store.credentials(webhook.id).await?;
        let settings = webhook.settings;
        Ok(WebhookView {
            id: webhook.id.to_string(),
            company_id: webhook.company.to_string(),
            name: settings.name.into(),
            // As it is shown, also before one that an older program wrote was sealed.
            url: shown(settings.url.as_str()),
            events: revision.events.into(),
            rules: revision.rules.into(),
            format: revision.format,
            redact: revision.redact.iter().map(ToString::to_string).collect(),
            rate_per_second: settings.rate_per_second.map(Rate::u32),
            concurrency: settings.concurrency.u16(),
            timeout_seconds: settings.timeout_seconds.u16(),
            ordered: settings.ordered,
            retry_seconds: settings.retry_seconds.iter().map(|pause| pause.u32()).collect(),
            bearer_mask: credentials.bearer.as_ref().map(crate::secrets::Secret::mask),
            secret_masks: credentials::masks_at(&credentials, Timestamp::now()),
            headers: credentials.headers.iter().map(|(name, value)| (name.clone(), value.mask())).collect(),
            state: webhook.state.as_str(),
            paused_reason: webhook.paused_reason,
            revision: revision.number,
            revision_from_seq: revision.from_seq.0,
            provisioned: webhook.provisioned,
            version: webhook.version,
            created_at: webhook.created_at.to_string(),
            secret: None,
            warnings: Vec::new(),
        })
    }
}

/// A webhook for the audit log.
pub(super) fn described(
    settings: &WebhookSettings,
    wishes: &Wishes,
    credentials: Option<&Credentials>,
) -> Value {
    json!({
        "settings": settings, "wishes": wishes,
        "credentials": credentials.map_or(json!("unchanged"), credentials::described),
    })
}

/// A seq of the given company, from an event id.
pub(super) fn seq_of(place: impl Into<Place>, company: CompanyId, text: &str) -> Result<Seq, AdminError> {
    match text.parse::<EventId>() {
        Ok(event) if event.company == company => Ok(event.seq),
        Ok(_) => Err(AdminError::invalid(place, Fault::NotInThisCompany)),
        Err(_) => Err(AdminError::invalid(place, Fault::Malformed { expected: Expected::EventId })),
    }
}
