//! A settings file as a tree whose every value knows its line.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::error::{Place, Reason, SettingsError};

pub(super) type Table = BTreeMap<String, Node>;

/// A value and where its key stands.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub place: Place,
    pub value: Value,
}

#[derive(Debug, Clone)]
pub(super) enum Value {
    Text(String),
    Whole(i64),
    Truth(bool),
    List(Vec<Node>),
    Table(Table),
    /// A fraction, a date, a whole number beyond 64 bits: no setting takes one.
    Other(String),
    /// From the environment or a flag: read as whatever the setting is.
    Loose(String),
}

impl Value {
    /// The value as typed, when it is short enough to be repeated in an error.
    pub fn shown(&self) -> Option<String> {
        let shown = match self {
            Value::Text(text) | Value::Loose(text) => format!("\"{text}\""),
            Value::Whole(number) => number.to_string(),
            Value::Truth(truth) => truth.to_string(),
            Value::Other(text) => text.clone(),
            Value::List(_) | Value::Table(_) => return None,
        };
        // A user, password or query of an address may be secret.
        let may_be_secret = shown.contains("://") && shown.contains(['@', '?']);
        (shown.len() <= 100 && !shown.contains(char::is_control) && !may_be_secret).then_some(shown)
    }
}

/// Reads TOML; every syntax error is told.
pub(super) fn parse(path: &Path, text: &str) -> Result<Table, Vec<SettingsError>> {
    let lines = Lines::new(path, text);
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(lines.table(table.get_ref()));
    }
    Err(errors
        .into_iter()
        .map(|error| SettingsError {
            place: lines.place(error.span().map_or(0, |span| span.start)),
            key: String::new(),
            reason: Reason::Syntax(error.message().to_owned()),
        })
        .collect())
}

/// Reads one TOML value, as a variable or flag may hold for a setting that is a table: `{ "X-Team" = "a" }`.
pub(super) fn parse_inline_table(place: &Place, text: &str) -> Option<Table> {
    let value = DeValue::parse(text).ok()?;
    let lines = Lines::new(Path::new(""), text);
    let mut node = lines.node(place.clone(), value.get_ref());
    relocate(&mut node, place);
    match node.value {
        Value::Table(table) => Some(table),
        _ => None,
    }
}

/// Everything inside was written where the whole was.
fn relocate(node: &mut Node, place: &Place) {
    node.place = place.clone();
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| relocate(item, place)),
        Value::Table(table) => table.values_mut().for_each(|item| relocate(item, place)),
        _ => {}
    }
}

/// Which line an offset is on: looked up, because a file of a thousand companies has a hundred thousand places.
struct Lines {
    path: Arc<Path>,
    /// Where each line ends.
    ends: Vec<usize>,
}

impl Lines {
    fn new(path: &Path, text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect();
        Self { path: path.into(), ends }
    }

    fn place(&self, at: usize) -> Place {
        let line = 1 + self.ends.partition_point(|end| *end < at);
        Place::File { path: Arc::clone(&self.path), line }
    }

    fn table(&self, table: &DeTable<'_>) -> Table {
        table
            .iter()
            .map(|(key, value)| {
                let place = self.place(key.span().start);
                (key.get_ref().to_string(), self.node(place, value.get_ref()))
            })
            .collect()
    }

    fn node(&self, place: Place, value: &DeValue<'_>) -> Node {
        let value = match value {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => Value::Whole(number),
                Err(_) => Value::Other(number.to_string()),
            },
            DeValue::Boolean(truth) => Value::Truth(*truth),
            DeValue::Float(number) => Value::Other(number.to_string()),
            DeValue::Datetime(moment) => Value::Other(moment.to_string()),
            DeValue::Array(items) => Value::List(
                items.iter().map(|item| self.node(self.place(item.span().start), item.get_ref())).collect(),
            ),
            DeValue::Table(table) => Value::Table(self.table(table)),
        };
        Node { place, value }
    }
}
