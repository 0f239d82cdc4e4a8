//! What a call's history repeats: when what was told of it, and how it ended.

use crate::domain::Timestamp;

/// What was told of a call so far, which its history repeats.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Life {
    pub(super) began: Option<Timestamp>,
    /// The customer's telephone, and the agent's.
    pub(super) answered: Option<Timestamp>,
    pub(super) connected: Option<Timestamp>,
    pub(super) ended: Option<Timestamp>,
    /// The status id of its end.
    pub(super) status: u8,
}

impl Life {
    /// Takes in the event that is sent now.
    pub(super) fn hear(&mut self, name: &str, now: Timestamp) {
        self.began.get_or_insert(now);
        let of_call = ["call-was-", "manual-call-was-", "receptive-was-"];
        let Some(what) = of_call.iter().find_map(|kind| name.strip_prefix(kind)) else { return };
        let ends = match what {
            "answered" => {
                self.answered.get_or_insert(now);
                return;
            }
            "connected" => {
                self.connected.get_or_insert(now);
                return;
            }
            "ended" | "hung-up" | "finished" => 7,
            "not-answered" => 5,
            "abandoned" => 6,
            "abandoned-due-amd" => 9,
            "failed" => 8,
            _ => return,
        };
        if self.ended.is_none() {
            (self.ended, self.status) = (Some(now), ends);
        }
    }

    /// From when on customer and agent talked. A call that came in was answered by the agent.
    pub(super) fn talk(&self) -> Option<Timestamp> {
        let connected = self.connected?;
        Some(self.answered.map_or(connected, |answered| answered.max(connected)))
    }

    pub(super) fn seconds(from: Option<Timestamp>, to: Option<Timestamp>) -> u64 {
        from.zip(to).map_or(0, |(from, to)| to.since(from).as_secs())
    }
}
