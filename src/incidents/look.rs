//! Everything there is to see, as [`attention`](crate::watch::attention) judges it.

use std::collections::HashMap;

use super::{Incidents, losses};
use crate::delivery::Status;
use crate::delivery::courier::{FailingReason, Failure, Health, PauseReason};
use crate::domain::{CompanyId, MaskedUrl, Timestamp};
use crate::journal::RecorderHealth;
use crate::runtime::{WebhookStand, pause_reason};
use crate::sources;
use crate::store::{Gap, PROCESS_ENDED, Source, StoreError, Webhook};
use crate::watch::attention::{ContactLook, Look, REFUSED_WITHIN, SourceLook, WebhookLook, WebhookState};

/// What somebody sees: all of it, or these companies.
pub struct Scope<'a> {
    pub sees: &'a (dyn Fn(CompanyId) -> bool + Sync),
    /// The machine's own troubles too.
    pub whole: bool,
}

impl Scope<'static> {
    pub const ALL: Scope<'static> = Scope { sees: &|_| true, whole: true };
}

/// What was seen, and the webhooks of which.
pub struct Seen {
    pub look: Look,
    pub webhooks: Vec<Webhook>,
}

impl Incidents {
    /// A look at everything within the scope.
    pub async fn look(&self, scope: &Scope<'_>) -> Result<Seen, StoreError> {
        let mut webhooks = self.store.all_webhooks().await?;
        webhooks.retain(|webhook| (scope.sees)(webhook.company));
        let now = Timestamp::now();
        let mut losses = self.losses(&webhooks, now).await?;
        let mut stands = self.runtime.directory().webhooks(&webhooks).await?;
        let looks = webhooks.iter().map(|webhook| {
            let losses = losses.remove(&webhook.id).unwrap_or_default();
            let stand = stands.remove(&webhook.id).unwrap_or_default();
            WebhookLook { losses, ..webhook_look(webhook, &stand) }
        });
        let sources = self.source_looks(scope).await?;
        let look = Look {
            silences: self.silence_looks(scope, &sources, now).await?,
            contacts: self.contact_looks(scope).await?,
            doors: self.door_looks(scope, &sources, now),
            sources,
            webhooks: looks.collect(),
            disk: self.runtime.disk().filter(|_| scope.whole),
            duties: if scope.whole { self.duties_in_trouble(now) } else { Vec::new() },
            ..self.look_at_the_store(scope)
        };
        Ok(Seen { look, webhooks })
    }

    /// What can be seen without reading anything: whether the database writes.
    pub(super) fn look_at_the_store(&self, scope: &Scope<'_>) -> Look {
        let recorder = match &*self.journal.health().borrow() {
            RecorderHealth::Waiting { reason, since, .. } if scope.whole => Some((reason.as_str(), *since)),
            _ => None,
        };
        Look {
            now: Timestamp::now(),
            watching_since: self.runtime.started_at(),
            sources: Vec::new(),
            webhooks: Vec::new(),
            silences: Vec::new(),
            contacts: Vec::new(),
            doors: Vec::new(),
            disk: None,
            recorder,
            duties: Vec::new(),
        }
    }

    async fn contact_looks(&self, scope: &Scope<'_>) -> Result<Vec<ContactLook>, StoreError> {
        let points = self.store.all_contact_points().await?;
        let seen = points.into_iter().filter(|point| point.company.map_or(scope.whole, scope.sees));
        let failing = seen.filter_map(|point| {
            let last = point.last.filter(|last| !last.taken)?;
            Some(ContactLook { company: point.company, contact: point.id, name: point.name, since: last.at })
        });
        Ok(failing.collect())
    }

    fn duties_in_trouble(&self, now: Timestamp) -> Vec<(&'static str, Timestamp)> {
        let statuses = self.journal.duties().statuses();
        statuses.iter().filter_map(|duty| Some((duty.name, duty.in_trouble_since(now)?))).collect()
    }

