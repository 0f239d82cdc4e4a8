//! The history of a line as rows: sessions and gaps, each with how long it lasted, why it ended, and about what a gap has cost.

use super::parts::Badge;
use super::ui::Moment;
use super::{Ui, lines};
use crate::admin::StretchView;

pub struct Entry {
    pub at: Moment,
    pub badge: Badge,
    pub text: String,
    /// What did not come meanwhile, of a gap.
    pub loss: Option<String>,
}

impl Entry {
    /// `loss` is about how many events did not come in a gap, where that can be told.
    pub fn new(ui: &Ui, stretch: &StretchView, loss: Option<u64>) -> Self {
        let lasted = ui.span(stretch.lasted(ui.now));
        let reason = lines::reason(ui, stretch);
        let (badge, text) = match (stretch.is_gap, stretch.to.is_some()) {
            (true, _) if stretch.is_rest() => (lines::resting(ui), lines::rest(ui, stretch, lasted)),
            (true, true) => {
                (lines::lost(ui), ui.say("history-gap").with("span", lasted).with("reason", reason))
            }
            (true, false) => {
                (lines::lost(ui), ui.say("history-gap-open").with("span", lasted).with("reason", reason))
            }
            (false, true) => {
                (lines::held(ui), ui.say("history-session").with("span", lasted).with("reason", reason))
            }
            (false, false) => (lines::held(ui), ui.say("history-session-open").with("span", lasted)),
        };
        let loss = stretch.misses().then(|| lines::loss(ui, loss));
        Self { at: ui.clock(stretch.from), badge, text: text.text(), loss }
    }
}
