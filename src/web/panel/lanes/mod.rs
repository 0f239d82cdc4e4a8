//! A company on one time axis: when its sources were heard, what it received, what each webhook was sent, and what was changed
//! meanwhile, lane under lane.
//!
//! What must hold here: the drawing holds nothing that the words beside it, the list of marks and the table of values do not say.

mod drawing;
mod places;
mod words;

use askama::Template;
use askama::filters::HtmlSafe;

use self::drawing::{Axis, Drawing};
use self::places::{Placed, Room, percent_of};
use self::words::{Label, Words};
use super::Ui;
use super::charts::Drawn;
use crate::admin::{LANES, LaneMark};

/// Marks that are listed, the newest; all are drawn.
const LISTED: usize = 8;
/// Per cent around a mark that no words of another may cover.
const AROUND: f64 = 0.6;

/// See the module. `{{ lanes }}` in a template.
#[derive(Template)]
#[template(path = "panel/parts/lanes.html")]
pub struct Lanes {
    ui: Ui,
    sentence: String,
    labels: Vec<Label>,
    drawing: Drawing,
    marks: Vec<Mark>,
    /// The newest marks in words. They are folded up: how many there are is not known while the lanes are awaited, and the page
    /// would move.
    listed: Vec<(String, String)>,
    /// Not while they are awaited.
    known: bool,
    /// How many webhooks there are beyond those drawn, and where they are.
    more: Option<(usize, String)>,
}

impl HtmlSafe for Lanes {}

/// A mark across all lanes.
struct Mark {
    /// Per cent.
    x: String,
    /// On hover.
    said: String,
    /// What stands over the lanes, where there is room, with its anchor and how far from the mark.
    text: Option<(String, &'static str, &'static str)>,
}

/// The lanes of a company, whose page is at `path`, and their values.
pub fn drawn(ui: &Ui, lanes: &crate::admin::Lanes, path: &str) -> Drawn {
    let words = Words { ui, path, span: lanes.company.span };
    let axis = Axis::of(&lanes.company, ui.now);
    let within = (!lanes.company.slots.is_empty()).then(|| lanes.company.reach());
    let mut labels: Vec<_> = lanes.sources.iter().map(|lane| words.source(lane, within)).collect();
    labels.push(words.events(lanes));
    labels.extend(lanes.webhooks.iter().map(|lane| words.webhook(lane)));
    let marks = marks(&lanes.marks, &axis, &words);
    let newest = lanes.marks.iter().rev().take(LISTED);
    let (head, rows) = words.table(lanes);
    let drawing = Lanes {
        sentence: words.sentence(lanes, &labels),
        drawing: drawing::draw(lanes, &axis, &words),
        known: !lanes.company.slots.is_empty(),
        listed: newest.map(|mark| (ui.minute(mark.at), words.mark(mark))).collect(),
        marks,
        labels,
        more: (lanes.more > 0).then(|| (lanes.more, format!("{path}/webhooks"))),
        ui: ui.clone(),
    };
    Drawn::of_lanes(drawing, head, rows)
}

/// The newest is written first, and those beside it where there is room.
fn marks(all: &[LaneMark], axis: &Axis, words: &Words<'_>) -> Vec<Mark> {
    let mut room = Room::default();
    let mut marks: Vec<Mark> = Vec::new();
    for (n, mark) in all.iter().enumerate().rev() {
        let (at, text) = (axis.share(mark.at) * 100.0, words.mark(mark));
        // Those that are still to come, being older, keep their places.
        let older: Vec<_> = all[..n].iter().map(|mark| axis.share(mark.at) * 100.0).collect();
        let placed = room.beside_free_of(at, &text, &older, AROUND);
        room.keep(at - AROUND, at + AROUND);
        let said = format!("{} · {text}", words.ui.short(mark.at));
        let text =
            placed.map(|Placed { anchor, .. }| (text, anchor, if anchor == "end" { "-9" } else { "9" }));
        marks.push(Mark { x: percent_of(at), said, text });
    }
    marks.reverse();
    marks
}
