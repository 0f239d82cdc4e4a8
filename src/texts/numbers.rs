//! Numbers as each language writes them: `48.112` and `0,4` in Portuguese, `48,112` and `0.4` in English.

use crate::domain::Lang;

/// A whole number, in groups of three digits.
pub fn whole(lang: Lang, number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let separator = lang.pick('.', ',');
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('-');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

/// A number with `places` digits after the mark (at most 3).
pub fn decimal(lang: Lang, number: f64, places: usize) -> String {
    let plain = format!("{number:.*}", places.min(3));
    let (integral, fraction) = plain.split_once('.').unwrap_or((plain.as_str(), ""));
    let whole_part = integral.trim_start_matches('-').parse().map_or(integral.to_owned(), |n| whole(lang, n));
    let sign = if integral.starts_with('-') { "-" } else { "" };
    if fraction.is_empty() {
        format!("{sign}{whole_part}")
    } else {
        format!("{sign}{whole_part}{}{fraction}", lang.pick(',', '.'))
    }
}

/// A number that is given in tenths, with one digit after the mark.
pub fn tenths(lang: Lang, tenths: u64) -> String {
    format!("{}{}{}", tenths / 10, lang.pick(',', '.'), tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_groups() {
        for (number, pt, en) in [
            (0, "0", "0"),
            (999, "999", "999"),
            (1_000, "1.000", "1,000"),
            (-1_234_567, "-1.234.567", "-1,234,567"),
        ] {
            assert_eq!((whole(Lang::Pt, number), whole(Lang::En, number)), (pt.to_owned(), en.to_owned()));
        }
    }

    #[test]
    fn the_mark_is_the_languages() {
        assert_eq!(decimal(Lang::Pt, 99.74, 1), "99,7");
        assert_eq!(decimal(Lang::En, 1234.5, 1), "1,234.5");
        assert_eq!(decimal(Lang::Pt, -0.4, 1), "-0,4");
        assert_eq!(decimal(Lang::Pt, 12.0, 0), "12");
    }
}
