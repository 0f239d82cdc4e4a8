//! How the lanes are drawn: one axis of time, lane under lane.
//!
//! What must hold here: what is not known is shaded and never drawn as nothing; in one lane what was delivered and what failed have the
//! same scale; a stretch with a failure is seen however few there were.

use std::fmt::Write as _;

use super::Words;
use super::places::{Placed, Room, percent_of};
use crate::admin::{Heard, Lanes, Run, Series, SourceLane, WebhookLane};
use crate::domain::Timestamp;
use crate::web::panel::drawing::{FAILURE_SEEN, Place, SEEN, STEP, Sheet, real, short, units, unknown};

/// Pixels over the first lane, for what the marks say, and under the last, for the times.
const TOP: f64 = 24.0;
const BOTTOM: f64 = 24.0;
/// Pixels of a source's lane and of all others: `.lane-names li` has the same.
const SOURCE: f64 = 40.0;
const LANE: f64 = 56.0;
/// Pixels of a lane that bars may take, below what is written in it.
const BARS: f64 = 36.0;
/// Parts of the axis that a source is told of: no line is drawn more closely, however often it came and went.
const CELLS: usize = 480;
/// Cells of the shortest gap: about 4 pixels.
const NARROWEST: usize = 2;
/// Gaps, pauses and restarts of a line that say what they are on hover, and with words in the drawing.
const TOLD: usize = 60;
const WRITTEN: usize = 3;

/// The drawing as the template holds it.
pub struct Drawing {
    pub high: String,
    pub inner: String,
    pub texts: Vec<Text>,
    /// Where marks and lines end.
    pub foot: String,
    pub ticks: Vec<Text>,
}

/// Something written in the drawing.
pub struct Text {
    /// Per cent.
    pub x: String,
    pub y: String,
    pub anchor: &'static str,
    /// It is of weight.
    pub strong: bool,
    pub words: String,
}

/// What is drawn, between which moments.
pub struct Axis {
    from: Timestamp,
    to: Timestamp,
    now: Timestamp,
    count: usize,
}

impl Axis {
    pub fn of(series: &Series, now: Timestamp) -> Self {
        let (from, to) = series.reach();
        Self { from, to, now, count: series.slots.len() }
    }

    /// A moment's part of the axis, from 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "a quarter has 2^43 microseconds")]
    pub fn share(&self, at: Timestamp) -> f64 {
        let whole = (self.to.0 - self.from.0).max(1) as f64;
        ((at.0 - self.from.0) as f64 / whole).clamp(0.0, 1.0)
    }
}

/// Draws them.
pub fn draw(lanes: &Lanes, axis: &Axis, words: &Words<'_>) -> Drawing {
    let others = 1 + lanes.webhooks.len();
    let foot = TOP + SOURCE * real(lanes.sources.len() as u64) + LANE * real(others as u64);
    let mut sheet = Sheet::new(axis.count, foot);
    let ticks = ticks(lanes, axis, words, foot);
    for tick in &ticks {
        let x = sheet.wide() * tick.at / 100.0;
        sheet.path("grid", &format!("M{} {}V{}", short(x), short(TOP - 4.0), short(foot)));
    }
    let (mut y, mut texts) = (TOP, Vec::new());
    for lane in &lanes.sources {
        source(&mut sheet, y, lane, axis, words, &mut texts);
        y += SOURCE;
        sheet.across("grid", y);
    }
    let events = y;
    received(&mut sheet, y, &lanes.company);
    y += LANE;
    for lane in &lanes.webhooks {
        sheet.across("grid", y);
        webhook(&mut sheet, y, lane, axis, words, &mut texts);
        y += LANE;
    }
    for at in 0..axis.count {
        let (said, leads) = words.slot(lanes, at);
        sheet.said(Place::column(at, events, foot - events), &said, leads.as_deref());
    }
    Drawing {
        high: short(foot + BOTTOM),
        inner: sheet.done("lanes"),
        texts,
        foot: short(foot),
        ticks: ticks.into_iter().map(|tick| tick.text).collect(),
    }
}

struct Tick {
    /// Per cent.
    at: f64,
    text: Text,
}

fn ticks(lanes: &Lanes, axis: &Axis, words: &Words<'_>, foot: f64) -> Vec<Tick> {
    let quarters = (0..4).map(|n| n * axis.count / 4);
    let ticks = quarters.filter_map(|at| lanes.company.slots.get(at).map(|slot| (at, words.tick(slot.at))));
    let ticks = ticks.map(|(at, text)| (units(at) / units(axis.count) * 100.0, text));
    let all = ticks.chain([(100.0, words.now())]);
    let tick = |(at, text): (f64, String)| {
        let anchor = match at {
            ..1.0 => "start",
            100.0.. => "end",
            _ => "middle",
        };
        let (x, y) = (percent_of(at), short(foot + 18.0));
        Tick { at, text: Text { x, y, anchor, strong: false, words: text } }
    };
    all.map(tick).collect()
}

