//! Durations as people and one provider's actions write them: `10s`, `5m`, `500ms`.

use std::time::Duration;

const UNITS: [(&str, f64); 4] = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3_600.0)];
/// Longer is a mistake.
const MOST_SECONDS: f64 = 86_400.0;

/// A number without a unit counts seconds.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let at = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(at);
    let unit = if unit.is_empty() { "s" } else { unit };
    let seconds = UNITS.iter().find(|(known, _)| *known == unit).map(|(_, seconds)| *seconds);
    let number: Option<f64> = number.trim().parse().ok();
    match (number, seconds) {
        (Some(number), Some(unit)) if (0.0..=MOST_SECONDS).contains(&(number * unit)) => {
            Ok(Duration::from_secs_f64(number * unit))
        }
        _ => Err(format!("`{text}` is not a duration such as 10s, 500ms or 5m")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_number_and_a_unit() {
        for (text, millis) in
            [("10s", 10_000), ("500ms", 500), ("5m", 300_000), ("1.5s", 1_500), ("3", 3_000), ("0s", 0)]
        {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "s", "-1s", "10 days", "1e99s", "NaN", "2d"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
