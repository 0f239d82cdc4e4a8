//! When a company works, as its events have it: a suggestion, which a person takes or not.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Admin, AdminError};
use crate::domain::working_hours::{Hours, is_holiday};
use crate::domain::{CompanyId, Step, Subject, Timestamp};

/// Days that are looked at.
const DAYS: i64 = 28;
/// Fewer tell nothing of a weekday.
const DAYS_NEEDED: usize = 7;
const HOUR_MICROS: i64 = 3_600_000_000;

impl Admin {
    /// Monday first; nothing, where less than a week was counted.
    pub(super) async fn learned_week(
        &self,
        company: CompanyId,
        zone: &TimeZone,
    ) -> Result<Option<[Option<Hours>; 7]>, AdminError> {
        let now = Timestamp::now();
        let from = Timestamp(now.0 - DAYS * 24 * HOUR_MICROS);
        let points = self.store.series(Subject::Company(company), Step::Hour, from, now).await?;
        let hours = points.into_iter().map(|(at, point)| (at, point.events));
        Ok(learned(hours, zone))
    }
}

/// An hour of a weekday is worked when events came in it on half of the days that were counted, holidays apart.
fn learned(hours: impl Iterator<Item = (Timestamp, u64)>, zone: &TimeZone) -> Option<[Option<Hours>; 7]> {
    let mut days: std::collections::BTreeMap<Date, [bool; 24]> = std::collections::BTreeMap::new();
    for (at, events) in hours {
        let moment = jiff::Timestamp::from_microsecond(at.0).ok()?.to_zoned(zone.clone());
        let hour = usize::try_from(moment.hour()).ok()?;
        let day = days.entry(moment.date()).or_default();
        day[hour] |= events > 0;
    }
    days.retain(|day, _| !is_holiday(*day));
    if days.len() < DAYS_NEEDED {
        return None;
    }
    let mut week = [None; 7];
    for (place, hours) in week.iter_mut().enumerate() {
        let its: Vec<_> = days
            .iter()
            .filter(|(day, _)| usize::try_from(day.weekday().to_monday_zero_offset()) == Ok(place))
            .map(|(_, worked)| worked)
            .collect();
        let is_worked = |hour: usize| its.iter().filter(|worked| worked[hour]).count() * 2 > its.len();
        let first = (0..24).find(|hour| is_worked(*hour));
        let last = (0..24).rev().find(|hour| is_worked(*hour));
        let minute = |hour: usize| u16::try_from(hour * 60).unwrap_or(0);
        *hours = first.zip(last).and_then(|(first, last)| Hours::new(minute(first), minute(last + 1)));
    }
    Some(week)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hours of four weeks from Monday 2026-10-26 on, in Brasília.
    fn counted(worked: impl Fn(i8, i64, i8) -> bool) -> Vec<(Timestamp, u64)> {
        let zone = TimeZone::get("America/Sao_Paulo").expect("a zone");
        let begins: Date = "2026-10-26".parse().expect("a day");
        let mut hours = Vec::new();
        for day in 0..28i64 {
            let date = begins.checked_add(jiff::Span::new().days(day)).expect("a day");
            for hour in 0..24i8 {
                let at = date.at(hour, 0, 0, 0).to_zoned(zone.clone()).expect("a time");
                let weekday = date.weekday().to_monday_zero_offset();
                hours.push((
                    Timestamp(at.timestamp().as_microsecond()),
                    u64::from(worked(weekday, day / 7, hour)),
                ));
            }
        }
        hours
    }

    fn week_of(hours: Vec<(Timestamp, u64)>) -> Option<[Option<Hours>; 7]> {
        learned(hours.into_iter(), &TimeZone::get("America/Sao_Paulo").expect("a zone"))
    }

    #[test]
    fn an_hour_in_which_events_come_on_most_days_is_worked() {
        let office = |weekday: i8, week: i64, hour: i8| match weekday {
            0..=4 => (8..20).contains(&hour) || (week == 1 && hour == 23),
            5 => (9..14).contains(&hour),
            _ => week == 2 && hour == 10,
        };
        let week = week_of(counted(office)).expect("four weeks");
        assert_eq!(week[0], Hours::new(8 * 60, 20 * 60));
        assert_eq!(week[5], Hours::new(9 * 60, 14 * 60));
        assert_eq!(week[6], None, "one Sunday of four is none");
    }

    #[test]
    fn less_than_a_week_suggests_nothing() {
        let few: Vec<_> = counted(|_, _, _| true).into_iter().take(6 * 24).collect();
        assert_eq!(week_of(few), None);
        assert_eq!(week_of(Vec::new()), None);
        assert_eq!(week_of(counted(|_, _, _| true)).expect("always")[3], Some(Hours::ALL));
    }
}
