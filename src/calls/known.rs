//! The calls that a stretch of events speaks of: those that have a row, and those that it begins.

use ahash::{AHashMap, AHashSet};

use super::projector::Heard;
use crate::domain::call::{Call, Which};
use crate::domain::{Key, SourceId, Timestamp};
use crate::store::{CallBuild, CallRow, Changed, OfGroup, Store, StoreError, StoredCall};

/// See the module.
pub(super) struct Known {
    build: CallBuild,
    calls: Vec<Entry>,
    by_id: AHashMap<(SourceId, Key), usize>,
    by_group: AHashMap<(SourceId, Key), Vec<usize>>,
}

struct Entry {
    stored: StoredCall,
    /// As its row has it; `None` for a call that this stretch begins.
    before: Option<Call>,
    heard: bool,
}

impl Known {
    /// Reads the rows of all calls that are spoken of.
    pub async fn load(store: &Store, build: CallBuild, heard: &[Heard<'_>]) -> Result<Self, StoreError> {
        let mut known = Self { build, calls: Vec::new(), by_id: AHashMap::new(), by_group: AHashMap::new() };
        let mut ids: AHashSet<(SourceId, &str)> = AHashSet::new();
        let mut groups: AHashMap<(SourceId, &str), (Timestamp, Timestamp)> = AHashMap::new();
        for Heard { event, said, .. } in heard {
            match &said.of {
                Which::Id(id) => drop(ids.insert((event.source, &**id))),
                Which::Newest { group, since, otherwise } => {
                    ids.insert((event.source, &**otherwise));
                    let begun = groups.entry((event.source, &**group)).or_insert((*since, said.at));
                    *begun = (begun.0.min(*since), begun.1.max(said.at));
                }
            }
        }
        let ids: Vec<_> = ids.into_iter().collect();
        for stored in store.calls_by_id(build, &ids).await? {
            known.add(stored.clone(), Some(stored.call));
        }
        for ((source, group), begun) in groups {
            for stored in store.calls_of_group(build, &OfGroup { source, group, begun }).await? {
                if known.place(source, &stored.call.id).is_none() {
                    known.add(stored.clone(), Some(stored.call));
                }
            }
        }
        Ok(known)
    }

    /// What was written of a stretch that was broken off is not heard twice.
    pub fn hear(&mut self, heard: &Heard<'_>) {
        let Heard { event, said, model } = heard;
        if self.has_heard(heard) {
            return;
        }
        let at = match &said.of {
            Which::Id(id) => self.place(event.source, id).ok_or_else(|| id.clone()),
            Which::Newest { group, since, otherwise } => self
                .newest((event.source, group), *since, said.at)
                .or_else(|| self.place(event.source, otherwise))
                .ok_or_else(|| otherwise.clone()),
        };
        let at = at.unwrap_or_else(|id| {
            let stored = StoredCall {
                company: self.build.company,
                provider: event.provider,
                call: Call::new(event, id),
            };
            self.add(stored, None)
        });
        let entry = &mut self.calls[at];
        entry.heard = true;
        let had_group = entry.stored.call.group.is_some();
        entry.stored.call.hear(event, said, *model);
        if let (false, Some(group)) = (had_group, entry.stored.call.group.clone()) {
            self.by_group.entry((event.source, group)).or_default().push(at);
        }
    }

    fn has_heard(&self, Heard { event, said, .. }: &Heard<'_>) -> bool {
        let has = |at: &usize| self.calls[*at].stored.call.has_heard(event.seq);
        match &said.of {
            Which::Id(id) => self.place(event.source, id).is_some_and(|at| has(&at)),
            Which::Newest { group, otherwise, .. } => {
                let of_group = self.by_group.get(&(event.source, group.clone()));
                of_group.is_some_and(|of_group| of_group.iter().any(has))
                    || self.place(event.source, otherwise).is_some_and(|at| has(&at))
            }
        }
    }

    /// Every call that was heard of, with how it differs from its row.
    pub fn changed(self) -> Vec<CallRow> {
        let changed = |Entry { stored, before, heard }| {
            heard.then(|| {
                let how = before.map_or(Changed::New, |before: Call| Changed::between(&before, &stored.call));
                CallRow::of(stored, how)
            })
        };
        self.calls.into_iter().filter_map(changed).collect()
    }

    fn add(&mut self, stored: StoredCall, before: Option<Call>) -> usize {
        let at = self.calls.len();
        self.by_id.insert((stored.call.source, stored.call.id.clone()), at);
        if let Some(group) = &stored.call.group {
            self.by_group.entry((stored.call.source, group.clone())).or_default().push(at);
        }
        self.calls.push(Entry { stored, before, heard: false });
        at
    }

    fn place(&self, source: SourceId, id: &Key) -> Option<usize> {
        self.by_id.get(&(source, id.clone())).copied()
    }

    /// The newest call of a group that had begun at that time, not before `since`, and had not ended before it.
    fn newest(&self, (source, group): (SourceId, &Key), since: Timestamp, at: Timestamp) -> Option<usize> {
        let of_group = self.by_group.get(&(source, group.clone()))?;
        let begun = |place: &&usize| {
            let times = self.calls[**place].stored.call.times;
            let has_begun = times.new.is_some_and(|new| since <= new && new <= at);
            has_begun && times.ended.is_none_or(|ended| ended >= at)
        };
        // Of two that began together the one that was heard of later: the same in whatever stretches they are read.
        let newest = |place: &&usize| {
            let stored = &self.calls[**place].stored;
            (stored.call.times.new, stored.seq())
        };
        of_group.iter().filter(begun).max_by_key(newest).copied()
    }
}
