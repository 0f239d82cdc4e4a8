//! Charts, drawn here as SVG; no script has a part in them.
//! What goes well stands on the line of zero, what fails hangs from it, hatched: it is told without its colour too.
//!
//! What must hold here: what is not known is a gap and never a zero; every axis begins at zero; each drawing is named for
//! who does not see it, and each of its stretches says its values on hover. Where a stretch leads to what happened in it, the table of
//! the values does so too: that is the way for the keyboard.
//!
//! The marks of its axes stand beside a drawing: text is never stretched ([`super::drawing`]).

use std::time::Duration;

use askama::Template;
use askama::filters::HtmlSafe;

use super::Ui;
use super::drawing::{
    FAILURE_SEEN, Place, SEEN, STEP, Sheet, highest, real, stretches, trace, units, unknown,
};

/// Pixels of a drawing's height, and between two marks of an axis with something below zero.
const HEIGHT: f64 = 96.0;
const MARKED: f64 = 24.0;

/// How a row of values is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Bars that stand on the line of zero.
    Bars,
    /// Hatched bars that hang from the line of zero.
    Down,
    Line,
    /// As a line, broken, to be told from another one.
    Dashes,
}

/// One row of values with its entry in the legend.
pub struct Row {
    pub label: String,
    /// What it comes to in all.
    pub total: String,
    /// The colour: `ok`, `bad`, `info` or `off`.
    pub colour: &'static str,
    pub shape: Shape,
    pub values: Vec<Option<f64>>,
}

/// A chart with axes. `{{ chart }}` in a template.
#[derive(Template)]
#[template(
    source = r#"<figure class="chart" aria-label="{{ summary }}"><figcaption><b>{{ title }}</b> <span class="muted">{{ unit }}</span>{% for key in keys %} <span class="key {{ key.colour }}{{ key.shape }}">{{ key.label }} <b>{{ key.total }}</b></span>{% endfor %}</figcaption><div class="plot"><div class="ticks faint" aria-hidden="true">{% for tick in ticks %}<span>{{ tick }}</span>{% endfor %}</div><svg height="96" aria-hidden="true">{{ drawing|safe }}</svg></div><div class="scale faint" aria-hidden="true">{% for mark in marks %}<span>{{ mark }}</span>{% endfor %}</div></figure>"#,
    ext = "html"
)]
pub struct Chart {
    title: String,
    unit: String,
    summary: String,
    keys: Vec<Key>,
    ticks: Vec<String>,
    marks: Vec<String>,
    drawing: String,
}

impl HtmlSafe for Chart {}

struct Key {
    label: String,
    total: String,
    colour: &'static str,
    /// A class of its own, or none.
    shape: &'static str,
}

/// A time that is shaded over all charts of a page.
pub struct Band {
    /// In stretches of time from the beginning.
    pub from: f64,
    pub to: f64,
}

/// How values become heights.
struct Axis {
    /// Where zero lies.
    zero: f64,
    /// Pixels for one.
    scale: f64,
    /// From the top to the bottom.
    ticks: Vec<f64>,
}

impl Axis {
    fn up(most: f64) -> Self {
        Self { zero: HEIGHT, scale: HEIGHT / most, ticks: vec![most, most / 2.0, 0.0] }
    }

    /// With room below zero, as much as leaves both sides the largest.
    fn both(up: f64, down: f64) -> Self {
        let unit = |above: f64| round_up((up / above).max(down / (4.0 - above)).max(1.0));
        let above = [3.0, 2.0, 1.0]
            .into_iter()
            .reduce(|best, next| if unit(next) < unit(best) { next } else { best });
        let above = above.unwrap_or(3.0);
        let unit = unit(above);
        let ticks = [0.0, 1.0, 2.0, 3.0, 4.0].map(|n| (above - n).abs() * unit);
        Self { zero: above * MARKED, scale: MARKED / unit, ticks: ticks.to_vec() }
    }
}

/// What a chart is made of beside its rows.
pub struct Paper {
    pub title: String,
    /// What a value counts: `por minuto`.
    pub unit: String,
    /// Where the vertical axis ends at least.
    pub least: f64,
    /// Said on hover, for each value; also where nothing is known.
    pub said: Vec<String>,
    /// Where each value leads; empty where none does.
    pub leads: Vec<Option<String>>,
    /// Its own on the page.
    pub name: &'static str,
    pub bands: Vec<Band>,
    /// Under the drawing, evenly, from its beginning to its end.
    pub marks: Vec<String>,
}

