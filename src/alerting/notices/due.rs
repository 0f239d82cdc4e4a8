//! What is due, to each contact together.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt as _};
use sha2::{Digest as _, Sha256};

use super::Notices;
use super::planning::over;
use crate::alerting::{Channel, ContactPoint, Line, Message, Outcome, Sent, What, last_message, send};
use crate::domain::alert_rule::{AlertRule, Notice, Why, again};
use crate::domain::incident::{Cost, Entry, Incident, OF_INSTALLATION, Said, Step};
use crate::domain::{CompanyId, ContactPointId, Lang, Timestamp};
use crate::store::{DueNotice, NoticeOutcome, Store, StoreError, Tx};
use crate::texts::say;
use crate::watch::Over;

/// Notices that are looked at in one run. A contact's are sent together, however many.
const LOOKED_AT: u32 = 5_000;
/// What becomes due within this goes into one message: what hits five hundred webhooks is one cause.
const GATHERS: Duration = Duration::from_secs(5);
/// Between two messages to one contact.
const APART: Duration = Duration::from_secs(30);
/// Contacts that are told at the same time.
const AT_ONCE: usize = 8;
/// Pauses before a message is tried again; the last of them from then on.
const PAUSES: [u64; 6] = [10, 30, 60, 120, 300, 900];
/// Tries of one notice: with the pauses it is about a day.
const TRIES: u32 = 100;
/// A service that asks for more than this is asked again all the same.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);
/// Notices in one transaction: events and results wait for it.
const AT_A_TIME: usize = 50;
/// Incidents that are told to a server of the customer's at a time, where each is a request of its own.
const REQUESTS: usize = 20;

/// What goes to one contact in one message.
struct Bundle {
    point: ContactPoint,
    message: Message,
    notices: Vec<(DueNotice, AlertRule)>,
}

impl Notices {
    /// Sends what is due; how many messages were taken.
    pub(super) async fn send_due(&mut self) -> Result<usize, StoreError> {
        let now = Timestamp::now();
        // What was sent could not be written down, and would be sent again and again.
        if !self.journal.health().borrow().is_working() {
            return Ok(0);
        }
        let alerting = self.store.alerting().await?;
        let quiet_until = alerting.quiet.and_then(|quiet| over(quiet, now, &self.zone));
        let quiet_until = quiet_until.map(|until| (until, alerting.version));
        let mut of_contact: BTreeMap<ContactPointId, Vec<DueNotice>> = BTreeMap::new();
        for due in self.store.due_notices(now, LOOKED_AT).await? {
            of_contact.entry(due.notice.contact).or_default().push(due);
        }
        let mut bundles = Vec::new();
        for (contact, due) in of_contact {
            let first = due.iter().map(|one| one.notice.due_at).min().unwrap_or(now);
            let waits = self.not_before.get(&contact).is_some_and(|until| *until > now);
            if waits || now.since(first) < GATHERS {
                continue;
            }
            let its = self.bundles(contact, due, quiet_until, now).await?;
            // Who was told nothing is not kept waiting for what loses events.
            if !its.is_empty() {
                self.not_before.insert(contact, now.plus(APART));
            }
            bundles.extend(its);
        }
        let senders = &self.senders;
        let sent = stream::iter(bundles)
            .map(|bundle| async move {
                let sent = send(senders, &bundle.point, &bundle.message).await;
                (bundle, sent)
            })
            .buffer_unordered(AT_ONCE)
            .collect::<Vec<_>>()
            .await;
        let settled = join_all(sent.into_iter().map(|(bundle, sent)| self.settle(bundle, sent))).await;
        settled.into_iter().sum()
    }

