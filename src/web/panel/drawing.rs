//! What drawings over time are made of.
//!
//! What must hold here: a drawing is as wide as it is given room, and nothing in it that has a shape of its own is stretched with it.
//! So its outer SVG has no `viewBox`: hatching and text lie in it, bars and curves in SVGs within that are stretched, whose heights are pixels.

use std::fmt::Write as _;

use askama::filters::{Html, escape};

/// Units of the width for each stretch of time.
pub const STEP: usize = 10;
/// The height of a bar at least, unless it stands for nothing; and of one that stands for failures.
pub const SEEN: f64 = 1.5;
pub const FAILURE_SEEN: f64 = 4.0;

/// A drawing in the making.
pub struct Sheet {
    wide: f64,
    high: f64,
    under: String,
    hatched: String,
    over: String,
}

/// Where something lies: units of the width, pixels of the height.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub x: f64,
    pub wide: f64,
    pub y: f64,
    pub high: f64,
}

impl Place {
    /// The column of a stretch of time.
    pub fn column(at: usize, y: f64, high: f64) -> Self {
        Self { x: units(at), wide: units(1), y, high }
    }

    /// The bar in a column.
    pub fn bar(at: usize, y: f64, high: f64) -> Self {
        Self { x: units(at) + 1.0, wide: units(1) - 2.0, y, high }
    }
}

impl Sheet {
    /// For so many stretches of time, in so many pixels.
    pub fn new(count: usize, high: f64) -> Self {
        let (under, hatched, over) = (String::new(), String::new(), String::new());
        Self { wide: units(count.max(1)), high, under, hatched, over }
    }

    /// How many units it is wide.
    pub fn wide(&self) -> f64 {
        self.wide
    }

