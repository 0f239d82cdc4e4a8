//! What is known of Colmeia's event types.

use std::sync::LazyLock;

use crate::sources::{Entry, Family, Frequency, Status};
use crate::texts::msg;

use Frequency::{Low, Medium};
use Status::{Known, Unconfirmed};

/// The call comes: it can be answered from now on.
pub const CONNECT: &str = "connect";

/// In the order of a call's life, then our own. `Known` are those that its guide prints; `ringing` stands in a later version of its API.
const TYPES: &[(&str, Frequency, Status)] = &[
    ("bot_req_call", Medium, Known),
    (CONNECT, Medium, Known),
    ("ringing", Medium, Unconfirmed),
    ("accept", Medium, Known),
    ("reject", Low, Known),
    ("hangup", Medium, Known),
    // These Ramal notes itself.
    ("accept.sent", Medium, Known),
    ("accept.failed", Low, Known),
    ("reject.sent", Low, Known),
    ("reject.failed", Low, Known),
    ("hangup.sent", Medium, Known),
    ("hangup.failed", Low, Known),
];

/// Whether the provider's documents say what such an event has to name.
pub fn is_documented(name: &str) -> bool {
    !name.contains('.') && TYPES.iter().any(|(known, ..)| *known == name)
}

/// Every type, as people choose among them.
pub fn entries() -> &'static [Entry] {
    static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| TYPES.iter().map(entry).collect());
    &ENTRIES
}

fn entry((name, frequency, status): &(&str, Frequency, Status)) -> Entry {
    Entry {
        name: (*name).to_owned(),
        family: Family::Call,
        frequency: *frequency,
        status: *status,
        // A word of the catalogue of texts has no dots.
        description: msg("colmeia-event-type").with("name", name.replace('.', "-")),
        aliases: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::domain::Lang;

    #[test]
    fn every_type_stands_once_and_says_what_it_means() {
        let (mut names, mut meanings) = (HashSet::new(), HashSet::new());
        for entry in entries() {
            assert!(names.insert(&entry.name), "{} stands twice", entry.name);
            for lang in [Lang::Pt, Lang::En] {
                let text = entry.description.text(lang);
                let is_word = text == entry.name.replace('.', "-");
                assert!(!is_word && meanings.insert(text), "{} is not described", entry.name);
            }
        }
    }

    #[test]
    fn what_nobody_documents_has_to_name_nothing() {
        assert!(is_documented("connect") && is_documented("ringing"));
        for other in ["accept.sent", "transfer", ""] {
            assert!(!is_documented(other), "{other}");
        }
    }
}
