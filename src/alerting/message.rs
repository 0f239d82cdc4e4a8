//! What is to be told, before it is known over which service.

use crate::domain::incident::Cost;
use crate::domain::{CompanyId, Timestamp};

/// Why a message is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Opened,
    StillOpen,
    /// Nobody has acknowledged it.
    Escalated,
    Resolved,
    /// What is open, once a day.
    Summary,
    /// A person tries whether it arrives.
    Test,
}

impl What {
    pub fn as_str(self) -> &'static str {
        match self {
            What::Opened => "opened",
            What::StillOpen => "still_open",
            What::Escalated => "escalated",
            What::Resolved => "resolved",
            What::Summary => "summary",
            What::Test => "test",
        }
    }
}

/// One message to one contact point.
#[derive(Debug, Clone)]
pub struct Message {
    /// Its own, and the same whenever it is sent again. Letters, digits, `.`, `_` and `-`.
    pub id: String,
    pub what: What,
    pub at: Timestamp,
    /// How many incidents it is about; more than there are lines, if only some are written out.
    pub total: usize,
    pub lines: Vec<Line>,
    /// Where the panel shows all of it.
    pub panel_url: Option<String>,
}

/// One incident in it. Texts are in the contact point's language.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its own, and the same whenever it is sent again, with whatever else. As [`Message::id`].
    pub id: String,
    pub incident_id: i64,
    /// A stable word: `webhook_failing`.
    pub kind: &'static str,
    pub cost: Cost,
    /// What the matter is, or was.
    pub title: String,
    /// The same of one that is over, which says that it is; `None` while it is open.
    pub over: Option<String>,
    pub sentence: String,
    pub company_id: Option<CompanyId>,
    pub company: Option<String>,
    /// Since when it is so.
    pub since: Timestamp,
    /// When it was seen.
    pub opened_at: Timestamp,
    pub closed_at: Option<Timestamp>,
    /// Where the panel shows it.
    pub link: Option<String>,
}

impl Message {
    /// A message that says nothing but that it arrives.
    pub fn test(id: String, at: Timestamp, panel_url: Option<String>) -> Self {
        Self { id, what: What::Test, at, total: 0, lines: Vec::new(), panel_url }
    }

    /// The lines, what costs most first, of those the newest.
    pub(super) fn worst_first(&self) -> Vec<&Line> {
        let mut lines: Vec<_> = self.lines.iter().collect();
        lines.sort_by_key(|line| std::cmp::Reverse((line.cost, line.since, line.incident_id)));
        lines
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// 27 November 2026, 13:32 in Brasília.
    pub const SINCE: Timestamp = Timestamp(1_795_797_120_000_000);

    pub fn line(number: i64) -> Line {
        Line {
            id: format!("alert_12_{number}"),
            incident_id: number,
            kind: "webhook_failing",
            cost: Cost::Waiting,
            title: "erp.pitanga.example responde HTTP 500".into(),
            over: None,
            sentence: "2.113 eventos na fila. Nada se perde.".into(),
            company_id: Some(CompanyId(7)),
            company: Some("Grupo Pitanga".into()),
            since: SINCE,
            opened_at: Timestamp(SINCE.0 + 8_000_000),
            closed_at: None,
            link: Some(format!("https://ramal.jatoba.example/incidents/{number}")),
        }
    }

    pub fn message(what: What, lines: u8) -> Message {
        Message {
            id: "alert_12".into(),
            what,
            at: Timestamp(SINCE.0 + 120_000_000),
            total: lines.into(),
            lines: (1..=lines).map(|number| line(number.into())).collect(),
            panel_url: Some("https://ramal.jatoba.example/".into()),
        }
    }

    /// Names that try everything, and are as long as can be.
    pub fn hostile(lines: u8) -> Message {
        let evil = "<!channel> @everyone <users/all> [x](http://evil.example) *b* _i_ ~s~ `c` </b><a href=\"http://evil.example\">\u{1f4a9}&amp;\\ ";
        let mut message = message(What::Opened, lines);
        message.total = usize::from(lines) + 5;
        for line in &mut message.lines {
            line.title = evil.repeat(9);
            line.sentence = evil.repeat(30);
            line.company = Some(evil.into());
        }
        message
    }

    #[test]
    fn what_costs_most_comes_first_and_of_those_the_newest() {
        let mut three = message(What::Opened, 3);
        three.lines[1].cost = Cost::Losing;
        three.lines[2].since = Timestamp(SINCE.0 + 1);
        let order: Vec<_> = three.worst_first().iter().map(|line| line.incident_id).collect();
        assert_eq!(order, [2, 3, 1]);
    }
}
