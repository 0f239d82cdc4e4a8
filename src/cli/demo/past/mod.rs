//! The day that the demonstration begins with, so that its charts have something to say: what each company's line told, what
//! became of it, and what had gone wrong.
//!
//! What must hold here: it is invented once, as events and requests, and everything else is counted of those, so that no page
//! contradicts another. It is written by the store's own operations into the demonstration's database, before the program runs
//! on it; and the demonstration says of it that it is invented.

mod counts;
mod day;
mod deliveries;

use std::ops::Range;
use std::sync::Arc;

use ramal::config::Settings;
use ramal::domain::webhook::Pattern;
use ramal::domain::{CompanyId, Draft, Seq, SessionInfo, SourceState, Step, Timestamp};
use ramal::sources::Definition;
use ramal::store::{
    AttemptRow, Cursor, Head, LiveSource, NewEvent, Settlement, Source, Store, StoreError, Webhook, Writer,
};

use super::Stages;
use crate::cli::database::store_options;
use crate::cli::failure::Failure;
use counts::Counts;
use day::{Day, Line, MINUTE, events};
use deliveries::{Endpoint, deliveries};

const DAY: i64 = 24 * 60 * MINUTE;
/// Since when there is what the day is about.
const MADE_BEFORE: i64 = 30 * DAY;
/// Rows of a transaction.
const AT_ONCE: usize = 4_000;
/// Events a minute of a company when it is busiest.
const BUSIEST: f64 = 12.0;

/// What a company's day was like.
#[derive(Debug, Clone, Copy)]
pub struct Plot {
    /// So many times as busy as others.
    pub busy: f64,
    pub mishap: Mishap,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    None,
    /// The webhook's endpoint was down for a while.
    EndpointDown,
    /// The line was cut for some minutes.
    LineCut,
    /// The endpoint refuses one request in ten at first.
    Refusals,
    /// The token was good until some hours ago.
    TokenRefused,
}

impl Mishap {
    /// When it was, before the end of the day, in minutes.
    fn ago(self) -> Range<i64> {
        match self {
            Mishap::None | Mishap::Refusals => 0..0,
            Mishap::EndpointDown => 160..185,
            Mishap::LineCut => 303..310,
            Mishap::TokenRefused => 0..130,
        }
    }

    fn stretch(self, until: Timestamp) -> Range<Timestamp> {
        let ago = self.ago();
        Timestamp(until.0 - ago.end * MINUTE)..Timestamp(until.0 - ago.start * MINUTE)
    }
}

/// Writes the day that ends with this minute into the database of the settings, on which no program runs. `settings` name all
/// companies of the demonstration, none of them connected.
pub async fn write(settings: &Settings, plots: &[Plot], stages: &Stages) -> Result<(), Failure> {
    // What the settings say is made as it always is.
    ramal::serve::start(settings).await.map_err(Failure::Serve)?.stop().await;
    let (store, mut writer) = Store::open(settings.database.expose(), store_options(settings)).await?;
    let until = Step::Minute.start(Timestamp::now());
    let from = Timestamp(until.0 - DAY);
    let mut tx = writer.begin().await?;
    tx.date_back(Timestamp(from.0 - MADE_BEFORE)).await?;
    tx.commit().await?;
    let mut counts = Counts::new(from, until);
    for (company, plot) in cast(&store, stages).await?.into_iter().zip(plots) {
        company.live(&mut writer, *plot, from..until, &mut counts).await?;
    }
    for some in counts.counted().chunks(AT_ONCE) {
        let mut tx = writer.begin().await?;
        tx.add_to_series(some).await?;
        tx.commit().await?;
    }
    store.close().await;
    writer.close().await?;
    Ok(())
}

/// A company with its line and its webhook.
struct Company {
    id: CompanyId,
    /// Its place among the demonstration's.
    number: usize,
    head: Head,
    provider: &'static dyn Definition,
    past: ramal::simulator::Past,
    source: Source,
    webhook: Webhook,
    /// What the webhook wants.
    wants: Vec<Pattern>,
}