    /// One message of what is open and one of what is over; what is not wanted any more is dropped.
    async fn bundles(
        &self,
        contact: ContactPointId,
        due: Vec<DueNotice>,
        quiet_until: Option<(Timestamp, i64)>,
        now: Timestamp,
    ) -> Result<Vec<Bundle>, StoreError> {
        let point = ContactPoint::read(&self.store, contact).await?;
        let rules = self.store.alert_rules().await?;
        let (mut open, mut ended, mut unsent) = (Vec::new(), Vec::new(), Vec::new());
        for one in due {
            let incident = self.store.incident(one.notice.incident).await?;
            let incident = incident.filter(|incident| point.is_some() && one.notice.why.holds(incident, now));
            let wanted = incident.and_then(|incident| {
                let rule = wanted_by(&one.notice, &incident, &rules)?.clone();
                Some((rule, incident))
            });
            match (wanted, quiet_until) {
                (None, _) => unsent.push((one.id, None)),
                (Some((_, incident)), Some(morning)) if incident.kind.cost() != Cost::Losing => {
                    unsent.push((one.id, Some(morning)));
                }
                (Some((rule, incident)), _) if one.notice.why == Why::Closed => {
                    ended.push((one, rule, incident));
                }
                (Some((rule, incident)), _) => open.push((one, rule, incident)),
            }
        }
        self.not_now(unsent, now).await?;
        let Some(point) = point else { return Ok(Vec::new()) };
        let most = if matches!(point.channel, Channel::Webhook { .. }) { REQUESTS } else { usize::MAX };
        let mut bundles = Vec::new();
        for mut some in [open, ended] {
            while !some.is_empty() {
                let rest = some.split_off(some.len().min(most));
                bundles.push(self.bundle(point.clone(), some, now).await?);
                some = rest;
            }
        }
        Ok(bundles)
    }

    /// What is not wanted any more is dropped; the rest waits until then, if quiet hours are still of this version.
    async fn not_now(
        &self,
        unsent: Vec<(i64, Option<(Timestamp, i64)>)>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for some in unsent.chunks(AT_A_TIME) {
            let some = some.to_vec();
            let writing = self.journal.control(move |tx| {
                async move {
                    for (id, until) in some {
                        match until {
                            None => tx.notice_done(id, NoticeOutcome::Dropped, now).await?,
                            Some((until, version)) => tx.notice_waits(id, until, version).await?,
                        }
                    }
                    Ok(())
                }
                .boxed()
            });
            writing.await?;
        }
        Ok(())
    }

    async fn bundle(
        &self,
        point: ContactPoint,
        some: Vec<(DueNotice, AlertRule, Incident)>,
        now: Timestamp,
    ) -> Result<Bundle, StoreError> {
        let mut lines: Vec<Line> = Vec::new();
        for (due, _, incident) in &some {
            // Told for two reasons at a time it is one line.
            if lines.iter().all(|line| line.incident_id != incident.id.0) {
                let (id, panel) = (format!("alert_{}_{}", due.id, incident.id.0), self.senders.panel_url());
                lines.push(line(&self.store, id, incident, point.lang, panel.as_deref()).await?);
            }
        }
        let what = some
            .iter()
            .map(|(due, ..)| due.notice.why)
            .min_by_key(|why| rank(*why))
            .map_or(What::Opened, what);
        let message = Message {
            id: message_id(&some),
            what,
            at: now,
            total: lines.len(),
            lines,
            panel_url: self.senders.panel_url(),
        };
        Ok(Bundle { point, message, notices: some.into_iter().map(|(due, rule, _)| (due, rule)).collect() })
    }

    /// Writes down what came of a message; 1 if it was taken.
    async fn settle(&self, bundle: Bundle, sent: Sent) -> Result<usize, StoreError> {
        let now = Timestamp::now();
        let last = last_message(&sent, now);
        let taken = matches!(sent.outcome, Outcome::Taken);
        let after = match sent.outcome {
            Outcome::Again { after, .. } => after,
            _ => None,
        };
        let name = Said { pt: bundle.point.name.clone(), en: bundle.point.name.clone() };
        let point = bundle.point.id;
        let whose = bundle.point.company.is_none().then(|| OF_INSTALLATION.to_owned());
        self.journal
            .control(move |tx| async move { tx.note_last_message(point, &last).await }.boxed())
            .await?;
        for some in bundle.notices.chunks(AT_A_TIME) {
            let (notices, name) = (some.to_vec(), (name.clone(), whose.clone()));
            let written = self.journal.control(move |tx| {
                async move {
                    for (due, rule) in &notices {
                        if taken {
                            told(tx, due, rule, &name, now).await?;
                        } else {
                            not_told(tx, due, after, &name, now).await?;
                        }
                    }
                    Ok(())
                }
                .boxed()
            });
            written.await?;
        }
        Ok(usize::from(taken))
    }
}

