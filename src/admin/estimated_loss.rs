//! About how many events did not come while a line did not stand: its provider does not send them again, so nobody can count them.
//!
//! The rule, which `docs/panel.md` says in words: for each clock hour of the gap, what the company's own series has on average for a
//! minute of the same hour of the same weekday, in the last [`WEEKS`] weeks; where none of them is kept, what it has for a minute of
//! the hour before the gap. Only minutes in which the line stood are counted.
//!
//! What must hold here: it is an estimate, told as one and never added to what was counted; where there is nothing to go by, there
//! is none.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::{Actor, Admin, AdminError, IncidentView, StretchView};
use crate::domain::incident::Kind;
use crate::domain::{CompanyId, Point, SourceId, Step, Subject, Timestamp};

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const WEEK: i64 = 7 * 24 * HOUR;
/// Weeks that are looked at.
const WEEKS: i64 = 4;
/// What is longer is not estimated: the weeks before it tell little of it.
const LONGEST: i64 = WEEK;
/// Minutes of an hour in which the line has to have stood for it to tell anything.
const LEAST: u64 = 30;
/// Gaps of one incident that are read.
const GAPS: u32 = 100;
/// Estimates that are remembered.
const REMEMBERED: usize = 4_096;

type Stretch = (Timestamp, Timestamp);

/// What is estimated: of a source, from when to when, and whether of all gaps in that time together.
type Of = (SourceId, Timestamp, Option<Timestamp>, bool);

/// What was estimated within the minute, of what is over within the hour: it is asked for at every tick of whoever looks on.
#[derive(Default)]
pub struct Estimates(Mutex<HashMap<Of, Known>>);

#[derive(Clone, Copy)]
struct Known {
    when: i64,
    loss: Option<u64>,
}

impl Estimates {
    fn get(&self, of: Of, when: i64) -> Option<Known> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&of).filter(|known| known.when == when).copied()
    }

    fn keep(&self, of: Of, when: i64, loss: Option<u64>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(of, Known { when, loss });
    }
}

impl Admin {
    /// About how many events did not come in a gap of a line; nothing where that cannot be told.
    pub async fn estimated_loss(
        &self,
        actor: &Actor,
        source: SourceId,
        gap: &StretchView,
    ) -> Result<Option<u64>, AdminError> {
        let company = self.stored_source(actor, source).await?.company;
        if !gap.misses() {
            return Ok(None);
        }
        let now = Timestamp::now();
        let (of, when) = ((source, gap.from, gap.to, false), when(now, gap.to));
        if let Some(known) = self.estimates.get(of, when) {
            return Ok(known.loss);
        }
        let loss = self.lost_in(company, &[(gap.from, gap.to.unwrap_or(now))]).await?;
        self.estimates.keep(of, when, loss);
        Ok(loss)
    }

    /// Fills in what incidents of lines have cost.
    pub(super) async fn estimate_losses(&self, incidents: &mut [IncidentView]) -> Result<(), AdminError> {
        for incident in incidents {
            incident.estimated_loss = self.lost_by(incident).await?;
        }
        Ok(())
    }

    /// By the gaps of its line: it may have come back in between.
    async fn lost_by(&self, incident: &IncidentView) -> Result<Option<u64>, AdminError> {
        let parsed = || {
            let at = |text: &str| text.parse::<Timestamp>().ok();
            let source: SourceId = incident.source_id.as_deref()?.parse().ok()?;
            let company: CompanyId = incident.company_id.as_deref()?.parse().ok()?;
            Some((company, source, at(&incident.since)?, incident.closed_at.as_deref().and_then(at)))
        };
        let Some((company, source, since, closed)) = parsed().filter(|_| loses_what_comes(incident.kind))
        else {
            return Ok(None);
        };
        let now = Timestamp::now();
        let (of, when) = ((source, since, closed, true), when(now, closed));
        if let Some(known) = self.estimates.get(of, when) {
            return Ok(known.loss);
        }
        let end = closed.unwrap_or(now);
        let gaps = self.store.gaps(source, i64::MAX, GAPS).await?;
        let gaps = gaps.iter().map(StretchView::gap).filter(StretchView::misses);
        let within = |gap: StretchView| (gap.from.max(since), gap.to.unwrap_or(now).min(end));
        let gaps: Vec<Stretch> = gaps.map(within).filter(|(from, to)| from < to).collect();
        let loss = if gaps.is_empty() { None } else { self.lost_in(company, &gaps).await? };
        self.estimates.keep(of, when, loss);
        Ok(loss)
    }

