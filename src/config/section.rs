//! Reading one table of the settings: the three layers are laid over each other key by key, every value becomes its
//! type, and what is wrong is noted with its place. What nobody asked for is unknown.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use super::error::{Place, Reason, SettingsError};
use super::kinds::text;
use super::reference::expand;
use super::tree::{self, Node, Table, Value};
use crate::secrets::Secret;
use crate::sources::Variable;
use crate::texts::{Message, msg};

/// Every variable of ours starts with this.
pub(super) const PREFIX: &str = "RAMAL_";
/// Tables of a list that may be given by variables alone, so that a typing error does not ask for a billion of them.
const MOST_TABLES: usize = 10_000;

/// What the settings are read from besides the file, and what was found wrong so far.
pub(super) struct Context<'a> {
    /// Variables that may be settings.
    pub env: &'a BTreeMap<String, String>,
    /// Where those stand that a file of variables sets.
    pub env_places: &'a BTreeMap<String, Place>,
    /// All variables: a `${…}` may name any.
    pub references: &'a BTreeMap<String, String>,
    /// By key; with the flag as typed.
    pub flags: BTreeMap<String, (String, String)>,
    pub read: &'a dyn Fn(&Path) -> io::Result<String>,
    pub errors: RefCell<Vec<SettingsError>>,
    /// Variables and keys that some reader asked for, or that a `${…}` named.
    pub asked: RefCell<BTreeSet<String>>,
}

impl Context<'_> {
    pub fn refuse(&self, place: &Place, key: &str, reason: Reason) -> Refused {
        let error = SettingsError { place: place.clone(), key: key.to_owned(), reason };
        self.errors.borrow_mut().push(error);
        Refused
    }

    /// Where a variable was set.
    pub fn place_of(&self, variable: &str) -> Place {
        let in_file = self.env_places.get(variable).cloned();
        in_file.unwrap_or_else(|| Place::Variable(variable.to_owned()))
    }

    /// A variable's value; an empty one counts as not set, as compose files produce them.
    fn variable(&self, name: &str) -> Option<&str> {
        self.asked.borrow_mut().insert(name.to_owned());
        self.env.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }
}

/// Something was wrong and has been noted.
#[derive(Debug)]
pub(super) struct Refused;

/// One table.
pub(super) struct Section<'c> {
    context: &'c Context<'c>,
    table: Table,
    known: Vec<&'static str>,
    /// `guard.`, `company[1].webhook[2].`; empty at the top.
    shown: String,
    /// `RAMAL_GUARD_`, `RAMAL_COMPANY_1_WEBHOOK_2_`.
    variable: String,
    pub place: Place,
}

impl<'c> Section<'c> {
    pub fn top(context: &'c Context<'c>, table: Table) -> Self {
        Self {
            context,
            table,
            known: Vec::new(),
            shown: String::new(),
            variable: PREFIX.to_owned(),
            place: Place::Nowhere,
        }
    }

    /// What is read beside the tables.
    pub fn context(&self) -> &'c Context<'c> {
        self.context
    }

    /// A key as errors name it.
    pub fn shown(&self, key: &str) -> String {
        format!("{}{key}", self.shown)
    }

    pub fn refuse(&self, place: &Place, key: &str, reason: Reason) {
        self.context.refuse(place, &self.shown(key), reason);
    }

    /// The value of the highest layer that has one: flag, variable, file.
    fn take(&mut self, key: &'static str) -> Result<Option<Node>, Refused> {
        self.known.push(key);
        let in_file = self.table.remove(key);
        let shown = self.shown(key);
        self.context.asked.borrow_mut().insert(shown.clone());
        let name = format!("{}{}", self.variable, key.to_ascii_uppercase());
        let in_variable = self.context.variable(&name);
        if let Some((flag, text)) = self.context.flags.get(&shown) {
            let place = Place::Flag(flag.clone());
            return Ok(Some(Node { place, value: Value::Loose(text.clone()) }));
        }
        if let Some(text) = in_variable {
            let place = self.context.place_of(&name);
            return Ok(Some(Node { place, value: Value::Loose(text.to_owned()) }));
        }
        in_file.map(|node| expand(self.context, &shown, node)).transpose()
    }

    fn read<T>(
        &mut self,
        key: &'static str,
        secret: bool,
        parse: impl FnOnce(&Value) -> Result<T, Message>,
    ) -> Result<Option<(Place, T)>, Refused> {
        let Some(node) = self.take(key)? else { return Ok(None) };
        match parse(&node.value) {
            Ok(value) => Ok(Some((node.place, value))),
            Err(expected) => {
                let given = if secret { None } else { node.value.shown() };
                Err(self.context.refuse(&node.place, &self.shown(key), Reason::Not { given, expected }))
            }
        }
    }

