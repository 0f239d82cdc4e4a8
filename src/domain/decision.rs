//! Where a call goes: what was decided when its provider asked for it, and what came of telling the provider.
//!
//! What must hold here: once a provider has taken a decision, nothing more is due of it. What is due is so within the provider's
//! time only.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{CompanyId, Key, Provider, Seq, SourceId, Timestamp};

/// Whether the company knew the phone that calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Caller {
    /// By this call it became known, or its number was withheld.
    New,
    Known,
}

/// How far a decision is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecisionState {
    /// The provider is being told.
    Due,
    /// It has taken it.
    Sent,
    /// It did not take it in any of its attempts.
    Failed,
    /// The time that it gives for it was over.
    Expired,
    /// Nobody is to be told: calls of the source are not routed, or it has no address for that.
    NotWanted,
}

/// What a [`Report`] is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reported {
    Sent,
    Failed,
    Expired,
}

macro_rules! spelled {
    ($type:ident: $($name:ident = $word:literal),+) => {
        impl $type {
            pub fn as_str(self) -> &'static str {
                match self { $($type::$name => $word),+ }
            }

            pub fn parse(text: &str) -> Option<$type> {
                match text { $($word => Some($type::$name),)+ _ => None }
            }
        }
    };
}

spelled!(Caller: New = "new", Known = "known");
spelled!(DecisionState: Due = "due", Sent = "sent", Failed = "failed", Expired = "expired", NotWanted = "not_wanted");
spelled!(Reported: Sent = "sent", Failed = "failed", Expired = "expired");

/// Which call of which source a decision is about: there is one for each.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OfCall {
    pub company: CompanyId,
    pub source: SourceId,
    /// The provider's id of it.
    pub call: Key,
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub of: OfCall,
    pub provider: Provider,
    /// The event that asked, and when it came.
    pub asked: Seq,
    pub asked_at: Timestamp,
    pub decided_at: Timestamp,
    /// Digits; `None` for a number that was withheld.
    pub phone: Option<String>,
    pub caller: Caller,
    pub destination: String,
    pub state: DecisionState,
    /// What came of telling the provider, in order.
    pub reports: Vec<Report>,
    /// How many of the reports are in the journal.
    pub told: usize,
}

/// What came of one attempt to tell the provider, or that its time was over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub at: Timestamp,
    pub what: Reported,
    /// The number of the attempt, from 1; `None` where none was made.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub attempt: Option<u32>,
    /// Where the call was to go: a person may have chosen another place.
    pub destination: String,
    /// The answer's, if there was one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<u16>,
    /// A word for what went wrong, or what the provider said of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub took_ms: Option<u64>,
    /// Nothing more will be tried.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub last: bool,
    /// Who ordered it; `None` for what was decided here.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by: Option<String>,
}

/// The time that a provider gives, and how it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// When each attempt is due, counted from the decision.
    pub attempts: &'static [Duration],
    /// How long an answer is waited for.
    pub patience: Duration,
    /// After so long since it asked nothing is sent any more.
    pub within: Duration,
}

/// What an attempt has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    pub taken: bool,
    pub status: Option<u16>,
    pub error: Option<String>,
    pub took: Duration,
}

/// What is to be done for a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing before this.
    Wait { until: Timestamp },
    /// The provider is told, and its answer is waited for so long.
    Try { patience: Duration },
    /// The time is over.
    Expire,
    /// Nothing any more.
    Rest,
}

impl Decision {
    /// Attempts that were made by itself and are known to have ended.
    pub fn attempts(&self) -> usize {
        self.reports.iter().filter(|report| report.attempt.is_some() && report.by.is_none()).count()
    }

    /// Attempts of anybody.
    fn numbered(&self) -> usize {
        self.reports.iter().filter(|report| report.attempt.is_some()).count()
    }

    /// Whether it is in the journal as far as it is.
    pub fn is_told(&self) -> bool {
        self.told >= self.reports.len()
    }

    pub fn is_open(&self) -> bool {
        self.state == DecisionState::Due || !self.is_told()
    }

    /// What is to be done now. After a restart it goes on where it was: an attempt of which nothing is known is made once more.
    pub fn step(&self, pace: &Pace, now: Timestamp) -> Step {
        if self.state != DecisionState::Due {
            return Step::Rest;
        }
        let end = self.asked_at.plus(pace.within);
        if now >= end {
            return Step::Expire;
        }
        let due = pace.attempts.get(self.attempts()).map(|after| self.decided_at.plus(*after));
        match due {
            Some(due) if due <= now => Step::Try { patience: pace.patience.min(end.since(now)) },
            Some(due) => Step::Wait { until: due.min(end) },
            None => Step::Expire,
        }
    }

    /// An attempt has ended.
    pub fn tried(&mut self, pace: &Pace, tried: &Tried, now: Timestamp) {
        let is_last = self.attempts() + 1 >= pace.attempts.len();
        let report = self.report(tried, &self.destination, now);
        // Somebody else may have had it sent meanwhile.
        if self.state == DecisionState::Due {
            self.state = match (tried.taken, is_last) {
                (true, _) => DecisionState::Sent,
                (false, true) => DecisionState::Failed,
                (false, false) => DecisionState::Due,
            };
        }
        self.reports.push(Report { last: tried.taken || is_last, ..report });
    }

