//! Event types that can be known of a company, and patterns that none of them fits: mistyped, more likely than new.
//!
//! What must hold here: nothing is refused for good, as providers have new types without notice. Whoever writes such a pattern by
//! hand is asked about it once, whoever sends it by the API reads of it in the answer, and where a provider lists no types nothing
//! is said.

use std::collections::BTreeMap;

use tracing::warn;

use super::fault::{Fault, FieldFault};
use super::place::Place;
use super::{Admin, AdminError, WebhookInput, WebhookView};
use crate::domain::{CompanyId, Lang, Pattern};
use crate::sources::{self, Entry};

/// Patterns for which it is looked for what may be meant; the others are named all the same.
const EXPLAINED: usize = 20;
/// Characters of the longest text that is compared.
const COMPARED: usize = 60;
/// A word that is shorter says little.
const SHORTEST_WORD: usize = 4;
/// Between the words of a name.
const BETWEEN: [char; 4] = ['-', '.', '_', ' '];

/// A type, and the words that it is described in.
struct Type {
    name: String,
    words: Vec<String>,
}

/// What can be known of a company's types.
pub(super) struct Known(Vec<Type>);

impl Known {
    /// Whether some type has a name that this pattern wants.
    fn fits(&self, pattern: &Pattern) -> bool {
        self.0.iter().any(|kind| pattern.matches(&kind.name))
    }

    /// What may be meant by a pattern that fits nothing: one pattern, or several that were written as one.
    fn meant(&self, given: &str) -> Vec<String> {
        let pieces: Vec<&str> = given.split(' ').filter(|piece| !piece.is_empty()).collect();
        let is_known = |piece: &&str| piece.parse().is_ok_and(|pattern| self.fits(&pattern));
        if pieces.len() > 1 && pieces.iter().all(is_known) {
            return pieces.into_iter().map(str::to_owned).collect();
        }
        let text = folded(given.trim_end_matches('*').trim_matches(BETWEEN));
        if text.is_empty() || text.chars().nth(COMPARED).is_some() {
            return Vec::new();
        }
        self.spelt_alike(&text).or_else(|| self.described_by(&text)).into_iter().collect()
    }

    /// What differs from it least, if that is little: a name, or the beginning that several share.
    fn spelt_alike(&self, text: &str) -> Option<String> {
        let beginnings = self.beginnings().into_keys().map(|head| {
            let whole = format!("{head}*");
            (folded(head.trim_end_matches(BETWEEN)), whole)
        });
        let names = self.0.iter().map(|kind| (folded(&kind.name), kind.name.clone()));
        let most = (text.chars().count() / 4).max(1);
        let all = beginnings.chain(names).map(|(folded, whole)| (distance(text, &folded), whole));
        let nearest = all.min_by_key(|(distance, _)| *distance)?;
        (nearest.0 <= most).then_some(nearest.1)
    }

    /// The beginning of those types whose descriptions have its first word most often: `chamadas` means `call-*`.
    fn described_by(&self, text: &str) -> Option<String> {
        let word = text.split(BETWEEN).next().filter(|word| word.chars().count() >= SHORTEST_WORD)?;
        let of = |head: &str| {
            let types = self.0.iter().filter(|kind| kind.name.starts_with(head));
            types.filter(|kind| kind.words.iter().any(|said| is_like(word, said))).count()
        };
        let counted = self.beginnings().into_keys().map(|head| (of(head), head));
        let (count, head) = counted.max_by_key(|(count, head)| (*count, std::cmp::Reverse(*head)))?;
        (count > 0).then(|| format!("{head}*"))
    }

    /// What names begin with, up to the first hyphen or dot, where several do.
    fn beginnings(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for kind in &self.0 {
            if let Some(at) = kind.name.find(BETWEEN) {
                *counts.entry(&kind.name[..=at]).or_default() += 1;
            }
        }
        counts.retain(|_, count| *count > 1);
        counts
    }

