//! Charts, drawn here as SVG; no script has a part in them.
//!
//! What must hold here: what is not known is a gap and never a zero; every axis begins at zero; each drawing is named for
//! who does not see it, and each of its stretches says its values on hover. Where a stretch leads to what happened in it, the table of
//! the values does so too: that is the way for the keyboard.
//!
//! A drawing is stretched to the width it is given, so it holds no text: the marks of its axes stand beside it.

use std::fmt::Write as _;
use std::time::Duration;

use askama::Template;
use askama::filters::HtmlSafe;

use super::Ui;

/// Units of a drawing's width for each value, and of its height.
pub(super) const STEP: usize = 10;
const HEIGHT: f64 = 100.0;
/// The height of a bar at least, unless it stands for nothing.
const SEEN: f64 = 1.5;

/// How a row of values is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Bars; several rows stand on each other in their order.
    Bars,
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
    source = r#"<figure class="chart" aria-label="{{ summary }}"><figcaption><b>{{ title }}</b> <span class="muted">{{ unit }}</span>{% for key in keys %} <span class="key {{ key.colour }}{% if key.broken %} broken{% endif %}">{{ key.label }} <b>{{ key.total }}</b></span>{% endfor %}</figcaption><div class="plot"><div class="ticks faint" aria-hidden="true">{% for tick in ticks %}<span>{{ tick }}</span>{% endfor %}</div><svg viewBox="0 0 {{ width }} 100" preserveAspectRatio="none" aria-hidden="true">{{ drawing|safe }}</svg></div><div class="scale faint" aria-hidden="true">{% for mark in marks %}<span>{{ mark }}</span>{% endfor %}</div></figure>"#,
    ext = "html"
)]
pub struct Chart {
    title: String,
    unit: String,
    summary: String,
    keys: Vec<Key>,
    ticks: Vec<String>,
    marks: Vec<String>,
    width: usize,
    drawing: String,
}

impl HtmlSafe for Chart {}

struct Key {
    label: String,
    total: String,
    colour: &'static str,
    broken: bool,
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
    /// Under the drawing, evenly, from its beginning to its end.
    pub marks: Vec<String>,
}

