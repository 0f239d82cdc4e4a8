//! What is known of 3C Plus's event names.

use std::sync::LazyLock;

use crate::sources::Entry;

/// Every entry, in the order of the file: families together, each in the order of a call's life.
pub fn entries() -> &'static [Entry] {
    static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
        serde_json::from_str(include_str!("catalogue.json"))
            .expect("the file is part of the program and tested")
    });
    &ENTRIES
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::sources::catalogue::find;
    use crate::sources::{Family, Status};

    fn offered() -> impl Iterator<Item = &'static Entry> {
        entries().iter().filter(|entry| entry.status != Status::Doubtful)
    }

    const EXAMPLES: &str =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/3cplus_events.json"));

    #[test]
    fn every_entry_is_described_once_in_its_family() {
        let mut names = HashSet::new();
        for entry in entries() {
            assert_eq!(Family::of(&entry.name), entry.family, "{}", entry.name);
            assert!(!entry.pt.is_empty() && !entry.en.is_empty(), "{}", entry.name);
            for name in entry.aliases.iter().chain([&entry.name]) {
                assert!(names.insert(name.as_str()), "{name} stands twice");
            }
        }
    }

    #[test]
    fn every_example_is_offered() {
        let examples: Vec<serde_json::Value> = serde_json::from_str(EXAMPLES).expect("JSON");
        for example in examples {
            let name = example["name"].as_str().expect("a name");
            assert!(offered().any(|entry| entry.name == name), "{name}");
        }
    }

    /// The names and descriptions that the users' guide prints.
    #[test]
    fn the_guides_events_are_offered_with_their_descriptions() {
        for (name, pt) in [
            ("agent-is-idle", "Agente ficou ocioso"),
            ("call-was-connected", "Chamada foi conectada"),
            ("call-was-disconnected", "Chamada foi desconectada"),
            ("agent-status-changed", "Status do agente mudou"),
            ("call-started", "Chamada iniciou"),
            ("call-ended", "Chamada terminou"),
        ] {
            let entry = offered().find(|entry| entry.name == name).expect(name);
            assert!(entry.pt.starts_with(pt), "{name}: {}", entry.pt);
        }
    }

    #[test]
    fn aliases_lead_to_their_entry() {
        let entries: Vec<&Entry> = entries().iter().collect();
        let find = |name| find(&entries, name);
        assert_eq!(find("call-was-unanswered").map(|entry| &*entry.name), Some("call-was-not-answered"));
        assert_eq!(find("call-ended").map(|entry| &*entry.name), Some("call-ended"));
        assert_eq!(find("sms-sent"), None);
    }
}
