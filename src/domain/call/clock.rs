//! The provider's clock.

use crate::domain::{Event, Timestamp};

/// Seconds above this are milliseconds.
const LATEST_SECONDS: f64 = 1e11;
const MICROS_OF_A_DAY: i64 = 86_400_000_000;

impl Event {
    /// A time that it names: RFC 3339, or the seconds or milliseconds since 1970, as a number or a text. `None` for what is no time,
    /// and for a time more than a day after the event came: taken for true, it would make all that follows late.
    pub fn time(&self, said: &str) -> Option<Timestamp> {
        let said = said.trim();
        let at = said.parse().ok().or_else(|| unix(said))?;
        let latest = self.received_at.0.saturating_add(MICROS_OF_A_DAY);
        (1..=latest).contains(&at.0).then_some(at)
    }
}

fn unix(said: &str) -> Option<Timestamp> {
    let number: f64 = said.parse().ok()?;
    let micros = if number < LATEST_SECONDS { number * 1e6 } else { number * 1e3 };
    let is_time = (1.0..=LATEST_SECONDS * 1e6).contains(&micros);
    #[expect(clippy::cast_possible_truncation, reason = "it is within the bounds")]
    is_time.then(|| Timestamp(micros.round() as i64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::call::tests::event;

    #[test]
    fn a_time_is_rfc_3339_or_counted_from_1970() {
        let event = Event { received_at: Timestamp(1_795_185_000_000_000), ..event(1, "") };
        let at = Some(Timestamp(1_483_228_800_000_000));
        for said in [
            "2017-01-01T00:00:00Z",
            "2017-01-01T00:00:00.000000Z",
            "2016-12-31T21:00:00-03:00",
            "1483228800",
            " 1483228800.0 ",
            "1483228800000",
        ] {
            assert_eq!(event.time(said), at, "{said}");
        }
        assert_eq!(event.time("1795185003.140793"), Some(Timestamp(1_795_185_003_140_793)));
        for said in
            ["", "ontem", "0", "-1", "NaN", "inf", "1e300", "2017-01-01 00:00:00", "2017-13-01T00:00:00Z"]
        {
            assert_eq!(event.time(said), None, "{said}");
        }
    }

    #[test]
    fn a_day_ahead_is_no_clock() {
        let event = Event { received_at: Timestamp(1_483_228_800_000_000), ..event(1, "") };
        assert_eq!(event.time("2017-01-02T00:00:00Z"), Some(Timestamp(1_483_315_200_000_000)));
        assert_eq!(event.time("2017-01-02T00:00:01Z"), None);
        assert_eq!(event.time("17053389625"), None, "a digit too many");
    }
}
