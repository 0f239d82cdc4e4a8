//! One company's calls, followed from its journal.
//!
//! It begins with the calls that go on in the table, and reads on behind the event up to which that table goes: so both are one state,
//! however far the table is behind. A call that it does not know is looked up before it is heard of: it may have ended already.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::Ringing;
use super::live::{CallKey, Entry, Live, of};
use crate::calls::{Calls, Heard, heard};
use crate::domain::action::Action;
use crate::domain::call::{CallModel, CallState};
use crate::domain::decision::OfCall;
use crate::domain::{CompanyId, Event, Pattern, Seq, Timestamp};
use crate::journal::{Consumer, Journal, Page, ReadLimit};
use crate::sources::{self, Definition, PROVIDERS};
use crate::store::{Build, CallBuild, Store, StoreError, StoredCall};

/// What is read at once.
const PAGE: ReadLimit = ReadLimit { items: 1_000, bytes: 1 << 20 };
/// Calls that go on when a company is begun; a call centre has not so many agents.
const MOST_OPEN: u32 = 10_000;
/// No call that can be answered here goes on for longer.
const GOES_ON_FOR: Duration = Duration::from_hours(24);
/// So many calls are known before those that have ended are looked for in the table, to be forgotten.
const KNOWN: usize = 1_000;
/// A call that ends by itself is over this soon after.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// Returns only with an error, or when the journal ends.
pub(super) async fn follow(journal: Journal, ringing: Ringing, company: CompanyId) -> Result<(), StoreError> {
    let store = journal.store().clone();
    let (mut live, mut next) = known(&journal, company).await?;
    let wanted = wanted();
    let mut head = journal.watch(company);
    // What the table does not have yet is heard before anybody is told: it may have ended.
    while next <= *head.borrow_and_update() {
        let page = journal.page(company, next, PAGE, &wanted).await?;
        let told = told(&page);
        let stored = look_up(&store, company, &unknown(&told, Some(&live))).await?;
        live.take(company, stored, &told, Timestamp::now(), |_| {});
        next = page.next;
    }
    ringing.begin(company, live);
    loop {
        let now = *head.borrow_and_update();
        while next <= now {
            let page = journal.page(company, next, PAGE, &wanted).await?;
            take(&store, &ringing, company, &page).await?;
            next = page.next;
        }
        let end = ringing.companies().get(&company).and_then(Live::next_end);
        let wait = end.map_or(LONGEST_WAIT, |end| end.since(Timestamp::now()).min(LONGEST_WAIT));
        tokio::select! {
            changed = head.changed() => if changed.is_err() { return Ok(()) },
            () = sleep(wait + Duration::from_millis(1)), if end.is_some() => ringing.expire(company),
        }
    }
}

/// The calls of a company that go on, by the tables, and where to read on.
async fn known(journal: &Journal, company: CompanyId) -> Result<(Live, Seq), StoreError> {
    let store = journal.store();
    let now = Timestamp::now();
    let read = build(store, company).await?;
    // What is written meanwhile is in both, and heard once.
    let next = read.map_or(Seq::ZERO, |build| build.seq).next();
    let since = Timestamp(now.0 - i64::try_from(GOES_ON_FOR.as_micros()).unwrap_or(i64::MAX));
    let mut live = Live::default();
    for stored in store.open_calls(company, since, now, MOST_OPEN).await? {
        if sources::find(stored.provider).and_then(Definition::acting).is_some() {
            live.put(entry(journal, stored, now).await?);
        }
    }
    Ok((live, next))
}

/// With what its events and its actions say.
async fn entry(journal: &Journal, stored: StoredCall, now: Timestamp) -> Result<Entry, StoreError> {
    let company = stored.company;
    let of = OfCall { company, source: stored.call.source, call: stored.call.id.clone() };
    let events =
        if stored.call.state == CallState::Ringing { stored.call.events.clone() } else { Vec::new() };
    let mut entry = Entry::new(stored);
    for seq in events {
        if let Some(event) = journal.event(company, seq).await? {
            entry.learn(&event);
        }
    }
    let held = |action: &Action| action.is_held() && !action.is_left(now);
    entry.held = journal.store().actions(&of).await?.into_iter().find(held).map(|action| action.by);
    Ok(entry)
}

async fn build(store: &Store, company: CompanyId) -> Result<Option<Build>, StoreError> {
    Ok(store.builds(Calls::NAME).await?.into_iter().find(|build| build.company == company))
}

/// The events that say something of calls with which something can be done.
fn wanted() -> Vec<Pattern> {
    let of_acting = PROVIDERS.iter().filter(|provider| provider.acting().is_some());
    of_acting.filter_map(|provider| provider.calls()).flat_map(CallModel::wants).collect()
}

/// What a page says of calls with which something can be done.
fn told(page: &Page) -> Vec<Heard<'_>> {
    let acts = |event: &&Arc<Event>| sources::find(event.provider).and_then(Definition::acting).is_some();
    page.events.iter().filter(acts).filter_map(|event| heard(event)).collect()
}

/// The calls among them that are not known here.
fn unknown(told: &[Heard<'_>], live: Option<&Live>) -> Vec<CallKey> {
    let mut unknown: Vec<CallKey> = Vec::new();
    for key in told.iter().filter_map(of) {
        if !live.is_some_and(|live| live.knows(&key)) && !unknown.contains(&key) {
            unknown.push(key);
        }
    }
    unknown
}

async fn take(store: &Store, ringing: &Ringing, company: CompanyId, page: &Page) -> Result<(), StoreError> {
    let told = told(page);
    if told.is_empty() {
        return Ok(());
    }
    let missing = unknown(&told, ringing.companies().get(&company));
    let stored = look_up(store, company, &missing).await?;
    ringing.take(company, stored, &told);
    ringing.trim(store, company).await
}

/// Those of these calls that the table has.
async fn look_up(
    store: &Store,
    company: CompanyId,
    unknown: &[CallKey],
) -> Result<Vec<StoredCall>, StoreError> {
    let Some(number) = (match unknown {
        [] => None,
        _ => store.build_read(Calls::NAME, company).await?,
    }) else {
        return Ok(Vec::new());
    };
    let ids: Vec<_> = unknown.iter().map(|(source, id)| (*source, &**id)).collect();
    store.calls_by_id(CallBuild { company, number }, &ids).await
}

impl Ringing {
    fn take(&self, company: CompanyId, stored: Vec<StoredCall>, told: &[Heard<'_>]) {
        let now = Timestamp::now();
        let mut companies = self.companies();
        let Some(live) = companies.get_mut(&company) else { return };
        live.take(company, stored, told, now, |change| self.tell(company, &change, now));
    }

    fn expire(&self, company: CompanyId) {
        let now = Timestamp::now();
        let mut companies = self.companies();
        let ended = companies.get_mut(&company).map(|live| live.expire(now)).unwrap_or_default();
        for change in &ended {
            self.tell(company, change, now);
        }
    }

    /// Forgets calls that have ended, once there are many.
    async fn trim(&self, store: &Store, company: CompanyId) -> Result<(), StoreError> {
        let known = |ringing: &Self| ringing.companies().get(&company).map_or(0, Live::len);
        if known(self) < KNOWN {
            return Ok(());
        }
        let Some(build) = build(store, company).await? else { return Ok(()) };
        if let Some(live) = self.companies().get_mut(&company) {
            live.forget(build.seq);
        }
        Ok(())
    }
}