    /// A line from edge to edge.
    pub fn across(&mut self, class: &str, y: f64) {
        let _ = write!(self.under, r#"<path class="{class}" d="M0 {}H{}"/>"#, short(y), short(self.wide));
    }

    pub fn path(&mut self, class: &str, d: &str) {
        if !d.is_empty() {
            let _ = write!(self.under, r#"<path class="{class}" d="{d}"/>"#);
        }
    }

    pub fn rect(&mut self, class: &str, place: Place) {
        let _ = write!(self.under, "{}/>", open(class, place));
    }

    /// What is told from all else by its hatching, whatever its colour.
    pub fn hatch(&mut self, place: Place) {
        let (x, wide) = (part(place.x / self.wide), part(place.wide / self.wide));
        let (y, high) = (part(place.y / self.high), part(place.high / self.high));
        let _ = write!(self.hatched, "M{x} {y}h{wide}v{high}h-{wide}z");
    }

    /// What is said of a place on hover, and where it leads on a click; over all else.
    pub fn said(&mut self, place: Place, said: &str, leads: Option<&str>) {
        if let Some(href) = leads {
            let _ = write!(self.over, r#"<a href="{}" tabindex="-1">"#, safe(href));
        }
        let _ = write!(self.over, "{}><title>{}</title></rect>", open("at", place), safe(said));
        if leads.is_some() {
            self.over.push_str("</a>");
        }
    }

    /// What lies within the outer SVG; `name` is the drawing's own on its page.
    pub fn done(self, name: &str) -> String {
        let (wide, high) = (short(self.wide), short(self.high));
        let stretched = |inner: &str| {
            format!(
                r#"<svg width="100%" height="{high}" viewBox="0 0 {wide} {high}" preserveAspectRatio="none">{inner}</svg>"#
            )
        };
        let mut all = stretched(&self.under);
        if !self.hatched.is_empty() {
            let _ = write!(
                all,
                r#"<clipPath id="hatched-{name}" clipPathUnits="objectBoundingBox"><path d="{}"/></clipPath><rect class="hatched" width="100%" height="{high}" fill="url(#hatch)" clip-path="url(#hatched-{name})"/>"#,
                self.hatched
            );
        }
        if !self.over.is_empty() {
            all.push_str(&stretched(&self.over));
        }
        all
    }
}

fn open(class: &str, Place { x, wide, y, high }: Place) -> String {
    let [x, wide, y, high] = [x, wide, y, high].map(short);
    format!(r#"<rect class="{class}" x="{x}" y="{y}" width="{wide}" height="{high}""#)
}

fn safe(text: &str) -> String {
    escape(text, Html).map_or_else(|_| String::new(), |safe| safe.to_string())
}

/// The width of so many stretches.
#[expect(clippy::cast_precision_loss, reason = "there are at most a hundred stretches")]
pub fn units(count: usize) -> f64 {
    (count * STEP) as f64
}

/// A coordinate to a tenth.
pub fn short(y: f64) -> String {
    let text = format!("{y:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// A part of one, as closely as a pixel of the widest screen asks for.
fn part(share: f64) -> String {
    let text = format!("{share:.5}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.strip_prefix("0.").map_or_else(|| text.to_owned(), |digits| format!(".{digits}"))
}

/// Values in a row without a gap between them, each with its place.
pub fn stretches(values: &[Option<f64>]) -> Vec<Vec<(usize, f64)>> {
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
pub fn trace(line: &mut String, points: &[(usize, f64)]) {
    for (at, (x, y)) in points.iter().enumerate() {
        let _ = write!(line, "{}{x} {}", if at == 0 { 'M' } else { 'L' }, short(*y));
    }
    if points.len() == 1 {
        line.push_str("h.01");
    }
}

pub fn highest(values: &[Option<f64>]) -> f64 {
    values.iter().flatten().copied().fold(0.0, f64::max)
}

/// Of what nothing is known. One for all that lie beside each other: between two the edge of each would be seen.
pub fn unknown(sheet: &mut Sheet, known: &[bool], y: f64, high: f64) {
    let gaps: Vec<_> = known.iter().map(|known| (!known).then_some(0.0)).collect();
    for gap in stretches(&gaps) {
        sheet.rect("unknown", Place { x: units(gap[0].0), wide: units(gap.len()), y, high });
    }
}

/// A count as a number that can be drawn.
#[expect(clippy::cast_precision_loss, reason = "counts of a quarter are far below 2^53")]
pub fn real(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hatching_is_not_stretched_and_lies_under_what_is_said() {
        let mut sheet = Sheet::new(4, 80.0);
        sheet.rect("ok", Place::bar(0, 10.0, 30.5));
        sheet.hatch(Place::bar(2, 40.0, 8.0));
        sheet.said(Place::column(2, 0.0, 80.0), "<2>", Some("/events?a&b"));
        let drawn = sheet.done("x");
        let nested = r#"<svg width="100%" height="80" viewBox="0 0 40 80" preserveAspectRatio="none">"#;
        assert_eq!(drawn.matches(nested).count(), 2, "{drawn}");
        let (bars, rest) = drawn.split_once("</svg>").expect("bars");
        assert!(bars.ends_with(r#"<rect class="ok" x="1" y="10" width="8" height="30.5"/>"#), "{bars}");
        assert!(rest.starts_with(r#"<clipPath id="hatched-x""#), "{rest}");
        assert!(rest.contains(r#"<path d="M.525 .5h.2v.1h-.2z"/>"#), "in parts of the whole: {rest}");
        assert!(rest.ends_with("<title>&#60;2&#62;</title></rect></a></svg>"), "{rest}");
        assert!(
            rest.contains(r#"<a href="/events?a&#38;b" tabindex="-1"><rect class="at" x="20""#),
            "{rest}"
        );
    }

    #[test]
    fn what_is_not_known_is_one_for_all_that_lie_together() {
        let mut sheet = Sheet::new(5, 10.0);
        unknown(&mut sheet, &[false, false, true, true, false], 2.0, 6.0);
        let drawn = sheet.done("x");
        assert_eq!(drawn.matches(r#"class="unknown""#).count(), 2, "{drawn}");
        assert!(drawn.contains(r#"<rect class="unknown" x="0" y="2" width="20" height="6"/>"#), "{drawn}");
        assert!(!drawn.contains("hatched"), "{drawn}");
    }
}