/// When a source was heard.
fn source(
    sheet: &mut Sheet,
    y: f64,
    lane: &SourceLane,
    axis: &Axis,
    words: &Words<'_>,
    texts: &mut Vec<Text>,
) {
    if axis.count == 0 {
        return;
    }
    let cells = cells(&lane.runs, axis);
    let wide = sheet.wide() / real(CELLS as u64);
    let thick = if lane.is_line { 10.0 } else { 6.0 };
    let mut at = 0;
    for run in cells.chunk_by(|one, next| one == next) {
        let of = |y: f64, high: f64| Place {
            x: real(at as u64) * wide,
            wide: real(run.len() as u64) * wide,
            y,
            high,
        };
        match run[0] {
            Cell::Heard(Heard::On) => sheet.rect("ok", of(y + 27.0 - thick / 2.0, thick)),
            Cell::Heard(Heard::Rest) => sheet.rect("rest", of(y + 22.0, 10.0)),
            Cell::Heard(Heard::Restart | Heard::Gap) => sheet.hatch(of(y + 18.0, 18.0)),
            Cell::Unknown => sheet.rect("unknown", of(y, SOURCE)),
            Cell::ToCome => {}
        }
        at += run.len();
    }
    let mut told: Vec<&Run> = lane.runs.iter().filter(|run| run.heard != Heard::On).collect();
    told.sort_by_key(|run| std::cmp::Reverse(run.to.0 - run.from.0));
    for run in told.iter().take(TOLD) {
        let (from, to) = (axis.share(run.from), axis.share(run.to));
        let (x, wide) = (from * sheet.wide(), (to - from) * sheet.wide());
        let least = wide.max(sheet.wide() * real(NARROWEST as u64) / real(CELLS as u64));
        sheet.said(Place { x, wide: least, y, high: SOURCE }, &words.run(run), None);
    }
    let mut room = Room::default();
    for run in told.into_iter().filter(|run| run.heard == Heard::Gap).take(WRITTEN) {
        let (from, to) = (axis.share(run.from) * 100.0, axis.share(run.to) * 100.0);
        let text = words.gap(run);
        if let Some(Placed { at, anchor }) = room.beside(from, to, &text) {
            texts.push(Text { x: percent_of(at), y: short(y + 14.0), anchor, strong: true, words: text });
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    Heard(Heard),
    Unknown,
    ToCome,
}

/// The worst of each part of the axis.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a few hundred")]
fn cells(runs: &[Run], axis: &Axis) -> Vec<Cell> {
    let place = |at: Timestamp| axis.share(at) * real(CELLS as u64);
    let begun = place(axis.now).ceil() as usize;
    let mut cells: Vec<_> =
        (0..CELLS).map(|at| if at < begun { Cell::Unknown } else { Cell::ToCome }).collect();
    let mut worst_last: Vec<&Run> = runs.iter().collect();
    worst_last.sort_by_key(|run| run.heard);
    for run in worst_last {
        let (from, to) = (place(run.from).floor() as usize, place(run.to).ceil() as usize);
        let lost = matches!(run.heard, Heard::Gap | Heard::Restart);
        let from = if lost { from.min(CELLS - NARROWEST) } else { from.min(CELLS) };
        let to = if lost { to.max(from + NARROWEST) } else { to };
        cells[from..to.min(CELLS)].fill(Cell::Heard(run.heard));
    }
    cells
}

/// What was received in each stretch.
fn received(sheet: &mut Sheet, y: f64, series: &Series) {
    let most = series.slots.iter().filter_map(|slot| slot.known()).map(|point| point.events).max();
    let scale = BARS / real(most.unwrap_or(0).max(1));
    let mut bars = String::new();
    for (at, slot) in series.slots.iter().enumerate() {
        let events = slot.known().map_or(0, |point| point.events);
        bar(&mut bars, at, y + LANE - 2.0, real(events) * scale);
    }
    shade(sheet, y, series);
    sheet.path("off", &bars);
}

/// What a webhook was sent: what it took upwards, what it did not take downwards.
fn webhook(
    sheet: &mut Sheet,
    y: f64,
    lane: &WebhookLane,
    axis: &Axis,
    words: &Words<'_>,
    texts: &mut Vec<Text>,
) {
    shade(sheet, y, &lane.series);
    let mut room = Room::default();
    for pause in &lane.pauses {
        let (from, to) = (axis.share(pause.from), axis.share(pause.to));
        let (x, wide) = (from * sheet.wide(), (to - from) * sheet.wide());
        sheet.rect("paused", Place { x, wide, y: y + 18.0, high: 24.0 });
        let text = words.pause(pause);
        if let Some(Placed { at, anchor }) = room.within(from * 100.0, to * 100.0, &text) {
            texts.push(Text { x: percent_of(at), y: short(y + 34.0), anchor, strong: false, words: text });
        }
    }
    let counted = || {
        lane.series
            .slots
            .iter()
            .map(|slot| slot.known().map_or((0, 0), |point| (point.delivered, point.failed)))
    };
    let Scale { zero, scale } = Scale::of(counted());
    let zero = y + zero;
    let mut bars = String::new();
    for (at, (delivered, failed)) in counted().enumerate() {
        bar(&mut bars, at, zero, real(delivered) * scale);
        if failed > 0 {
            sheet.hatch(Place::bar(at, zero, (real(failed) * scale).max(FAILURE_SEEN)));
        }
    }
    sheet.path("ok", &bars);
    sheet.across("base", zero);
    if let Some((since, text)) = words.failing(lane) {
        let from = axis.share(since) * 100.0;
        if let Some(Placed { at, anchor }) = room.within(from, 100.0, &text) {
            texts.push(Text { x: percent_of(at), y: short(y + 12.0), anchor, strong: true, words: text });
        }
    }
}

/// Where nothing is known of a series.
fn shade(sheet: &mut Sheet, y: f64, series: &Series) {
    let known: Vec<_> = series.slots.iter().map(|slot| slot.known().is_some()).collect();
    unknown(sheet, &known, y, LANE);
}

/// A bar that stands on `zero`, as a part of a path.
fn bar(bars: &mut String, at: usize, zero: f64, high: f64) {
    if high > 0.0 {
        let high = high.max(SEEN);
        let (x, wide) = (at * STEP + 1, STEP - 2);
        let _ = write!(bars, "M{x} {}v-{high}h{wide}v{high}z", short(zero), high = short(high));
    }
}

/// Where zero lies in a lane, and how many pixels are one.
#[derive(Debug, PartialEq)]
struct Scale {
    zero: f64,
    scale: f64,
}

impl Scale {
    fn of(counted: impl Iterator<Item = (u64, u64)>) -> Self {
        let most = counted.fold((0, 0), |most, one| (one.0.max(most.0), one.1.max(most.1)));
        let (up, down) = (real(most.0), real(most.1));
        let below = match most {
            (_, 0) => 2.0,
            _ => (BARS * down / (up + down)).clamp(8.0, 30.0),
        };
        // What is not there takes no room: a scale is that of the other side alone.
        let side = |room: f64, most: f64| if most > 0.0 { room / most } else { f64::INFINITY };
        let scale = side(BARS - below, up).min(side(below, down));
        Self { zero: LANE - 4.0 - below, scale: if scale.is_finite() { scale } else { 1.0 } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp(minute * 60_000_000)
    }

    #[test]
    fn both_directions_have_one_scale_and_stay_in_their_lane() {
        for (up, down) in [(320, 0), (320, 2), (0, 44), (60, 60), (1, 5_000), (0, 0)] {
            let Scale { zero, scale } = Scale::of([(up, 0), (0, down)].into_iter());
            let (above, below) = (real(up) * scale, real(down) * scale);
            assert!(above <= BARS && zero - above >= LANE - 4.0 - BARS - 0.001, "{up} and {down}");
            assert!(below.max(FAILURE_SEEN) <= LANE - 4.0 - zero + 0.001 || down == 0, "{up} and {down}");
        }
        assert_eq!(Scale::of([(60, 60)].into_iter()), Scale { zero: 34.0, scale: 18.0 / 60.0 });
    }

    #[test]
    fn a_gap_of_a_second_is_seen_and_what_is_to_come_is_not_unknown() {
        let axis = Axis { from: at(0), to: at(60), now: at(45), count: 60 };
        let run = |heard, from, to| Run { heard, from, to };
        let second = Timestamp(at(30).0 + 1_000_000);
        let runs =
            [run(Heard::On, at(15), at(30)), run(Heard::Gap, at(30), second), run(Heard::On, second, at(45))];
        let cells = cells(&runs, &axis);
        let count = |wanted| cells.iter().filter(|cell| **cell == wanted).count();
        assert_eq!((count(Cell::Unknown), count(Cell::ToCome)), (120, 120));
        assert_eq!((count(Cell::Heard(Heard::Gap)), count(Cell::Heard(Heard::On))), (2, 238));
        assert_eq!(cells[240], Cell::Heard(Heard::Gap));
        assert_eq!(
            (cells[119], cells[120], cells[360]),
            (Cell::Unknown, Cell::Heard(Heard::On), Cell::ToCome)
        );
    }

    #[test]
    fn bars_stand_on_their_line_and_few_are_seen() {
        let mut bars = String::new();
        bar(&mut bars, 2, 40.0, 12.25);
        bar(&mut bars, 3, 40.0, 0.0);
        bar(&mut bars, 4, 40.0, 0.1);
        assert_eq!(bars, "M21 40v-12.2h8v12.2zM41 40v-1.5h8v1.5z");
    }
}
