//! Numbers of any size compared by their decimal digits: 9007199254740993 is not 9007199254740992, 1e400 is not infinite.

use std::cmp::Ordering;

/// A number in the spelling of JSON (no leading zeros, no `+`, no spaces around it).
#[derive(Debug, Clone, Copy)]
pub(super) struct Number<'a> {
    negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    exponent: i64,
}

impl<'a> Number<'a> {
    /// `None` when the text is not a number. A text with a leading zero is not one: `"018988"` is a phone.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let bytes = text.as_bytes();
        let (negative, bytes) = match bytes.strip_prefix(b"-") {
            Some(rest) => (true, rest),
            None => (false, bytes),
        };
        let (mantissa, exponent) = match bytes.iter().position(|byte| matches!(byte, b'e' | b'E')) {
            Some(at) => (&bytes[..at], parse_exponent(&bytes[at + 1..])?),
            None => (bytes, 0),
        };
        let (whole, fraction) = match mantissa.iter().position(|byte| *byte == b'.') {
            Some(at) if at + 1 < mantissa.len() => (&mantissa[..at], &mantissa[at + 1..]),
            Some(_) => return None,
            None => (mantissa, &mantissa[..0]),
        };
        let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
        let leading_zero = whole.len() > 1 && whole[0] == b'0';
        (!whole.is_empty() && !leading_zero && digits(whole) && digits(fraction)).then_some(Self {
            negative,
            whole,
            fraction,
            exponent,
        })
    }

    fn digits(&self) -> impl Iterator<Item = u8> {
        self.whole.iter().chain(self.fraction).copied().skip_while(|digit| *digit == b'0')
    }

    /// -1, 0 or 1.
    fn sign(&self) -> i8 {
        match (self.digits().next(), self.negative) {
            (None, _) => 0,
            (Some(_), true) => -1,
            (Some(_), false) => 1,
        }
    }

    /// The power of ten of the first digit that is not zero.
    fn magnitude(&self) -> i64 {
        let zeros = self.whole.iter().chain(self.fraction).take_while(|digit| **digit == b'0').count();
        let place =
            i64::try_from(self.whole.len()).unwrap_or(i64::MAX) - i64::try_from(zeros).unwrap_or(i64::MAX);
        self.exponent.saturating_add(place)
    }

    pub(super) fn compare(&self, other: &Number<'_>) -> Ordering {
        let sign = self.sign();
        let unsigned = || {
            self.magnitude().cmp(&other.magnitude()).then_with(|| {
                let (mut left, mut right) = (self.digits(), other.digits());
                loop {
                    match (left.next(), right.next()) {
                        (None, None) => return Ordering::Equal,
                        (left, right) => match left.unwrap_or(b'0').cmp(&right.unwrap_or(b'0')) {
                            Ordering::Equal => {}
                            different => return different,
                        },
                    }
                }
            })
        };
        sign.cmp(&other.sign()).then_with(|| match sign {
            0 => Ordering::Equal,
            1 => unsigned(),
            _ => unsigned().reverse(),
        })
    }
}

/// An exponent's digits; beyond what fits it saturates (such numbers differ by more than anybody counts).
fn parse_exponent(bytes: &[u8]) -> Option<i64> {
    let (negative, digits) = match bytes {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    // Half the range, so that adding the place of a digit cannot wrap.
    let size = digits.iter().fold(0_i64, |size, digit| {
        size.saturating_mul(10).saturating_add(i64::from(digit - b'0')).min(i64::MAX / 2)
    });
    Some(if negative { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(left: &str, right: &str) -> Ordering {
        let number = |text| Number::parse(text).expect("a number");
        let (left, right) = (number(left), number(right));
        assert_eq!(left.compare(&right), right.compare(&left).reverse());
        left.compare(&right)
    }

    #[test]
    fn digits_decide_not_floating_point() {
        assert_eq!(compare("9007199254740993", "9007199254740992"), Ordering::Greater);
        assert_eq!(compare("1e400", "1e401"), Ordering::Less);
        assert_eq!(compare("1e99999999999999999999", "1e5"), Ordering::Greater);
        assert_eq!(compare("0.1", "1e-1"), Ordering::Equal);
        assert_eq!(compare("3", "3.000"), Ordering::Equal);
        assert_eq!(compare("120", "1.2e2"), Ordering::Equal);
        assert_eq!(compare("-2", "1"), Ordering::Less);
        assert_eq!(compare("-2", "-10"), Ordering::Greater);
        assert_eq!(compare("-0", "0.0"), Ordering::Equal);
        assert_eq!(compare("0.05", "0.5"), Ordering::Less);
    }

    #[test]
    fn only_json_spellings_are_numbers() {
        for text in ["", "-", "018", "+3", "3.", ".5", "1e", "1e+", "0x1", "3 ", "NaN", "1.2.3"] {
            assert!(Number::parse(text).is_none(), "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_floats_where_they_are_exact(left in -1_000_000_i32..1_000_000, right in -1_000_000_i32..1_000_000, scale in 0_i32..6) {
            let (left, right) = (f64::from(left) / f64::from(1 << scale), f64::from(right));
            let expected = left.partial_cmp(&right).expect("finite");
            proptest::prop_assert_eq!(compare(&left.to_string(), &right.to_string()), expected);
        }
    }
}