    /// The value, or `None` when there is none.
    pub fn given<T>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&Value) -> Result<T, Message>,
    ) -> Result<Option<T>, Refused> {
        Ok(self.read(key, false, parse)?.map(|(_, value)| value))
    }

    /// The value, or `None` when there is none or it was refused.
    pub fn optional<T>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&Value) -> Result<T, Message>,
    ) -> Option<T> {
        self.given(key, parse).ok().flatten()
    }

    /// Replaces a default.
    pub fn set<T>(
        &mut self,
        target: &mut T,
        key: &'static str,
        parse: impl FnOnce(&Value) -> Result<T, Message>,
    ) {
        if let Some(value) = self.optional(key, parse) {
            *target = value;
        }
    }

    /// A value that must be there.
    pub fn required<T>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&Value) -> Result<T, Message>,
    ) -> Option<(Place, T)> {
        let found = self.read(key, false, parse).ok()?;
        if found.is_none() {
            self.refuse(&self.place, key, Reason::Missing);
        }
        found
    }

    /// A secret, from `key` or from the file that `key_file` names (its last line end is dropped). Of two layers the
    /// higher one counts; both in one layer is an error.
    pub fn secret<T>(
        &mut self,
        key: &'static str,
        key_file: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Message>,
    ) -> Result<Option<T>, Refused> {
        let direct = self.read(key, true, text(|text| Ok(Secret::new(text))))?;
        let in_file = self.read(key_file, false, text(|text| Ok(PathBuf::from(text))))?;
        let (place, named, secret) = match (direct, in_file) {
            (None, None) => return Ok(None),
            (Some((place, _)), Some((other, _))) if rank(&place) == rank(&other) => {
                let reason = Reason::Both { other: self.shown(key_file) };
                return Err(self.context.refuse(&place, &self.shown(key), reason));
            }
            (Some((place, secret)), other)
                if other.as_ref().is_none_or(|(other, _)| rank(&place) > rank(other)) =>
            {
                (place, key, secret)
            }
            (_, Some((place, path))) => {
                let text = (self.context.read)(&path).map_err(|error| {
                    self.context.refuse(&place, &self.shown(key_file), Reason::unreadable(&path, &error))
                })?;
                (place, key_file, Secret::new(text.trim_end_matches(['\r', '\n'])))
            }
            (Some((place, secret)), None) => (place, key, secret),
        };
        parse(secret.expose()).map(Some).map_err(|expected| {
            self.context.refuse(&place, &self.shown(named), Reason::Not { given: None, expected })
        })
    }

    /// A list; a variable or flag holds it separated by commas. Every wrong item is noted.
    pub fn list<T>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&Value) -> Result<T, Message>,
    ) -> Option<(Place, Vec<T>)> {
        let node = self.take(key).ok().flatten()?;
        self.items(key, node, parse)
    }

    /// As [`Section::list`]; a text in its place is a list of one.
    pub fn list_or_one<T>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&Value) -> Result<T, Message>,
    ) -> Option<(Place, Vec<T>)> {
        let Node { place, value } = self.take(key).ok().flatten()?;
        let value = match value {
            text @ Value::Text(_) => Value::List(vec![Node { place: place.clone(), value: text }]),
            other => other,
        };
        self.items(key, Node { place, value }, parse)
    }

    fn items<T>(
        &self,
        key: &'static str,
        node: Node,
        parse: impl Fn(&Value) -> Result<T, Message>,
    ) -> Option<(Place, Vec<T>)> {
        let items = match node.value {
            Value::List(items) => items,
            Value::Loose(text) => text
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(|item| Node { place: node.place.clone(), value: Value::Loose(item.to_owned()) })
                .collect(),
            other => {
                let expected = msg("setting-list");
                self.refuse(&node.place, key, Reason::Not { given: other.shown(), expected });
                return None;
            }
        };
        let mut parsed = Vec::with_capacity(items.len());
        let mut wrong = false;
        for (at, item) in items.iter().enumerate() {
            match parse(&item.value) {
                Ok(value) => parsed.push(value),
                Err(expected) => {
                    wrong = true;
                    let reason = Reason::Not { given: item.value.shown(), expected };
                    self.refuse(&item.place, &format!("{key}[{}]", at + 1), reason);
                }
            }
        }
        (!wrong).then_some((node.place, parsed))
    }

    /// A table whose keys are free, such as headers; a variable or flag holds it as a TOML inline table.
    pub fn free_table(&mut self, key: &'static str) -> Option<Table> {
        let node = self.take(key).ok().flatten()?;
        let expected = msg("setting-table-example");
        let table = match node.value {
            Value::Table(table) => Some(table),
            Value::Loose(text) => tree::parse_inline_table(&node.place, &text),
            _ => None,
        };
        if table.is_none() {
            self.refuse(&node.place, key, Reason::Not { given: None, expected });
        }
        table
    }

    /// A table of fixed keys; empty when it is not written anywhere.
    pub fn section(&mut self, key: &'static str) -> Section<'c> {
        self.optional_section(key).unwrap_or_else(|| self.child(key, None, Table::new(), self.place.clone()))
    }

    /// A table of fixed keys that may be absent.
    pub fn optional_section(&mut self, key: &'static str) -> Option<Section<'c>> {
        self.known.push(key);
        match self.table.remove(key) {
            Some(Node { value: Value::Table(table), place }) => Some(self.child(key, None, table, place)),
            Some(node) => {
                self.refuse_as_table(&node, key);
                None
            }
            None => {
                let prefix = format!("{}{}_", self.variable, key.to_ascii_uppercase());
                let named = self.context.env.keys().any(|name| name.starts_with(&prefix));
                named.then(|| self.child(key, None, Table::new(), Place::Nowhere))
            }
        }
    }

    /// A list of tables. Variables count them from 1: they change the tables of the file, and add more after them.
    pub fn sections(&mut self, key: &'static str) -> Vec<Section<'c>> {
        self.known.push(key);
        let in_file = match self.table.remove(key) {
            None => Vec::new(),
            Some(Node { value: Value::List(items), .. }) => items,
            Some(node) => {
                self.refuse_as_table(&node, key);
                Vec::new()
            }
        };
        let prefix = format!("{}{}_", self.variable, key.to_ascii_uppercase());
        let numbered = |name: &String| -> Option<usize> {
            let (number, _) = name.strip_prefix(&prefix)?.split_once('_')?;
            number.parse().ok().filter(|number| *number <= MOST_TABLES)
        };
        let by_variables = self.context.env.keys().filter_map(numbered).max().unwrap_or(0);
        let mut items = in_file.into_iter();
        let mut sections = Vec::new();
        for number in 1..=by_variables.max(items.len()) {
            match items.next() {
                Some(Node { value: Value::Table(table), place }) => {
                    sections.push(self.child(key, Some(number), table, place));
                }
                Some(node) => self.refuse_as_table(&node, key),
                None => sections.push(self.child(key, Some(number), Table::new(), Place::Nowhere)),
            }
        }
        sections
    }

    /// A table of the variables that somebody else's documents name; `None` unless all those are set that decide.
    pub fn of_variables(&self, variables: &[Variable]) -> Option<Node> {
        let (mut table, mut first) = (Table::new(), None);
        for Variable { name, key, decides } in variables {
            match self.context.references.get(*name).filter(|text| !text.is_empty()) {
                Some(text) => {
                    let place = self.context.place_of(name);
                    first.get_or_insert_with(|| place.clone());
                    table.insert((*key).to_owned(), Node { place, value: Value::Loose(text.clone()) });
                }
                None if *decides => return None,
                None => {}
            }
        }
        Some(Node { place: first?, value: Value::Table(table) })
    }

    fn refuse_as_table(&self, node: &Node, key: &str) {
        let expected = msg("setting-table");
        self.refuse(&node.place, key, Reason::Not { given: node.value.shown(), expected });
    }

    /// A table within this one.
    pub fn child(&self, key: &'static str, number: Option<usize>, table: Table, place: Place) -> Section<'c> {
        let (shown, variable) = match number {
            Some(number) => (format!("{key}[{number}]."), format!("{}_{number}_", key.to_ascii_uppercase())),
            None => (format!("{key}."), format!("{}_", key.to_ascii_uppercase())),
        };
        Section {
            context: self.context,
            table,
            known: Vec::new(),
            shown: format!("{}{shown}", self.shown),
            variable: format!("{}{variable}", self.variable),
            place,
        }
    }

    /// Every key of this table has been asked for: what is left is unknown.
    pub fn done(self) {
        for (key, node) in &self.table {
            let nearest = nearest(key, self.known.iter().copied());
            self.refuse(&node.place, key, Reason::Unknown { nearest });
        }
    }
}

/// Higher layers have higher ranks.
fn rank(place: &Place) -> u8 {
    match place {
        Place::Flag(_) => 3,
        Place::Variable(_) => 2,
        Place::EnvFile { .. } => 1,
        Place::File { .. } | Place::Nowhere => 0,
    }
}

/// The known name that a person most likely meant: at most two fifths of its letters differ (two swapped count as two).
pub(super) fn nearest<'k>(given: &str, known: impl Iterator<Item = &'k str>) -> Option<String> {
    known
        .map(|name| (edits(given, name), name))
        .filter(|(distance, name)| *distance * 5 <= name.len() * 2)
        .min()
        .map(|(_, name)| name.to_owned())
}

/// Insertions, deletions and substitutions between two names (Levenshtein).
fn edits(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.bytes().enumerate() {
            let cost = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