    async fn source_looks(&self, scope: &Scope<'_>) -> Result<Vec<SourceLook>, StoreError> {
        let gaps = self.store.open_gaps().await?;
        let of = |gap: Gap| (gap.source, (gap.started_at, gap.reason == PROCESS_ENDED));
        let gaps: HashMap<_, _> = gaps.into_iter().map(of).collect();
        let lately = Timestamp(
            Timestamp::now().0.saturating_sub(i64::try_from(REFUSED_WITHIN.as_micros()).unwrap_or(i64::MAX)),
        );
        let refused = self.store.refusals_since(lately).await?;
        let refused: HashMap<_, _> = refused.into_iter().map(|gap| (gap.source, gap.started_at)).collect();
        let lost = self.store.losses_since(lately).await?;
        let lost: HashMap<_, _> = lost.into_iter().map(|gap| (gap.source, gap.started_at)).collect();
        let unrouted = self.runtime.unrouted(Timestamp::now());
        let unrouted: HashMap<_, _> =
            unrouted.iter().map(|one| (one.source, (one.count, one.since))).collect();
        let mut sources = self.store.all_sources().await?;
        sources.retain(|source| (scope.sees)(source.company));
        let mut stands = self.runtime.directory().sources(&sources).await?;
        let look = |source: Source| {
            let status = stands.remove(&source.id).unwrap_or_default().status;
            let provider = sources::find(source.provider);
            SourceLook {
                company: source.company,
                source: source.id,
                provider: sources::name(source.provider.as_str()),
                served: provider.is_some(),
                door: provider.is_some_and(|provider| provider.way_in().endpoint().is_some()),
                wanted: source.connect,
                state: status.state,
                since: status.since,
                created_at: source.created_at,
                last_event_at: status.last_event_at,
                gap_since: gaps.get(&source.id).map(|(since, _)| *since),
                gap_about: gaps.get(&source.id).is_some_and(|(_, about)| *about),
                refused_since: refused.get(&source.id).copied(),
                lost_since: lost.get(&source.id).copied(),
                unrouted: unrouted.get(&source.id).copied(),
                token_expires_on: provider.and_then(|provider| provider.token_expires_on(&source.config)),
            }
        };
        Ok(sources.into_iter().map(look).collect())
    }
}

/// One webhook, without what it has lost.
pub fn webhook_look(webhook: &Webhook, stand: &WebhookStand) -> WebhookLook {
    let status = &stand.status;
    // The stored pause counts: it has its time, which a restart does not forget.
    let (state, since) = match (pause_reason(webhook), &status.health) {
        (Some(PauseReason::Gone), _) => (WebhookState::Gone, webhook.updated_at),
        (Some(PauseReason::Operator(_)), _) => (WebhookState::Paused, webhook.updated_at),
        (None, Health::Failing { reason: FailingReason::NotStarted }) => {
            (WebhookState::NotStarted, status.since)
        }
        (None, Health::Failing { .. }) => (WebhookState::Failing, status.stands_since()),
        (None, _) => (WebhookState::Well, status.since),
    };
    WebhookLook {
        company: webhook.company,
        webhook: webhook.id,
        destination: destination(&webhook.settings.url),
        state,
        since,
        delivers: stand.live && status.last_success_at.is_some() && status.failing_since.is_none(),
        backlog: stand.backlog,
        cause: status.last_failure.as_ref().map(Failure::cause),
        next_try_at: status.next_try_at,
        troubled: losses::troubled(webhook.company, status),
        others_follow: others_follow(status),
        losses: Vec::new(),
    }
}

/// Whether something was taken after the event began to fail that is named of those that fail.
fn others_follow(status: &Status) -> bool {
    let troubled = status.troubled.as_ref();
    troubled.is_some_and(|event| event.is_aside || status.last_success_at.is_some_and(|at| at > event.since))
}

/// Host and port of an address; the whole of one that has none.
fn destination(url: &MaskedUrl) -> String {
    let of = |parsed: url::Url| {
        let host = parsed.host_str()?.to_owned();
        Some(parsed.port().map_or(host.clone(), |port| format!("{host}:{port}")))
    };
    url::Url::parse(url.as_str()).ok().and_then(of).unwrap_or_else(|| url.as_str().to_owned())
}
