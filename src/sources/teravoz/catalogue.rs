//! What is known of Teravoz's event types.

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::sources::{Entry, Family, Frequency, Status};
use crate::texts::msg;

/// What an event is about, and has to name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// `call_id`.
    Call,
    /// `actor`: an agent without a call.
    Agent,
    /// A number that is to be called: the call does not exist yet, and `code` is often left out.
    Number,
}

use Frequency::{High, Low, Medium};
use Status::{Known, Unconfirmed};
use Subject::{Agent, Call, Number};

/// In the order of a call's life, then agents, extensions and the dialer, then our own. `Known` are those that documents print.
const TYPES: &[(&str, Subject, Frequency, Status)] = &[
    ("call.new", Call, High, Known),
    ("call.standby", Call, High, Known),
    ("call.waiting", Call, High, Known),
    ("call.ongoing", Call, High, Known),
    ("call.overflow", Call, Low, Unconfirmed),
    ("call.follow-me", Call, Low, Unconfirmed),
    ("call.queue-abandon", Call, Medium, Unconfirmed),
    ("call.finished", Call, High, Known),
    ("call.recording-available", Call, Medium, Unconfirmed),
    ("call.data-provided", Call, Low, Unconfirmed),
    ("call.cpf-provided", Call, Low, Known),
    ("call.cnpj-provided", Call, Low, Unconfirmed),
    ("actor.logged-in", Agent, Low, Unconfirmed),
    ("actor.logged-out", Agent, Low, Unconfirmed),
    ("actor.paused", Agent, Medium, Unconfirmed),
    ("actor.unpaused", Agent, Medium, Unconfirmed),
    ("actor.ringing", Call, High, Unconfirmed),
    ("actor.noanswer", Call, Medium, Unconfirmed),
    ("actor.entered", Call, High, Known),
    ("actor.left", Call, High, Known),
    ("peer.ringing", Call, Medium, Unconfirmed),
    ("dialer.attempt", Number, Medium, Unconfirmed),
    ("dialer.success", Call, Medium, Unconfirmed),
    ("dialer.failure", Number, Medium, Unconfirmed),
    ("dialer.expired", Number, Low, Unconfirmed),
    ("dialer.exceeded", Number, Low, Unconfirmed),
    // These Ramal notes itself.
    ("delegate.sent", Call, Medium, Known),
    ("delegate.failed", Call, Low, Known),
    ("delegate.expired", Call, Low, Known),
];

/// A type's name as it is decided by: some documents write `call-standby` for `call.standby`. Hyphens behind the first stay.
pub fn dotted(name: &str) -> Cow<'_, str> {
    match name.split_once(['-', '.']) {
        Some((of @ ("call" | "actor" | "peer" | "dialer"), what)) if !what.is_empty() => {
            if name.as_bytes()[of.len()] == b'.' { name.into() } else { format!("{of}.{what}").into() }
        }
        _ => name.into(),
    }
}

/// What an event of this type is about; `None` for a type that is not known.
pub fn subject(name: &str) -> Option<Subject> {
    let name = dotted(name);
    TYPES.iter().find(|(known, ..)| *known == name).map(|(_, subject, ..)| *subject)
}

/// Every type, as people choose among them.
pub fn entries() -> &'static [Entry] {
    static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| TYPES.iter().map(entry).collect());
    &ENTRIES
}

fn entry((name, _, frequency, status): &(&str, Subject, Frequency, Status)) -> Entry {
    let family = if name.starts_with("actor.") { Family::Agent } else { Family::Call };
    Entry {
        name: (*name).to_owned(),
        family,
        frequency: *frequency,
        status: *status,
        // A word of the catalogue of texts has no dots.
        description: msg("teravoz-event-type").with("name", name.replace('.', "-")),
        aliases: vec![name.replacen('.', "-", 1)],
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
    fn a_type_of_a_later_day_is_about_nothing_in_particular() {
        assert_eq!(subject("call.new"), Some(Call));
        assert_eq!(subject("actor.paused"), Some(Agent));
        assert_eq!(subject("call.transferred"), None);
    }

    #[test]
    fn a_hyphen_for_the_dot_is_the_same_type() {
        assert_eq!(dotted("call-queue-abandon"), "call.queue-abandon");
        assert_eq!(dotted("call.queue-abandon"), "call.queue-abandon");
        for other in ["call", "call-", "caller-new", "chat-new", ""] {
            assert_eq!(dotted(other), other);
        }
        assert_eq!(subject("actor-paused"), Some(Agent));
        let entry =
            entries().iter().find(|entry| entry.aliases.iter().any(|alias| alias == "call-follow-me"));
        assert_eq!(entry.map(|entry| &*entry.name), Some("call.follow-me"));
    }
}