impl Chart {
    /// `tick` writes a value of the vertical axis.
    pub fn new(paper: Paper, rows: Vec<Row>, tick: impl Fn(f64) -> String) -> Self {
        let count = paper.said.len();
        let (down, ups): (Vec<_>, Vec<_>) = rows.iter().partition(|row: &&Row| row.shape == Shape::Down);
        let most = |of: &[&Row]| of.iter().map(|row| highest(&row.values)).fold(0.0, f64::max);
        let axis = match most(&ups) {
            up if down.is_empty() => Axis::up(round_up(up.max(paper.least))),
            up => Axis::both(up, most(&down)),
        };
        let mut sheet = Sheet::new(count, HEIGHT);
        for band in &paper.bands {
            let (x, wide) = (band.from * units(1), (band.to - band.from) * units(1));
            sheet.rect("outage", Place { x, wide, y: 0.0, high: HEIGHT });
        }
        for n in 0..axis.ticks.len() {
            sheet.across("grid", HEIGHT * real(n as u64) / real(axis.ticks.len() as u64 - 1));
        }
        for row in &rows {
            draw(&mut sheet, row, &axis);
        }
        sheet.across("base", axis.zero);
        let known: Vec<_> = (0..count).map(|at| rows.iter().any(|row| row.values[at].is_some())).collect();
        unknown(&mut sheet, &known, 0.0, HEIGHT);
        for (at, said) in paper.said.iter().enumerate() {
            let leads = paper.leads.get(at).and_then(Option::as_deref);
            sheet.said(Place::column(at, 0.0, HEIGHT), said, leads);
        }
        let named: Vec<_> = rows.iter().map(|row| format!("{} {}", row.label, row.total)).collect();
        Self {
            summary: format!("{} {}: {}", paper.title, paper.unit, named.join(", ")),
            title: paper.title,
            unit: paper.unit,
            keys: rows.into_iter().map(Key::of).collect(),
            ticks: axis.ticks.into_iter().map(tick).collect(),
            marks: paper.marks,
            drawing: sheet.done(paper.name),
        }
    }
}

impl Key {
    fn of(row: Row) -> Self {
        let shape = match row.shape {
            Shape::Dashes => " broken",
            Shape::Down => " hatched",
            Shape::Bars | Shape::Line => "",
        };
        Self { label: row.label, total: row.total, colour: row.colour, shape }
    }
}

impl Chart {
    /// A further figure beside the legend.
    #[must_use]
    pub fn key(mut self, label: String, total: String) -> Self {
        self.keys.push(Key { label, total, colour: "plain", shape: "" });
        self
    }

    /// What the shaded times are.
    #[must_use]
    pub fn shaded(mut self, label: String) -> Self {
        self.keys.push(Key { label, total: String::new(), colour: "outage", shape: "" });
        self
    }
}

fn draw(sheet: &mut Sheet, row: &Row, axis: &Axis) {
    let bars = || row.values.iter().enumerate().filter_map(|(at, value)| Some((at, (*value)?)));
    let bars = || bars().filter(|(_, value)| *value > 0.0).map(|(at, value)| (at, value * axis.scale));
    match row.shape {
        // One among thousands has to be seen too.
        Shape::Bars => bars().for_each(|(at, high)| {
            let high = high.max(SEEN);
            sheet.rect(row.colour, Place::bar(at, axis.zero - high, high));
        }),
        Shape::Down => bars().for_each(|(at, high)| {
            sheet.hatch(Place::bar(at, axis.zero, high.max(FAILURE_SEEN)));
        }),
        Shape::Line | Shape::Dashes => {
            let mut line = String::new();
            for stretch in stretches(&row.values) {
                let place =
                    |(at, value): &(usize, f64)| (at * STEP + STEP / 2, axis.zero - value * axis.scale);
                trace(&mut line, &stretch.iter().map(place).collect::<Vec<_>>());
            }
            let broken = if row.shape == Shape::Dashes { " broken" } else { "" };
            sheet.path(&format!("line {}{broken}", row.colour), &line);
        }
    }
}

/// The end of an axis that this value fits under: one whose half is a plain number too.
fn round_up(value: f64) -> f64 {
    let mut unit = 0.1;
    loop {
        for n in [2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0] {
            // Half of three is plain enough among tens, not among ones.
            let halves = unit >= 10.0 || n % 2.0 == 0.0;
            if halves && value <= n * unit * 1.000_001 {
                return n * unit;
            }
        }
        unit *= 10.0;
        if unit > 1e15 {
            return value;
        }
    }
}

