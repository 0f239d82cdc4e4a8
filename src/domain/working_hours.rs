//! When a company works: hours of each weekday, and days off. How long something has lasted counts only then.
//!
//! Hours are those of the company's zone. Brazil's national holidays are known: Lei 662/1949 with Lei 10.607/2002 and Lei
//! 14.759/2023, Lei 6.802/1980, and Good Friday, which Lei 9.093/1995 has as a religious one; Carnival and Corpus Christi are none
//! by law, and are added by whoever does not work then.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{Day, Timestamp};

/// Minutes of a day.
const DAY: u16 = 24 * 60;
/// Looked back no further: who has worked nothing for so long is not asked.
const FURTHEST_DAYS: usize = 400;

/// From a minute of the day up to another, which is not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    pub from: u16,
    pub to: u16,
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkingHours {
    /// Monday first; none where nobody works.
    pub week: [Option<Hours>; 7],
    /// Nobody works on national holidays.
    pub holidays_off: bool,
    /// Other days on which nobody works.
    pub days_off: BTreeSet<Day>,
}

impl Hours {
    /// All of a day.
    pub const ALL: Hours = Hours { from: 0, to: DAY };

    pub fn new(from: u16, to: u16) -> Option<Self> {
        (from < to && to <= DAY).then_some(Self { from, to })
    }
}

/// Always.
impl Default for WorkingHours {
    fn default() -> Self {
        Self { week: [Some(Hours::ALL); 7], holidays_off: false, days_off: BTreeSet::new() }
    }
}

impl WorkingHours {
    /// How much of the time from one moment to another was worked.
    pub fn worked(&self, from: Timestamp, to: Timestamp, zone: &TimeZone) -> Duration {
        let Some(mut day) = date(from, zone) else { return Duration::ZERO };
        let mut sum = Duration::ZERO;
        for _ in 0..FURTHEST_DAYS {
            if let Some((begin, end)) = self.span(day, zone).filter(|(begin, _)| *begin <= to) {
                sum += end.min(to).since(begin.max(from));
            }
            if midnight(day, zone).is_none_or(|midnight| midnight > to) {
                return sum;
            }
            let Ok(next) = day.tomorrow() else { return sum };
            day = next;
        }
        sum
    }

    /// Whether this is a moment in which somebody works.
    pub fn is_open(&self, at: Timestamp, zone: &TimeZone) -> bool {
        let span = date(at, zone).and_then(|day| self.span(day, zone));
        span.is_some_and(|(begin, end)| begin <= at && at < end)
    }

    /// From when to when somebody works on a day; nothing where nobody does.
    fn span(&self, day: Date, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
        let hours = self.hours(day)?;
        Some((moment(day, hours.from, zone)?, moment(day, hours.to, zone)?))
    }

    fn hours(&self, day: Date) -> Option<Hours> {
        let off = self.days_off.contains(&Day::of(day)) || (self.holidays_off && is_holiday(day));
        let place = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0);
        if off { None } else { self.week[place] }
    }
}

fn date(at: Timestamp, zone: &TimeZone) -> Option<Date> {
    Some(jiff::Timestamp::from_microsecond(at.0).ok()?.to_zoned(zone.clone()).date())
}

fn moment(day: Date, minute: u16, zone: &TimeZone) -> Option<Timestamp> {
    if minute == DAY {
        return midnight(day.tomorrow().ok()?, zone);
    }
    let (hour, minute) = (i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?);
    let at = day.at(hour, minute, 0, 0).to_zoned(zone.clone()).ok()?;
    Some(Timestamp(at.timestamp().as_microsecond()))
}

fn midnight(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    let at = day.at(0, 0, 0, 0).to_zoned(zone.clone()).ok()?;
    Some(Timestamp(at.timestamp().as_microsecond()))
}

/// A national holiday of Brazil.
pub fn is_holiday(day: Date) -> bool {
    const FIXED: [(i8, i8); 8] = [(1, 1), (4, 21), (5, 1), (9, 7), (10, 12), (11, 2), (11, 15), (12, 25)];
    // Consciência Negra is one everywhere since 2024.
    let since_2024 = day.year() >= 2024 && (day.month(), day.day()) == (11, 20);
    FIXED.contains(&(day.month(), day.day())) || since_2024 || is_good_friday(day)
}

fn is_good_friday(day: Date) -> bool {
    day.weekday() == Weekday::Friday && easter(day.year()).and_then(two_before) == Some(day)
}

fn two_before(day: Date) -> Option<Date> {
    day.yesterday().ok()?.yesterday().ok()
}

