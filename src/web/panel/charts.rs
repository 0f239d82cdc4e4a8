//! The charts of a page: a choice of periods, the drawings, and their values as a table.
//!
//! What must hold here: a page is shown without waiting for its charts, which it asks for once it stands there; the links
//! that choose a period lead to the page with its charts in it, for who has no script. The period stands in the page's address beside
//! whatever else is asked for there.

use askama::Template;
use askama::filters::HtmlSafe;

use super::chart::{Chart, Paper, Row, Shape, took};
use super::drawing::real;
use super::lanes::Lanes;
use super::spark::{Hour, Spark};
use super::{Failed, Pairs, Ui, outages};
use crate::admin::{Run, Series, Slot, Span};
use crate::domain::{Point, Timestamp};
use crate::texts::Saying;

/// Marks under a drawing, its end not counted.
const MARKS: usize = 4;

/// See the module. `{{ charts }}` in a template.
#[derive(Template)]
#[template(path = "panel/parts/charts.html")]
pub struct Charts {
    ui: Ui,
    title: String,
    /// Where they are to be had while they are awaited.
    alone: String,
    periods: Vec<Period>,
    drawn: Drawn,
    /// The end of what is counted: the minute that runs is not among it.
    until: String,
    /// They are still to be asked for; until then they stand there without values, so that nothing moves when they come.
    awaited: bool,
}

impl HtmlSafe for Charts {}

/// A period that can be chosen.
struct Period {
    word: &'static str,
    label: String,
    /// The page with it, and the charts alone.
    page: String,
    alone: String,
    /// It is the one that is shown.
    shown: bool,
}

/// The drawings and their table.
pub struct Drawn {
    lanes: Option<Lanes>,
    charts: Vec<Chart>,
    head: Vec<String>,
    /// The newest first, each with where it leads.
    rows: Vec<(String, Vec<String>)>,
}

/// The period that an address asks for.
pub fn asked(pairs: &Pairs) -> Result<Span, Failed> {
    Ok(Span::parse(pairs.given("span"))?)
}

/// The period that an address asks for, for the other links of its page: empty, or with `&` at its end.
pub fn kept(pairs: &Pairs) -> String {
    let span = pairs.one_of("span", &Span::ALL, Span::as_str);
    span.map_or_else(String::new, |span| format!("span={}&", span.as_str()))
}

/// The minute that charts end with at this moment: when it changes, they have moved. What is counted of a minute is written
/// down a moment after its end.
pub fn minute(ui: &Ui) -> i64 {
    const WRITTEN_WITHIN: i64 = 5_000_000;
    (ui.now.0 - WRITTEN_WITHIN).div_euclid(60_000_000)
}

impl Charts {
    /// To be asked for by the page at `path`; `empty` is what they are without values.
    pub fn awaited(ui: &Ui, path: &str, asked: &Pairs, empty: Drawn) -> Self {
        Self { awaited: true, ..Self::drawn(ui, path, asked, Span::default(), empty) }
    }

    pub fn drawn(ui: &Ui, path: &str, asked: &Pairs, span: Span, drawn: Drawn) -> Self {
        let label = |span| match span {
            Span::Hour => ui.say("charts-1h"),
            Span::Day => ui.say("charts-24h"),
            Span::Week => ui.say("charts-7d"),
            Span::Quarter => ui.say("charts-90d"),
        };
        // What the page's address asks for besides stays in it.
        let others = asked.but("span");
        let period = |one: Span| Period {
            word: one.as_str(),
            label: label(one).text(),
            page: format!("{path}?{others}span={}", one.as_str()),
            alone: format!("{path}/charts?{others}span={}", one.as_str()),
            shown: one == span,
        };
        let until = ui.hour(Timestamp(minute(ui) * 60_000_000));
        let alone = format!("{path}/charts?{others}").trim_end_matches(['?', '&']).to_owned();
        let title = ui.say("charts-title").with("span", word(span)).text();
        Self {
            ui: ui.clone(),
            title,
            alone,
            periods: Span::ALL.map(period).into(),
            drawn,
            until,
            awaited: false,
        }
    }
}

/// The word of the catalogue for a period.
fn word(span: Span) -> &'static str {
    match span {
        Span::Hour => "hour",
        Span::Day => "day",
        Span::Week => "week",
        Span::Quarter => "quarter",
    }
}

/// The events that a stretch is about, of the company at this path.
pub fn leads(ui: &Ui, company: &str, span: Span, slot: &Slot) -> String {
    let (from, to) = (ui.field(slot.at), ui.field(Timestamp(slot.at.0 + span.width())));
    format!("{company}/events?from={from}&to={to}")
}