impl Chart {
    /// `tick` writes a value of the vertical axis.
    pub fn new(paper: Paper, rows: Vec<Row>, tick: impl Fn(f64) -> String) -> Self {
        let count = paper.said.len();
        let stacked: Vec<_> = rows.iter().filter(|row| row.shape == Shape::Bars).collect();
        let sums: Vec<_> = (0..count)
            .map(|at| stacked.iter().filter_map(|row| row.values[at]).reduce(|sum, more| sum + more))
            .collect();
        let lines = rows.iter().filter(|row| row.shape != Shape::Bars);
        let most =
            round_up(lines.map(|row| highest(&row.values)).fold(highest(&sums).max(paper.least), f64::max));
        let mut drawing = String::new();
        for y in [0, 50, 100] {
            let _ = write!(drawing, r#"<path class="grid" d="M0 {y}H{}"/>"#, count * STEP);
        }
        let unknown = |at: usize| rows.iter().all(|row| row.values[at].is_none());
        for at in 0..count {
            bars(&mut drawing, &stacked, at, most);
        }
        for row in rows.iter().filter(|row| row.shape != Shape::Bars) {
            let mut line = String::new();
            for stretch in stretches(&row.values) {
                let place =
                    |(at, value): &(usize, f64)| (at * STEP + STEP / 2, HEIGHT - value / most * HEIGHT);
                trace(&mut line, &stretch.iter().map(place).collect::<Vec<_>>());
            }
            let broken = if row.shape == Shape::Dashes { " broken" } else { "" };
            let _ = write!(drawing, r#"<path class="line {}{broken}" d="{line}"/>"#, row.colour);
        }
        // One for all that lie beside each other: between two the edge of each would be seen.
        let gaps: Vec<_> = (0..count).map(|at| unknown(at).then_some(0.0)).collect();
        for gap in stretches(&gaps) {
            let (x, wide) = (gap[0].0 * STEP, gap.len() * STEP);
            let _ = write!(drawing, r#"<rect class="unknown" x="{x}" width="{wide}" height="100"/>"#);
        }
        for (at, said) in paper.said.iter().enumerate() {
            hover(&mut drawing, at, said, paper.leads.get(at).and_then(Option::as_deref));
        }
        let named: Vec<_> = rows.iter().map(|row| format!("{} {}", row.label, row.total)).collect();
        let key = |row: Row| Key {
            label: row.label,
            total: row.total,
            colour: row.colour,
            broken: row.shape == Shape::Dashes,
        };
        Self {
            summary: format!("{} {}: {}", paper.title, paper.unit, named.join(", ")),
            title: paper.title,
            unit: paper.unit,
            keys: rows.into_iter().map(key).collect(),
            ticks: [most, most / 2.0, 0.0].map(tick).to_vec(),
            marks: paper.marks,
            width: count * STEP,
            drawing,
        }
    }
}

impl Chart {
    /// A further figure beside the legend.
    #[must_use]
    pub fn key(mut self, label: String, total: String) -> Self {
        self.keys.push(Key { label, total, colour: "plain", broken: false });
        self
    }
}

/// What is said and where it leads on hover and click, over one value.
fn hover(drawing: &mut String, at: usize, said: &str, leads: Option<&str>) {
    let safe = |text: &str| {
        askama::filters::escape(text, askama::filters::Html)
            .map_or_else(|_| String::new(), |safe| safe.to_string())
    };
    let x = at * STEP;
    if let Some(href) = leads {
        let _ = write!(drawing, r#"<a href="{}" tabindex="-1">"#, safe(href));
    }
    let _ = write!(
        drawing,
        r#"<rect class="at" x="{x}" width="{STEP}" height="100"><title>{}</title></rect>"#,
        safe(said)
    );
    if leads.is_some() {
        drawing.push_str("</a>");
    }
}

/// The bars of one place, on each other.
fn bars(drawing: &mut String, rows: &[&Row], at: usize, most: f64) {
    let bar = |row: &&Row| Some((row.colour, row.values[at].filter(|value| *value > 0.0)? / most * HEIGHT));
    let mut bars: Vec<_> = rows.iter().filter_map(bar).collect();
    // One among thousands has to be seen too; what it gets the highest gives, where there is no room above.
    for (_, high) in &mut bars {
        *high = high.max(SEEN);
    }
    let over = bars.iter().map(|(_, high)| high).sum::<f64>() - HEIGHT;
    if let Some((_, high)) = bars.iter_mut().max_by(|one, other| one.1.total_cmp(&other.1)) {
        *high -= over.max(0.0);
    }
    let (x, wide, mut top) = (at * STEP + 1, STEP - 2, HEIGHT);
    for (colour, high) in bars {
        top -= high;
        let (y, high) = (short(top), short(high));
        let _ = write!(drawing, r#"<rect class="{colour}" x="{x}" y="{y}" width="{wide}" height="{high}"/>"#);
    }
}

/// Points in a row without a gap between them, each with its place.
pub(super) fn stretches(values: &[Option<f64>]) -> Vec<Vec<(usize, f64)>> {
    let mut found = vec![Vec::new()];
    for (at, value) in values.iter().enumerate() {
        match (value, found.last_mut()) {
            (Some(value), Some(stretch)) => stretch.push((at, *value)),
            _ => found.push(Vec::new()),
        }
    }
    found.retain(|stretch| !stretch.is_empty());
    found
}

/// A line through points; one alone becomes a dot.
pub(super) fn trace(line: &mut String, points: &[(usize, f64)]) {
    for (at, (x, y)) in points.iter().enumerate() {
        let _ = write!(line, "{}{x} {}", if at == 0 { 'M' } else { 'L' }, short(*y));
    }
    if points.len() == 1 {
        line.push_str("h.01");
    }
}

/// A coordinate to a tenth.
pub(super) fn short(y: f64) -> String {
    let text = format!("{y:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

pub(super) fn highest(values: &[Option<f64>]) -> f64 {
    values.iter().flatten().copied().fold(0.0, f64::max)
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
        }
    }

    fn row(colour: &'static str, shape: Shape, values: &[Option<f64>]) -> Row {
        Row { label: colour.into(), total: "9".into(), colour, shape, values: values.to_vec() }
    }

    #[test]
    fn bars_stand_on_each_other_and_a_small_one_is_seen() {
        let rows = vec![
            row("ok", Shape::Bars, &[Some(1_999.0), None, Some(0.0)]),
            row("bad", Shape::Bars, &[Some(1.0), None, Some(0.0)]),
        ];
        let chart = Chart::new(paper(3), rows, |value| format!("{value:.0}"));
        assert_eq!(chart.ticks, ["2000", "1000", "0"]);
        assert!(
            chart.drawing.contains(r#"<rect class="ok" x="1" y="1.5" width="8" height="98.5"/>"#),
            "{}",
            chart.drawing
        );
        assert!(
            chart.drawing.contains(r#"<rect class="bad" x="1" y="0" width="8" height="1.5"/>"#),
            "{}",
            chart.drawing
        );
        assert_eq!(chart.drawing.matches(r#"class="unknown""#).count(), 1, "only where nothing is known");
        let unknown =
            Chart::new(paper(3), vec![row("ok", Shape::Bars, &[None, None, Some(1.0)])], |_| String::new());
        assert!(
            unknown.drawing.contains(r#"<rect class="unknown" x="0" width="20" height="100"/>"#),
            "{}",
            unknown.drawing
        );
        assert!(chart.drawing.contains("<title>&#60;1&#62;</title>"), "{}", chart.drawing);
        let leads = r#"<a href="/events?a&#38;b" tabindex="-1"><rect class="at" x="0""#;
        assert!(chart.drawing.contains(leads), "{}", chart.drawing);
        assert_eq!(chart.drawing.matches("</a>").count(), 1, "only where something leads somewhere");
        assert_eq!(chart.summary, "Tentativas por minuto: ok 9, bad 9");
    }

    #[test]
    fn two_lines_are_told_apart() {
        let rows = vec![
            row("info", Shape::Line, &[Some(1.0), Some(2.0)]),
            row("off", Shape::Dashes, &[Some(3.0), Some(4.0)]),
        ];
        let chart = Chart::new(paper(2), rows, |value| format!("{value}"));
        assert!(chart.drawing.contains(r#"<path class="line info" d="M5 75L15 50"/>"#), "{}", chart.drawing);
        assert!(
            chart.drawing.contains(r#"<path class="line off broken" d="M5 25L15 0"/>"#),
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