    async fn lost_in(&self, company: CompanyId, gaps: &[Stretch]) -> Result<Option<u64>, AdminError> {
        if gaps.iter().map(|(from, to)| to.0 - from.0).sum::<i64>() > LONGEST {
            return Ok(None);
        }
        // What is counted is counted of the company: of several sources nobody knows what came by which.
        if self.store.sources(company).await?.len() != 1 {
            return Ok(None);
        }
        let subject = Subject::Company(company);
        let all = gaps.iter().flat_map(|gap| hours(*gap));
        let asked = all.flat_map(|(hour, _)| weeks_before(hour).map(|at| (subject, at)));
        let weeks = self.store.series_at(Step::Hour, &asked.collect::<Vec<_>>()).await?;
        let mut sum = 0.0;
        for gap in gaps {
            let week = |hour| {
                let points = weeks_before(hour).filter_map(|at| weeks.get(&(subject, at)));
                rate(points.filter(|point| point.connected >= LEAST), 60)
            };
            let is_known = hours(*gap).all(|(hour, _)| week(hour).is_some());
            let before = if is_known { None } else { self.hour_before(subject, gap.0).await? };
            match expected(*gap, week, before) {
                Some(events) => sum += events,
                None => return Ok(None),
            }
        }
        Ok(Some(about(sum)))
    }

    /// Events a minute in the hour before this moment, by the minutes as long as they are kept, then by the clock hour.
    async fn hour_before(&self, subject: Subject, at: Timestamp) -> Result<Option<f64>, AdminError> {
        let minutes = self.store.series(subject, Step::Minute, Timestamp(at.0 - HOUR), at).await?;
        // The minute in which it ended is not whole.
        let whole = minutes.iter().filter(|(start, _)| start.0 + MINUTE <= at.0).map(|(_, point)| point);
        let stood: Vec<_> = whole.filter(|point| point.connected > 0).collect();
        if stood.len() as u64 >= LEAST {
            return Ok(rate(stood.into_iter(), 1));
        }
        let hour = Timestamp(Step::Hour.start(at).0 - HOUR);
        let found = self.store.series_at(Step::Hour, &[(subject, hour)]).await?;
        Ok(rate(found.values().filter(|point| point.connected >= LEAST), 60))
    }
}

/// For how long an estimate is good, as a number that changes then.
fn when(now: Timestamp, over: Option<Timestamp>) -> i64 {
    if over.is_some() { now.0 / HOUR } else { now.0 / MINUTE }
}

/// What comes meanwhile is lost, and the line had stood before.
pub fn loses_what_comes(kind: Kind) -> bool {
    matches!(kind, Kind::GapOpen | Kind::TokenRefused)
}

/// The clock hours of a gap, each with how many minutes of it are in the gap.
#[expect(clippy::cast_precision_loss, reason = "microseconds of an hour are far below 2^53")]
fn hours((from, to): Stretch) -> impl Iterator<Item = (Timestamp, f64)> {
    let starts = std::iter::successors(Some(Step::Hour.start(from)), |hour| Some(Timestamp(hour.0 + HOUR)));
    starts.take_while(move |hour| hour.0 < to.0).map(move |hour| {
        let within = to.0.min(hour.0 + HOUR) - from.0.max(hour.0);
        (hour, within as f64 / MINUTE as f64)
    })
}

fn weeks_before(hour: Timestamp) -> impl Iterator<Item = Timestamp> {
    (1..=WEEKS).map(move |week| Timestamp(hour.0 - week * WEEK))
}

