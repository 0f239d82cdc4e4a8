//! The states of a source's line, as people are told them.

use super::Ui;
use super::parts::{Badge, Tone, icon};
use crate::admin::{Actor, Admin, AdminError, RefusedPosts, SourceView, StatusView, StretchView};
use crate::domain::{CompanyId, SourceId, Timestamp};
use crate::sources;
use crate::texts::Saying;

/// A moment that a view holds as text.
pub fn moment(text: Option<&str>) -> Option<Timestamp> {
    text?.parse().ok()
}

/// Words for a stored token that is too short to show a part of, and for none where that means something; any other is
/// shown as its mask.
pub fn hidden_token(ui: &Ui, source: &SourceView) -> Option<String> {
    if source.open {
        return Some(ui.say("source-open").text());
    }
    (source.token_mask == "…").then(|| ui.say("source-token-hidden").text())
}

/// Whether it is told from others by a token that can be changed.
pub fn has_token(source: &SourceView) -> bool {
    !source.open && sources::named(source.provider).is_some()
}

/// How bad a state is, for lists that show the worst first.
pub fn badness(status: &StatusView) -> u8 {
    crate::admin::badness(status.state)
}

/// The badge of a state, in the documented words.
pub fn badge(ui: &Ui, status: &StatusView) -> Badge {
    match status.state {
        "connected" if status.unused => Badge::new(Tone::Info, icon("info"), &ui.say("line-ready")),
        "connected" => Badge::new(Tone::Ok, icon("circle-check"), &ui.say("line-connected")),
        "connecting" => Badge::new(Tone::Info, icon("loader-circle"), &ui.say("line-connecting")).spinning(),
        "waiting" => {
            let until =
                moment(status.next_try_at.as_deref()).map_or_else(Default::default, |at| at.since(ui.now));
            let word =
                ui.say("line-waiting").with("span", ui.span(until.max(std::time::Duration::from_secs(1))));
            Badge::new(Tone::Warn, icon("refresh-cw"), &word)
        }
        "refused" => Badge::new(Tone::Bad, icon("key-round"), &ui.say("line-refused")),
        _ => Badge::new(Tone::Off, icon("wifi-off"), &ui.say("line-stopped")),
    }
}

/// What did not come in a gap, as a sentence.
pub fn loss(ui: &Ui, estimated: Option<u64>) -> String {
    let saying = match estimated {
        Some(n) => ui.say("loss-estimated").with("n", n),
        None => ui.say("loss-unknown"),
    };
    saying.text()
}

/// A session in the history.
pub fn held(ui: &Ui) -> Badge {
    Badge::new(Tone::Ok, icon("circle-check"), &ui.say("history-held"))
}

/// A gap in the history.
pub fn lost(ui: &Ui) -> Badge {
    Badge::new(Tone::Warn, icon("triangle-alert"), &ui.say("history-lost"))
}

/// A time in which nothing was wanted.
pub fn resting(ui: &Ui) -> Badge {
    Badge::new(Tone::Off, icon("wifi-off"), &ui.say("line-stopped"))
}

/// The same in words, with who wanted it so where that is known.
pub fn rest(ui: &Ui, stretch: &StretchView, lasted: String) -> Saying {
    match &stretch.by {
        Some(who) => ui.say("history-rest-by").with("span", lasted).with("who", who),
        None => ui.say("history-rest").with("span", lasted),
    }
}

/// Why a session ended, or a gap began.
pub fn reason(ui: &Ui, stretch: &StretchView) -> String {
    match &stretch.by {
        Some(who) => ui.say("history-stopped-by").with("who", who).text(),
        None => crate::admin::line_cause(stretch.reason.as_deref(), ui.lang),
    }
}

/// The posts of today that a source's door did not take.
pub async fn refused(
    admin: &Admin,
    actor: &Actor,
    ui: &Ui,
    source: &SourceView,
) -> Result<Vec<String>, AdminError> {
    let (Some(_), Ok(id)) = (&source.path, source.id.parse::<SourceId>()) else { return Ok(Vec::new()) };
    let told = |RefusedPosts { count, counted_since, last_at, status, why, of_nobody }: RefusedPosts| {
        let when = match counted_since {
            Some(since) => ui.say("door-refused-since-start").with("time", ui.short(since)),
            None => ui.say("door-refused-today"),
        };
        let when = when.text();
        let (time, status) = (ui.short(last_at), status.to_string());
        let said = if of_nobody {
            let name = sources::name(source.provider);
            let said =
                ui.say("door-refused-of-nobody").with("provider", name).with("n", count).with("when", when);
            said.with("time", time).with("status", status).with("why", why)
        } else {
            let said = ui.say("door-refused").with("n", count).with("when", when);
            said.with("time", time).with("status", status).with("why", why)
        };
        said.text()
    };
    let found = admin.refused_posts(actor, ui.lang, id, ui.midnight()).await?;
    Ok(found.into_iter().map(told).collect())
}

/// A company's events of today. They are not counted by source, so where there are several each says whose they are.
#[derive(Clone, Copy)]
pub struct Today {
    pub events: i64,
    of_all_sources: bool,
}

impl Today {
    pub async fn of(
        admin: &Admin,
        actor: &Actor,
        ui: &Ui,
        company: CompanyId,
        sources: &[SourceView],
    ) -> Result<Self, AdminError> {
        let events = admin.events_since(actor, company, ui.midnight()).await?;
        Ok(Self { events, of_all_sources: sources.len() > 1 })
    }

    pub fn label(self, ui: &Ui) -> String {
        let label = if self.of_all_sources {
            ui.say("company-events-today-all")
        } else {
            ui.say("company-events-today")
        };
        label.text()
    }
}
