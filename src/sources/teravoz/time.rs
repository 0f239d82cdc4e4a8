//! Times as Teravoz sends them.

use crate::domain::Timestamp;

/// A time as it is sent: ISO 8601, in UTC where it names no zone, or the seconds of Unix.
pub fn time(text: &str) -> Option<Timestamp> {
    /// The end of the year 9999.
    const LATEST_SECONDS: f64 = 253_402_300_800.0;
    let text = text.trim();
    let seconds = || text.parse::<f64>().ok().filter(|seconds| (0.0..LATEST_SECONDS).contains(seconds));
    let in_utc = || format!("{text}Z").parse().ok();
    #[expect(clippy::cast_possible_truncation, reason = "within the bounds above")]
    let of_unix = |seconds: f64| Timestamp((seconds * 1e6).round() as i64);
    text.parse().ok().or_else(in_utc).or_else(|| seconds().map(of_unix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_iso_8601_or_the_seconds_of_unix() {
        let at = Timestamp(1_483_228_800_000_000);
        for text in [
            "2017-01-01T00:00:00Z",
            "2017-01-01T00:00:00.000Z",
            "2016-12-31T21:00:00-03:00",
            "2017-01-01T00:00:00",
            "1483228800",
            " 1483228800.0 ",
        ] {
            assert_eq!(time(text), Some(at), "{text}");
        }
        for text in ["", "ontem", "-1", "NaN", "inf", "99999999999999999999", "2017-13-01T00:00:00Z"] {
            assert_eq!(time(text), None, "{text}");
        }
    }
}
