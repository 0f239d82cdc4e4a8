//! What became of many events at several webhooks: gathered in a few statements for a whole page, however many there are, and
//! judged by the code that judges one of them at one webhook ([`verdict`](crate::delivery::verdict::verdict)).

use std::collections::{BTreeMap, HashMap};

use super::fates::Witness;
use super::{Admin, AdminError};
use crate::delivery::courier::PauseReason;
use crate::delivery::subscription::Revisions;
use crate::delivery::verdict::Evidence;
use crate::domain::{Event, Seq, WebhookId};
use crate::runtime::pause_reason;
use crate::store::{AttemptRow, HeldRow, Skip, Stretch, Webhook};

/// What is known of the events of a page at the webhooks that may have got them.
#[derive(Default)]
pub(super) struct PageOfFates {
    held: HashMap<(WebhookId, Seq), HeldRow>,
    successes: HashMap<(WebhookId, Seq), Vec<AttemptRow>>,
    skips: Vec<Skip>,
    paused: HashMap<WebhookId, PauseReason>,
}

impl PageOfFates {
    /// `asked` is each event at each webhook.
    pub async fn gather(
        admin: &Admin,
        asked: &[(WebhookId, Seq)],
        webhooks: impl Iterator<Item = &Webhook>,
    ) -> Result<Self, AdminError> {
        let mut stretches: BTreeMap<WebhookId, Stretch> = BTreeMap::new();
        for (webhook, seq) in asked.iter().copied() {
            let stretch = stretches.entry(webhook).or_insert(Stretch { webhook, from: seq, to: seq });
            (stretch.from, stretch.to) = (stretch.from.min(seq), stretch.to.max(seq));
        }
        let stretches: Vec<Stretch> = stretches.into_values().collect();
        let mut successes: HashMap<_, Vec<AttemptRow>> = HashMap::new();
        for row in admin.store.successes_at(asked).await? {
            successes.entry((row.webhook, row.seq)).or_default().push(row);
        }
        let held = admin.store.held_at(asked).await?;
        Ok(Self {
            held: held.into_iter().map(|row| ((row.webhook, row.seq), row)).collect(),
            successes,
            skips: admin.store.skipped_by_hand(&stretches).await?,
            paused: webhooks.filter_map(|webhook| Some((webhook.id, pause_reason(webhook)?))).collect(),
        })
    }

    /// What is known of one event at one webhook.
    pub fn evidence<'a>(&'a self, seq: Seq, event: Option<&'a Event>, witness: &'a Witness) -> Evidence<'a> {
        let webhook = witness.webhook.id;
        let covers = |skip: &&Skip| skip.webhook == webhook && (skip.from..=skip.to).contains(&seq);
        Evidence {
            seq,
            event,
            revisions: &witness.revisions,
            cursor: witness.cursor,
            attempts: self.successes.get(&(webhook, seq)).map_or(&[], Vec::as_slice),
            held: self.held.get(&(webhook, seq)),
            skipped: self.skips.iter().find(covers).map(|skip| (skip.from, skip.to)),
            paused: self.paused.get(&webhook),
        }
    }
}

impl Admin {
    /// What is the same for all events of each of these webhooks, in a few statements for all of them.
    pub(super) async fn witnesses(&self, webhooks: Vec<Webhook>) -> Result<Vec<Witness>, AdminError> {
        let ids: Vec<WebhookId> = webhooks.iter().map(|webhook| webhook.id).collect();
        let settled: HashMap<WebhookId, Seq> = self.store.settled_of(&ids).await?.into_iter().collect();
        let mut revisions: HashMap<WebhookId, Vec<_>> = HashMap::new();
        for (webhook, revision) in self.store.revisions_of(&ids).await? {
            revisions.entry(webhook).or_default().push(revision);
        }
        let witness = |webhook: Webhook| {
            let revisions = Revisions::new(revisions.remove(&webhook.id)?)?;
            let cursor = settled.get(&webhook.id).copied().unwrap_or_default();
            Some(Witness { webhook, revisions, cursor })
        };
        Ok(webhooks.into_iter().filter_map(witness).collect())
    }
}
