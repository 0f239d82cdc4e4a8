//! The two languages that Ramal speaks to people.

use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

use super::words_schema;

/// Portuguese of Brazil first; English for who asks for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lang {
    #[default]
    #[serde(rename = "pt-BR")]
    Pt,
    #[serde(rename = "en")]
    En,
}

impl Lang {
    /// The best match for an `Accept-Language` header (RFC 9110, 12.5.4): the listed language of ours with the
    /// highest quality; Portuguese when neither is listed.
    pub fn from_accept_language(header: &str) -> Lang {
        let mut best = (Lang::Pt, 0.0_f32);
        for range in header.split(',') {
            let mut parts = range.split(';');
            let tag = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
            let quality = parts
                .find_map(|part| part.trim().strip_prefix("q=").map(|q| q.parse().unwrap_or(0.0)))
                .unwrap_or(1.0);
            let lang = match tag.split('-').next() {
                Some("pt") => Lang::Pt,
                Some("en") => Lang::En,
                _ => continue,
            };
            if quality > best.1 {
                best = (lang, quality);
            }
        }
        best.0
    }

    /// The one of the two that is this language's. Sentences stand in the catalogue of `texts`; this is for what they are
    /// made with there.
    pub(crate) fn pick<T>(self, pt: T, en: T) -> T {
        match self {
            Lang::Pt => pt,
            Lang::En => en,
        }
    }

    /// The language tag (BCP 47).
    pub fn tag(self) -> &'static str {
        self.pick("pt-BR", "en")
    }
}

impl PartialSchema for Lang {
    fn schema() -> RefOr<Schema> {
        words_schema([Lang::Pt.tag(), Lang::En.tag()])
    }
}

impl ToSchema for Lang {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_read_with_its_qualities() {
        let cases = [
            ("", Lang::Pt),
            ("en", Lang::En),
            ("en-US,en;q=0.9,pt;q=0.8", Lang::En),
            ("de, en;q=0.3, pt-BR;q=0.7", Lang::Pt),
            ("fr", Lang::Pt),
            ("en;q=x", Lang::Pt),
        ];
        for (header, lang) in cases {
            assert_eq!(Lang::from_accept_language(header), lang, "{header}");
        }
    }
}