/// Events a minute over all of these, by the minutes in which the line stood: at most `whole` of each.
#[expect(clippy::cast_precision_loss, reason = "events of some hours are far below 2^53")]
fn rate<'a>(points: impl Iterator<Item = &'a Point>, whole: u64) -> Option<f64> {
    // It is looked once more in a minute in which the program was started again.
    let add =
        |(events, minutes), point: &Point| (events + point.events, minutes + point.connected.min(whole));
    let (events, minutes) = points.fold((0, 0), add);
    (minutes > 0).then(|| events as f64 / minutes as f64)
}

/// What would have come in a gap: by what is usual in each of its hours, else by the hour before it. Nothing where an hour has neither.
fn expected(gap: Stretch, usual: impl Fn(Timestamp) -> Option<f64>, before: Option<f64>) -> Option<f64> {
    hours(gap).map(|(hour, minutes)| Some(usual(hour).or(before)? * minutes)).sum()
}

/// As exactly as an estimate deserves: two digits of hundreds, three of more.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "above zero, and of a week")]
fn about(events: f64) -> u64 {
    let events = events.round().max(0.0) as u64;
    let unit = match events {
        0..100 => 1,
        100..10_000 => 10,
        10_000..100_000 => 100,
        _ => 1_000,
    };
    (events + unit / 2) / unit * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64, minute: i64) -> Timestamp {
        Timestamp(1_000 * WEEK + hour * HOUR + minute * MINUTE)
    }

    fn point(events: u64, connected: u64) -> Point {
        Point { looks: 60, events, connected, ..Point::default() }
    }

    fn close(found: Option<f64>, wanted: f64) {
        assert!(found.is_some_and(|found| (found - wanted).abs() < 1e-6), "{found:?} is not {wanted}");
    }

    #[test]
    fn a_gap_is_measured_by_the_hours_that_it_lies_in() {
        let found: Vec<_> = hours((at(3, 50), at(5, 15))).collect();
        assert_eq!(found, [(at(3, 0), 10.0), (at(4, 0), 60.0), (at(5, 0), 15.0)]);
        assert_eq!(hours((at(3, 0), at(4, 0))).count(), 1, "the hour in which it ends is not begun");
        assert!(hours((at(3, 7), at(3, 7))).all(|(_, minutes)| minutes < 1e-9));
        assert_eq!(weeks_before(at(3, 0)).last(), Some(Timestamp(at(3, 0).0 - 4 * WEEK)));
    }

    #[test]
    fn each_hour_counts_by_what_is_usual_in_it_else_by_the_hour_before() {
        let gap = (at(3, 50), at(5, 15));
        let usual = |hour: Timestamp| Some(if hour == at(4, 0) { 2.0 } else { 10.0 });
        close(expected(gap, usual, None), 10.0 * 10.0 + 60.0 * 2.0 + 15.0 * 10.0);
        let partly = |hour: Timestamp| (hour == at(4, 0)).then_some(2.0);
        close(expected(gap, partly, Some(4.0)), 10.0 * 4.0 + 60.0 * 2.0 + 15.0 * 4.0);
        assert_eq!(expected(gap, partly, None), None, "an hour that nothing tells of");
        close(expected(gap, |_| Some(0.0), None), 0.0);
    }

    #[test]
    fn minutes_without_a_line_make_no_mean_smaller() {
        let points = [point(600, 60), point(300, 30), point(1_234, 61)];
        close(rate(points[..2].iter(), 60), 10.0);
        close(rate(points[2..].iter(), 60), 1_234.0 / 60.0);
        close(rate([point(7, 2)].iter(), 1), 7.0);
        assert_eq!(rate([point(9, 0)].iter(), 60), None);
    }

    #[test]
    fn an_estimate_claims_no_more_digits_than_it_has() {
        let of = [0.2, 7.4, 99.4, 787.3, 1_243.0, 12_449.0, 123_456.0].map(about);
        assert_eq!(of, [0, 7, 99, 790, 1_240, 12_400, 123_000]);
    }
}
