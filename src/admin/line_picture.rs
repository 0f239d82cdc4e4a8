//! A company's line as one picture: what comes in, and what goes out to each webhook.

use std::cmp::Reverse;

use super::{Actor, Admin, AdminError, PauseReason, SourceView};
use crate::delivery::courier::{Failure, Health};
use crate::domain::{Backlog, CompanyId, Lang, Timestamp};
use crate::runtime::{WebhookStand, pause_reason};
use crate::store::Webhook;

/// See the module.
pub struct LinePicture {
    pub sources: Vec<SourceView>,
    /// Of the last minute, all sources together.
    pub events_a_minute: u64,
    /// Worst first.
    pub webhooks: Vec<WebhookPicture>,
}

/// One way out.
#[derive(Clone)]
pub struct WebhookPicture {
    pub id: String,
    pub name: String,
    pub flow: Flow,
    /// Whether something of it was ever delivered, and whether something failed.
    pub delivered: bool,
    pub failed: bool,
    /// Requests of the last minute that were answered with 2xx.
    pub delivered_a_minute: u64,
    pub backlog: Backlog,
    /// What its endpoint does instead of taking events, or why it is paused.
    pub why: Option<String>,
    pub next_try_at: Option<Timestamp>,
}

/// How it goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flow {
    Flows,
    Paused,
    /// Asked to wait, or sent to at the pace that it takes.
    Slow,
    /// Refusing some of what it is sent.
    Unsteady,
    Fails,
}

impl Flow {
    pub fn as_str(self) -> &'static str {
        match self {
            Flow::Flows => "flows",
            Flow::Paused => "paused",
            Flow::Slow => "slow",
            Flow::Unsteady => "unsteady",
            Flow::Fails => "fails",
        }
    }
}

impl Admin {
    /// Of everything that the company has.
    pub async fn line_picture(
        &self,
        actor: &Actor,
        lang: Lang,
        company: CompanyId,
    ) -> Result<LinePicture, AdminError> {
        let sources = self.sources(actor, lang, company).await?;
        let webhooks = self.store.webhooks(company).await?;
        let stands = self.runtime.directory().webhooks(&webhooks).await?;
        let pace = self.runtime.pace(|one| one == company);
        let picture = |webhook: &Webhook| {
            let stand = stands.get(&webhook.id).cloned().unwrap_or_default();
            let (lasted, delivered) = self.runtime.webhook_pace(webhook.id);
            let delivered_a_minute = crate::runtime::per_minute(delivered, lasted);
            WebhookPicture { delivered_a_minute, ..of(webhook, &stand, lang) }
        };
        let mut webhooks: Vec<_> = webhooks.iter().map(picture).collect();
        webhooks.sort_by_key(|one| (Reverse(one.flow), Reverse(one.backlog.events), one.name.clone()));
        Ok(LinePicture { sources, events_a_minute: pace.per_minute(pace.events), webhooks })
    }
}

fn of(webhook: &Webhook, stand: &WebhookStand, lang: Lang) -> WebhookPicture {
    let paused = pause_reason(webhook);
    let flow = match (&paused, &stand.status.health) {
        (Some(_), _) | (None, Health::Paused { .. }) => Flow::Paused,
        (None, Health::Failing { .. }) => Flow::Fails,
        (None, Health::Unstable { .. }) => Flow::Unsteady,
        (None, Health::Slow { .. }) => Flow::Slow,
        (None, Health::Healthy) => Flow::Flows,
    };
    let cause = || stand.status.last_failure.as_ref().map(Failure::cause).map(|cause| cause.text(lang));
    WebhookPicture {
        id: webhook.id.to_string(),
        name: webhook.settings.name.to_string(),
        flow,
        delivered: stand.status.last_success_at.is_some(),
        failed: stand.status.last_failure_at.is_some(),
        delivered_a_minute: 0,
        backlog: stand.backlog,
        why: match paused {
            Some(PauseReason::Operator(note)) => Some(note).filter(|note| !note.is_empty()),
            Some(PauseReason::Gone) => {
                Some(crate::texts::say(lang, "cause-status").with("status", "410").text())
            }
            None => match &stand.status.health {
                // Its share of the last hour says more than its last failure, which others have followed.
                health @ Health::Unstable { .. } => Some(health.message(None).text(lang)),
                Health::Failing { .. } | Health::Slow { .. } => cause(),
                Health::Healthy | Health::Paused { .. } => None,
            },
        },
        next_try_at: stand.status.next_try_at.filter(|_| flow == Flow::Fails),
    }
}