    /// What is wrong with those of these patterns that fit nothing, each with its place among them.
    fn faults<'p>(&self, patterns: impl Iterator<Item = (usize, &'p Pattern)>) -> Vec<FieldFault> {
        let unknown = patterns.filter(|(_, pattern)| !self.fits(pattern)).enumerate();
        let fault = |(nth, (at, pattern)): (usize, (usize, &Pattern))| {
            let given = pattern.to_string();
            let meant = if nth < EXPLAINED { self.meant(&given) } else { Vec::new() };
            FieldFault::new(Place::from("events").at(at), Fault::UnknownType { given, meant })
        };
        unknown.map(fault).collect()
    }
}

impl Admin {
    /// What is wrong with those of these patterns that fit nothing which can be known of a company's types: neither those that
    /// its providers list (all providers, while it has no source) nor those that its events have. Where one of its providers lists
    /// none, nothing is.
    async fn unknown_types(
        &self,
        company: CompanyId,
        patterns: &[(usize, &Pattern)],
    ) -> Result<Vec<FieldFault>, AdminError> {
        if patterns.iter().all(|(_, pattern)| **pattern == Pattern::All) {
            return Ok(Vec::new());
        }
        let rows = self.store.sources(company).await?;
        let providers: Vec<_> = match rows.as_slice() {
            [] => sources::PROVIDERS.iter().map(|provider| Some(provider.identity())).collect(),
            rows => rows
                .iter()
                .map(|row| sources::find(row.provider).map(sources::Definition::identity))
                .collect(),
        };
        let mut known = Known(Vec::new());
        for identity in providers {
            let listed = identity.map(|identity| (identity.catalogue)()).unwrap_or_default();
            if listed.is_empty() && !rows.is_empty() {
                return Ok(Vec::new());
            }
            known.0.extend(listed.iter().flat_map(types));
        }
        if !patterns.iter().all(|(_, pattern)| known.fits(pattern)) {
            let seen = self.journal.newest_names(company).await?.into_keys();
            known.0.extend(seen.map(|name| Type { name: name.into(), words: Vec::new() }));
        }
        Ok(known.faults(patterns.iter().copied()))
    }

    /// Faults for what a person wrote by hand and has to be asked about: what fits no known type and is not `stored`.
    pub(super) async fn unknown_types_to_ask_about(
        &self,
        company: CompanyId,
        input: &WebhookInput,
        stored: &[Pattern],
    ) -> Result<Vec<FieldFault>, AdminError> {
        let events = input.events.iter().flatten().enumerate();
        let asked = events.filter(|(_, text)| input.asked_about.contains(text));
        let patterns: Vec<(usize, Pattern)> =
            asked.filter_map(|(at, text)| Some((at, text.parse().ok()?))).collect();
        let new = patterns.iter().filter(|(_, pattern)| !stored.contains(pattern));
        let new: Vec<_> = new.map(|(at, pattern)| (*at, pattern)).collect();
        self.unknown_types(company, &new).await
    }

    /// The webhook with a warning for each of its patterns that fits no known type.
    pub async fn with_warnings(&self, lang: Lang, mut view: WebhookView) -> Result<WebhookView, AdminError> {
        if let Ok(company) = view.company_id.parse() {
            let patterns: Vec<_> = view.events.iter().enumerate().collect();
            let faults = self.unknown_types(company, &patterns).await?;
            view.warnings = faults.iter().map(|fault| fault.body(lang)).collect();
        }
        Ok(view)
    }

    /// Says in the log which patterns of the settings file fit no known type.
    pub(super) async fn warn_of_unknown_types(
        &self,
        company: CompanyId,
        input: &WebhookInput,
    ) -> Result<(), AdminError> {
        let patterns = input.events.iter().flatten().filter_map(|text| text.parse().ok());
        let patterns: Vec<Pattern> = patterns.collect();
        let placed: Vec<_> = patterns.iter().enumerate().collect();
        for fault in self.unknown_types(company, &placed).await? {
            let webhook = input.name.as_deref().unwrap_or_default();
            warn!(%company, webhook, "events of a webhook of the settings file: {}", fault.fault.text(Lang::En));
        }
        Ok(())
    }
}