/// The companies that a provider with a past plays for.
async fn cast(store: &Store, stages: &Stages) -> Result<Vec<Company>, StoreError> {
    let (heads, sources, webhooks) =
        (store.heads().await?, store.all_sources().await?, store.all_webhooks().await?);
    let Some((provider, past)) = stages.iter().find_map(|(provider, stage)| Some((*provider, stage.past?)))
    else {
        return Ok(Vec::new());
    };
    let id = provider.identity().id;
    let mut cast = Vec::new();
    for (number, head) in heads.into_iter().enumerate() {
        let source = sources.iter().find(|source| source.company == head.company && source.provider == id);
        let webhook = webhooks.iter().find(|webhook| webhook.company == head.company);
        let (Some(source), Some(webhook)) = (source.cloned(), webhook.cloned()) else { continue };
        let saved = store.newest_revision(webhook.id).await?;
        let wants = saved.map(|saved| saved.wishes().events.iter().cloned().collect()).unwrap_or_default();
        cast.push(Company { id: head.company, number, head, provider, past, source, webhook, wants });
    }
    Ok(cast)
}

impl Company {
    async fn live(
        self,
        writer: &mut Writer,
        plot: Plot,
        Range { start: from, end: until }: Range<Timestamp>,
        counts: &mut Counts,
    ) -> Result<(), Failure> {
        let stretch = plot.mishap.stretch(until);
        let is = |mishap| (plot.mishap == mishap).then(|| stretch.clone());
        let (gap, lost) = (is(Mishap::LineCut), is(Mishap::TokenRefused).map(|lost| lost.start));
        let sessions =
            self.sessions(writer, from..lost.unwrap_or(until), gap.as_ref(), lost.is_some()).await?;
        let session = |at: Timestamp| {
            let later = sessions.iter().rev().find(|(begun, _)| *begun <= at).unwrap_or(&sessions[0]);
            Arc::clone(&later.1)
        };
        let day = Day { from, until: lost.unwrap_or(until), busiest: BUSIEST * plot.busy, gap: gap.clone() };
        let line = Line { provider: self.provider, source: self.source.id, session: &session };
        let drafts = events(&day, &line, &mut *(self.past)(self.number));
        let endpoint = Endpoint {
            webhook: self.webhook.id,
            wants: self.wants.clone(),
            down: is(Mishap::EndpointDown),
            refuses: if plot.mishap == Mishap::Refusals { 0.1 } else { 0.0 },
        };
        let (attempts, arrivals) = deliveries(&endpoint, &drafts);
        let stands = |at: Timestamp| {
            let hears = |gap: &Range<Timestamp>| !gap.contains(&at);
            gap.as_ref().is_none_or(hears) && lost.is_none_or(|lost| at < lost)
        };
        counts.company(self.id, self.webhook.id, &drafts, (&attempts, &arrivals), stands);
        self.stop(writer, &drafts).await?;
        self.journal(writer, &drafts, attempts).await
    }

    /// The sessions of the line, each with its beginning, and the gap between them.
    async fn sessions(
        &self,
        writer: &mut Writer,
        Range { start: from, end: until }: Range<Timestamp>,
        gap: Option<&Range<Timestamp>>,
        is_lost: bool,
    ) -> Result<Vec<(Timestamp, Arc<SessionInfo>)>, StoreError> {
        let (company, source, mask) = (self.id, self.source.id, self.source.secret_mask.as_str());
        // It stood before the day began.
        let begun = Timestamp(from.0 - 7 * 60 * MINUTE);
        let beginnings = std::iter::once(begun).chain(gap.map(|gap| gap.end));
        let ends = gap.map(|gap| (gap.start, "ping_timeout")).into_iter();
        let ends = ends.chain([(until, if is_lost { "server_disconnect" } else { "shutdown" })]);
        let mut tx = writer.begin().await?;
        let mut sessions = Vec::new();
        for (n, (begun, (ended, why))) in beginnings.zip(ends).enumerate() {
            let socket_id = format!("past{:08x}{n:08x}", source.0);
            tx.close_gap(source, begun).await?;
            let id = tx.begin_session(company, source, &socket_id, mask, begun).await?;
            tx.end_session(id, ended, why).await?;
            if why != "shutdown" {
                tx.open_gap(company, source, ended, why, None).await?;
            }
            let token_mask = mask.to_owned();
            sessions.push((begun, Arc::new(SessionInfo { id, socket_id, token_mask })));
        }
        tx.commit().await?;
        Ok(sessions)
    }

