//! Times in which nothing got through, to be shaded over all charts of a page.

use super::chart::Band;
use super::drawing::real;
use crate::admin::{Run, Series};
use crate::domain::Timestamp;

/// Stretches in which every attempt failed, and gaps of the line.
pub fn bands(series: &Series, gaps: &[Run]) -> Vec<Band> {
    let (from, to) = series.reach();
    let gaps = gaps.iter().map(|gap| (gap.from.max(from), gap.to.min(to)));
    let gaps = gaps.filter(|(from, to)| from < to);
    let gap = |(begun, ended)| Band { from: place(series, begun), to: place(series, ended) };
    let failed = failing(series)
        .into_iter()
        .map(|(first, end)| Band { from: real(first as u64), to: real(end as u64) });
    failed.chain(gaps.map(gap)).collect()
}

/// Where a moment lies, in stretches of time from the beginning.
#[expect(clippy::cast_precision_loss, reason = "a quarter has 2^43 microseconds")]
fn place(series: &Series, at: Timestamp) -> f64 {
    (at.0 - series.reach().0.0) as f64 / series.span.width() as f64
}

/// Stretches in which there were attempts and none succeeded, each with the one after its last. Between two of them something may
/// only have waited for the next attempt: that is one outage.
fn failing(series: &Series) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    let mut waits = false;
    for (at, slot) in series.slots.iter().enumerate() {
        let Some(point) = slot.known() else {
            waits = false;
            continue;
        };
        match (point.attempts(), point.delivered, found.last_mut()) {
            (1.., 0, Some(last)) if waits => {
                *last = (last.0, at + 1);
            }
            (1.., 0, _) => {
                found.push((at, at + 1));
                waits = true;
            }
            (0, ..) => waits = waits && point.backlog > 0,
            _ => waits = false,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::{Heard, Slot, Span};
    use crate::domain::Point;

    fn series(points: &[Option<(u64, u64, u64)>]) -> Series {
        let slot = |(n, point): (i64, &Option<(u64, u64, u64)>)| Slot {
            at: Timestamp((100 + n) * Span::Hour.width()),
            minutes: u32::from(point.is_some()),
            point: point.map_or_else(Point::default, |(delivered, failed, backlog)| Point {
                delivered,
                failed,
                backlog,
                ..Point::default()
            }),
        };
        Series { span: Span::Hour, slots: (0..).zip(points).map(slot).collect() }
    }

    #[test]
    fn an_outage_lasts_while_something_waits_and_nothing_succeeds() {
        let points = [
            Some((5, 0, 0)),
            Some((0, 3, 9)),
            // Between two attempts.
            Some((0, 0, 9)),
            Some((0, 1, 9)),
            // Some got through.
            Some((2, 1, 0)),
            Some((0, 1, 0)),
            // Nothing waits: what comes next is another one.
            Some((0, 0, 0)),
            Some((0, 1, 1)),
            None,
            Some((0, 1, 1)),
            Some((0, 0, 1)),
        ];
        assert_eq!(failing(&series(&points)), [(1, 4), (5, 6), (7, 8), (9, 10)]);
    }

    #[test]
    fn gaps_of_the_line_lie_where_they_were() {
        let series = series(&[Some((1, 0, 0)); 4]);
        let at = |slots: i64, part: i64| Timestamp((100 + slots) * Span::Hour.width() + part * 15_000_000);
        let gap = |from, to| Run { heard: Heard::Gap, from, to };
        let bands =
            bands(&series, &[gap(at(-3, 0), at(-1, 0)), gap(at(1, 2), at(2, 1)), gap(at(3, 0), at(9, 0))]);
        let drawn: Vec<_> = bands.iter().map(|band| (band.from, band.to)).collect();
        assert_eq!(drawn, [(1.5, 2.25), (3.0, 4.0)]);
    }
}
