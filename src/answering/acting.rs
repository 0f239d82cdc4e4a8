//! One action, from the wish to the provider's answer.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::ringing::Ringing;
use super::telling::SPEC;
use crate::domain::action::{Action, ActionState, Came, Pace, Verdict};
use crate::domain::decision::OfCall;
use crate::domain::{CompanyId, Event, Timestamp};
use crate::journal::Journal;
use crate::net::provider::ProviderClient;
use crate::ownership::Owned;
use crate::sources::Order;
use crate::sources::acting::{Access, Acting, Wish, WishFault};
use crate::store::{AuditEntry, StoreError, StoredCall, Tx};

/// Before a result is written once more for which the database had no answer.
const WRITE_AGAIN: Duration = Duration::from_millis(200);
/// How often it is asked what came of an action that somebody else waits for too.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// Beyond the provider's time, what is not settled was left behind by a program that ended.
const SETTLED_WITHIN: Duration = Duration::from_secs(10);
/// A program that ended while it was under way.
const LEFT: &str = "interrupted";

/// What somebody asks for.
#[derive(Debug, Clone)]
pub struct Asked {
    pub call: StoredCall,
    /// The first of its events.
    pub events: Vec<Arc<Event>>,
    pub wish: Wish,
    /// For one person only.
    pub exclusive: bool,
    pub by: String,
    /// Chosen by who asks.
    pub attempt: String,
}

/// Why nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum Undone {
    #[error("the wish cannot be sent: {}", .0.field)]
    Wish(WishFault),
    #[error("the source of the call has no access for it")]
    NoAccess,
    #[error("this process does not have the company now")]
    Elsewhere,
    /// Somebody else has it.
    #[error("{} has it", .0.by)]
    Held(Box<Action>),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Has it, sends it until the provider's word is final, and writes down what came of it with the line of the audit log that is made of that.
pub async fn act(
    (journal, ringing): (&Journal, &Ringing),
    client: &ProviderClient,
    company: &Owned<CompanyId>,
    acting: &'static dyn Acting,
    asked: Asked,
    audit: impl FnOnce(&Action) -> AuditEntry + Send + 'static,
) -> Result<Action, Undone> {
    let source = asked.call.call.source;
    let config = journal.store().source(source).await?.ok_or(Undone::NoAccess)?.config;
    let secrets = journal.store().source_secrets(source).await?;
    let access = Access { config: &config, secrets: &secrets };
    let order = acting.order(&access, &asked.events, &asked.wish).map_err(Undone::Wish)?;
    let order = order.ok_or(Undone::NoAccess)?;
    if !company.is_held() {
        return Err(Undone::Elsewhere);
    }
    let action = match begin(journal, acting.pace(), asked).await? {
        Begun::New(action) => action,
        // Begun by a program that ended since: the provider may take it still. What this one is doing is not done twice.
        Begun::Known(action)
            if action.state == ActionState::Due && ringing.is_from_before(action.asked_at) =>
        {
            action
        }
        Begun::Known(action) if action.state == ActionState::Due => return Ok(ended(journal, action).await?),
        Begun::Known(action) => return Ok(action),
        Begun::Held(action) => return Err(Undone::Held(Box::new(action))),
    };
    if action.exclusive {
        ringing.hold(&action.of, Some(action.by.clone()));
    }
    // It goes on also when nobody waits for it any more: what was begun has an end.
    let (journal, ringing, client) = (journal.clone(), ringing.clone(), client.clone());
    let settled = tokio::spawn(async move {
        let (state, came) = tell(&client, acting, &order).await;
        let (of, is_free) = (action.of.clone(), action.exclusive && state == ActionState::Failed);
        let ended = settle(&journal, action, state, came, audit).await;
        // Once it is written: who asks now can have it.
        if is_free {
            ringing.hold(&of, None);
        }
        // It tells what came of it.
        journal.duties().wake(SPEC.name);
        ended
    });
    let ended = settled
        .await
        .map_err(|error| StoreError::Rejected { detail: format!("a defect of this program: {error}") })?;
    Ok(ended?)
}

/// What comes of an action that is under way.
async fn ended(journal: &Journal, action: Action) -> Result<Action, StoreError> {
    let mut known = action;
    while known.state == ActionState::Due && !known.is_left(Timestamp::now()) {
        sleep(LOOK_AGAIN).await;
        let all = journal.store().actions(&known.of).await?;
        let Some(now) = all.into_iter().find(|one| one.number == known.number) else { break };
        known = now;
    }
    Ok(known)
}