    /// When the line was last heard, which the next start goes on from.
    async fn stop(&self, writer: &mut Writer, drafts: &[Draft]) -> Result<(), StoreError> {
        let Some(last) = drafts.last() else { return Ok(()) };
        let stopped = LiveSource {
            source: self.source.id,
            company: self.id,
            state: SourceState::Stopped.as_str().into(),
            since: last.received_at,
            until: None,
            attempt: 0,
            reason: None,
            session: None,
            last_event_at: Some(last.received_at),
            foreign_company: None,
        };
        let mut tx = writer.begin().await?;
        tx.put_live_sources(&[stopped]).await?;
        tx.commit().await
    }

    /// The events, and what became of them.
    async fn journal(
        &self,
        writer: &mut Writer,
        drafts: &[Draft],
        attempts: Vec<AttemptRow>,
    ) -> Result<(), Failure> {
        let mut head = self.head;
        for some in drafts.chunks(AT_ONCE) {
            let place = |(draft, seq)| NewEvent { company: self.id, seq, draft };
            let events: Vec<_> = some.iter().zip((head.seq.0 + 1..).map(Seq)).map(place).collect();
            head.seq = events.last().map_or(head.seq, |event| event.seq);
            let mut tx = writer.begin_batch().await?;
            tx.append(&events).await?;
            if !tx.set_heads(&[head]).await?.is_empty() {
                return Err(Failure::Runtime(std::io::Error::other(
                    "another program has the demonstration's database",
                )));
            }
            tx.commit().await?;
        }
        let mut attempts = attempts.into_iter().peekable();
        loop {
            let some: Vec<_> = attempts.by_ref().take(AT_ONCE).collect();
            let seq = attempts.peek().map_or(head.seq, |next| Seq(next.seq.0 - 1));
            let settlement = Settlement {
                company: self.id,
                webhook: self.webhook.id,
                cursor: Some(Cursor { revision: 1, seq }),
                attempts: some,
                held: Vec::new(),
                replays: Vec::new(),
            };
            let mut tx = writer.begin_batch().await?;
            tx.settle(&[settlement]).await?;
            tx.commit().await?;
            if attempts.peek().is_none() {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use ramal::domain::{SourceId, Subject, WebhookId};
    use ramal::simulator::Told;
    use ramal::sources::PROVIDERS;

    use super::*;

    /// Calls of two events.
    struct Calls(bool);

    impl Told for Calls {
        fn next(&mut self, _: Timestamp) -> (&'static str, String) {
            self.0 = !self.0;
            (if self.0 { "call-was-created" } else { "agent-is-idle" }, "{}".to_owned())
        }

        fn last(&mut self, at: Timestamp) -> Option<(&'static str, String)> {
            self.0.then(|| self.next(at))
        }
    }

    const UNTIL: Timestamp = Timestamp(1_000 * DAY);
    const FROM: Timestamp = Timestamp(999 * DAY);

    fn day(gap: Option<Range<Timestamp>>) -> Vec<Draft> {
        let session = Arc::new(SessionInfo {
            id: ramal::domain::SessionId(1),
            socket_id: "a".to_owned(),
            token_mask: "b".to_owned(),
        });
        let line = Line { provider: PROVIDERS[0], source: SourceId(1), session: &|_| Arc::clone(&session) };
        events(&Day { from: FROM, until: UNTIL, busiest: 30.0, gap }, &line, &mut Calls(false))
    }

    fn endpoint(wants: &[&str], down: Option<Range<Timestamp>>, refuses: f64) -> Endpoint {
        let wants = wants.iter().map(|text| text.parse().expect("a pattern")).collect();
        Endpoint { webhook: WebhookId(1), wants, down, refuses }
    }

    #[test]
    fn events_come_in_order_within_the_day_and_none_in_the_gap() {
        let gap = Mishap::LineCut.stretch(UNTIL);
        let drafts = day(Some(gap.clone()));
        assert!(drafts.len() > 5_000, "{}", drafts.len());
        assert!(drafts.is_sorted_by_key(|draft| draft.received_at));
        assert!(drafts.iter().all(|draft| (FROM..UNTIL).contains(&draft.received_at)));
        assert!(!drafts.iter().any(|draft| gap.contains(&draft.received_at)));
        assert_eq!(day(Some(gap)).len(), drafts.len(), "the same at every start");
    }

    #[test]
    fn what_is_counted_is_what_is_written() {
        let drafts = day(None);
        for (endpoint, wanted) in [
            (endpoint(&[], None, 0.0), drafts.len()),
            (
                endpoint(&["call-*"], None, 0.0),
                drafts.iter().filter(|draft| draft.name.starts_with("call-")).count(),
            ),
            (endpoint(&[], Some(Mishap::EndpointDown.stretch(UNTIL)), 0.0), drafts.len()),
            (endpoint(&[], None, 0.1), drafts.len()),
        ] {
            let (attempts, arrivals) = deliveries(&endpoint, &drafts);
            assert_eq!(arrivals.len(), wanted);
            assert!(attempts.iter().all(|attempt| (FROM..UNTIL).contains(&attempt.at)));
            let delivered = attempts.iter().filter(|attempt| attempt.status == Some(200)).count();
            assert_eq!(delivered, wanted, "each once");
            let mut counts = Counts::new(FROM, UNTIL);
            counts.company(CompanyId(1), WebhookId(1), &drafts, (&attempts, &arrivals), |_| true);
            let mut sums: HashMap<Subject, (u64, u64, u64)> = HashMap::new();
            for one in counts.counted() {
                let sum = sums.entry(one.subject).or_default();
                let point = one.point;
                *sum = (sum.0 + point.events, sum.1 + point.delivered, sum.2 + point.failed);
            }
            let whole = (drafts.len() as u64, delivered as u64, (attempts.len() - delivered) as u64);
            assert_eq!(sums[&Subject::Company(CompanyId(1))], whole);
            assert_eq!(sums[&Subject::Node], whole);
            assert_eq!(sums[&Subject::Webhook(WebhookId(1))], (0, whole.1, whole.2));
        }
    }

    #[test]
    fn an_endpoint_that_is_down_takes_nothing_and_catches_up_in_order() {
        let drafts = day(None);
        let down = Mishap::EndpointDown.stretch(UNTIL);
        let (attempts, arrivals) = deliveries(&endpoint(&[], Some(down.clone()), 0.0), &drafts);
        let during = attempts.iter().filter(|attempt| down.contains(&attempt.at));
        assert!(during.clone().count() > 10 && during.clone().all(|attempt| attempt.status == Some(503)));
        assert!(arrivals.is_sorted_by_key(|one| one.arrived));
        let mut counts = Counts::new(FROM, UNTIL);
        counts.company(CompanyId(1), WebhookId(1), &drafts, (&attempts, &arrivals), |at| at < down.start);
        let counted = counts.counted();
        let of = |at: Timestamp| {
            let node = counted.iter().find(|one| one.subject == Subject::Node && one.at == at);
            node.expect("a minute of the node").point.clone()
        };
        let last = of(Timestamp(down.end.0 - MINUTE));
        assert!(last.backlog > 100 && last.waiting_ms > 24 * 60_000, "{last:?}");
        assert_eq!((last.connected, of(FROM).connected), (0, 1));
        assert_eq!(of(Timestamp(down.end.0 + 10 * MINUTE)).backlog, 0);
    }
}
