//! What is known of 3C Plus's event names.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::sources::{Entry, Family, Frequency, Status};
use crate::texts::msg;

/// Every entry, in the order of the file: families together, each in the order of a call's life.
pub fn entries() -> &'static [Entry] {
    static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
        let rows: Vec<Row> = serde_json::from_str(include_str!("catalogue.json"))
            .expect("the file is part of the program and tested");
        rows.into_iter().map(Entry::from).collect()
    });
    &ENTRIES
}

/// An entry as it stands in the file; what it means stands in the catalogue of texts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    family: Family,
    frequency: Frequency,
    status: Status,
    #[serde(default)]
    aliases: Vec<String>,
}

impl From<Row> for Entry {
    fn from(Row { name, family, frequency, status, aliases }: Row) -> Self {
        let description = msg("threecplus-event-type").with("name", &name);
        Entry { name, family, frequency, status, description, aliases }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::domain::Lang;
    use crate::sources::catalogue::find;

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
            let [pt, en] = [Lang::Pt, Lang::En].map(|lang| entry.description.text(lang));
            assert!(pt != en && pt != entry.name && en != entry.name, "{pt}, {en}");
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
            let said = entry.description.text(Lang::Pt);
            assert!(said.starts_with(pt), "{name}: {said}");
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
