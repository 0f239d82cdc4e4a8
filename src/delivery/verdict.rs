//! Why was this event sent, or not sent, to this webhook?
//!
//! The answer comes from what the store holds and from the very code that decides ([`Subscription::wants`]); for every
//! event and webhook there is one.

use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::courier::PauseReason;
use super::rules::Unmet;
use super::subscription::{Revisions, Unwanted};
use crate::domain::{AttemptOrigin, Event, HeldReason, HeldState, Seq, Timestamp};
use crate::store::{AttemptRow, HeldRow};

/// What became of an event at a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// Answered with 2xx.
    Delivered {
        #[serde(serialize_with = "iso")]
        at: Timestamp,
        n: i32,
        origin: AttemptOrigin,
        status: u16,
        revision: i32,
        total_us: Option<u32>,
    },
    /// Its turn has not come, or it is being tried. `attempts` is how many were made.
    Pending { attempts: usize },
    /// Its turn has not come, and the webhook is paused.
    Paused { reason: PauseReason, attempts: usize },
    /// Set aside.
    Held {
        state: HeldState,
        reason: HeldReason,
        attempts: i32,
        /// When it is due; `None` when it waits for others of its lane.
        #[serde(serialize_with = "iso_or_none")]
        next_at: Option<Timestamp>,
        #[serde(serialize_with = "iso")]
        since: Timestamp,
    },
    /// Will not be tried again by itself.
    Dead {
        reason: HeldReason,
        attempts: i32,
        #[serde(serialize_with = "iso")]
        since: Timestamp,
    },
    /// No subscription of the revision that held names it.
    NotSubscribed { revision: i32 },
    /// A rule of the revision that held was not met.
    RuleNotMet {
        revision: i32,
        #[serde(flatten)]
        unmet: Unmet,
    },
    /// It came before the webhook's first event.
    BeforeStart {
        #[schema(value_type = i64)]
        start: Seq,
    },
    /// The cursor was moved past it by hand.
    Skipped {
        #[schema(value_type = i64)]
        from: Seq,
        #[schema(value_type = i64)]
        to: Seq,
    },
    /// Retention has taken the event away.
    Expired,
    /// Settled so long ago that its attempts are no longer kept.
    Settled,
}

/// A time as it leaves the house.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field over by reference")]
fn iso<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

#[expect(clippy::ref_option, reason = "serde hands the field over as it is")]
fn iso_or_none<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_some(&at.map(|at| at.to_string()))
}

/// What is known about one event and one webhook.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    pub seq: Seq,
    /// `None` when retention has taken it.
    pub event: Option<&'a Event>,
    pub revisions: &'a Revisions,
    pub cursor: Seq,
    /// Of this event at this webhook, in any order.
    pub attempts: &'a [AttemptRow],
    pub held: Option<&'a HeldRow>,
    /// The range moved over by hand that the event lies in.
    pub skipped: Option<(Seq, Seq)>,
    pub paused: Option<&'a PauseReason>,
}

/// Judges. A held event that was delivered before (it is being sent again) is shown as held.
pub fn verdict(evidence: &Evidence<'_>) -> Verdict {
    if let Some(plain) = whatever_it_says(evidence) {
        return plain;
    }
    let Some(event) = evidence.event else { return Verdict::Expired };
    let revision = evidence.revisions.at(evidence.seq);
    let number = revision.number();
    match revision.wants(event) {
        Err(Unwanted::NotSubscribed) => Verdict::NotSubscribed { revision: number },
        Err(Unwanted::Rule(unmet)) => Verdict::RuleNotMet { revision: number, unmet },
        Ok(()) => wanted(evidence),
    }
}

/// The same of an event of which only the name is at hand; `None` where a rule asks for more of it.
pub fn verdict_by_name(evidence: &Evidence<'_>, name: &str) -> Option<Verdict> {
    if let Some(plain) = whatever_it_says(evidence) {
        return Some(plain);
    }
    let revision = evidence.revisions.at(evidence.seq);
    if !revision.names(name) {
        return Some(Verdict::NotSubscribed { revision: revision.number() });
    }
    revision.rules_for(name).is_none().then(|| wanted(evidence))
}

/// What holds whatever the event is.
fn whatever_it_says(evidence: &Evidence<'_>) -> Option<Verdict> {
    if let Some(row) = evidence.held {
        return Some(held(row));
    }
    if let Some(delivered) = delivered(evidence.attempts) {
        return Some(delivered);
    }
    let start = evidence.revisions.first().revision().from_seq;
    if evidence.seq < start {
        return Some(Verdict::BeforeStart { start });
    }
    evidence.skipped.map(|(from, to)| Verdict::Skipped { from, to })
}

/// What became of an event that the webhook wants and that is known not to be delivered.
fn wanted(evidence: &Evidence<'_>) -> Verdict {
    let attempts = evidence.attempts.len();
    match evidence.paused {
        _ if evidence.seq <= evidence.cursor => Verdict::Settled,
        Some(reason) => Verdict::Paused { reason: reason.clone(), attempts },
        None => Verdict::Pending { attempts },
    }
}

