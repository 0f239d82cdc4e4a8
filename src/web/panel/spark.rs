//! Lines without axes: beside a figure, and in the rows of a table.
//!
//! What must hold here: what is not known is a gap and never a zero.

use std::fmt::Write as _;

use askama::Template;
use askama::filters::HtmlSafe;

use super::drawing::{STEP, highest, short, stretches, trace};

const HEIGHT: f64 = 28.0;
/// Room above the highest value and below zero, so that the line is not cut in half.
const ROOM: f64 = 2.0;

/// A line without axes beside a figure. `{{ spark }}` in a template.
#[derive(Template)]
#[template(
    source = r#"<svg class="spark" viewBox="0 0 {{ width }} 28" preserveAspectRatio="none" role="img" aria-label="{{ summary }}"><path class="area" d="{{ area }}"/><path class="line" d="{{ line }}"/></svg>"#,
    ext = "html"
)]
pub struct Spark {
    summary: String,
    width: usize,
    area: String,
    line: String,
}

impl HtmlSafe for Spark {}

impl Spark {
    /// `summary` says in words what is drawn; the height is that of `most`, or of the highest value.
    pub fn new(summary: String, values: &[Option<f64>], most: Option<f64>) -> Self {
        let most = most.unwrap_or_else(|| highest(values)).max(f64::MIN_POSITIVE);
        let high = HEIGHT - 2.0 * ROOM;
        let (mut area, mut line) = (String::new(), String::new());
        for stretch in stretches(values) {
            let points: Vec<_> = stretch
                .iter()
                .map(|(at, value)| (at * STEP, HEIGHT - ROOM - (value / most).min(1.0) * high))
                .collect();
            trace(&mut line, &points);
            if let ([(first, _), ..], [.., (last, _)]) = (points.as_slice(), points.as_slice()) {
                let _ = write!(area, "M{first} 28");
                for (x, y) in &points {
                    let _ = write!(area, "L{x} {}", short(*y));
                }
                let _ = write!(area, "L{last} 28Z");
            }
        }
        Self { summary, width: values.len().saturating_sub(1).max(1) * STEP, area, line }
    }
}

/// The last hour of something in a row of a table: a line alone, and what was missed shaded. `{{ hour }}` in a template.
#[derive(Template)]
#[template(
    source = r#"<svg class="spark" viewBox="0 0 {{ width }} 28" preserveAspectRatio="none" role="img" aria-label="{{ summary }}">{{ holes|safe }}<path class="line" d="{{ line }}"/></svg>"#,
    ext = "html"
)]
pub struct Hour {
    summary: String,
    width: usize,
    holes: String,
    line: String,
}

impl HtmlSafe for Hour {}

impl Hour {
    /// `missed` says of each value whether something was missed then.
    pub fn new(summary: String, values: &[Option<f64>], missed: &[bool]) -> Self {
        let most = highest(values).max(f64::MIN_POSITIVE);
        let high = HEIGHT - 2.0 * ROOM;
        let (mut holes, mut line) = (String::new(), String::new());
        for stretch in stretches(values) {
            // To whole units: what stands in many rows is to be small.
            let place =
                |(at, value): &(usize, f64)| (at * STEP, (HEIGHT - ROOM - value / most * high).round());
            trace(&mut line, &stretch.iter().map(place).collect::<Vec<_>>());
        }
        let missed: Vec<_> = missed.iter().map(|missed| missed.then_some(0.0)).collect();
        for hole in stretches(&missed) {
            let (x, wide) = ((hole[0].0 * STEP).saturating_sub(STEP / 2), hole.len() * STEP);
            let _ = write!(holes, r#"<rect class="hole" x="{x}" width="{wide}" height="28"/>"#);
        }
        Self { summary, width: values.len().saturating_sub(1).max(1) * STEP, holes, line }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_breaks_the_line_and_one_value_alone_is_a_dot() {
        let spark = Spark::new("x".into(), &[Some(0.0), Some(12.0), None, Some(6.0)], None);
        assert_eq!(spark.line, "M0 26L10 2M30 14h.01");
        assert_eq!(spark.area, "M0 28L0 26L10 2L10 28ZM30 28L30 14L30 28Z");
        assert_eq!(spark.width, 30);
        let nothing = Spark::new("x".into(), &[None, None], None);
        assert_eq!((nothing.line.as_str(), nothing.area.as_str()), ("", ""));
        let share = Spark::new("x".into(), &[Some(0.5), Some(0.5)], Some(1.0));
        assert_eq!(share.line, "M0 14L10 14");
    }

    #[test]
    fn an_hour_shades_what_was_missed_as_one_stretch() {
        let hour =
            Hour::new("x".into(), &[Some(3.0), Some(0.0), Some(0.0), None], &[false, true, true, false]);
        assert_eq!(hour.line, "M0 2L10 26L20 26");
        assert_eq!(hour.holes, r#"<rect class="hole" x="5" width="20" height="28"/>"#);
        assert_eq!(Hour::new("x".into(), &[None, Some(1.0)], &[false, false]).holes, "");
    }
}