enum Begun {
    New(Action),
    /// The same was asked for before.
    Known(Action),
    Held(Action),
}

async fn begin(journal: &Journal, pace: &Pace, asked: Asked) -> Result<Begun, StoreError> {
    let now = Timestamp::now();
    let until = now.plus(pace.within + pace.patience + SETTLED_WITHIN);
    journal
        .control(move |tx| {
            Box::pin(async move {
                let Asked { call, wish, exclusive, by, attempt, .. } = asked;
                let of =
                    OfCall { company: call.company, source: call.call.source, call: call.call.id.clone() };
                let all = tx.actions(&of).await?;
                let same = |action: &&Action| action.name == wish.action && action.attempt == attempt;
                if let Some(known) = all.iter().rev().find(same).filter(|known| !known.is_left(now)) {
                    return Ok(Begun::Known(known.clone()));
                }
                for left in all.iter().filter(|action| action.is_left(now)) {
                    leave(tx, left.clone(), now).await?;
                }
                let held = all.iter().find(|action| action.is_held() && !action.is_left(now));
                if let Some(held) = held.filter(|_| exclusive) {
                    return Ok(Begun::Held(held.clone()));
                }
                let action = Action {
                    of,
                    number: all.last().map_or(0, |last| last.number) + 1,
                    provider: call.provider,
                    call: call.seq(),
                    name: wish.action,
                    exclusive,
                    by,
                    attempt,
                    asked_at: now,
                    until,
                    state: ActionState::Due,
                    came: None,
                    told: false,
                };
                tx.put_action(&action).await?;
                Ok(Begun::New(action))
            })
        })
        .await
}

/// Nobody knows what came of it.
pub(super) async fn leave(tx: &mut Tx<'_>, mut action: Action, now: Timestamp) -> Result<Action, StoreError> {
    action.end(ActionState::Failed, Came { at: now, status: None, error: Some(LEFT.to_owned()), tries: 0 });
    tx.save_action(&action).await?;
    Ok(action)
}

/// Tells the provider, again while it may take it.
async fn tell(client: &ProviderClient, acting: &dyn Acting, order: &Order) -> (ActionState, Came) {
    let (pace, began, mut tries) = (acting.pace(), Instant::now(), 0);
    loop {
        tries += 1;
        let (verdict, status, said) = once(client, acting, order, pace.patience).await;
        let came = Came { at: Timestamp::now(), status, error: said, tries };
        let pause = pace.pause(tries);
        match verdict {
            Verdict::Taken => return (ActionState::Sent, came),
            Verdict::Again if began.elapsed() + pause < pace.within => sleep(pause).await,
            Verdict::Again | Verdict::Gone | Verdict::Refused => return (ActionState::Failed, came),
        }
    }
}

/// One request. What is told of it holds neither the address nor a secret.
async fn once(
    client: &ProviderClient,
    acting: &dyn Acting,
    order: &Order,
    patience: Duration,
) -> (Verdict, Option<u16>, Option<String>) {
    match order.send(client, patience, |status| acting.answered(status, b"").0 == Verdict::Taken).await {
        Ok(reply) => {
            let (verdict, said) = acting.answered(reply.status, &reply.body);
            (verdict, Some(reply.status), said.filter(|said| !order.is_repeated_in(said)))
        }
        // It may have arrived: a provider that takes the same thing twice says so.
        Err(word) => {
            let verdict = if word == "not_permitted" { Verdict::Refused } else { Verdict::Again };
            (verdict, None, Some(word.to_owned()))
        }
    }
}

async fn settle(
    journal: &Journal,
    action: Action,
    state: ActionState,
    came: Came,
    audit: impl FnOnce(&Action) -> AuditEntry,
) -> Result<Action, StoreError> {
    let mut ended = action;
    ended.end(state, came);
    let line = audit(&ended);
    loop {
        let (action, line) = (ended.clone(), line.clone());
        let written = journal.control(move |tx| {
            Box::pin(async move {
                tx.save_action(&action).await?;
                tx.audit(&line).await
            })
        });
        match written.await {
            Err(error) if error.is_passing() => sleep(WRITE_AGAIN).await,
            written => return written.map(|()| ended),
        }
    }
}
