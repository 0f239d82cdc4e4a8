//! What may be said of a contact: a phone that a company knows, and whose it is.

use super::ValueFault;
use super::bounds::Line;

/// A part of somebody's name.
pub type PersonName = Line<80>;

/// Digits of a phone, country code included.
const PHONE: std::ops::RangeInclusive<usize> = 3..=20;

/// A phone's digits, however it is written; two that differ only in that are the same phone.
pub fn phone(raw: &str) -> Result<String, ValueFault> {
    let digits: String = raw.chars().filter(char::is_ascii_digit).collect();
    let is_written_so = raw.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || "+-().".contains(c));
    match digits.len() {
        0 if raw.trim().is_empty() => Err(ValueFault::Missing),
        length if is_written_so && PHONE.contains(&length) => Ok(digits),
        _ => Err(ValueFault::NotAPhone),
    }
}

/// The eleven digits of a CPF, whose last two are computed of the others (Receita Federal).
pub fn cpf(raw: &str) -> Result<String, ValueFault> {
    let digits: Vec<u32> = raw.chars().filter_map(|c| c.to_digit(10)).collect();
    let is_written_so = raw.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || "-.".contains(c));
    let is_one = is_written_so
        && digits.len() == 11
        && digits.iter().any(|digit| *digit != digits[0])
        && check_digit(&digits[..9]) == digits[9]
        && check_digit(&digits[..10]) == digits[10];
    if is_one { Ok(raw.chars().filter(char::is_ascii_digit).collect()) } else { Err(ValueFault::NotACpf) }
}

fn check_digit(digits: &[u32]) -> u32 {
    let weights = (2..=u32::try_from(digits.len()).unwrap_or(0) + 1).rev();
    let sum: u32 = digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum();
    match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_is_its_digits() {
        for (raw, digits) in
            [("(85) 90000-4900", "85900004900"), ("+55 11 3333.4444", "551133334444"), ("190", "190")]
        {
            assert_eq!(phone(raw), Ok(digits.to_owned()));
        }
        assert_eq!(phone(" "), Err(ValueFault::Missing));
        for wrong in ["12", "ramal 200", "1".repeat(21).as_str(), "+", "11 9000\u{0}0-0000"] {
            assert_eq!(phone(wrong), Err(ValueFault::NotAPhone), "{wrong:?}");
        }
    }

    #[test]
    fn a_cpf_is_right_by_its_last_digits() {
        assert_eq!(cpf("529.982.247-25"), Ok("52998224725".to_owned()));
        assert_eq!(cpf("11144477735"), Ok("11144477735".to_owned()));
        for wrong in ["529.982.247-24", "11111111111", "1114447773", "", "111444777350", "a1144477735"] {
            assert_eq!(cpf(wrong), Err(ValueFault::NotACpf), "{wrong:?}");
        }
    }
}