/// A listed type under each of its names.
fn types(entry: &Entry) -> impl Iterator<Item = Type> + '_ {
    let words = [Lang::Pt, Lang::En].map(|lang| words(&entry.description.text(lang))).concat();
    let names = std::iter::once(&entry.name).chain(&entry.aliases);
    names.map(move |name| Type { name: name.clone(), words: words.clone() })
}

/// Without accents and capitals, and with one kind of hyphen.
fn folded(text: &str) -> String {
    let plain = |c: char| match c {
        '\u{e0}'..='\u{e5}' => 'a',
        '\u{e7}' => 'c',
        '\u{e8}'..='\u{eb}' => 'e',
        '\u{ec}'..='\u{ef}' => 'i',
        '\u{f2}'..='\u{f6}' => 'o',
        '\u{f9}'..='\u{fc}' => 'u',
        c if BETWEEN.contains(&c) => '-',
        c => c,
    };
    text.to_lowercase().chars().map(plain).collect()
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).map(folded);
    words.filter(|word| word.chars().count() >= SHORTEST_WORD).collect()
}

/// Whether two words are forms of one: they begin alike and differ in their endings only.
fn is_like(word: &str, other: &str) -> bool {
    let same = word.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let longest = word.chars().count().max(other.chars().count());
    same >= SHORTEST_WORD && longest - same <= 2
}

/// How many letters have to be changed, put in or left out.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (at, letter) in a.chars().enumerate() {
        let mut before = std::mem::replace(&mut row[0], at + 1);
        for (n, other) in b.iter().enumerate() {
            let changed = before + usize::from(letter != *other);
            before = row[n + 1];
            row[n + 1] = changed.min(before + 1).min(row[n] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known {
        let kind = |(name, said): (&str, &str)| Type { name: name.to_owned(), words: words(said) };
        let types = [
            ("call-was-connected", "Chamada foi conectada ao agente"),
            ("call-was-ended", "Chamada terminou"),
            ("agent-is-idle", "Agente ficou ocioso"),
            ("agent-entered-manual", "Agente entrou em chamada manual"),
            ("hold-call", "Chamada em espera"),
            ("connect", "A chamada chega"),
        ];
        Known(types.map(kind).into())
    }

    #[test]
    fn what_is_known_is_not_asked_about() {
        for given in ["*", "call-*", "c*", "hold-call", "connect"] {
            assert!(known().fits(&given.parse().expect("a pattern")), "{given}");
        }
        for given in ["chamadas*", "call", "Call-*", "foo bar"] {
            assert!(!known().fits(&given.parse().expect("a pattern")), "{given}");
        }
    }

    #[test]
    fn what_may_be_meant_is_found_by_its_letters_and_by_what_it_is_called() {
        for (given, meant) in [
            ("chamadas*", &["call-*"][..]),
            ("Chamada", &["call-*"]),
            ("agentes-*", &["agent-*"]),
            ("call", &["call-*"]),
            ("call.*", &["call-*"]),
            ("calls-*", &["call-*"]),
            ("call-was-conected", &["call-was-connected"]),
            ("call_was_ended", &["call-was-ended"]),
            ("hold-call connect", &["hold-call", "connect"]),
            ("foo bar", &[]),
            ("xyz*", &[]),
        ] {
            assert_eq!(known().meant(given), meant, "{given}");
        }
    }

    #[test]
    fn letters_are_counted() {
        for (a, b, wanted) in
            [("", "", 0), ("call", "call", 0), ("cal", "call", 1), ("kall", "call", 1), ("", "abc", 3)]
        {
            assert_eq!(distance(a, b), wanted, "{a} {b}");
        }
    }
}
