//! Time as it is stored: microseconds since 1970-01-01 UTC.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{KnownFormat, RefOr, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

/// A moment in microseconds UTC. The clock itself is read at the edges; rules receive the moment as an argument.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The clock of this machine, now.
    pub fn now() -> Self {
        Self(jiff::Timestamp::now().as_microsecond())
    }

    /// Whole seconds since 1970, as `webhook-timestamp` wants them.
    pub fn unix_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// This moment moved later; saturates at the end of time rather than wrapping.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX)))
    }

    /// How long after `earlier` this is; zero when it is not after (clocks step back).
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// As it is written to callers and read from them: RFC 3339.
impl PartialSchema for Timestamp {
    fn schema() -> RefOr<Schema> {
        let time = ObjectBuilder::new().schema_type(Type::String);
        let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
        time.format(Some(format)).examples(["2024-01-01T00:00:00.000Z"]).into()
    }
}

impl ToSchema for Timestamp {}

/// Reads the form that [`Display`](fmt::Display) writes, and any other RFC 3339 time.
impl std::str::FromStr for Timestamp {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        text.parse::<jiff::Timestamp>().map(|at| Self(at.as_microsecond()))
    }
}

/// Before 1970 counts as 1970: no clock of ours is there.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let micros = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_micros();
        Self(i64::try_from(micros).unwrap_or(i64::MAX))
    }
}

/// ISO 8601 in UTC with milliseconds, `2024-01-01T00:00:00.000Z`, the form of every time that leaves the house.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, micros) = (self.0.div_euclid(86_400_000_000), self.0.rem_euclid(86_400_000_000));
        let (year, month, day) = civil_from_days(days);
        let millis = micros / 1_000;
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z",
            millis / 3_600_000,
            millis / 60_000 % 60,
            millis / 1_000 % 60,
            millis % 1_000
        )
    }
}

/// A day of the calendar, `2026-12-31`. It ends when it ends in Brazil's capital, three hours behind UTC, where the
/// services that name such days count them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(jiff::civil::Date);

impl Day {
    pub(super) fn of(date: jiff::civil::Date) -> Self {
        Self(date)
    }

    /// The moment in which it is over.
    pub fn end(self) -> Timestamp {
        const BEHIND_UTC_MICROS: i64 = 3 * 3_600_000_000;
        let midnight = self.0.at(0, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC);
        let start = midnight.map_or(i64::MAX, |midnight| midnight.timestamp().as_microsecond());
        Timestamp(start.saturating_add(86_400_000_000 + BEHIND_UTC_MICROS))
    }
}

/// Why a text is no [`Day`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a day such as 2026-12-31")]
pub struct ParseDayError;

impl std::str::FromStr for Day {
    type Err = ParseDayError;

    fn from_str(text: &str) -> Result<Self, ParseDayError> {
        let text = text.trim();
        // The library takes more than this form; a time of day, say, would be dropped without a word.
        let plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let date = plain.then(|| text.parse().ok()).flatten();
        date.map(Day).ok_or(ParseDayError)
    }
}

impl PartialSchema for Day {
    fn schema() -> RefOr<Schema> {
        let day = ObjectBuilder::new().schema_type(Type::String);
        let format = SchemaFormat::KnownFormat(KnownFormat::Date);
        day.format(Some(format)).examples(["2026-12-31"]).into()
    }
}

impl ToSchema for Day {}

impl TryFrom<String> for Day {
    type Error = ParseDayError;

    fn try_from(text: String) -> Result<Self, ParseDayError> {
        text.parse()
    }
}

impl From<Day> for String {
    fn from(day: Day) -> String {
        day.to_string()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Year, month and day of a day counted from 1970-01-01. Written out because every event's body carries a time and a
/// general formatter costs several times as much (the rule: Howard Hinnant, "chrono-compatible low-level date algorithms").
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_as_the_documented_form() {
        assert_eq!(Timestamp(1_704_067_200_000_000).to_string(), "2024-01-01T00:00:00.000Z");
        assert_eq!(Timestamp(1_704_067_199_999_999).to_string(), "2023-12-31T23:59:59.999Z");
        assert_eq!(Timestamp(-1).to_string(), "1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn a_day_ends_at_three_in_the_morning_of_utc() {
        let day: Day = " 2026-12-31 ".parse().expect("a day");
        assert_eq!(
            (day.to_string(), day.end().to_string()),
            ("2026-12-31".into(), "2027-01-01T03:00:00.000Z".into())
        );
        for text in ["", "2026-02-30", "31/12/2026", "2026-12-31T10:00", "20261231", "+2026-12-3"] {
            assert_eq!(text.parse::<Day>(), Err(ParseDayError), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_the_time_library(micros in -60_000_000_000_000_000i64..200_000_000_000_000_000) {
            let millis = jiff::Timestamp::from_millisecond(micros.div_euclid(1_000)).expect("in range");
            proptest::prop_assert_eq!(Timestamp(micros).to_string(), format!("{millis:.3}"));
        }
    }
}