impl Drawn {
    /// Lanes with their table.
    pub fn of_lanes(lanes: Lanes, head: Vec<String>, rows: Vec<(String, Vec<String>)>) -> Self {
        Self { lanes: Some(lanes), charts: Vec::new(), head, rows }
    }
}

/// What a webhook was sent, how long it took to answer, and what waited; over all of them the times in which nothing got through,
/// `gaps` of the line among them.
pub fn of_webhook(ui: &Ui, series: &Series, gaps: &[Run], company: &str) -> Drawn {
    let none = ui.say("charts-none").text();
    let success =
        |point: &Point| point.success().map_or(none.clone(), |share| format!("{}%", percent(ui, share)));
    let percentile = |point: &Point, share| {
        point.latency.percentile(share).map_or(none.clone(), |answered| took(ui, answered))
    };
    let mut sent =
        sent_chart(ui, series, gaps, company).key(ui.say("charts-success").text(), success(&series.total()));
    if !outages::bands(series, gaps).is_empty() {
        sent = sent.shaded(ui.say("charts-outage").text());
    }
    let charts = vec![sent, latency_chart(ui, series, gaps, &percentile), backlog_chart(ui, series, gaps)];
    table(
        ui,
        series,
        company,
        charts,
        &[
            (ui.say("charts-delivered"), Box::new(|point: &Point| ui.number(point.delivered))),
            (ui.say("charts-failed"), Box::new(|point: &Point| ui.number(point.failed))),
            (ui.say("charts-success"), Box::new(success)),
            (ui.say("charts-p50"), Box::new(|point: &Point| percentile(point, 0.5))),
            (ui.say("charts-p95"), Box::new(|point: &Point| percentile(point, 0.95))),
            (ui.say("charts-backlog"), Box::new(|point: &Point| ui.number(point.backlog))),
        ],
    )
}

/// What was delivered stands up, what failed hangs down.
fn sent_chart(ui: &Ui, series: &Series, gaps: &[Run], company: &str) -> Chart {
    type Count = fn(&Point) -> u64;
    let (delivered, failed): (Count, Count) = (|point| point.delivered, |point| point.failed);
    let counts = [
        (ui.say("charts-delivered"), "ok", Shape::Bars, delivered),
        (ui.say("charts-failed"), "bad", Shape::Down, failed),
    ];
    let said = |point: &Point| {
        let parts = counts.iter().map(|(label, _, _, count)| format!("{label}: {}", ui.number(count(point))));
        let said = parts.collect::<Vec<_>>().join(", ");
        point.success().map_or(said.clone(), |share| format!("{said} ({}%)", percent(ui, share)))
    };
    let total = series.total();
    let rows = counts.iter().map(|(label, colour, shape, count)| Row {
        label: label.text(),
        total: ui.number(count(&total)),
        colour,
        shape: *shape,
        values: values(series, |point| Some(real(count(point)))),
    });
    let title = ui.say("charts-attempts");
    let mut paper = paper(ui, series, gaps, ("sent", &title), &each(ui, series.span), 2.0, said);
    let slot = |slot: &Slot| slot.known().map(|_| leads(ui, company, series.span, slot));
    paper.leads = series.slots.iter().map(slot).collect();
    Chart::new(paper, rows.collect(), |value| ui.decimal(value, 0))
}

fn latency_chart(
    ui: &Ui,
    series: &Series,
    gaps: &[Run],
    percentile: &dyn Fn(&Point, f64) -> String,
) -> Chart {
    let row = |label: Saying, share: f64, colour, shape| Row {
        label: label.text(),
        total: percentile(&series.total(), share),
        colour,
        shape,
        values: values(series, |point| Some(point.latency.percentile(share)?.as_secs_f64() * 1_000.0)),
    };
    let rows = vec![
        row(ui.say("charts-p50"), 0.5, "info", Shape::Line),
        row(ui.say("charts-p95"), 0.95, "warn", Shape::Dashes),
    ];
    let (half, most) = (ui.say("charts-p50").text(), ui.say("charts-p95").text());
    let said =
        |point: &Point| format!("{half} {}, {most} {}", percentile(point, 0.5), percentile(point, 0.95));
    let title = ui.say("charts-latency");
    let paper = paper(ui, series, gaps, ("latency", &title), &ui.say("charts-answers"), 1.0, said);
    Chart::new(paper, rows, |millis| took(ui, std::time::Duration::from_secs_f64(millis / 1_000.0)))
}

fn backlog_chart(ui: &Ui, series: &Series, gaps: &[Run]) -> Chart {
    let row = Row {
        label: ui.say("charts-most").text(),
        total: ui.number(series.total().backlog),
        colour: "off",
        shape: Shape::Bars,
        values: values(series, |point| Some(real(point.backlog))),
    };
    let said = |point: &Point| ui.number(point.backlog);
    let title = ui.say("charts-backlog");
    let paper = paper(ui, series, gaps, ("backlog", &title), &ui.say("charts-peak"), 2.0, said);
    Chart::new(paper, vec![row], |value| ui.decimal(value, 0))
}

