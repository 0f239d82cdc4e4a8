//! A form that came after somebody else had saved: it says who and when, and keeps what was typed.

use super::parts::{Notice, Tone};
use super::who::{kind, who};
use super::{Panel, Visit};
use crate::admin::{AdminError, Saved};

/// Stands over the form, which now begins from the saved state, so that saving again counts. `form` is its address.
pub async fn stale(panel: &Panel, visit: &Visit, saved: Saved, form: &str) -> Result<Notice, AdminError> {
    let ui = &visit.ui;
    let said = match panel.admin.saved_by(&visit.actor, saved).await? {
        Some(last) => ui
            .say("stale-by")
            .with("kind", kind(&last.actor))
            .with("who", who(ui, &last.actor))
            .with("day", ui.day(last.at))
            .with("hour", ui.hour(last.at)),
        // The line is gone with the time that the audit log is kept for.
        None => ui.say("stale"),
    };
    let notice = Notice::new(ui, Tone::Warn, said).advice(ui.say("stale-advice"));
    Ok(notice.link(form, &ui.say("stale-see")))
}
