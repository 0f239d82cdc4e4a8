//! The last 24 hours of a line as a bar: when it was heard, when it was switched off, and when it should have been heard. Drawn here, as SVG; no script has a part in it.

use std::fmt::Write as _;
use std::time::Duration;

use askama::Template;
use askama::filters::HtmlSafe;

use super::Ui;
use crate::admin::StretchView;
use crate::domain::Timestamp;

/// Units of the drawing's width: one a minute.
const WIDTH: i64 = 1_440;
const MINUTE: i64 = 60_000_000;
/// A gap of a second has to be seen too.
const NARROWEST: i64 = 4;

/// See the module. `{{ day }}` in a template.
#[derive(Template)]
#[template(
    source = r#"<figure class="day"><svg viewBox="0 0 1440 28" preserveAspectRatio="none" role="img" aria-label="{{ summary }}">{{ bars|safe }}</svg><div class="scale faint" aria-hidden="true">{% for mark in marks %}<span>{{ mark }}</span>{% endfor %}</div></figure>"#,
    ext = "html"
)]
pub struct LineDay {
    pub summary: String,
    bars: String,
    marks: Vec<String>,
}

impl HtmlSafe for LineDay {}

impl LineDay {
    pub fn new(ui: &Ui, since: Timestamp, stretches: &[StretchView]) -> Self {
        let lasted = |is_rest: bool| -> (usize, Duration) {
            let unheard = stretches.iter().filter(|stretch| stretch.is_gap && stretch.is_rest() == is_rest);
            unheard.fold((0, Duration::ZERO), |(count, sum), gap| {
                (count + 1, sum + gap.to.unwrap_or(ui.now).since(gap.from.max(since)))
            })
        };
        let ((count, missed), (rests, rested)) = (lasted(false), lasted(true));
        // Nothing is claimed about the time before the line was first made.
        let begun = stretches.iter().min_by_key(|stretch| stretch.from);
        let first = begun.filter(|stretch| !stretch.is_gap && stretch.from > since);
        let first = first.map(|stretch| ui.hour(stretch.from));
        let summary = match (first, count) {
            _ if stretches.is_empty() => ui.say("day-nothing"),
            (None, 0) => ui.say("day-whole"),
            (Some(time), 0) => ui.say("day-whole-since").with("time", time),
            (None, _) => ui.say("day-gaps").with("count", count).with("span", ui.span(missed)),
            (Some(time), _) => {
                let gaps = ui.say("day-gaps-since").with("count", count).with("time", time);
                gaps.with("span", ui.span(missed))
            }
        };
        // What was chosen is no gap, and what was heard all the same is told too.
        let summary = summary.text();
        let summary = match rests {
            0 => summary,
            _ => ui.say("day-rest").with("said", summary).with("span", ui.span(rested)).text(),
        };
        // The worst over the others, so that a short one is not covered.
        let mut bars = String::new();
        for wanted in ["on", "rest", "gap"] {
            for stretch in stretches.iter().filter(|stretch| class(stretch) == wanted) {
                let (x, width) = place(stretch, since, ui.now);
                let _ = write!(bars, r#"<rect class="{wanted}" x="{x}" width="{width}" height="28"/>"#);
            }
        }
        let mark = |quarter: i64| ui.hour(Timestamp(since.0 + quarter * 6 * 3_600_000_000));
        let mut marks: Vec<_> = (0..4).map(mark).collect();
        marks.push(ui.say("day-now").text());
        Self { summary, bars, marks }
    }
}

fn class(stretch: &StretchView) -> &'static str {
    match (stretch.is_gap, stretch.is_rest()) {
        (true, true) => "rest",
        (true, false) => "gap",
        (false, _) => "on",
    }
}

/// Where a stretch begins in the drawing, and how wide it is.
fn place(stretch: &StretchView, since: Timestamp, now: Timestamp) -> (i64, i64) {
    let at = |moment: Timestamp| ((moment.0 - since.0) / MINUTE).clamp(0, WIDTH);
    let (from, to) = (at(stretch.from), at(stretch.to.unwrap_or(now)));
    let narrowest = if stretch.is_gap { NARROWEST } else { 1 };
    let from = from.min(WIDTH - narrowest);
    (from, (to - from).max(narrowest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Lang;

    fn stretch(is_gap: bool, from: i64, to: Option<i64>, reason: &str) -> StretchView {
        let at = |minute: i64| Timestamp(minute * MINUTE);
        StretchView {
            is_gap,
            from: at(from),
            to: to.map(at),
            reason: Some(reason.into()),
            socket_id: None,
            by: None,
        }
    }

    #[test]
    fn a_short_gap_is_seen_and_a_rest_is_none() {
        let ui = Ui::new(Lang::Pt, None, Timestamp(WIDTH * MINUTE));
        let day = [
            stretch(false, -30, Some(100), "ping_timeout"),
            stretch(true, 100, Some(101), "ping_timeout: nothing heard"),
            stretch(false, 101, Some(700), "stopped"),
            stretch(true, 700, Some(1_000), "stopped"),
            stretch(false, 1_000, None, ""),
        ];
        let day = LineDay::new(&ui, Timestamp(0), &day);
        assert!(day.bars.contains(r#"<rect class="on" x="0" width="100""#), "{}", day.bars);
        assert!(day.bars.contains(r#"<rect class="gap" x="100" width="4""#), "{}", day.bars);
        assert!(day.bars.contains(r#"x="1000" width="440""#), "{}", day.bars);
        assert_eq!(day.bars.matches("gap").count(), 1, "{}", day.bars);
        assert!(day.bars.contains(r#"<rect class="rest" x="700" width="300""#), "{}", day.bars);
        assert_eq!(day.summary, "1 queda em 24 h, 1 min ao todo; desligada por 5 h");
    }

    #[test]
    fn a_restart_is_no_rest() {
        let ui = Ui::new(Lang::Pt, None, Timestamp(WIDTH * MINUTE));
        for word in ["shutdown", "process_ended"] {
            let day = [
                stretch(false, -30, Some(100), word),
                stretch(true, 100, Some(103), word),
                stretch(false, 103, None, ""),
            ];
            let day = LineDay::new(&ui, Timestamp(0), &day);
            assert!(
                day.bars.contains(r#"class="gap" x="100""#) && !day.bars.contains("rest"),
                "{}",
                day.bars
            );
            assert_eq!(day.summary, "1 queda em 24 h, 3 min ao todo");
        }
    }

    #[test]
    fn nothing_is_claimed_of_the_time_before_the_first_connection() {
        let ui = Ui::new(Lang::Pt, Some("UTC"), Timestamp(WIDTH * MINUTE));
        let said = |stretches: &[StretchView]| LineDay::new(&ui, Timestamp(0), stretches).summary;
        let whole = [stretch(false, 453, None, "")];
        assert_eq!(said(&whole), "Sem quedas desde 07:33 (primeira conexão)");
        let broken = [
            stretch(false, 453, Some(500), "ping_timeout"),
            stretch(true, 500, Some(502), "ping_timeout"),
            stretch(false, 502, None, ""),
        ];
        assert_eq!(said(&broken), "1 queda desde 07:33 (primeira conexão), 2 min ao todo");
        assert_eq!(said(&[stretch(false, -1, None, "")]), "Últimas 24 h, sem quedas");
        let rested = [stretch(true, -90, Some(453), "stopped"), stretch(false, 453, None, "")];
        assert_eq!(said(&rested), "Últimas 24 h, sem quedas; desligada por 7 h 33 min");
    }
}
