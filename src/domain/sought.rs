//! What people type to find something by its name: words, all of which stand in it, however they are accented.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

use super::ValueFault;
use super::bounds::Name;

/// Words that are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sought {
    words: Vec<String>,
    /// As it was typed, without the spaces around it.
    typed: String,
}

impl Sought {
    /// What a program asks for: no more than a name may be.
    pub fn check(raw: &str) -> Result<Self, ValueFault> {
        Name::check(raw).map(|typed| Self::of(&typed))
    }

    /// What was typed into a search field, or stands in an address: `None` where there is nothing in it to look for.
    pub fn typed(raw: &str) -> Option<Self> {
        let some: String = raw.chars().filter(|c| !c.is_control()).take(super::LONGEST_NAME).collect();
        Some(Self::of(some.trim())).filter(|sought| !sought.words.is_empty())
    }

    fn of(typed: &str) -> Self {
        let words = typed.split_whitespace().map(plain).collect();
        Self { words, typed: typed.to_owned() }
    }

    pub fn as_str(&self) -> &str {
        &self.typed
    }

    /// Whether each of the words stands in one of these texts.
    pub fn is_in(&self, texts: &[&str]) -> bool {
        let texts: Vec<String> = texts.iter().map(|text| plain(text)).collect();
        self.words.iter().all(|word| texts.iter().any(|text| text.contains(word)))
    }

    /// Whether this text begins with what is looked for: what is meant most likely.
    pub fn begins(&self, text: &str) -> bool {
        plain(text).starts_with(&self.words.join(" "))
    }
}

impl PartialSchema for Sought {
    fn schema() -> RefOr<Schema> {
        Name::schema()
    }
}

impl ToSchema for Sought {}

/// A text in small letters and without the accents of the languages that write in Latin letters.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            // An accent that is a character of its own.
            '\u{300}'..='\u{36f}' => {}
            '\u{e0}' | '\u{e1}' | '\u{e2}' | '\u{e3}' | '\u{e4}' | '\u{e5}' | '\u{101}' | '\u{103}'
            | '\u{105}' | '\u{aa}' => plain.push('a'),
            '\u{e7}' | '\u{107}' | '\u{10d}' => plain.push('c'),
            '\u{e8}' | '\u{e9}' | '\u{ea}' | '\u{eb}' | '\u{113}' | '\u{119}' | '\u{11b}' => plain.push('e'),
            '\u{ec}' | '\u{ed}' | '\u{ee}' | '\u{ef}' | '\u{12b}' => plain.push('i'),
            '\u{f1}' | '\u{144}' | '\u{148}' => plain.push('n'),
            '\u{f2}' | '\u{f3}' | '\u{f4}' | '\u{f5}' | '\u{f6}' | '\u{f8}' | '\u{14d}' | '\u{ba}' => {
                plain.push('o');
            }
            '\u{f9}' | '\u{fa}' | '\u{fb}' | '\u{fc}' | '\u{16b}' | '\u{16f}' => plain.push('u'),
            '\u{fd}' | '\u{ff}' => plain.push('y'),
            letter => plain.push(letter),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_words_are_found_however_they_are_accented() {
        let found = |typed: &str, texts: &[&str]| Sought::typed(typed).is_some_and(|it| it.is_in(texts));
        for typed in ["credito", "CRÉDITO casa", " verde  cre", "Cre\u{301}dito", "company_7 verde"] {
            assert!(found(typed, &["Casa Verde Crédito", "company_7"]), "{typed}");
        }
        for typed in ["credito azul", "casaverde", "company_71"] {
            assert!(!found(typed, &["Casa Verde Crédito", "company_7"]), "{typed}");
        }
        assert!(Sought::typed(" \t ").is_none() && Sought::typed("\u{0}").is_none());
        assert!(Sought::typed(&"é".repeat(500)).is_some_and(|it| it.as_str().chars().count() == 120));
    }

    #[test]
    fn a_program_asks_for_no_more_than_a_name_may_be() {
        assert_eq!(Sought::check(" Ação "), Ok(Sought { words: vec!["acao".into()], typed: "Ação".into() }));
        assert_eq!(Sought::check(" "), Err(ValueFault::Missing));
        assert_eq!(Sought::check("a\nb"), Err(ValueFault::ControlCharacters));
        assert_eq!(Sought::check(&"a".repeat(121)), Err(ValueFault::TooLong { max: 120 }));
    }

    #[test]
    fn what_begins_with_it_is_meant_first() {
        let sought = Sought::typed("são  jo").expect("words");
        assert!(sought.begins("Sao José") && !sought.begins("Casa São José"));
    }
}
