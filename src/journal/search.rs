//! Finding events: by call, phone, agent, chat, name, time and free text, newest first; the place of a time.
//!
//! Sealed blocks that cannot match are passed over without looking at an event; through the rest, and what is in no block
//! yet, the database looks stretch by stretch, and only what it finds is read. A search that takes too long stops and says
//! where to go on. Each stretch is a short statement behind the fair semaphores of `reader`, so a search never holds up a
//! courier for longer than that. `cargo bench --bench journal -- search` says how long it all takes.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use memchr::memmem::Finder;

use super::blocks::{BLOCKS_A_STATEMENT, has_wanted};
use super::indexer::first_unsealed;
use super::{Journal, ReadLimit};
use crate::domain::{CompanyId, Event, Pattern, Seq, Timestamp};
use crate::store::{Block, EVER, EventFilter, SPELLINGS, StoreError};

/// Events that one statement looks through: some five milliseconds of free text.
const STRETCH_EVENTS: i64 = 4_096;
const PAGE: ReadLimit = ReadLimit { items: 256, bytes: 4 << 20 };
/// After this a search stops and offers to go on.
pub const SEARCH_TIME: Duration = Duration::from_secs(2);
/// So long a search goes on when its page is full, to see whether there is a next one.
const LOOK_ON: Duration = Duration::from_millis(50);
/// A part of a text this long, which is spelled in one way only, stands for all of it in the first look.
const TELLING: usize = 4;
/// Bytes of payload in one answer.
const ANSWER_BYTES: usize = 8 << 20;

/// What an event may be found by without reading payloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyKind {
    Call,
    /// Digits only.
    Phone,
    Agent,
    Chat,
}

impl KeyKind {
    /// The letter of [`Keys::iter`](crate::domain::Keys::iter).
    pub fn letter(self) -> char {
        match self {
            KeyKind::Call => 'c',
            KeyKind::Phone => 'p',
            KeyKind::Agent => 'a',
            KeyKind::Chat => 'h',
        }
    }
}

/// What to look for in one company's journal; all that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchFilter {
    pub key: Option<(KeyKind, String)>,
    /// Any of these names; empty for all.
    pub names: Vec<Pattern>,
    /// Received at this moment or later.
    pub from: Option<Timestamp>,
    /// Received before this moment.
    pub to: Option<Timestamp>,
    /// Somewhere in the payload, as written or as JSON escapes it; upper and lower case differ.
    pub text: Option<String>,
}

/// One page of what was found, newest first.
#[derive(Debug, Clone)]
pub struct Found {
    pub events: Vec<Arc<Event>>,
    /// Where to go on: the next search's `before`. `None` when everything has been looked at.
    pub next: Option<Seq>,
}

/// A running search: each step looks through one stretch.
pub struct Search<'a> {
    journal: &'a Journal,
    company: CompanyId,
    filter: SearchFilter,
    needles: Vec<Finder<'static>>,
    /// What the database is asked for in `ranges`: nothing that the search wants is left out, and [`Search::matches`] has
    /// the last word.
    first_look: EventFilter,
    /// Ranges still to be read, the newest first.
    ranges: VecDeque<(Seq, Seq)>,
    /// Blocks below this have not been looked at.
    blocks_below: Seq,
    /// Where to look and nowhere else, the newest first; `None` for everywhere.
    within: Option<VecDeque<(Seq, Seq)>>,
    /// Everything at or above this has been looked at.
    before: Seq,
    started: bool,
}

impl Journal {
    /// Finds up to `limit` events before `before` (`None`: from the newest on).
    pub async fn search(
        &self,
        company: CompanyId,
        filter: SearchFilter,
        before: Option<Seq>,
        limit: usize,
    ) -> Result<Found, StoreError> {
        let mut stop_at = Instant::now() + SEARCH_TIME;
        let mut search = self.searching(company, filter, before);
        let mut events: Vec<Arc<Event>> = Vec::new();
        let mut bytes = 0;
        // One more than wanted, to know whether there are more.
        while let Some(found) = search.step(limit + 1 - events.len()).await? {
            for event in found {
                if events.len() >= limit || (bytes + event.payload.len() > ANSWER_BYTES && !events.is_empty())
                {
                    let next = events.last().map(|last| last.seq);
                    return Ok(Found { events, next });
                }
                bytes += event.payload.len();
                events.push(Arc::new(event));
                if events.len() == limit {
                    stop_at = stop_at.min(Instant::now() + LOOK_ON);
                }
            }
            if Instant::now() >= stop_at {
                return Ok(Found { events, next: Some(search.before) });
            }
        }
        Ok(Found { events, next: None })
    }

