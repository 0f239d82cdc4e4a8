//! A contact in words.

use crate::admin::ContactView;

/// First and last name; `None` for a phone of which nothing else is known.
pub fn name(contact: &ContactView) -> Option<String> {
    let names: Vec<&str> = contact.first_name.iter().chain(&contact.last_name).map(String::as_str).collect();
    (!names.is_empty()).then(|| names.join(" "))
}

/// As people write it: `529.982.247-25`, or `***.***.***-25` where it is masked.
pub fn cpf(digits: &str) -> String {
    let characters: Vec<char> = digits.chars().collect();
    if characters.len() != 11 {
        return digits.to_owned();
    }
    let part = |range: std::ops::Range<usize>| characters[range].iter().collect::<String>();
    format!("{}.{}.{}-{}", part(0..3), part(3..6), part(6..9), part(9..11))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cpf_is_written_as_people_write_it() {
        assert_eq!(cpf("52998224725"), "529.982.247-25");
        assert_eq!(cpf("*********25"), "***.***.***-25");
        assert_eq!(cpf("25"), "25");
    }
}
