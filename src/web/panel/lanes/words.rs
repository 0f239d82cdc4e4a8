//! What is said of the lanes: beside them, in them, on hover, and in the table of their values.

use crate::admin::{
    Flow, LaneMark, Lanes, Marked, Pause, Run, Slot, SourceLane, Span, WebhookLane, share_heard,
};
use crate::domain::{Point, Timestamp};
use crate::watch::counted;
use crate::web::panel::charts::{begins, leads, percent};
use crate::web::panel::who::who;
use crate::web::panel::{Ui, drawing};

/// Speaks to one person of one company.
pub struct Words<'a> {
    pub ui: &'a Ui,
    /// The company's page.
    pub path: &'a str,
    pub span: Span,
}

/// A lane's name with what it came to in all.
pub struct Label {
    pub name: String,
    pub href: Option<String>,
    pub value: String,
    /// What waits for it.
    pub note: Option<String>,
    pub is_source: bool,
}

impl Words<'_> {
    pub fn now(&self) -> String {
        self.ui.say("charts-now").text()
    }

    /// The mark of an axis.
    pub fn tick(&self, at: Timestamp) -> String {
        match self.span {
            Span::Hour | Span::Day => self.ui.hour(at),
            Span::Week | Span::Quarter => self.ui.day(at),
        }
    }

    fn share(&self, share: f64) -> String {
        format!("{}%", percent(self.ui, share))
    }

    /// The name of a source beside its lane; `within` is the time that is shown.
    pub fn source(&self, lane: &SourceLane, within: Option<(Timestamp, Timestamp)>) -> Label {
        let share = within.filter(|_| lane.is_line).map(|(from, to)| share_heard(&lane.runs, from, to));
        let value = match share {
            None => String::new(),
            Some(Some(share)) => self.ui.say("lanes-connected").with("share", self.share(share)).text(),
            Some(None) => self.ui.say("charts-unknown").text(),
        };
        Label { name: lane.provider.to_owned(), href: None, value, note: None, is_source: true }
    }

    pub fn events(&self, lanes: &Lanes) -> Label {
        let minutes: u32 = lanes.company.slots.iter().map(|slot| slot.minutes).sum();
        let value = match (lanes.company.slots.is_empty(), minutes) {
            (true, _) => String::new(),
            (false, 0) => self.ui.say("charts-unknown").text(),
            (false, minutes) => {
                let rate = drawing::real(lanes.company.total().events) / f64::from(minutes);
                let n = self.ui.decimal(rate, usize::from(rate < 9.95));
                self.ui.say("lanes-a-minute").with("n", n).text()
            }
        };
        let name = self.ui.say("events-title").text();
        // What is still awaited is hidden from who reads with ears or keys.
        let href = (!lanes.company.slots.is_empty()).then(|| format!("{}/events", self.path));
        Label { name, href, value, note: None, is_source: false }
    }

    pub fn webhook(&self, lane: &WebhookLane) -> Label {
        let one = &lane.picture;
        let is_known = lane.series.slots.iter().any(|slot| slot.minutes > 0);
        let value = match (lane.series.slots.is_empty(), lane.series.total().success()) {
            (true, _) => String::new(),
            (false, Some(share)) => self.ui.say("lanes-succeeded").with("share", self.share(share)).text(),
            (false, None) if one.flow == Flow::Paused => self.ui.say("lanes-paused").text(),
            (false, None) if is_known => self.ui.say("lanes-no-attempt").text(),
            (false, None) => self.ui.say("charts-unknown").text(),
        };
        let waits = (!one.backlog.is_empty() && !lane.series.slots.is_empty())
            .then(|| self.ui.say("flow-waiting").with("n", counted(one.backlog).text(self.ui.lang)).text());
        Label {
            name: one.name.clone(),
            href: (!lane.series.slots.is_empty()).then(|| format!("{}/webhooks/{}", self.path, one.id)),
            value,
            note: waits,
            is_source: false,
        }
    }

    /// What is said of a stretch of time, and where it leads.
    pub fn slot(&self, lanes: &Lanes, at: usize) -> (String, Option<String>) {
        let Some(slot) = lanes.company.slots.get(at) else { return Default::default() };
        let moment = begins(self.ui, if self.span == Span::Hour { Span::Day } else { self.span }, slot.at);
        let Some(point) = slot.known() else {
            return (format!("{moment} · {}", self.ui.say("charts-unknown").text()), None);
        };
        let events = self.ui.say("events-title").text();
        let mut said = format!("{moment} · {events}: {}", self.ui.number(point.events));
        for lane in &lanes.webhooks {
            let failed = lane.series.slots.get(at).map_or(0, |slot| slot.point.failed);
            if failed > 0 {
                let failed = self.ui.say("lanes-failed").with("name", &lane.picture.name).with("n", failed);
                said.push_str(" · ");
                said.push_str(&failed.text());
            }
        }
        (said, Some(leads(self.ui, self.path, self.span, slot)))
    }

    /// Of a time in which a source was not heard.
    pub fn run(&self, run: &Run) -> String {
        use crate::admin::Heard;
        let span = self.ui.span(run.to.since(run.from));
        let said = match run.heard {
            Heard::Rest => self.ui.say("lanes-rest").with("span", span).text(),
            Heard::Restart => self.ui.say("lanes-restart-lasted").with("span", span).text(),
            Heard::On | Heard::Gap => return format!("{} · {}", self.ui.short(run.from), self.gap(run)),
        };
        format!("{} · {said}", self.ui.short(run.from))
    }

    pub fn gap(&self, run: &Run) -> String {
        self.ui.say("lanes-gap").with("span", self.ui.span(run.to.since(run.from))).text()
    }

    pub fn pause(&self, pause: &Pause) -> String {
        let Some((at, actor)) = &pause.by else { return self.ui.say("lanes-paused").text() };
        let by = self.ui.say("lanes-paused-by").with("who", who(self.ui, actor)).text();
        if !pause.lasts {
            return by;
        }
        self.ui.say("lanes-since").with("what", by).with("when", self.ui.minute(*at)).text()
    }

    /// What an endpoint does instead of taking events, and from which moment on nothing got through.
    pub fn failing(&self, lane: &WebhookLane) -> Option<(Timestamp, String)> {
        let why = lane.picture.why.clone().filter(|_| lane.picture.flow == Flow::Fails)?;
        let (first, of) = (lane.series.slots.first()?.at, lane.series.slots.iter().rev());
        let stopped = of.take_while(|slot| slot.point.delivered == 0).filter(|slot| slot.point.failed > 0);
        let since = stopped.last()?.at;
        // Of a longer stretch it is not known when in it that began.
        let text = if since == first || self.span != Span::Hour {
            why
        } else {
            self.ui.say("lanes-since").with("what", why).with("when", self.ui.minute(since)).text()
        };
        Some((since, text))
    }

    pub fn mark(&self, mark: &LaneMark) -> String {
        match &mark.what {
            Marked::Restart => self.ui.say("lanes-restart").text(),
            Marked::Change { action, name, actor } => {
                let said = self.ui.say("lanes-change").with("action", action.replace(['.', '_'], "-"));
                said.with("name", name).with("who", who(self.ui, actor)).text()
            }
        }
    }

    /// One sentence for who does not see the drawing.
    pub fn sentence(&self, lanes: &Lanes, labels: &[Label]) -> String {
        let Some(first) = lanes.company.slots.first() else { return String::new() };
        let of = |label: &Label| {
            let all = [Some(&label.value), label.note.as_ref()].into_iter().flatten();
            let said: Vec<_> = all.filter(|text| !text.is_empty()).map(String::as_str).collect();
            (!said.is_empty()).then(|| format!("{}: {}", label.name, said.join(", ")))
        };
        let said: Vec<_> = labels.iter().filter_map(of).collect();
        let from = begins(self.ui, if self.span == Span::Hour { Span::Hour } else { Span::Day }, first.at);
        self.ui.say("lanes-said").with("from", from).with("parts", said.join("; ")).text()
    }

    /// The table's head, its first column not counted, and its rows, newest first, each with where it leads.
    pub fn table(&self, lanes: &Lanes) -> (Vec<String>, Vec<(String, Vec<String>)>) {
        let connections = || lanes.sources.iter().filter(|lane| lane.is_line);
        let mut head = vec![self.ui.say("charts-events").text()];
        head.extend(
            connections().map(|lane| self.ui.say("lanes-table-source").with("name", lane.provider).text()),
        );
        head.extend(
            lanes
                .webhooks
                .iter()
                .map(|lane| self.ui.say("lanes-table-webhook").with("name", &lane.picture.name).text()),
        );
        let none = self.ui.say("charts-none").text();
        let row = |(at, slot): (usize, &Slot)| {
            let point = slot.known()?;
            let mut cells = vec![begins(self.ui, self.span, slot.at), self.ui.number(point.events)];
            let end = Timestamp(slot.at.0 + self.span.width());
            cells.extend(connections().map(|lane| {
                share_heard(&lane.runs, slot.at, end).map_or_else(|| none.clone(), |share| self.share(share))
            }));
            cells.extend(lanes.webhooks.iter().map(|lane| {
                let point = lane.series.slots.get(at).and_then(Slot::known);
                point.map_or_else(|| none.clone(), |point| self.sent(point))
            }));
            Some((leads(self.ui, self.path, self.span, slot), cells))
        };
        (head, lanes.company.slots.iter().enumerate().rev().filter_map(row).collect())
    }

    fn sent(&self, point: &Point) -> String {
        format!("{} / {}", self.ui.number(point.delivered), self.ui.number(point.failed))
    }
}