/// How long a value's stretch is.
fn each(ui: &Ui, span: Span) -> Saying {
    match span {
        Span::Hour => ui.say("charts-each-minute"),
        Span::Day => ui.say("charts-each-quarter"),
        Span::Week => ui.say("charts-each-2h"),
        Span::Quarter => ui.say("charts-each-day"),
    }
}

fn paper(
    ui: &Ui,
    series: &Series,
    gaps: &[Run],
    (name, title): (&'static str, &Saying),
    unit: &Saying,
    least: f64,
    said: impl Fn(&Point) -> String,
) -> Paper {
    let unknown = ui.say("charts-unknown").text();
    let of = |slot: &Slot| {
        let said = slot.known().map_or_else(|| unknown.clone(), &said);
        let at = match series.span {
            Span::Hour => begins(ui, Span::Day, slot.at),
            span => begins(ui, span, slot.at),
        };
        format!("{at} · {said}")
    };
    let mark = |slot: &Slot| match series.span {
        Span::Hour | Span::Day => ui.hour(slot.at),
        Span::Week | Span::Quarter => ui.day(slot.at),
    };
    let quarter = series.slots.len() / MARKS;
    let mut marks: Vec<_> = series.slots.iter().step_by(quarter.max(1)).take(MARKS).map(mark).collect();
    marks.resize(MARKS, String::new());
    marks.push(ui.say("charts-now").text());
    Paper {
        title: title.text(),
        unit: unit.text(),
        least,
        said: series.slots.iter().map(of).collect(),
        leads: Vec::new(),
        marks,
        name,
        bands: outages::bands(series, gaps),
    }
}

/// When a stretch begins, as exactly as its length asks for.
pub fn begins(ui: &Ui, span: Span, at: Timestamp) -> String {
    match span {
        Span::Hour => ui.hour(at),
        Span::Day | Span::Week => format!("{} {}", ui.day(at), ui.hour(at)),
        Span::Quarter => ui.day(at),
    }
}

type Column<'a> = (Saying, Box<dyn Fn(&Point) -> String + 'a>);

fn table(ui: &Ui, series: &Series, company: &str, charts: Vec<Chart>, columns: &[Column<'_>]) -> Drawn {
    let row = |slot: &Slot| {
        let point = slot.known()?;
        let mut cells = vec![begins(ui, series.span, slot.at)];
        cells.extend(columns.iter().map(|(_, write)| write(point)));
        Some((leads(ui, company, series.span, slot), cells))
    };
    let rows = series.slots.iter().rev().filter_map(row).collect();
    let head = columns.iter().map(|(label, _)| label.text()).collect();
    Drawn { lanes: None, charts, head, rows }
}

fn values(series: &Series, value: impl Fn(&Point) -> Option<f64>) -> Vec<Option<f64>> {
    series.slots.iter().map(|slot| slot.known().and_then(&value)).collect()
}

/// A share out of 1, to a tenth of a hundredth: only the whole is 100.
pub fn percent(ui: &Ui, share: f64) -> String {
    ui.decimal((share * 1_000.0).floor() / 10.0, 1)
}

/// The last hour of a figure; `write` says its values in words.
pub fn spark(
    ui: &Ui,
    series: &Series,
    most: Option<f64>,
    value: impl Fn(&Point) -> Option<f64>,
    write: impl Fn(f64) -> String,
) -> Spark {
    let values = values(series, value);
    let summary = summary_of_hour(ui, &values, write);
    Spark::new(summary, &values, most)
}

/// The events of an hour in a row of a table; `down` says of each minute whether the line did not stand.
pub fn hour(ui: &Ui, series: &Series, down: &[bool]) -> Hour {
    let values = values(series, |point| Some(real(point.events)));
    let mut summary = summary_of_hour(ui, &values, |value| ui.decimal(value, 0));
    let minutes = down.iter().filter(|down| **down).count();
    if minutes > 0 {
        summary = ui.say("spark-down").with("said", summary).with("n", minutes).text();
    }
    Hour::new(summary, &values, down)
}

fn summary_of_hour(ui: &Ui, values: &[Option<f64>], write: impl Fn(f64) -> String) -> String {
    let known = || values.iter().flatten().copied();
    let summary = match (known().reduce(f64::min), known().reduce(f64::max)) {
        (Some(least), Some(most)) => {
            ui.say("spark-hour").with("least", write(least)).with("most", write(most))
        }
        _ => ui.say("spark-nothing"),
    };
    summary.text()
}