async fn told(
    tx: &mut Tx<'_>,
    due: &DueNotice,
    rule: &AlertRule,
    (name, whose): &(Said, Option<String>),
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.notice_done(due.id, NoticeOutcome::Sent, now).await?;
    let entry = Entry { text: Some(name.clone()), detail: whose.clone(), ..Entry::of(Step::Told, now) };
    tx.log_incident(due.notice.incident, &entry).await?;
    match again(&due.notice, rule, now) {
        Some(next) => tx.put_notice(&next).await,
        None => Ok(()),
    }
}

async fn not_told(
    tx: &mut Tx<'_>,
    due: &DueNotice,
    after: Option<Duration>,
    (name, whose): &(Said, Option<String>),
    now: Timestamp,
) -> Result<(), StoreError> {
    let gives_up = due.tries + 1 >= TRIES;
    if due.tries == 0 || gives_up {
        let entry =
            Entry { text: Some(name.clone()), detail: whose.clone(), ..Entry::of(Step::NotTold, now) };
        tx.log_incident(due.notice.incident, &entry).await?;
    }
    if gives_up {
        return tx.notice_done(due.id, NoticeOutcome::GivenUp, now).await;
    }
    let place = usize::try_from(due.tries).unwrap_or(usize::MAX).min(PAUSES.len() - 1);
    let pause = Duration::from_secs(PAUSES[place]).max(after.unwrap_or_default().min(LONGEST_PAUSE));
    tx.notice_later(due.id, now.plus(pause)).await
}

/// An incident in a message.
pub(super) async fn line(
    store: &Store,
    id: String,
    incident: &Incident,
    lang: Lang,
    panel: Option<&str>,
) -> Result<Line, StoreError> {
    let name =
        async |id: CompanyId| Ok::<_, StoreError>(store.company(id).await?.map(|company| company.name));
    let company = match incident.company {
        Some(id) => name(id).await?,
        None => None,
    };
    let panel = panel.filter(|_| incident.id.0 > 0);
    let title = incident.facts.title.of(lang).to_owned();
    let over = incident.closed_at.map(|_| say(lang, "alert-over").with("title", title.clone()).text());
    let sentence = if over.is_some() {
        let ended = store.incident_end(incident.id).await?;
        Over::of(incident, ended.as_deref(), lang).text()
    } else {
        incident.facts.sentence.of(lang).to_owned()
    };
    Ok(Line {
        id,
        incident_id: incident.id.0,
        kind: incident.kind.as_str(),
        cost: incident.kind.cost(),
        title,
        over,
        sentence,
        company_id: incident.company,
        company,
        since: incident.since,
        opened_at: incident.opened_at,
        closed_at: incident.closed_at,
        link: panel.map(|panel| format!("{}/incidents/{}", panel.trim_end_matches('/'), incident.id)),
    })
}

/// The rule that it was planned by, or another one that wants the same where that is gone.
fn wanted_by<'a>(notice: &Notice, incident: &Incident, rules: &'a [AlertRule]) -> Option<&'a AlertRule> {
    let mut still = rules.iter().filter(|rule| rule.still_tells(notice, incident));
    let own = still.clone().find(|rule| rule.id == notice.rule);
    own.or_else(|| still.next())
}

/// The same for the same notices, in whichever process: a repeat is known as one.
fn message_id(some: &[(DueNotice, AlertRule, Incident)]) -> String {
    let mut hash = Sha256::new();
    for (due, ..) in some {
        hash.update(due.id.to_be_bytes());
    }
    format!("alert_{}", hex::encode(&hash.finalize()[..12]))
}

fn rank(why: Why) -> u8 {
    match why {
        Why::Opened | Why::Worse => 0,
        Why::Escalated => 1,
        Why::StillOpen => 2,
        Why::Closed => 3,
    }
}

fn what(why: Why) -> What {
    match why {
        Why::Opened | Why::Worse => What::Opened,
        Why::Escalated => What::Escalated,
        Why::StillOpen => What::StillOpen,
        Why::Closed => What::Resolved,
    }
}

/// Until the next message to a contact whose last one came to this.
pub(super) fn pause_after(outcome: &Outcome) -> Duration {
    match outcome {
        Outcome::Again { after: Some(after), .. } => APART.max((*after).min(LONGEST_PAUSE)),
        _ => APART,
    }
}

/// For what cannot be written down.
pub(super) fn notice_of(rules: &[AlertRule], incident: &Incident, now: Timestamp) -> Vec<Notice> {
    crate::domain::alert_rule::plan(incident, Step::Opened, false, now, rules)
        .into_iter()
        .filter(|notice| notice.why == Why::Opened)
        .collect()
}