/// Easter Sunday, as the Gregorian calendar has it (the "anonymous" algorithm: Meeus, *Astronomical Algorithms*, chapter 8).
fn easter(year: i16) -> Option<Date> {
    let year_number = i32::from(year);
    let golden = year_number % 19;
    let (century, of_century) = (year_number / 100, year_number % 100);
    let (leap_centuries, since_leap_century) = (century / 4, century % 4);
    let moons_moved = (8 * century + 13) / 25;
    let epact = (19 * golden + century - leap_centuries - moons_moved + 15) % 30;
    let (leap_years, since_leap_year) = (of_century / 4, of_century % 4);
    let to_sunday = (32 + 2 * since_leap_century + 2 * leap_years - epact - since_leap_year) % 7;
    let too_late = (golden + 11 * epact + 22 * to_sunday) / 451;
    let since_february = epact + to_sunday - 7 * too_late + 114;
    let (month, day) = (since_february / 31, since_february % 31 + 1);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("{text}:00-03:00").parse().expect("a time")
    }

    fn day(text: &str) -> Date {
        text.parse().expect("a day")
    }

    fn zone() -> TimeZone {
        TimeZone::get("America/Sao_Paulo").expect("a zone")
    }

    /// Monday to Friday 8:00 to 20:00, Saturday 9:00 to 14:00.
    fn office() -> WorkingHours {
        let weekday = Hours::new(8 * 60, 20 * 60);
        let mut week = [weekday; 7];
        (week[5], week[6]) = (Hours::new(9 * 60, 14 * 60), None);
        WorkingHours { week, holidays_off: true, days_off: BTreeSet::new() }
    }

    fn minutes(hours: &WorkingHours, from: &str, to: &str) -> u64 {
        hours.worked(at(from), at(to), &zone()).as_secs() / 60
    }

    #[test]
    fn only_what_is_worked_counts() {
        // 2026-11-27 is a Friday.
        let office = office();
        assert_eq!(minutes(&office, "2026-11-27T19:30", "2026-11-27T19:50"), 20);
        assert_eq!(minutes(&office, "2026-11-27T19:30", "2026-11-27T23:00"), 30);
        assert_eq!(minutes(&office, "2026-11-27T19:30", "2026-11-28T09:20"), 50, "a night between");
        assert_eq!(minutes(&office, "2026-11-28T13:50", "2026-11-30T08:05"), 15, "a Sunday between");
        assert_eq!(minutes(&office, "2026-11-28T22:00", "2026-11-29T22:00"), 0);
        assert_eq!(minutes(&office, "2026-11-27T12:00", "2026-11-27T11:00"), 0, "clocks step back");
        assert_eq!(minutes(&WorkingHours::default(), "2026-11-27T19:30", "2026-11-29T19:30"), 2 * 1_440);
        assert!(
            office.is_open(at("2026-11-27T08:00"), &zone())
                && !office.is_open(at("2026-11-27T20:00"), &zone())
        );
        let nobody = WorkingHours { week: [None; 7], ..office };
        assert_eq!(minutes(&nobody, "2020-01-01T00:00", "2026-11-29T19:30"), 0);
    }

    #[test]
    fn nobody_works_on_holidays_and_days_off() {
        // A Wednesday, Christmas Eve's day after: Friday 2026-12-25.
        assert_eq!(minutes(&office(), "2026-12-24T19:50", "2026-12-26T09:10"), 20);
        let at_work = WorkingHours { holidays_off: false, ..office() };
        assert_eq!(minutes(&at_work, "2026-12-24T19:50", "2026-12-26T09:10"), 20 + 720);
        let off = WorkingHours { days_off: ["2026-11-26".parse().expect("a day")].into(), ..office() };
        assert_eq!(minutes(&off, "2026-11-25T19:50", "2026-11-27T08:10"), 20);
    }

    #[test]
    fn the_holidays_are_those_of_the_law() {
        for holiday in
            ["2026-01-01", "2026-04-03", "2025-04-18", "2026-04-21", "2026-09-07", "2026-11-20", "2024-03-29"]
        {
            assert!(is_holiday(day(holiday)), "{holiday}");
        }
        // Carnival's Tuesday and Corpus Christi are none by federal law; 20 November was none before 2024.
        for workday in ["2026-02-17", "2026-06-04", "2023-11-20", "2026-04-10", "2026-12-24"] {
            assert!(!is_holiday(day(workday)), "{workday}");
        }
        assert_eq!((easter(2026), easter(2000)), (Some(day("2026-04-05")), Some(day("2000-04-23"))));
    }
}
