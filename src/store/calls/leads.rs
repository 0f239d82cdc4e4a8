//! Where a page of calls is looked for: a condition for which there is an index.

use super::list::CallFilter;
use super::row;
use crate::domain::call::CallState;

/// A page by one lead. A call's state and outcome are those at the moment $12, when one that was waited for long enough is over.
macro_rules! page {
    ($lead:literal) => {
        page!("calls", $lead)
    };
    ($from:literal, $lead:literal) => {
        concat!(
            row::select!(" FROM "),
            $from,
            " WHERE company = $1 \
                 AND build = (SELECT MIN(build) FROM cursors WHERE consumer = 'calls' AND id = $1) \
                 AND (heard_at, seq) < ($2, $3) AND (heard_at, seq) >= ($5, $6) AND ",
            $lead,
            " AND ($7 IS NULL OR CASE WHEN due_at <= $12 THEN 'finished' ELSE state END = $7) \
             AND ($8 IS NULL OR CASE WHEN due_at <= $12 THEN due_outcome ELSE outcome END = $8) \
             AND ($9 IS NULL OR provider = $9) AND ($10 IS NULL OR agent = $10) AND ($11 IS NULL OR queue = $11) \
             AND ($14 IS NULL OR their_number = $14 OR our_number = $14) \
             ORDER BY heard_at DESC, seq DESC LIMIT $13"
        )
    };
}

/// Down to where a page by one lead looks: the place of the last one of so many calls.
macro_rules! last {
    ($lead:literal) => {
        concat!(
            "SELECT heard_at, seq FROM calls WHERE company = $1 \
                 AND build = (SELECT MIN(build) FROM cursors WHERE consumer = 'calls' AND id = $1) \
                 AND (heard_at, seq) < ($2, $3) AND heard_at >= $5 AND ",
            $lead,
            " ORDER BY heard_at DESC, seq DESC LIMIT 1 OFFSET $6"
        )
    };
}

/// What is looked for first. Each has an index.
#[derive(Clone, Copy)]
pub(super) enum Lead<'a> {
    TheirNumber(&'a str),
    OurNumber(&'a str),
    Agent(&'a str),
    Queue(&'a str),
    Call(&'a str),
    Outcome(&'a str),
    /// Those whose end was not told.
    Open,
    Provider(&'a str),
}

impl<'a> Lead<'a> {
    pub(super) fn value(self) -> Option<&'a str> {
        match self {
            Lead::TheirNumber(value)
            | Lead::OurNumber(value)
            | Lead::Agent(value)
            | Lead::Queue(value)
            | Lead::Call(value)
            | Lead::Outcome(value)
            | Lead::Provider(value) => Some(value),
            Lead::Open => None,
        }
    }

    /// Each text stands whole, so that its statement is prepared once.
    pub(super) fn sql(self) -> &'static str {
        match self {
            Lead::TheirNumber(_) => page!("their_number = $4"),
            Lead::OurNumber(_) => page!("our_number = $4"),
            Lead::Agent(_) => page!("agent = $4"),
            Lead::Queue(_) => page!("queue = $4"),
            // One source after the other: else SQLite goes through all calls of the company.
            Lead::Call(_) => page!(
                "(SELECT id AS own FROM sources WHERE company = $1) AS s CROSS JOIN calls",
                "source = own AND call_id = $4"
            ),
            Lead::Outcome(_) => page!("outcome = $4"),
            Lead::Open => page!("is_open = 1 AND CAST($4 AS TEXT) IS NULL"),
            Lead::Provider(_) => page!("provider = $4"),
        }
    }

    /// `None` where it finds a few calls at most.
    pub(super) fn last(self) -> Option<&'static str> {
        Some(match self {
            Lead::TheirNumber(_) => last!("their_number = $4"),
            Lead::OurNumber(_) => last!("our_number = $4"),
            Lead::Agent(_) => last!("agent = $4"),
            Lead::Queue(_) => last!("queue = $4"),
            Lead::Call(_) => return None,
            Lead::Outcome(_) => last!("outcome = $4"),
            Lead::Open => last!("is_open = 1 AND CAST($4 AS TEXT) IS NULL"),
            Lead::Provider(_) => last!("provider = $4"),
        })
    }

    /// Whether all that its index finds is what the filter means.
    pub(super) fn is_all_of(self, filter: &CallFilter) -> bool {
        let by_it = match self {
            Lead::TheirNumber(_) | Lead::OurNumber(_) => CallFilter { phone: None, ..filter.clone() },
            Lead::Agent(_) => CallFilter { agent: None, ..filter.clone() },
            Lead::Queue(_) => CallFilter { queue: None, ..filter.clone() },
            Lead::Call(_) => CallFilter { call: None, ..filter.clone() },
            Lead::Outcome(_) => CallFilter { outcome: None, ..filter.clone() },
            Lead::Open => filter.clone(),
            Lead::Provider(_) => CallFilter { provider: None, ..filter.clone() },
        };
        CallFilter { from: None, to: None, ..by_it } == CallFilter::default()
    }
}

impl CallFilter {
    /// Ways to look, the one first that mostly has the least to look at: the conditions of each find together every call that the filter
    /// means.
    pub(super) fn ways<'a>(&'a self, providers: &'a [String]) -> Vec<Vec<Lead<'a>>> {
        if let Some(call) = &self.call {
            return vec![vec![Lead::Call(call)]];
        }
        if let Some(phone) = &self.phone {
            return vec![vec![Lead::TheirNumber(phone), Lead::OurNumber(phone)]];
        }
        let mut ways = Vec::new();
        if self.state.is_some_and(|state| state != CallState::Finished) {
            ways.push(vec![Lead::Open]);
        }
        ways.extend(self.agent.iter().map(|agent| vec![Lead::Agent(agent)]));
        ways.extend(self.outcome.iter().map(|outcome| vec![Lead::Outcome(outcome.as_str()), Lead::Open]));
        ways.extend(self.queue.iter().map(|queue| vec![Lead::Queue(queue)]));
        if ways.is_empty() {
            let wanted =
                |provider: &&String| self.provider.is_none_or(|wanted| wanted.as_str() == **provider);
            ways.push(providers.iter().filter(wanted).map(|provider| Lead::Provider(provider)).collect());
        }
        ways
    }
}

/// Each statement with the index that it has to use, for the test of plans.
#[cfg(test)]
pub(in crate::store) fn statements() -> Vec<(&'static str, &'static str)> {
    let leads = [
        (Lead::TheirNumber(""), "calls_their_number"),
        (Lead::OurNumber(""), "calls_our_number"),
        (Lead::Agent(""), "calls_agent"),
        (Lead::Queue(""), "calls_queue"),
        (Lead::Call(""), "calls_id"),
        (Lead::Outcome(""), "calls_outcome"),
        (Lead::Open, "calls_open"),
        (Lead::Provider(""), "calls_heard"),
    ];
    let of = |(lead, index): &(Lead<'static>, _)| {
        [Some(lead.sql()), lead.last()].map(|sql| sql.map(|sql| (sql, *index)))
    };
    leads.iter().flat_map(of).flatten().collect()
}