/// How long an answer took: `0,8 ms`, `120 ms`, `1,2 s`.
pub fn took(ui: &Ui, took: Duration) -> String {
    let millis = took.as_secs_f64() * 1_000.0;
    match millis {
        ..10.0 if millis.fract() > 0.0 => format!("{} ms", ui.decimal(millis, 1)),
        ..1_000.0 => format!("{} ms", ui.decimal(millis, 0)),
        ..10_000.0 => format!("{} s", ui.decimal(millis / 1_000.0, 1)),
        _ => format!("{} s", ui.decimal(millis / 1_000.0, 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Lang, Timestamp};

    fn paper(count: usize) -> Paper {
        Paper {
            title: "Tentativas".into(),
            unit: "por minuto".into(),
            least: 2.0,
            said: (0..count).map(|n| format!("<{n}>")).collect(),
            leads: vec![Some("/events?a&b".to_owned())],
            marks: Vec::new(),
            name: "x",
            bands: Vec::new(),
        }
    }

    fn row(colour: &'static str, shape: Shape, values: &[Option<f64>]) -> Row {
        Row { label: colour.into(), total: "9".into(), colour, shape, values: values.to_vec() }
    }

    #[test]
    fn failures_hang_from_zero_and_few_are_seen() {
        let rows = vec![
            row("ok", Shape::Bars, &[Some(1_999.0), None, Some(0.0)]),
            row("bad", Shape::Down, &[Some(1.0), None, Some(0.0)]),
        ];
        let chart = Chart::new(paper(3), rows, |value| format!("{value:.0}"));
        assert_eq!(chart.ticks, ["2400", "1600", "800", "0", "800"]);
        let drawn = &chart.drawing;
        assert!(drawn.contains(r#"<path class="base" d="M0 72H30"/>"#), "{drawn}");
        assert!(drawn.contains(r#"<rect class="ok" x="1" y="12" width="8" height="60"/>"#), "{drawn}");
        // From y = 72 on 4 of 96 pixels, hatched, and in no other place.
        assert!(drawn.contains(r#"<path d="M.03333 .75h.26667v.04167h-.26667z"/>"#), "{drawn}");
        assert_eq!(drawn.matches(r#"class="unknown""#).count(), 1, "only where nothing is known: {drawn}");
        let first = vec![row("ok", Shape::Bars, &[None, None, Some(1.0)])];
        let first = Chart::new(paper(3), first, |_| String::new());
        let gap = r#"<rect class="unknown" x="0" y="0" width="20" height="96"/>"#;
        assert!(first.drawing.contains(gap), "{}", first.drawing);
        assert!(drawn.contains("<title>&#60;1&#62;</title>"), "{drawn}");
        let leads = r#"<a href="/events?a&#38;b" tabindex="-1"><rect class="at" x="0""#;
        assert!(drawn.contains(leads), "{drawn}");
        assert_eq!(drawn.matches("</a>").count(), 1, "only where something leads somewhere");
        assert_eq!(chart.summary, "Tentativas por minuto: ok 9, bad 9");
        let shapes: Vec<_> = chart.keys.iter().map(|key| key.shape).collect();
        assert_eq!(shapes, ["", " hatched"]);
    }

    #[test]
    fn zero_lies_where_both_sides_are_largest() {
        for (up, down, zero, ticks) in [
            (0.0, 0.0, 72.0, [3.0, 2.0, 1.0, 0.0, 1.0]),
            (300.0, 3.0, 72.0, [300.0, 200.0, 100.0, 0.0, 100.0]),
            (50.0, 40.0, 48.0, [60.0, 30.0, 0.0, 30.0, 60.0]),
            (0.0, 90.0, 24.0, [30.0, 0.0, 30.0, 60.0, 90.0]),
        ] {
            let axis = Axis::both(up, down);
            assert_eq!((axis.zero, axis.ticks.as_slice()), (zero, ticks.as_slice()), "{up} and {down}");
            assert!(up * axis.scale <= zero && down * axis.scale <= HEIGHT - zero, "{up} and {down}");
        }
    }

    #[test]
    fn an_outage_is_shaded_under_all_that_is_drawn() {
        let bands = vec![Band { from: 0.5, to: 2.0 }];
        let chart =
            Chart::new(Paper { bands, ..paper(3) }, vec![row("off", Shape::Bars, &[Some(1.0); 3])], |_| {
                String::new()
            });
        let band = r#"<rect class="outage" x="5" y="0" width="15" height="96"/>"#;
        let at = chart.drawing.find(band).expect("a band");
        assert!(at < chart.drawing.find(r#"class="off""#).expect("bars"), "{}", chart.drawing);
    }

    #[test]
    fn two_lines_are_told_apart() {
        let rows = vec![
            row("info", Shape::Line, &[Some(1.0), Some(2.0)]),
            row("off", Shape::Dashes, &[Some(3.0), Some(4.0)]),
        ];
        let chart = Chart::new(paper(2), rows, |value| format!("{value}"));
        assert!(chart.drawing.contains(r#"<path class="line info" d="M5 72L15 48"/>"#), "{}", chart.drawing);
        assert!(
            chart.drawing.contains(r#"<path class="line off broken" d="M5 24L15 0"/>"#),
            "{}",
            chart.drawing
        );
    }

    #[test]
    fn axes_end_at_plain_numbers() {
        for (value, end) in
            [(0.0, 0.2), (0.25, 0.4), (1.0, 1.0), (2.1, 4.0), (25.0, 30.0), (99.0, 100.0), (250.0, 300.0)]
        {
            assert!((round_up(value) - end).abs() < 1e-9, "{value}: {}", round_up(value));
        }
    }

    #[test]
    fn times_are_written_as_long_as_they_are() {
        let ui = Ui::new(Lang::Pt, None, Timestamp(0));
        let written =
            [400, 3_000, 120_400, 1_240_000, 61_000_000].map(|us| took(&ui, Duration::from_micros(us)));
        assert_eq!(written, ["0,4 ms", "3 ms", "120 ms", "1,2 s", "61 s"]);
    }
}
