//! The consumer that makes calls of events.

use ahash::AHashMap;

use crate::domain::call::{CallModel, Said};
use crate::domain::{Event, Key, Pattern, Seq, SourceId};
use crate::journal::{Consumer, Outlived, Page, Part, ReadLimit, Rows, Start};
use crate::sources::{self, PROVIDERS};
use crate::store::{CallBuild, CallRow, Store, StoreError, Tx};

use super::known::Known;

/// What is read at once: a call has several events, and the more of them come together, the fewer rows are written for it.
const PAGE: ReadLimit = ReadLimit { items: 1_000, bytes: 1 << 20 };
/// Rows that are written together at least.
const PART: usize = 32;

/// One stretch of a company's journal, on its way into the table of calls.
pub struct Calls {
    store: Store,
    build: CallBuild,
}

/// What an event says of a call, and whose words these are.
pub struct Heard<'a> {
    pub event: &'a Event,
    pub said: Said,
    pub model: &'static dyn CallModel,
}

impl Consumer for Calls {
    const NAME: &'static str = "calls";
    const VERSION: i32 = 3;

    fn wants() -> Vec<Pattern> {
        let mut wanted: Vec<Pattern> = Vec::new();
        for pattern in PROVIDERS.iter().filter_map(|provider| provider.calls()).flat_map(CallModel::wants) {
            if !wanted.contains(&pattern) {
                wanted.push(pattern);
            }
        }
        wanted
    }

    async fn begin(start: &Start<'_>) -> Result<Self, StoreError> {
        let build = CallBuild { company: start.company, number: start.build };
        Ok(Self { store: start.journal.store().clone(), build })
    }

    fn room(&self) -> ReadLimit {
        PAGE
    }

    async fn take(&mut self, page: &Page) -> Result<Option<Rows>, StoreError> {
        let (up_to, number) = (Seq(page.next.0 - 1), self.build.number);
        let heard: Vec<Heard<'_>> = page.events.iter().filter_map(|event| heard(event)).collect();
        if heard.is_empty() {
            return Ok(Some(Rows::none(up_to)));
        }
        let mut known = Known::load(&self.store, self.build, &heard).await?;
        for heard in &heard {
            known.hear(heard);
        }
        let part = |rows: Vec<CallRow>| {
            Part::often(rows.len(), move |tx| Box::pin(async move { tx.put_calls(number, &rows).await }))
        };
        Ok(Some(Rows::in_parts(up_to, in_parts(known.changed()).into_iter().map(part).collect())))
    }

    async fn forget(tx: &mut Tx<'_>, outlived: Outlived, limit: u32) -> Result<u64, StoreError> {
        let Outlived { company, oldest, read } = outlived;
        // What people had done with calls goes with them.
        let actions = tx.forget_actions(company, oldest, limit).await?;
        Ok(actions + tx.forget_calls(company, oldest, read, limit).await?)
    }
}

/// Parts that may be written one after the other. The calls of one group come together: which of them an event is of is said by all of
/// them as they were when it came.
fn in_parts(changed: Vec<CallRow>) -> Vec<Vec<CallRow>> {
    let mut by_group: AHashMap<(SourceId, Key), Vec<CallRow>> = AHashMap::new();
    let mut parts: Vec<Vec<CallRow>> = Vec::new();
    let mut part = Vec::with_capacity(PART);
    let mut add = |calls: Vec<CallRow>| {
        part.extend(calls);
        if part.len() >= PART {
            parts.push(std::mem::replace(&mut part, Vec::with_capacity(PART)));
        }
    };
    for one in changed {
        let call = one.call();
        match call.group.clone() {
            Some(group) => by_group.entry((call.source, group)).or_default().push(one),
            None => add(vec![one]),
        }
    }
    by_group.into_values().for_each(add);
    parts.push(part);
    parts.retain(|part| !part.is_empty());
    parts
}

/// What an event says of a call, if it says anything of one.
pub fn heard(event: &Event) -> Option<Heard<'_>> {
    let model = sources::find(event.provider)?.calls()?;
    Some(Heard { event, said: model.read(event)?, model })
}