    /// Somebody had the call sent somewhere: where the provider took that, it holds.
    pub fn ordered(&mut self, tried: &Tried, destination: &str, by: &str, now: Timestamp) -> Report {
        let report = self.report(tried, destination, now);
        let is_last = tried.taken || self.state != DecisionState::Due;
        let report = Report { by: Some(by.to_owned()), last: is_last, ..report };
        if self.destination.is_empty() || tried.taken {
            destination.clone_into(&mut self.destination);
        }
        if tried.taken {
            self.state = DecisionState::Sent;
        }
        self.reports.push(report.clone());
        report
    }

    /// The time was over before the provider had taken it.
    pub fn expire(&mut self, now: Timestamp) {
        if self.state != DecisionState::Due {
            return;
        }
        self.state = DecisionState::Expired;
        self.reports.push(Report {
            at: now,
            what: Reported::Expired,
            attempt: None,
            destination: self.destination.clone(),
            status: None,
            error: None,
            took_ms: None,
            last: true,
            by: None,
        });
    }

    fn report(&self, tried: &Tried, destination: &str, now: Timestamp) -> Report {
        Report {
            at: now,
            what: if tried.taken { Reported::Sent } else { Reported::Failed },
            attempt: u32::try_from(self.numbered() + 1).ok(),
            destination: destination.to_owned(),
            status: tried.status,
            error: tried.error.clone(),
            took_ms: u64::try_from(tried.took.as_millis()).ok(),
            last: false,
            by: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const PACE: Pace = Pace {
        attempts: &[Duration::ZERO, SECOND, Duration::from_secs(3)],
        patience: Duration::from_millis(2_500),
        within: Duration::from_secs(9),
    };
    const ASKED: Timestamp = Timestamp(1_704_067_200_000_000);

    fn decided() -> Decision {
        Decision {
            of: OfCall { company: CompanyId(1), source: SourceId(1), call: "1.2".into() },
            provider: Provider::new("teravoz"),
            asked: Seq(2),
            asked_at: ASKED,
            decided_at: ASKED,
            phone: None,
            caller: Caller::New,
            destination: "901".to_owned(),
            state: DecisionState::Due,
            reports: Vec::new(),
            told: 0,
        }
    }

    fn after(ms: u64) -> Timestamp {
        ASKED.plus(Duration::from_millis(ms))
    }

    const REFUSED: Tried = Tried { taken: false, status: Some(500), error: None, took: SECOND };
    const TAKEN: Tried = Tried { taken: true, status: Some(201), error: None, took: SECOND };

    #[test]
    fn three_attempts_are_made_in_their_time_and_then_it_has_failed() {
        let mut decision = decided();
        let patience = PACE.patience;
        assert_eq!(decision.step(&PACE, after(0)), Step::Try { patience });
        decision.tried(&PACE, &REFUSED, after(10));
        assert_eq!(decision.step(&PACE, after(10)), Step::Wait { until: after(1_000) });
        assert_eq!(decision.step(&PACE, after(1_000)), Step::Try { patience });
        decision.tried(&PACE, &REFUSED, after(3_500));
        assert_eq!(decision.step(&PACE, after(3_500)), Step::Try { patience }, "its time has come meanwhile");
        decision.tried(&PACE, &REFUSED, after(6_000));
        assert_eq!((decision.state, decision.step(&PACE, after(6_000))), (DecisionState::Failed, Step::Rest));
        let attempts: Vec<_> = decision.reports.iter().map(|report| (report.attempt, report.last)).collect();
        assert_eq!(attempts, [(Some(1), false), (Some(2), false), (Some(3), true)]);
    }

    #[test]
    fn what_was_taken_is_never_due_again() {
        let mut decision = decided();
        decision.tried(&PACE, &REFUSED, after(10));
        decision.tried(&PACE, &TAKEN, after(1_010));
        assert_eq!(decision.state, DecisionState::Sent);
        for ms in [1_010, 3_000, 20_000] {
            assert_eq!(decision.step(&PACE, after(ms)), Step::Rest);
        }
    }

    /// Decided late, as after a restart, it has what is left of the provider's time.
    #[test]
    fn nothing_is_sent_when_the_time_is_over() {
        let late = Decision { decided_at: after(8_000), ..decided() };
        assert_eq!(late.step(&PACE, after(8_000)), Step::Try { patience: SECOND });
        let mut once = late.clone();
        once.tried(&PACE, &REFUSED, after(8_500));
        assert_eq!(once.step(&PACE, after(8_500)), Step::Wait { until: after(9_000) });
        assert_eq!(once.step(&PACE, after(9_000)), Step::Expire);
        once.expire(after(9_000));
        assert_eq!((once.state, once.is_open()), (DecisionState::Expired, true), "it is still to be told");
        once.told = 2;
        assert!(!once.is_open());
        assert_eq!(decided().step(&PACE, after(86_400_000)), Step::Expire);
    }

    #[test]
    fn words_are_read_back() {
        use DecisionState::{Due, Expired, Failed, NotWanted, Sent};
        for state in [Due, Sent, Failed, Expired, NotWanted] {
            assert_eq!(DecisionState::parse(state.as_str()), Some(state));
        }
        assert_eq!(Caller::parse("known"), Some(Caller::Known));
        assert_eq!(Reported::parse("x"), None);
    }
}
