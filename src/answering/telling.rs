//! The duty that tells the journal what came of actions.
//!
//! What must hold here: what came of an action is an event once. It has a duplicate key of its own, so that one which was appended a moment
//! before a crash is not appended again.

use std::time::Duration;

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tracing::warn;

use super::acting::leave;
use crate::domain::action::{Action, ActionState};
use crate::domain::{Draft, EventFlags, Keys, Label, Timestamp};
use crate::duties::{Done, Duty, Rhythm, Spec};
use crate::journal::Journal;
use crate::sources::{self, Definition};
use crate::store::StoreError;

/// What is left lying, as after a crash, is looked for this often.
const LOOK_EVERY: Duration = Duration::from_secs(1);
pub const SPEC: Spec = Spec::new("actions", Rhythm::After(LOOK_EVERY));
/// Told in one run.
const MOST: u32 = 256;

/// See the module.
pub struct Telling {
    journal: Journal,
}

impl Telling {
    pub fn new(journal: Journal) -> Self {
        Self { journal }
    }

    async fn tell_all(&self) -> Result<usize, StoreError> {
        let now = Timestamp::now();
        let mut told = 0;
        for action in self.journal.store().untold_actions(now, MOST).await? {
            // What is another process's that one tells.
            let Some(company) = self.journal.owned(action.of.company) else { continue };
            let action =
                if action.state == ActionState::Due { self.left(action, now).await? } else { action };
            if let Some(draft) = draft(&action) {
                let appended = match self.journal.append(&company, vec![draft]).await {
                    Ok(receipt) => receipt.await.map(drop),
                    Err(error) => Err(error),
                };
                if let Err(error) = appended {
                    let of = &action.of;
                    warn!(company = %of.company, source = %of.source, %error, "what came of an action is not told yet");
                    continue;
                }
            }
            self.journal
                .control(move |tx| {
                    Box::pin(async move { tx.save_action(&Action { told: true, ..action }).await })
                })
                .await?;
            told += 1;
        }
        Ok(told)
    }

    async fn left(&self, action: Action, now: Timestamp) -> Result<Action, StoreError> {
        self.journal.control(move |tx| Box::pin(async move { leave(tx, action, now).await })).await
    }
}

impl Duty for Telling {
    async fn run(&mut self) -> Done {
        match self.tell_all().await {
            Ok(told) => Done::counted("actions", told),
            Err(error) => Done::failed(error),
        }
    }
}

/// `None` for a provider that this version does not serve.
fn draft(action: &Action) -> Option<Draft> {
    let acting = sources::find(action.provider).and_then(Definition::acting)?;
    let what = if action.state == ActionState::Sent { "sent" } else { "failed" };
    let name = format!("{}.{what}", action.name);
    let payload = acting.told(&name, action).to_string();
    Some(Draft {
        source: action.of.source,
        provider: action.provider,
        session: None,
        payload: Bytes::from(payload),
        name: Label::from(name),
        lane: Some(Label::from(action.of.call.clone())),
        received_at: action.came.as_ref().map_or(action.asked_at, |came| came.at),
        keys: Keys { call: Some(action.of.call.clone()), ..Keys::default() },
        flags: EventFlags::default(),
        extra: None,
        dedupe: Some(key(action)),
    })
}

/// Within a source there is no other event with this one.
fn key(action: &Action) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"what came of an action\0");
    hash.update(action.number.to_be_bytes());
    hash.update(action.of.call.as_bytes());
    hash.finalize().into()
}
