//! Whether a webhook wants an event: one revision, ready to decide.
//!
//! Couriers decide by this once, when they first read an event, and "why was this not sent" asks the same code again
//! with the same revision: the two cannot disagree.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::rules::{CompiledRules, Unmet};
use crate::domain::{Event, Pattern, Revision, Seq};

/// What a revision says about an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "because")]
pub enum Unwanted {
    /// No subscription names the event.
    NotSubscribed,
    /// A rule does not hold.
    Rule(Unmet),
}

/// A revision with its rules read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    revision: Revision,
    rules: BTreeMap<String, CompiledRules>,
}

impl Subscription {
    pub fn new(revision: Revision) -> Subscription {
        let compile = |rules: &Vec<_>| CompiledRules::new(rules.clone());
        let rules = revision.rules.iter().map(|(name, rules)| (name.clone(), compile(rules))).collect();
        Subscription { revision, rules }
    }

    pub fn revision(&self) -> &Revision {
        &self.revision
    }

    pub fn number(&self) -> i32 {
        self.revision.number
    }

    /// Whether the event's name is subscribed to and every rule for it holds.
    pub fn wants(&self, event: &Event) -> Result<(), Unwanted> {
        if !self.names(&event.name) {
            return Err(Unwanted::NotSubscribed);
        }
        let rules = self.rules_for(&event.name);
        rules.map_or(Ok(()), |rules| rules.check(&event.payload)).map_err(Unwanted::Rule)
    }

    /// The rules that an event of this name has to meet.
    pub fn rules_for(&self, name: &str) -> Option<&CompiledRules> {
        match self.rules.get(name) {
            None if self.rules.is_empty() => None,
            None => self.rules.get("*"),
            found => found,
        }
    }

    /// Whether any subscription matches this name.
    pub fn names(&self, name: &str) -> bool {
        self.revision.events.iter().any(|pattern| pattern.matches(name))
    }

    pub fn patterns(&self) -> &[Pattern] {
        &self.revision.events
    }
}

/// The revisions of a webhook, oldest first, never empty. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Revisions(Arc<Vec<Arc<Subscription>>>);

impl Revisions {
    /// `None` when there is none.
    pub fn new(mut revisions: Vec<Revision>) -> Option<Revisions> {
        revisions.sort_by_key(|revision| revision.number);
        let subscriptions: Vec<_> =
            revisions.into_iter().map(|revision| Arc::new(Subscription::new(revision))).collect();
        (!subscriptions.is_empty()).then(|| Revisions(Arc::new(subscriptions)))
    }

    /// The revision that holds for the event at this seq. Before the first one begins, the first: a webhook may start
    /// at a time before it was made.
    pub fn at(&self, seq: Seq) -> &Arc<Subscription> {
        let holding = self.0.iter().rev().find(|subscription| subscription.revision.from_seq <= seq);
        holding.or(self.0.first()).expect("never empty")
    }

    /// The stretches of `from` to `to` (both included) through which one revision holds, in order.
    pub fn stretches(&self, from: Seq, to: Seq) -> Vec<(Seq, Seq, Arc<Subscription>)> {
        let begins = self.0.iter().map(|subscription| subscription.revision.from_seq);
        let mut begins: Vec<Seq> = begins.filter(|begin| (from.next()..=to).contains(begin)).collect();
        begins.push(from);
        begins.sort_unstable();
        begins.dedup();
        let ends = begins.iter().skip(1).map(|next| Seq(next.0 - 1)).chain([to]);
        let stretches = begins.iter().zip(ends).filter(|(begin, end)| **begin <= *end);
        stretches.map(|(begin, end)| (*begin, end, self.at(*begin).clone())).collect()
    }

    pub fn numbered(&self, number: i32) -> Option<&Arc<Subscription>> {
        self.0.iter().find(|subscription| subscription.number() == number)
    }

    /// The one the webhook began with.
    pub fn first(&self) -> &Arc<Subscription> {
        self.0.first().expect("never empty")
    }

    pub fn latest(&self) -> &Arc<Subscription> {
        self.0.last().expect("never empty")
    }

