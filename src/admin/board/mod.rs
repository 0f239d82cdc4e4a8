//! What a board on the wall shows of a company: calls that go on, where and with whom, and what became of those of the day.
//!
//! What must hold here:
//! - A figure is of one moment, which the board says. A call that is over by time is over.
//! - What nobody has told is not shown: an agent who is in no call is not free for that, nor for what was told before a connection was
//!   lost; and a queue is one that has had a call today.
//! - Every length is by our clock. The provider's says when something began, but not before we heard of the call, nor after its latest
//!   event: its clock may be wrong by hours, and a wall that says so would be believed.
//! - Nothing is read but calls that go on and ranges of a day, however many calls there have been.

mod day;
mod open;
mod settings;

use std::sync::Arc;
use std::time::Duration;

use super::{Actor, Admin, AdminError, SourceView};
use crate::domain::agent::Presence;
use crate::domain::board::BoardSettings;
use crate::domain::call::CallState;
use crate::domain::{CallId, CompanyId, Key, Lang, Provider, Timestamp};
use crate::incidents::webhook_look;
use crate::sources::board::Door;
use crate::sources::{self, Definition};
use crate::store::{AgentRow, CallFilter, StoredCall};
use crate::texts::Message;
use crate::watch::attention::WebhookState;

pub use day::{BoardDay, BoardDays};
pub use settings::{BoardInput, CommandInput};

/// A call that began longer ago is not looked for: all providers' calls are over after some hours without a word.
const GOES_ON_FOR: Duration = Duration::from_hours(24);
/// Calls that go on and are looked at; of more the newest.
const MOST_OPEN: u32 = 5_000;
/// What an agent was told to do longer ago is not believed.
const BELIEVED_FOR: Duration = Duration::from_hours(12);
/// Agents that are looked at.
const MOST_AGENTS: u32 = 1_000;
/// Calls at doors that are looked at for what was pressed.
const MOST_AT_DOORS: u32 = 50;
/// Calls that are over of one column.
const ENDED: u32 = 3;
/// Events that have come and are in no row of calls yet, of which nothing is said.
const USUALLY_BEHIND: i64 = 1_000;

/// See the module.
#[derive(Debug)]
pub struct BoardView {
    pub now: Timestamp,
    pub sources: Vec<SourceView>,
    pub webhooks: Vec<Trouble>,
    pub settings: BoardSettings,
    pub queues: Vec<BoardQueue>,
    /// Who is in a call, or is known to wait for one or not to, in the order of their names.
    pub agents: Vec<BoardAgent>,
    /// Whether calls are rung at doors here.
    pub has_doors: bool,
    pub doors: Vec<BoardDoor>,
    /// What was pressed at doors within a day, the latest first.
    pub pressed: Vec<BoardPressed>,
    pub groups: Vec<BoardGroup>,
    pub day: Arc<BoardDay>,
    /// Where more calls go on than are looked at: how many are, the newest.
    pub newest: Option<u32>,
    /// Events that are not in these figures yet, where they are many.
    pub behind: Option<i64>,
}

/// A webhook that receives nothing, and since when.
#[derive(Debug)]
pub struct Trouble {
    pub name: String,
    pub since: Timestamp,
}

/// A queue or campaign that calls wait in, or have today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardQueue {
    pub name: Key,
    /// Of the calls that go on; `None` where none does.
    pub provider: Option<Provider>,
    pub waiting: usize,
    /// Since when the one waits that has waited longest.
    pub longest: Option<Timestamp>,
    pub is_late: bool,
    /// Calls that go out, and nobody has answered yet.
    pub dialing: usize,
    pub talking: usize,
}

/// Somebody who is in a call, or has told what it does between calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardAgent {
    pub name: String,
    /// `None` for who is in none.
    pub call: Option<CallId>,
    pub state: AgentState,
    pub since: Timestamp,
    /// Of its call; or what its break is called.
    pub detail: Option<Key>,
}

/// What an agent does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgentState {
    /// The agent's telephone rings.
    Ringing,
    /// The telephone rings that the agent called.
    Calling,
    Talking,
    /// In no call.
    Between(Presence),
}

/// Somebody who rings at a door, or talks there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardDoor {
    pub door: Door,
    pub call: CallId,
    pub rings: bool,
    pub since: Timestamp,
    pub number: Option<Key>,
}

/// What was pressed at a door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardPressed {
    pub keys: Key,
    pub at: Timestamp,
    pub door: Door,
    pub call: CallId,
    pub number: Option<Key>,
}

/// The calls of one provider.
#[derive(Debug)]
pub struct BoardGroup {
    pub provider: Provider,
    pub columns: Vec<BoardColumn>,
    /// The counts of its documents: the type of an event, and the calls that it was the last of these of. Empty where there are none.
    pub stages: Vec<(&'static str, i64)>,
    /// Calls that go on.
    pub open: i64,
}

/// The calls of one state.
#[derive(Debug)]
pub struct BoardColumn {
    pub title: Message,
    pub state: CallState,
    pub count: i64,
    /// Those that have been so for longest; of calls that are over the newest.
    pub calls: Vec<BoardCall>,
}

/// One call in a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardCall {
    pub id: CallId,
    pub number: Option<Key>,
    /// Since when it is so, or when it ended.
    pub since: Timestamp,
}

