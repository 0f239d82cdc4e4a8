//! Calls as a list that people look through: of one company or of all that they see, each with what its webhooks got of it.
//!
//! What must hold here: a page costs a bounded number of statements, however many calls, events and webhooks there are; what stands
//! beside a call is judged by the code that judges its events one by one ([`verdict`], [`verdict_by_name`]).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::bounds::Cursor;
use super::calls::{before, filter, view};
use super::events::other_forms;
use super::fates::Witness;
use super::page_of_fates::PageOfFates;
use super::{Actor, Admin, AdminError, CallQuery, CallView, Expected, Fault, Page, page_size};
use crate::delivery::verdict::{Evidence, Verdict, verdict, verdict_by_name};
use crate::domain::{CompanyId, Event, Seq, Timestamp};
use crate::store::{CallPlace, CallPlaceAmong, CallsFound, StoredCall};

/// Companies whose calls are looked through together.
const COMPANIES: u32 = 200;
/// Webhooks of a company, and events of a call, that are looked at for a line of the list.
const WEBHOOKS: usize = 8;
const EVENTS: usize = 40;
/// Events of a page whose contents are read, since a rule asks for them.
const READ: usize = 200;

/// A call in a list.
#[derive(Debug)]
pub struct ListedCall {
    pub call: CallView,
    /// By webhook of its company.
    pub became: Vec<CallFate>,
    /// Webhooks of the company that are not looked at here.
    pub more: usize,
}

/// What became of a call's events at one webhook.
#[derive(Debug)]
pub struct CallFate {
    pub webhook: String,
    /// The worst of it; `None` where that shows in the events' contents only, and there were too many of them.
    pub worst: Option<Verdict>,
}

/// Calls of several companies.
#[derive(Debug)]
pub struct CallsOfAll {
    pub page: Page<ListedCall>,
    /// There are more companies than are looked through together.
    pub cut: bool,
}

impl Admin {
    /// A company's calls, the newest first.
    pub async fn listed_calls(
        &self,
        actor: &Actor,
        company: CompanyId,
        query: &CallQuery,
    ) -> Result<Page<ListedCall>, AdminError> {
        self.company(actor, company).await?;
        let (found, next) = self.found_calls(company, query).await?;
        Ok(Page { items: self.listed(&found).await?, next })
    }

    /// The calls of all companies that somebody sees, the newest first.
    pub async fn calls_of_all(&self, actor: &Actor, query: &CallQuery) -> Result<CallsOfAll, AdminError> {
        let (mut filter, limit) = (filter(query)?, page_size(query.limit)?);
        let before = query.cursor.as_deref().map(among).transpose()?;
        let companies = self.companies(actor, None, COMPANIES).await?;
        let cut = companies.next.is_some();
        let companies: Vec<CompanyId> =
            companies.items.iter().filter_map(|company| company.id.parse().ok()).collect();
        let now = Timestamp::now();
        let mut found = self.store.calls_of_companies(&companies, &filter, before, now, limit).await?;
        for phone in filter.phone.as_deref().map(other_forms).unwrap_or_default() {
            if is_nothing(&found) {
                filter.phone = Some(phone);
                found = self.store.calls_of_companies(&companies, &filter, before, now, limit).await?;
            }
        }
        let cursor = |CallPlaceAmong { at, company, seq }| format!("{}.{}.{}", at.0, company.0, seq.0);
        Ok(CallsOfAll {
            page: Page { items: self.listed(&found.calls).await?, next: found.next.map(cursor) },
            cut,
        })
    }

    /// A number that changes when calls of a company, or of anybody whom the actor sees, have changed.
    pub async fn calls_moved(&self, actor: &Actor, company: Option<CompanyId>) -> Result<i64, AdminError> {
        if let Some(company) = company {
            return Ok(self.store.calls_up_to(company).await?.0);
        }
        let all = self.store.calls_up_to_of_all().await?;
        Ok(all.iter().filter(|(company, _)| actor.sees(*company)).map(|(_, seq)| seq.0).sum())
    }

    /// A page of a company's calls as they are stored, and where it goes on.
    pub(super) async fn found_calls(
        &self,
        company: CompanyId,
        query: &CallQuery,
    ) -> Result<(Vec<StoredCall>, Option<String>), AdminError> {
        let mut filter = filter(query)?;
        let (before, limit) = (before(query.cursor.as_deref())?, page_size(query.limit)?);
        let now = Timestamp::now();
        let mut found = self.store.calls(company, &filter, before, now, limit).await?;
        for phone in filter.phone.as_deref().map(other_forms).unwrap_or_default() {
            if is_nothing(&found) {
                filter.phone = Some(phone);
                found = self.store.calls(company, &filter, before, now, limit).await?;
            }
        }
        let cursor = |CallPlace(at, seq)| format!("{}.{}", at.0, seq.0);
        Ok((found.calls, found.next.map(cursor)))
    }

    async fn listed(&self, calls: &[StoredCall]) -> Result<Vec<ListedCall>, AdminError> {
        let now = Timestamp::now();
        let (witnesses, webhooks) = self.witnesses_of(calls).await?;
        let mut page = CallFates::gather(self, calls, &witnesses).await?;
        let mut listed = Vec::with_capacity(calls.len());
        for stored in calls {
            let mut became = Vec::new();
            for witness in witnesses.get(&stored.company).into_iter().flatten() {
                let worst = page.worst(self, stored, witness).await?;
                became.push(CallFate { webhook: witness.webhook.settings.name.to_string(), worst });
            }
            let more = webhooks.get(&stored.company).map_or(0, |all| all.saturating_sub(WEBHOOKS));
            listed.push(ListedCall { call: view(stored, now), became, more });
        }
        Ok(listed)
    }

