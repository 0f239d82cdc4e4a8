//! A call as a line: its states one after the other, with the time between them.

use super::super::Ui;
use super::super::ui::Moment;
use super::words::{self, Parts};
use crate::admin::CallView;
use crate::domain::Timestamp;

/// A state on the line.
pub struct Knot {
    pub name: String,
    pub at: Moment,
    /// What lasted from here to the next one; nothing after the last.
    pub then: Option<Stretch>,
}

pub struct Stretch {
    /// `ring`, `wait` or `talk`: its colour.
    pub kind: &'static str,
    pub said: String,
}

/// The states of which the provider told the time, in their order.
pub fn strip(ui: &Ui, call: &CallView) -> Vec<Knot> {
    let parts = Parts::of(call);
    let named = |name: &str| match words::agent(call) {
        Some(agent) if name == "answered" => ui.say("call-knot-agent").with("agent", agent).text(),
        _ => ui.say("call-knot").with("knot", name).text(),
    };
    let mut knots: Vec<(&str, Timestamp)> = Vec::new();
    for (name, at) in
        [("new", parts.new), ("ringing", parts.ringing), ("answered", parts.answered), ("ended", parts.ended)]
    {
        // What rings from its first moment on is one knot.
        if let Some(at) = at.filter(|at| knots.last().is_none_or(|(_, last)| last <= at)) {
            if name == "ringing" && knots.last().is_some_and(|(_, last)| *last == at) {
                knots.pop();
            }
            knots.push((name, at));
        }
    }
    // How long the present state lasts is not said: the provider's clock may be another than ours.
    let ends: Vec<Option<Timestamp>> =
        (1..=knots.len()).map(|next| knots.get(next).map(|(_, at)| *at)).collect();
    knots
        .iter()
        .zip(ends)
        .map(|((name, at), end)| {
            let kind = match *name {
                "answered" => "talk",
                "ringing" => "ring",
                _ => "wait",
            };
            let stretch = |end: Timestamp| Stretch {
                kind,
                said: ui.say("call-stretch").with("kind", kind).with("span", ui.span(end.since(*at))).text(),
            };
            Knot { name: named(name), at: ui.clock(*at), then: end.filter(|_| *name != "ended").map(stretch) }
        })
        .collect()
}