impl Admin {
    /// A company's board. Its day begins at `midnight`.
    pub async fn board(
        &self,
        actor: &Actor,
        lang: Lang,
        company: CompanyId,
        midnight: Timestamp,
    ) -> Result<BoardView, AdminError> {
        let now = Timestamp::now();
        let sources = self.sources(actor, lang, company).await?;
        let settings = self.store.board_settings(company).await?;
        let mut calls = self.store.open_calls(company, before(now, GOES_ON_FOR), now, MOST_OPEN + 1).await?;
        let newest = (calls.len() > MOST_OPEN as usize).then_some(MOST_OPEN);
        calls.truncate(MOST_OPEN as usize);
        let day = self.board_days.of(&self.store, company, midnight, now).await?;
        let providers = providers(&sources);
        let has_doors = providers.iter().any(|provider| provider.board().is_some_and(|it| it.door.is_some()));
        let mut groups = Vec::new();
        for provider in &providers {
            groups.extend(self.group(*provider, company, &calls, midnight, now).await?);
        }
        // Those of whose calls the documents count more stand before the others.
        groups.sort_by_key(|group| group.stages.is_empty());
        let behind = self.journal.head(company).0 - self.store.calls_up_to(company).await?.0;
        Ok(BoardView {
            now,
            queues: open::queues(&calls, &day.queues, settings.late_after, now),
            agents: open::agents(&calls, &self.between_calls(company, &sources, now).await?, now),
            doors: open::doors(&calls, now),
            pressed: if has_doors { self.pressed(&providers, company, now).await? } else { Vec::new() },
            webhooks: self.troubles(company).await?,
            behind: (behind > USUALLY_BEHIND).then_some(behind),
            sources,
            settings,
            has_doors,
            groups,
            day,
            newest,
        })
    }

    async fn group(
        &self,
        provider: &dyn Definition,
        company: CompanyId,
        calls: &[StoredCall],
        midnight: Timestamp,
        now: Timestamp,
    ) -> Result<Option<BoardGroup>, AdminError> {
        let Some(board) = provider.board().filter(|board| !board.columns.is_empty()) else { return Ok(None) };
        let id = provider.identity().id;
        let of_it: Vec<&StoredCall> = calls.iter().filter(|stored| stored.provider == id).collect();
        let mut group = open::group(board, id, &of_it, now);
        if let Some(last) = group.columns.iter_mut().find(|column| column.state == CallState::Finished) {
            let since = self.store.count_calls_since(company, id, midnight).await?;
            let go_on = of_it.iter().filter(|stored| stored.call.heard_at >= midnight).count();
            // Two looks: what has begun between them is not over yet.
            last.count = (since - i64::try_from(go_on).unwrap_or(i64::MAX)).max(0);
            let filter = CallFilter {
                provider: Some(id),
                state: Some(CallState::Finished),
                from: Some(midnight),
                ..CallFilter::default()
            };
            let ended = self.store.calls(company, &filter, None, now, ENDED).await?;
            last.calls = ended.calls.iter().map(open::ended).collect();
            if let Some((_, count)) = group.stages.last_mut() {
                *count = last.count;
            }
        }
        Ok(Some(group))
    }

    async fn pressed(
        &self,
        providers: &[&'static dyn Definition],
        company: CompanyId,
        now: Timestamp,
    ) -> Result<Vec<BoardPressed>, AdminError> {
        let mut pressed = Vec::new();
        for provider in providers {
            let Some(door) = provider.board().and_then(|board| board.door) else { continue };
            let filter = CallFilter {
                provider: Some(provider.identity().id),
                from: Some(before(now, GOES_ON_FOR)),
                ..CallFilter::default()
            };
            let found = self.store.calls(company, &filter, None, now, MOST_AT_DOORS).await?;
            pressed.extend(found.calls.iter().flat_map(|stored| open::pressed(stored, door)));
        }
        pressed.sort_by_key(|pressed| std::cmp::Reverse(pressed.at));
        Ok(pressed)
    }

    /// What agents do between calls, as far as it is known: over a line nothing is known of the time before it was connected.
    async fn between_calls(
        &self,
        company: CompanyId,
        sources: &[SourceView],
        now: Timestamp,
    ) -> Result<Vec<AgentRow>, AdminError> {
        let mut rows = self.store.agents_since(company, before(now, BELIEVED_FOR), MOST_AGENTS).await?;
        rows.retain(|row| {
            let source = sources.iter().find(|source| source.id == row.source.to_string());
            source.is_some_and(|source| {
                let since = source.status.since.as_deref().and_then(|since| since.parse().ok());
                let is_line = source.path.is_none();
                source.status.state == "connected"
                    && (!is_line || since.is_some_and(|since| row.since >= since))
            })
        });
        Ok(rows)
    }

    /// The webhooks that receive nothing.
    async fn troubles(&self, company: CompanyId) -> Result<Vec<Trouble>, AdminError> {
        let webhooks = self.store.webhooks(company).await?;
        let mut stands = self.runtime.directory().webhooks(&webhooks).await?;
        let trouble = |webhook: &crate::store::Webhook| {
            let look = webhook_look(webhook, &stands.remove(&webhook.id).unwrap_or_default());
            let is_one =
                matches!(look.state, WebhookState::Failing | WebhookState::NotStarted | WebhookState::Gone);
            is_one.then(|| Trouble { name: webhook.settings.name.to_string(), since: look.since })
        };
        Ok(webhooks.iter().filter_map(trouble).collect())
    }
}

fn before(now: Timestamp, long: Duration) -> Timestamp {
    Timestamp(now.0.saturating_sub(i64::try_from(long.as_micros()).unwrap_or(i64::MAX)))
}

/// The providers of these sources, each once, in the order of the program's list.
fn providers(sources: &[SourceView]) -> Vec<&'static dyn Definition> {
    let is_here = |provider: &&'static dyn Definition| {
        sources.iter().any(|source| source.provider == provider.identity().id.as_str())
    };
    sources::PROVIDERS.iter().copied().filter(is_here).collect()
}