    /// The first webhooks of each company that has a call here, and how many there are of each.
    async fn witnesses_of(&self, calls: &[StoredCall]) -> Result<(Witnesses, Counts), AdminError> {
        let companies: BTreeSet<CompanyId> = calls.iter().map(|stored| stored.company).collect();
        let mut webhooks = match companies.first() {
            None => return Ok((Witnesses::new(), Counts::new())),
            Some(only) if companies.len() == 1 => self.store.webhooks(*only).await?,
            Some(_) => self.store.all_webhooks().await?,
        };
        let mut of_each = Counts::new();
        webhooks.retain(|webhook| {
            let before = of_each.entry(webhook.company).or_default();
            *before += 1;
            companies.contains(&webhook.company) && *before <= WEBHOOKS
        });
        let mut witnesses = Witnesses::new();
        for witness in self.witnesses(webhooks).await? {
            witnesses.entry(witness.webhook.company).or_default().push(witness);
        }
        Ok((witnesses, of_each))
    }
}

/// There is none of it, and not only none so far.
fn is_nothing<Place>(found: &CallsFound<Place>) -> bool {
    found.calls.is_empty() && found.next.is_none()
}

type Witnesses = BTreeMap<CompanyId, Vec<Witness>>;
type Counts = BTreeMap<CompanyId, usize>;

/// What is known of all events of a page at all webhooks that may have got them.
struct CallFates {
    known: PageOfFates,
    names: HashMap<(CompanyId, Seq), Box<str>>,
    read: HashMap<(CompanyId, Seq), Option<Arc<Event>>>,
}

impl CallFates {
    async fn gather(admin: &Admin, calls: &[StoredCall], witnesses: &Witnesses) -> Result<Self, AdminError> {
        let (mut asked, mut places) = (Vec::new(), BTreeSet::new());
        for stored in calls {
            for witness in witnesses.get(&stored.company).into_iter().flatten() {
                for seq in newest(stored).iter().copied() {
                    asked.push((witness.webhook.id, seq));
                    places.insert((stored.company, seq));
                }
            }
        }
        let places: Vec<(CompanyId, Seq)> = places.into_iter().collect();
        let names = admin.store.names_at(&places).await?;
        let webhooks = witnesses.values().flatten().map(|witness| &witness.webhook);
        Ok(Self {
            known: PageOfFates::gather(admin, &asked, webhooks).await?,
            names: names.into_iter().map(|(company, seq, name)| ((company, seq), name)).collect(),
            read: HashMap::new(),
        })
    }

    /// The worst that became of a call's events at one webhook; those that are gone do not count.
    async fn worst(
        &mut self,
        admin: &Admin,
        stored: &StoredCall,
        witness: &Witness,
    ) -> Result<Option<Verdict>, AdminError> {
        let company = stored.company;
        let mut worst: Option<Verdict> = None;
        for seq in newest(stored).iter().copied() {
            let Some(name) = self.names.get(&(company, seq)) else { continue };
            let evidence = self.known.evidence(seq, None, witness);
            let became = match verdict_by_name(&evidence, name) {
                Some(became) => became,
                None => {
                    if !self.read.contains_key(&(company, seq)) {
                        if self.read.len() >= READ {
                            continue;
                        }
                        let event = admin.journal.event(company, seq).await?;
                        self.read.insert((company, seq), event);
                    }
                    let event = self.read.get(&(company, seq)).and_then(Option::as_deref);
                    verdict(&Evidence { event, ..evidence })
                }
            };
            if worst.as_ref().is_none_or(|before| weight(before) < weight(&became)) {
                worst = Some(became);
            }
        }
        Ok(worst)
    }
}

/// The events of a call that are looked at.
fn newest(stored: &StoredCall) -> &[Seq] {
    let events = &stored.call.events;
    &events[events.len().saturating_sub(EVENTS)..]
}

/// What stands for a call is what somebody has to know first.
fn weight(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Dead { .. } => 9,
        Verdict::Expired => 8,
        Verdict::Held { .. } => 7,
        Verdict::Paused { .. } => 6,
        Verdict::Pending { .. } => 5,
        Verdict::Skipped { .. } => 4,
        Verdict::Delivered { .. } | Verdict::Settled => 3,
        Verdict::RuleNotMet { .. } => 2,
        Verdict::BeforeStart { .. } => 1,
        Verdict::NotSubscribed { .. } => 0,
    }
}

/// The last call of the page before, of any company.
fn among(text: &str) -> Result<CallPlaceAmong, AdminError> {
    let mut numbers = text.split('.').map(Cursor::number);
    let place = match (numbers.next(), numbers.next(), numbers.next(), numbers.next()) {
        (Some(Some(at)), Some(Some(company)), Some(Some(seq)), None) => {
            Some(CallPlaceAmong { at: Timestamp(at), company: CompanyId(company), seq: Seq(seq) })
        }
        _ => None,
    };
    place.ok_or_else(|| AdminError::invalid("cursor", Fault::Malformed { expected: Expected::Cursor }))
}