    /// Adds a newer one; one that is known already changes nothing.
    pub fn add(&mut self, revision: Revision) {
        if self.numbered(revision.number).is_none() {
            let all = Arc::make_mut(&mut self.0);
            all.push(Arc::new(Subscription::new(revision)));
            all.sort_by_key(|subscription| subscription.number());
        }
    }

    /// Every name that may be wanted from `seq` on: what matches none of these need not be read.
    pub fn patterns_from(&self, seq: Seq) -> Vec<Pattern> {
        let holding = self.at(seq).number();
        let needed = self.0.iter().filter(|subscription| subscription.number() >= holding);
        let mut patterns: Vec<Pattern> = Vec::new();
        for pattern in needed.flat_map(|subscription| subscription.patterns()) {
            if !patterns.contains(pattern) {
                patterns.push(pattern.clone());
            }
        }
        patterns
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::domain::webhook::{EventTypes, Redacted, Rules};
    use crate::domain::{CompanyId, EventFlags, Format, Keys, Operator, Provider, Rule, SourceId, Timestamp};

    pub(crate) fn revision(number: i32, from: i64, events: &[&str]) -> Revision {
        Revision {
            number,
            from_seq: Seq(from),
            saved_at: Timestamp(0),
            events: EventTypes::new(events.iter().map(|text| text.parse().expect("a pattern")).collect())
                .expect("some"),
            rules: Rules::default(),
            format: Format::Ramal,
            redact: Redacted::default(),
        }
    }

    /// Rules that `status` be equal to these, by event name.
    pub(crate) fn of_status(values: &[(&str, &str)]) -> Rules {
        let rule =
            |value: &str| Rule { path: "status".into(), operator: Operator::Equals, value: value.into() };
        let rules = values.iter().map(|(of, value)| ((*of).to_owned(), vec![rule(value)])).collect();
        Rules::new(&rules).expect("rules")
    }

    pub(crate) fn event(seq: i64, name: &str, lane: Option<&str>, payload: &str) -> Event {
        Event {
            company: CompanyId(7),
            seq: Seq(seq),
            source: SourceId(1),
            provider: Provider::new("threecplus"),
            session: None,
            name: name.into(),
            lane: lane.map(Into::into),
            received_at: Timestamp(1_704_067_200_000_000),
            payload: Bytes::copy_from_slice(payload.as_bytes()),
            keys: Keys::default(),
            flags: EventFlags::default(),
            extra: None,
        }
    }

    #[test]
    fn a_name_and_its_rules_decide() {
        let mut wanted = revision(1, 1, &["call-*"]);
        wanted.rules = of_status(&[("*", "1"), ("call-ended", "2")]);
        let subscription = Subscription::new(wanted);
        let wants = |name: &str, payload: &str| subscription.wants(&event(1, name, None, payload));
        assert_eq!(wants("agent-is-idle", "{}"), Err(Unwanted::NotSubscribed));
        assert_eq!(wants("call-started", r#"{"status":1}"#), Ok(()));
        assert_eq!(wants("call-ended", r#"{"status":"2"}"#), Ok(()));
        assert!(matches!(wants("call-ended", r#"{"status":1}"#), Err(Unwanted::Rule(_))));
    }

    #[test]
    fn the_revision_that_holds_at_a_seq_decides_it() {
        let revisions = vec![revision(2, 10, &["b"]), revision(1, 5, &["a"]), revision(3, 10, &["c"])];
        let mut revisions = Revisions::new(revisions).expect("not empty");
        for (seq, number) in [(1, 1), (5, 1), (9, 1), (10, 3), (99, 3)] {
            assert_eq!(revisions.at(Seq(seq)).number(), number, "at {seq}");
        }
        revisions.add(revision(4, 20, &["d"]));
        assert_eq!(revisions.at(Seq(20)).number(), 4);
        let stretches = revisions.stretches(Seq(3), Seq(30));
        let stretches: Vec<_> =
            stretches.iter().map(|(from, to, one)| (from.0, to.0, one.number())).collect();
        assert_eq!(stretches, [(3, 4, 1), (5, 9, 1), (10, 19, 3), (20, 30, 4)]);
        assert!(revisions.stretches(Seq(3), Seq(2)).is_empty());
        let names: Vec<String> = revisions.patterns_from(Seq(15)).iter().map(ToString::to_string).collect();
        assert_eq!(names, ["c", "d"]);
    }
}
