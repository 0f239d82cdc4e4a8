//! What is said of an incident that is over: what ended it, how long it lasted, what it cost at its worst.

use crate::domain::Lang;
use crate::domain::incident::{Cost, Incident, Kind};
use crate::texts::{msg, say, span};

/// Each a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Over {
    /// `None` where that was not written down.
    pub ended: Option<String>,
    pub lasted: Option<String>,
    /// The most that waited, or was lost; `None` where that is nothing, or is no number of events.
    pub most: Option<String>,
}

impl Over {
    /// `why` is the word of what ended it.
    pub fn of(incident: &Incident, why: Option<&str>, lang: Lang) -> Self {
        let lasted = incident.closed_at.map(|at| span(lang, at.since(incident.since)));
        Self {
            ended: why.map(|why| say(lang, "incident-ended").with("why", why).text()),
            lasted: lasted.map(|lasted| say(lang, "incident-over-lasted").with("span", lasted).text()),
            most: most(incident, lang),
        }
    }

    /// All of it.
    pub fn text(self) -> String {
        let parts = [self.ended, self.lasted, self.most];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

fn most(incident: &Incident, lang: Lang) -> Option<String> {
    let most = incident.facts.most.filter(|most| *most > 0)?;
    let said = match incident.kind {
        // Bytes that are free, and minutes.
        Kind::DiskLow | Kind::Silence => return None,
        Kind::CallsNotRouted => {
            say(lang, "incident-most-calls").with("calls", msg("attention-calls").with("n", most))
        }
        Kind::DoorRefuses => say(lang, "incident-most-refused").with("n", most),
        // It still waits for somebody to send it again.
        Kind::EventsDead => say(lang, "incident-most-lost").with("n", most),
        kind if kind.cost() == Cost::Waiting => say(lang, "incident-most-waiting").with("n", most),
        _ => say(lang, "incident-most-lost").with("n", most),
    };
    Some(said.text())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::incident::Facts;
    use crate::domain::{CompanyId, IncidentId, Timestamp};

    fn incident(kind: Kind, most: u64) -> Incident {
        Incident {
            id: IncidentId(9),
            company: Some(CompanyId(1)),
            subject: String::new(),
            kind,
            since: Timestamp(0),
            opened_at: Timestamp(8_000_000),
            closed_at: Some(Timestamp(14 * 60_000_000)),
            facts: Facts { most: Some(most), ..Facts::default() },
            taken: None,
            silence: None,
        }
    }

    #[test]
    fn what_is_over_is_told_as_over() {
        let said = |kind, most, why| Over::of(&incident(kind, most), why, Lang::Pt).text();
        assert_eq!(
            said(Kind::WebhookFailing, 22, Some("delivering")),
            "O destino voltou a aceitar eventos. Durou 14 min. No pico, 22 eventos na fila."
        );
        assert_eq!(said(Kind::GapOpen, 0, Some("connected")), "A conexão voltou. Durou 14 min.");
        assert_eq!(said(Kind::Silence, 28, None), "Durou 14 min.");
        assert_eq!(
            said(Kind::CallsNotRouted, 2, Some("over")),
            "Passou. Durou 14 min. No pico, 2 chamadas em uma hora."
        );
    }
}
