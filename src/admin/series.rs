//! What was counted, for charts: of everything a caller sees, of a company, of a webhook.
//!
//! What must hold here: a read is bounded by its span, whatever is asked for; what is not known (the program did not run,
//! the subject did not exist) has no point, and is never shown as nothing having happened.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

use super::{Actor, Admin, AdminError, Fault};
use crate::domain::{CompanyId, Point, Step, Subject, Timestamp, ValueFault, WebhookId, words_schema};

const MINUTE: i64 = 60_000_000;

/// How far a chart reaches back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Span {
    #[default]
    Hour,
    Day,
    Week,
    Quarter,
}

impl PartialSchema for Span {
    fn schema() -> RefOr<Schema> {
        words_schema(Self::ALL.map(Self::as_str))
    }
}

impl ToSchema for Span {}

impl Span {
    pub const ALL: [Span; 4] = [Span::Hour, Span::Day, Span::Week, Span::Quarter];

    pub fn as_str(self) -> &'static str {
        match self {
            Span::Hour => "1h",
            Span::Day => "24h",
            Span::Week => "7d",
            Span::Quarter => "90d",
        }
    }

    pub fn parse(text: Option<&str>) -> Result<Self, AdminError> {
        let Some(text) = text else { return Ok(Self::default()) };
        let allowed = Self::ALL.map(Self::as_str).join(", ");
        let found = Self::ALL.into_iter().find(|span| span.as_str() == text);
        found.ok_or_else(|| AdminError::invalid("span", Fault::Value(ValueFault::NotOne { allowed })))
    }

    /// The points it is made of.
    pub(super) fn step(self) -> Step {
        match self {
            Span::Hour | Span::Day => Step::Minute,
            Span::Week | Span::Quarter => Step::Hour,
        }
    }

    /// How long a slot lasts, in microseconds.
    pub fn width(self) -> i64 {
        MINUTE
            * match self {
                Span::Hour => 1,
                Span::Day => 15,
                Span::Week => 120,
                Span::Quarter => 24 * 60,
            }
    }

    /// How many slots it has.
    fn count(self) -> usize {
        match self {
            Span::Hour => 60,
            Span::Day => 96,
            Span::Week => 84,
            Span::Quarter => 90,
        }
    }

    /// Where it begins at `now`, slots being counted from `origin`. The present slot is the last one; only a minute that is
    /// not over is not shown, because nothing of it is known yet.
    fn from(self, now: Timestamp, origin: Timestamp) -> Timestamp {
        let slot = Timestamp((now.0 - origin.0).div_euclid(self.width()) * self.width() + origin.0);
        let slots = i64::try_from(self.count()).unwrap_or_default() - i64::from(self != Span::Hour);
        Timestamp(slot.0 - slots * self.width())
    }
}

/// What was counted in stretches of equal length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    pub span: Span,
    pub slots: Vec<Slot>,
}

/// One stretch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Slot {
    pub at: Timestamp,
    /// Minutes of it of which something is known.
    pub minutes: u32,
    pub point: Point,
}

impl Slot {
    /// What was counted, where anything is known.
    pub fn known(&self) -> Option<&Point> {
        (self.minutes > 0).then_some(&self.point)
    }
}

impl Series {
    /// Of what is still to be asked for.
    pub fn none() -> Self {
        Self { span: Span::default(), slots: Vec::new() }
    }

    /// `node` says of which times anything is known, `points` what there was; `begun` is when the subject was made.
    pub(super) fn new(
        span: Span,
        from: Timestamp,
        begun: Timestamp,
        node: &[(Timestamp, Point)],
        points: impl IntoIterator<Item = (Timestamp, Point)>,
    ) -> Self {
        let at = (0..).map(|n: i64| Timestamp(from.0 + n * span.width()));
        let mut slots: Vec<Slot> = at.take(span.count()).map(|at| Slot { at, ..Slot::default() }).collect();
        let place = |at: Timestamp| usize::try_from((at.0 - from.0).div_euclid(span.width())).ok();
        let mut looks: BTreeMap<Timestamp, u32> = BTreeMap::new();
        let whole = u32::try_from(span.step().seconds() / 60).unwrap_or(1);
        for (at, look) in node {
            if at.0 + span.step().micros() > begun.0
                && let Some(slot) = place(*at).and_then(|place| slots.get_mut(place))
            {
                slot.minutes += look.looks.min(whole);
                looks.entry(slot.at).and_modify(|looks| *looks += look.looks).or_insert(look.looks);
            }
        }
        for (at, point) in points {
            if let Some(slot) = place(at).and_then(|place| slots.get_mut(place)) {
                slot.point.add(&point);
            }
        }
        for slot in &mut slots {
            // A subject that stood still has no point: it was looked at all the same.
            slot.point.looks = looks.get(&slot.at).copied().unwrap_or(0);
        }
        Self { span, slots }
    }