fn held(row: &HeldRow) -> Verdict {
    match row.state {
        HeldState::Dead => Verdict::Dead { reason: row.reason, attempts: row.attempts, since: row.next_at },
        state => Verdict::Held {
            state,
            reason: row.reason,
            attempts: row.attempts,
            next_at: (state != HeldState::Waiting).then_some(row.next_at),
            since: row.since,
        },
    }
}

/// The first success.
fn delivered(attempts: &[AttemptRow]) -> Option<Verdict> {
    let succeeded = |row: &&AttemptRow| matches!(row.status, Some(200..=299));
    let first = attempts.iter().filter(succeeded).min_by_key(|row| (row.at, row.n))?;
    Some(Verdict::Delivered {
        at: first.at,
        n: first.n,
        origin: first.origin,
        status: first.status?,
        revision: first.revision,
        total_us: first.phases.total_us,
    })
}

#[cfg(test)]
mod tests {
    use super::super::subscription::tests::{event, of_status, revision};
    use super::*;
    use crate::domain::WebhookId;
    use crate::store::Phases;

    fn attempt(n: i32, status: u16) -> AttemptRow {
        AttemptRow {
            webhook: WebhookId(1),
            seq: Seq(9),
            origin: AttemptOrigin::Live,
            n,
            at: Timestamp(i64::from(n)),
            revision: 1,
            phases: Phases::default(),
            status: Some(status),
            error: (status >= 300).then_some("status".into()),
            answer: None,
            charged: true,
        }
    }

    fn row(state: HeldState) -> HeldRow {
        HeldRow {
            webhook: WebhookId(1),
            seq: Seq(9),
            state,
            reason: HeldReason::Failed,
            lane: None,
            attempts: 2,
            next_at: Timestamp(5),
            since: Timestamp(3),
            origin: AttemptOrigin::Live,
            replay: None,
        }
    }

    #[test]
    fn every_event_has_an_answer() {
        let mut wanted = revision(2, 9, &["call-*"]);
        wanted.rules = of_status(&[("call-ended", "7")]);
        let revisions = Revisions::new(vec![revision(1, 5, &["*"]), wanted]).expect("two");
        let base = event(9, "call-started", None, "{}");
        let evidence = Evidence {
            seq: Seq(9),
            event: Some(&base),
            revisions: &revisions,
            cursor: Seq(8),
            attempts: &[],
            held: None,
            skipped: None,
            paused: None,
        };
        let word = |evidence: &Evidence<'_>| {
            let json = serde_json::to_value(verdict(evidence)).expect("JSON");
            json["verdict"].as_str().expect("a word").to_owned()
        };
        assert_eq!(word(&evidence), "pending");
        assert_eq!(word(&Evidence { paused: Some(&PauseReason::Gone), ..evidence }), "paused");
        assert_eq!(word(&Evidence { cursor: Seq(9), ..evidence }), "settled");
        assert_eq!(word(&Evidence { event: None, ..evidence }), "expired");
        assert_eq!(word(&Evidence { seq: Seq(4), ..evidence }), "before_start");
        assert_eq!(word(&Evidence { skipped: Some((Seq(9), Seq(9))), ..evidence }), "skipped");
        assert_eq!(word(&Evidence { held: Some(&row(HeldState::Alone)), ..evidence }), "held");
        assert_eq!(word(&Evidence { held: Some(&row(HeldState::Dead)), ..evidence }), "dead");
        let attempts = [attempt(1, 500), attempt(2, 200)];
        assert_eq!(word(&Evidence { attempts: &attempts, ..evidence }), "delivered");
        let idle = event(9, "agent-is-idle", None, "{}");
        assert_eq!(word(&Evidence { event: Some(&idle), ..evidence }), "not_subscribed");
        for (name, known) in [("call-started", true), ("agent-is-idle", true), ("call-ended", false)] {
            let whole = event(9, name, None, "{}");
            let whole = verdict(&Evidence { event: Some(&whole), ..evidence });
            let by_name = verdict_by_name(&Evidence { event: None, ..evidence }, name);
            assert_eq!(by_name, known.then_some(whole), "{name}");
        }
        let early = verdict_by_name(&Evidence { seq: Seq(4), ..evidence }, "call-ended");
        assert_eq!(early, Some(Verdict::BeforeStart { start: Seq(5) }));
        let ended = event(9, "call-ended", None, r#"{"status":6}"#);
        let refused = serde_json::to_value(verdict(&Evidence { event: Some(&ended), ..evidence }));
        assert_eq!(
            refused.expect("JSON"),
            serde_json::json!({"verdict": "rule_not_met", "revision": 2, "path": "status", "operator": "equals",
                               "wanted": "7", "actual": "6"})
        );
    }
}
