//! A call in words, as list and page say it.

use std::time::Duration;

use super::super::parts::{Badge, Icon, Tone, icon};
use super::super::{Ui, lines};
use crate::admin::CallView;
use crate::domain::Timestamp;

/// A Brazilian number as people write it; any other as it is.
pub fn phone(digits: &str) -> String {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return digits.to_owned();
    }
    let national = match (digits.len(), digits.strip_prefix('0'), digits.strip_prefix("55")) {
        (11 | 12, Some(national), _) | (12 | 13, None, Some(national)) => national,
        _ => digits,
    };
    match national.len() {
        // No area code has a zero.
        10 | 11 if national[..2].contains('0') => digits.to_owned(),
        10 => format!("({}) {}-{}", &national[..2], &national[2..6], &national[6..]),
        11 => format!("({}) {}-{}", &national[..2], &national[2..7], &national[7..]),
        _ => digits.to_owned(),
    }
}

/// The other side, or what a call is called that has none.
pub fn who(ui: &Ui, call: &CallView) -> String {
    match &call.their_number {
        Some(number) => phone(number),
        None => ui.say("calls-no-number").text(),
    }
}

pub fn agent(call: &CallView) -> Option<String> {
    let agent = call.agent.as_ref()?;
    Some(agent.name.clone().unwrap_or_else(|| agent.id.clone()))
}

pub fn direction(call: &CallView) -> Icon {
    match call.direction {
        Some("outbound") => icon("arrow-up-right"),
        Some("internal") => icon("arrow-left-right"),
        _ => icon("arrow-down-left"),
    }
}

/// What is going on, or what became of it.
pub fn state(ui: &Ui, call: &CallView) -> Badge {
    if call.state != "finished" {
        let (tone, icon) = match call.state {
            "ongoing" => (Tone::Ok, icon("phone-call")),
            "ringing" => (Tone::Info, icon("bell-ring")),
            "waiting" | "standby" => (Tone::Warn, icon("clock")),
            _ => (Tone::Info, icon("phone")),
        };
        return Badge::new(tone, icon, &ui.say("call-state").with("state", call.state));
    }
    let (tone, icon) = match call.outcome {
        Some("answered") => (Tone::Ok, icon("phone")),
        Some("abandoned" | "missed") => (Tone::Bad, icon("phone-missed")),
        _ => (Tone::Off, icon("circle-minus")),
    };
    Badge::new(tone, icon, &ui.say("call-outcome").with("outcome", call.outcome.unwrap_or("unknown")))
}

/// A call in a line: who called, with whom they spoke or what became of it.
pub fn in_words(ui: &Ui, call: &CallView) -> String {
    let who = who(ui, call);
    if call.state != "finished" {
        return format!("{who}, {}", ui.say("call-state").with("state", call.state).text().to_lowercase());
    }
    match agent(call) {
        Some(agent) if call.answered_at.is_some() => {
            ui.say("call-title-agent").with("who", who).with("agent", agent).text()
        }
        _ => {
            let outcome = ui.say("call-outcome").with("outcome", call.outcome.unwrap_or("unknown"));
            format!("{who}, {}", outcome.text().to_lowercase())
        }
    }
}

/// When each part of a call began, by the provider's clock.
pub struct Parts {
    pub new: Option<Timestamp>,
    pub ringing: Option<Timestamp>,
    pub answered: Option<Timestamp>,
    pub ended: Option<Timestamp>,
}

impl Parts {
    pub fn of(call: &CallView) -> Self {
        let at = |text: &Option<String>| lines::moment(text.as_deref());
        Self {
            new: at(&call.new_at),
            ringing: at(&call.ringing_at),
            answered: at(&call.answered_at),
            ended: at(&call.ended_at),
        }
    }

    /// How long it took until somebody answered, or it ended without; like the others `None` until its end was told.
    pub fn waited(&self) -> Option<Duration> {
        let ended = self.ended?;
        Some(self.answered.unwrap_or(ended).since(self.new?))
    }

    /// How long two people talked.
    pub fn talked(&self) -> Option<Duration> {
        Some(self.ended?.since(self.answered?))
    }

    pub fn lasted(&self) -> Option<Duration> {
        Some(self.ended?.since(self.new?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brazilian_number_is_written_as_people_write_it() {
        assert_eq!(phone("5585900004900"), "(85) 90000-4900");
        assert_eq!(phone("11900001234"), "(11) 90000-1234");
        assert_eq!(phone("1133334444"), "(11) 3333-4444");
        assert_eq!(phone("018988776655"), "(18) 98877-6655");
        for other in ["9001", "08001111111", "123456789012", "4930123456789", "anônimo", ""] {
            assert_eq!(phone(other), other);
        }
    }
}