    /// Where it begins and ends.
    pub fn reach(&self) -> (Timestamp, Timestamp) {
        let from = self.slots.first().map(|slot| slot.at).unwrap_or_default();
        let to = self.slots.last().map_or(from, |slot| Timestamp(slot.at.0 + self.span.width()));
        (from, to)
    }

    /// All of it together.
    pub fn total(&self) -> Point {
        let mut total = Point::default();
        for slot in &self.slots {
            total.add(&slot.point);
        }
        total
    }
}

/// What was counted, in stretches of equal length, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeriesView {
    #[schema(value_type = Span)]
    pub span: &'static str,
    /// How long each stretch lasts.
    pub seconds: i64,
    /// A stretch of which nothing is known (the program did not run) is absent.
    pub points: Vec<PointView>,
}

/// One stretch. The last one may not be over.
#[derive(Debug, Serialize, ToSchema)]
pub struct PointView {
    /// When it begins.
    #[schema(value_type = Timestamp)]
    pub at: String,
    /// Minutes of it that were counted.
    pub minutes: u32,
    /// Written to the journal; absent of a webhook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<u64>,
    /// Companies whose lines all stood, on average; absent of a webhook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connected: Option<f64>,
    /// Requests answered with 2xx, and all others.
    pub delivered: u64,
    pub failed: u64,
    /// The most events that were seen to wait, and the longest that one had waited.
    pub backlog: u64,
    pub waiting_ms: u64,
    /// How long half of the answers took at most, and 95 of 100; of a webhook that was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p50_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p95_ms: Option<f64>,
}

impl SeriesView {
    fn of(series: &Series, webhook: bool) -> Self {
        let view = |slot: &Slot| {
            let point = slot.known()?;
            let took = |share| Some(point.latency.percentile(share)?.as_secs_f64() * 1_000.0);
            Some(PointView {
                at: slot.at.to_string(),
                minutes: slot.minutes,
                events: (!webhook).then_some(point.events),
                connected: (!webhook).then(|| point.connected_mean()),
                delivered: point.delivered,
                failed: point.failed,
                backlog: point.backlog,
                waiting_ms: point.waiting_ms,
                p50_ms: took(0.5),
                p95_ms: took(0.95),
            })
        };
        Self {
            span: series.span.as_str(),
            seconds: series.span.width() / 1_000_000,
            points: series.slots.iter().filter_map(view).collect(),
        }
    }
}

impl Admin {
    /// Of all companies that the caller sees, together; slots are counted from `origin` (a midnight, say).
    pub async fn series(&self, actor: &Actor, span: Span, origin: Timestamp) -> Result<Series, AdminError> {
        let (from, to) = range(span, origin);
        let node = self.store.series(Subject::Node, span.step(), from, to).await?;
        let Some(companies) = &actor.companies else {
            return Ok(Series::new(span, from, Timestamp(0), &node, node.clone()));
        };
        let mut together: BTreeMap<Timestamp, Point> = BTreeMap::new();
        for company in companies {
            for (at, point) in self.store.series(Subject::Company(*company), span.step(), from, to).await? {
                together.entry(at).or_default().join(&point);
            }
        }
        Ok(Series::new(span, from, Timestamp(0), &node, together))
    }

    pub async fn series_of_company(
        &self,
        actor: &Actor,
        id: CompanyId,
        span: Span,
        origin: Timestamp,
    ) -> Result<Series, AdminError> {
        actor.require_company(id)?;
        let company = self.store.company(id).await?.ok_or_else(|| AdminError::not_found("company", id))?;
        self.series_of(Subject::Company(id), company.created_at, span, origin).await
    }

    pub async fn series_of_webhook(
        &self,
        actor: &Actor,
        id: WebhookId,
        span: Span,
        origin: Timestamp,
    ) -> Result<Series, AdminError> {
        let webhook = self.stored_webhook(actor, id).await?;
        self.series_of(Subject::Webhook(id), webhook.created_at, span, origin).await
    }

    async fn series_of(
        &self,
        subject: Subject,
        begun: Timestamp,
        span: Span,
        origin: Timestamp,
    ) -> Result<Series, AdminError> {
        let (from, to) = range(span, origin);
        let node = self.store.series(Subject::Node, span.step(), from, to).await?;
        let points = self.store.series(subject, span.step(), from, to).await?;
        Ok(Series::new(span, from, begun, &node, points))
    }

    /// The last hour of each of these companies, which were made then, in their order: one read for all of them.
    pub(super) async fn last_hours(
        &self,
        companies: &[(CompanyId, Timestamp)],
    ) -> Result<Vec<Series>, AdminError> {
        let span = Span::Hour;
        let (from, to) = range(span, Timestamp(0));
        let minutes = (0..).map(|n| Timestamp(from.0 + n * MINUTE)).take(span.count());
        let minutes: Vec<_> = minutes.collect();
        let all: Vec<_> = companies
            .iter()
            .flat_map(|(company, _)| minutes.iter().map(|at| (Subject::Company(*company), *at)))
            .collect();
        let (node, mut points) = match companies {
            [] => Default::default(),
            _ => (
                self.store.series(Subject::Node, span.step(), from, to).await?,
                self.store.series_at(span.step(), &all).await?,
            ),
        };
        let series = |(company, begun): &(CompanyId, Timestamp)| {
            let its = minutes
                .iter()
                .filter_map(|at| Some((*at, points.remove(&(Subject::Company(*company), *at))?)));
            Series::new(span, from, *begun, &node, its.collect::<Vec<_>>())
        };
        Ok(companies.iter().map(series).collect())
    }

