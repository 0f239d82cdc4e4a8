//! Lines for people: the documented sentences, and a plain form for everything else.

use std::fmt::{self, Write as _};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::registry::LookupSpan;

use super::ceiling::suppressed;
use super::lines::Line;
use crate::domain::Lang;
use crate::texts::say;

/// The documented sentences are Portuguese.
const READERS: Lang = Lang::Pt;
/// Text from the network is shown up to this many characters.
const SHOWN_CHARS: usize = 300;

pub(super) fn layer<S, W>(writer: W) -> impl tracing_subscriber::Layer<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    tracing_subscriber::fmt::layer().event_format(Sentences).with_writer(writer)
}

struct Sentences;

impl<S, N> FormatEvent<S, N> for Sentences
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        _context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let suppressed = suppressed();
        let mut fields = Fields::default();
        event.record(&mut fields);
        let known = fields.get("line").and_then(Line::parse);
        match known {
            Some(line) => writer.write_str(&line.message(&fields, READERS).text(READERS))?,
            None => plain(*event.metadata().level(), &fields, &mut writer)?,
        }
        if suppressed > 0 {
            write!(writer, " {}", say(READERS, "log-suppressed").with("count", suppressed.to_string()))?;
        }
        writer.write_char('\n')
    }
}

/// An event that has no sentence: a sign for its level, its message, its fields.
fn plain(level: Level, fields: &Fields, out: &mut dyn fmt::Write) -> fmt::Result {
    let sign = match level {
        Level::ERROR => "❌",
        Level::WARN => "⚠️",
        Level::INFO => "ℹ️",
        _ => "·",
    };
    write!(out, "{sign} {}", fields.text("message"))?;
    for (name, value) in fields.0.iter().filter(|(name, _)| *name != "message") {
        write!(out, " {name}={value}")?;
    }
    Ok(())
}

/// An event's fields as text that is safe on a terminal.
#[derive(Default)]
pub(super) struct Fields(Vec<(&'static str, String)>);

impl Fields {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(field, _)| *field == name).map(|(_, value)| value.as_str())
    }

    /// The field, or nothing.
    pub(super) fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    fn put(&mut self, field: &Field, value: impl fmt::Display) {
        let mut safe = SafeText { text: String::new(), left: SHOWN_CHARS };
        // `SafeText` refuses to grow past its bound; what was written until then is what is shown.
        if write!(safe, "{value}").is_err() {
            safe.text.push('…');
        }
        self.0.push((field.name(), safe.text));
    }
}

/// Collects text with control characters escaped: an event's name must not move a cursor or colour a terminal.
struct SafeText {
    text: String,
    left: usize,
}

impl fmt::Write for SafeText {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        for c in part.chars() {
            self.left = self.left.checked_sub(1).ok_or(fmt::Error)?;
            if c.is_control() || is_direction_mark(c) {
                self.text.extend(c.escape_unicode());
            } else {
                self.text.push(c);
            }
        }
        Ok(())
    }
}

/// Marks that make a terminal show text in another order than it is written in.
fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.put(field, value);
    }
}