    /// A search that is driven step by step, to show what is found while it goes on.
    pub fn searching(&self, company: CompanyId, filter: SearchFilter, before: Option<Seq>) -> Search<'_> {
        let needles = filter.text.as_deref().map(spellings).unwrap_or_default();
        Search {
            journal: self,
            company,
            needles: needles.iter().map(|needle| Finder::new(needle).into_owned()).collect(),
            first_look: EventFilter {
                key: filter.key.as_ref().map(|(kind, key)| (kind.letter(), key.clone())),
                names: None,
                from: filter.from,
                to: filter.to,
                text: filter.text.as_deref().and_then(telling_part).map_or(needles, |part| vec![part]),
            },
            filter,
            ranges: VecDeque::new(),
            blocks_below: Seq::ZERO,
            within: None,
            before: before.unwrap_or_else(|| self.head(company).next()),
            started: false,
        }
    }

    /// The first event received at `at` or later; the seq after the head when there is none yet.
    pub async fn time_to_seq(&self, company: CompanyId, at: Timestamp) -> Result<Seq, StoreError> {
        let mut from = match self.inner.store.block_at_time(company, at).await? {
            Some(block) => block.first,
            None => first_unsealed(self, company).await?,
        };
        loop {
            let page = self.read_stored(company, from, PAGE).await?;
            let Some(last) = page.last().map(|event| event.seq) else { return Ok(from) };
            if let Some(found) = page.iter().find(|event| event.received_at >= at) {
                return Ok(found.seq);
            }
            from = last.next();
        }
    }
}

impl Search<'_> {
    /// Looks in these ranges only, both ends included; they do not overlap, and the newest stands first.
    #[must_use]
    pub fn within(mut self, ranges: Vec<(Seq, Seq)>) -> Self {
        self.within = Some(ranges.into());
        self
    }

    /// Everything from here on has been looked at.
    pub fn before(&self) -> Seq {
        self.before
    }

    /// Looks through one stretch, or until it has found `enough`, and returns what it found there, newest first; `None`
    /// when there is nothing left.
    pub async fn step(&mut self, enough: usize) -> Result<Option<Vec<Event>>, StoreError> {
        if !self.started {
            self.started = true;
            let unsealed = first_unsealed(self.journal, self.company).await?;
            self.blocks_below = self.before.min(unsealed);
            if unsealed < self.before {
                self.ranges.push_back((unsealed, Seq(self.before.0 - 1)));
            }
        }
        if self.ranges.is_empty() && !self.next_ranges().await? {
            return Ok(None);
        }
        let range = self.ranges.pop_front().and_then(|range| self.clipped(range));
        let Some((first, last)) = range else { return Ok(Some(Vec::new())) };
        let from = Seq(first.0.max(last.0 - STRETCH_EVENTS + 1));
        let looked = self.journal.find_stored(self.company, (from, last), &self.first_look, enough).await?;
        if looked.down_to > first {
            self.ranges.push_front((first, Seq(looked.down_to.0 - 1)));
        }
        self.before = looked.down_to;
        Ok(Some(looked.events.into_iter().filter(|event| self.matches(event)).collect()))
    }

    /// The newest part of a range that is to be looked at; what lies below that is put back.
    fn clipped(&mut self, (first, last): (Seq, Seq)) -> Option<(Seq, Seq)> {
        let Some(within) = &mut self.within else { return Some((first, last)) };
        pass_above(within, last);
        let Some(&(from, to)) = within.front().filter(|(_, to)| *to >= first) else {
            self.before = first;
            return None;
        };
        if first < from {
            self.ranges.push_front((first, Seq(from.0 - 1)));
        }
        Some((first.max(from), last.min(to)))
    }

    /// The ranges of the next blocks that may hold something, and what to look for in them; `false` when there are no
    /// more blocks.
    async fn next_ranges(&mut self) -> Result<bool, StoreError> {
        let store = &self.journal.inner.store;
        let mut below = self.blocks_below;
        if let Some(within) = &mut self.within {
            pass_above(within, Seq(below.0 - 1));
            let Some((_, newest)) = within.front() else { return Ok(false) };
            below = below.min(newest.next());
        }
        let between = (self.filter.from.unwrap_or(EVER.0), self.filter.to.unwrap_or(EVER.1));
        let blocks: Vec<Block> = match &self.filter.key {
            None => store.blocks_before(self.company, below, between, BLOCKS_A_STATEMENT).await?,
            Some((kind, key)) => {
                let letter = kind.letter();
                store.blocks_of_key(self.company, letter, key, below, between, BLOCKS_A_STATEMENT).await?
            }
        };
        let Some(lowest) = blocks.last().map(|block| block.first) else { return Ok(false) };
        let mut names = BTreeSet::new();
        for block in blocks {
            if !self.filter.names.is_empty() && !has_wanted(&block, &self.filter.names) {
                continue;
            }
            match self.ranges.back_mut() {
                Some((first, _)) if block.last.next() == *first => *first = block.first,
                _ => self.ranges.push_back((block.first, block.last.min(Seq(self.before.0 - 1)))),
            }
            let wanted = |name: &str| self.filter.names.iter().any(|pattern| pattern.matches(name));
            names.extend(block.names.into_keys().filter(|name| wanted(name)));
        }
        self.first_look.names = (!self.filter.names.is_empty()).then(|| names.into_iter().collect());
        self.blocks_below = lowest;
        if self.ranges.is_empty() {
            self.before = lowest;
        }
        Ok(true)
    }

    /// Whether it finds this event.
    pub fn matches(&self, event: &Event) -> bool {
        let filter = &self.filter;
        filter.from.is_none_or(|from| event.received_at >= from)
            && filter.to.is_none_or(|to| event.received_at < to)
            && (filter.names.is_empty() || filter.names.iter().any(|pattern| pattern.matches(&event.name)))
            && filter.key.as_ref().is_none_or(|(kind, key)| {
                event.keys.iter().any(|(letter, own)| letter == kind.letter() && own == key)
            })
            && (filter.text.is_none()
                || self.needles.iter().any(|needle| needle.find(&event.payload).is_some()))
    }
}