    /// [`Admin::series`] for programs, in slots of UTC.
    pub async fn series_view(&self, actor: &Actor, span: Option<&str>) -> Result<SeriesView, AdminError> {
        let series = self.series(actor, Span::parse(span)?, Timestamp(0)).await?;
        Ok(SeriesView::of(&series, false))
    }

    /// [`Admin::series_of_company`] for programs, in slots of UTC.
    pub async fn company_series_view(
        &self,
        actor: &Actor,
        id: CompanyId,
        span: Option<&str>,
    ) -> Result<SeriesView, AdminError> {
        let series = self.series_of_company(actor, id, Span::parse(span)?, Timestamp(0)).await?;
        Ok(SeriesView::of(&series, false))
    }

    /// [`Admin::series_of_webhook`] for programs, in slots of UTC.
    pub async fn webhook_series_view(
        &self,
        actor: &Actor,
        id: WebhookId,
        span: Option<&str>,
    ) -> Result<SeriesView, AdminError> {
        let series = self.series_of_webhook(actor, id, Span::parse(span)?, Timestamp(0)).await?;
        Ok(SeriesView::of(&series, true))
    }
}

fn range(span: Span, origin: Timestamp) -> (Timestamp, Timestamp) {
    let from = span.from(Timestamp::now(), origin);
    let count = i64::try_from(span.count()).unwrap_or_default();
    (from, Timestamp(from.0 + count * span.width()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 60 * MINUTE;

    fn point(looks: u32, events: u64) -> Point {
        Point { looks, events, ..Point::default() }
    }

    #[test]
    fn a_span_ends_with_the_last_known_minute_or_the_present_slot() {
        // 2026-11-21 17:21:58 UTC; midnight in São Paulo was at 03:00 UTC.
        let (now, midnight) = (Timestamp(1_795_281_718_204_000), Timestamp(1_795_230_000_000_000));
        let ends = |span: Span| {
            let from = span.from(now, midnight);
            let last = i64::try_from(span.count()).expect("few") - 1;
            (from.to_string(), Timestamp(from.0 + last * span.width()).to_string())
        };
        let pair = |from: &str, last: &str| (format!("2026-{from}:00.000Z"), format!("2026-{last}:00.000Z"));
        assert_eq!(ends(Span::Hour), pair("11-21T16:21", "11-21T17:20"));
        assert_eq!(ends(Span::Day), pair("11-20T17:30", "11-21T17:15"));
        assert_eq!(ends(Span::Week), pair("11-14T19:00", "11-21T17:00"));
        assert_eq!(ends(Span::Quarter), pair("08-24T03:00", "11-21T03:00"));
    }

    #[test]
    fn what_is_not_known_is_no_zero() {
        let at = |minute: i64| Timestamp(HOUR + minute * MINUTE);
        // The program ran in the minutes 2, 3 and 5, started anew in 3; the webhook was made in minute 3.
        let node = [(at(2), point(1, 0)), (at(3), point(2, 0)), (at(5), point(1, 0))];
        let begun = Timestamp(at(3).0 + 1);
        let series = Series::new(Span::Hour, at(0), begun, &node, [(at(5), point(1, 7))]);
        assert_eq!(series.slots.len(), 60);
        let known: Vec<_> = series.slots[..7].iter().map(|slot| slot.known().map(|it| it.events)).collect();
        assert_eq!(known, [None, None, None, Some(0), None, Some(7), None]);
        assert_eq!(series.slots[3].minutes, 1, "a minute is one, however often it was looked");
        assert_eq!((series.total().events, series.slots[3].point.looks), (7, 2));

        // Hours in slots of two; the points outside are left out.
        let hours: Vec<_> = (-3..5).map(|hour| (Timestamp(HOUR * hour), point(60, 1))).collect();
        let series = Series::new(Span::Week, Timestamp(0), Timestamp(0), &hours, hours.clone());
        assert_eq!((series.slots[0].minutes, series.slots[0].point.events), (120, 2));
        assert_eq!((series.slots[2].minutes, series.slots[2].point.events), (60, 1));
        assert_eq!(series.total().events, 5);
    }

    #[test]
    fn a_span_is_one_of_four() {
        assert_eq!(Span::parse(None).expect("a span"), Span::Hour);
        assert_eq!(Span::parse(Some("90d")).expect("a span"), Span::Quarter);
        assert!(
            matches!(Span::parse(Some("2h")), Err(AdminError::Invalid(faults)) if faults[0].field == "span")
        );
    }
}