/// Leaves out the ranges that begin above `last`.
fn pass_above(within: &mut VecDeque<(Seq, Seq)>, last: Seq) {
    while within.front().is_some_and(|(from, _)| *from > last) {
        within.pop_front();
    }
}

/// The ways in which JSON may spell a text inside a string.
fn spellings(text: &str) -> Vec<Vec<u8>> {
    let quoted = serde_json::to_string(text).expect("any text has a JSON form");
    let escaped = &quoted[1..quoted.len() - 1];
    let ascii = |upper: bool| -> String {
        let unit = |unit: &u16| if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
        let spell = |c: char| -> String {
            if c.is_ascii() { c.into() } else { c.encode_utf16(&mut [0; 2]).iter().map(unit).collect() }
        };
        escaped.chars().map(spell).collect()
    };
    let mut all = vec![
        text.to_owned(),
        escaped.to_owned(),
        escaped.replace('/', "\\/"),
        ascii(false),
        ascii(true),
        ascii(false).replace('/', "\\/"),
    ];
    debug_assert!(all.len() <= SPELLINGS, "the database looks for no more");
    all.sort();
    all.dedup();
    all.into_iter().map(String::into_bytes).collect()
}

/// The longest part of a text that every spelling has as it is, if it is long enough to tell something: looking for one
/// thing is quicker than for each spelling.
fn telling_part(text: &str) -> Option<Vec<u8>> {
    let is_plain = |c: char| c.is_ascii() && !c.is_ascii_control() && !matches!(c, '"' | '\\' | '/');
    let parts = text.split(|c| !is_plain(c));
    let longest = parts.max_by_key(|part| part.len())?;
    (longest.len() >= TELLING).then(|| longest.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_for_first_stands_in_every_spelling() {
        for text in
            ["abc", "João da Silva", "a/b", "say \"hello\"", "C:\\pasta", "Transferência\tde", "ação", "😀"]
        {
            let Some(part) = telling_part(text) else { continue };
            for spelling in spellings(text) {
                assert!(memchr::memmem::find(&spelling, &part).is_some(), "{text}: {spelling:?}");
            }
        }
        assert_eq!(telling_part("João da Silva"), Some(b"o da Silva".to_vec()));
        assert_eq!(telling_part("ação"), None, "too short to tell anything");
    }

    #[test]
    fn text_is_looked_for_in_every_spelling() {
        let spelled = |text: &str| -> Vec<String> {
            spellings(text).into_iter().map(|bytes| String::from_utf8(bytes).expect("text")).collect()
        };
        assert_eq!(spelled("abc"), ["abc"]);
        assert_eq!(spelled("João"), ["Jo\\u00E3o", "Jo\\u00e3o", "João"]);
        assert_eq!(spelled("a/b"), ["a/b", "a\\/b"]);
        assert_eq!(spelled("say \"x\""), ["say \"x\"", "say \\\"x\\\""]);
        assert!(spelled("😀").contains(&"\\ud83d\\ude00".to_owned()));
    }
}
