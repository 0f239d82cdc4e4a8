//! What the program says while it runs.
//!
//! Must hold here: no line carries a secret (addresses are shown without user, password, query and fragment), no text
//! from the network reaches a terminal with control characters in it, and a line per event costs nothing unless it
//! was asked for. Nobody waits for who reads the log ([`queue`]), and nobody outside can make it grow without bound
//! ([`ceiling`]).
//!
//! [`lines`] has one function per thing worth saying; rooms call those and write no sentences of their own. Each
//! emits one structured `tracing` event whose field `line` names it. On a terminal [`terminal`] renders that event as
//! the documented Portuguese sentence; elsewhere, or when asked, every event is one JSON object with its fields.
//! Lines about single events and requests have the target [`EVENT_TARGET`] and the level DEBUG.

mod allowance;
mod ceiling;
pub mod lines;
mod panics;
mod queue;
mod sentences;
mod shown_url;
mod terminal;

use std::fmt;
use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::str::FromStr;
use std::sync::OnceLock;
use std::time::Duration;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use ceiling::{Ceiling, Counted};
use queue::Queue;
pub use shown_url::ShownUrl;

/// Where the lines of this process go.
static QUEUE: OnceLock<Queue> = OnceLock::new();

/// Target of the lines about connections, webhooks and the program itself.
pub const LINE_TARGET: &str = "ramal::line";
/// Target of the lines about single events and requests.
pub const EVENT_TARGET: &str = "ramal::event";

/// How lines are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Sentences on a terminal, JSON elsewhere.
    #[default]
    Auto,
    Text,
    Json,
}

impl LogFormat {
    pub const WORDS: [&str; 3] = ["auto", "text", "json"];

    pub fn as_str(self) -> &'static str {
        match self {
            LogFormat::Auto => "auto",
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [LogFormat::Auto, LogFormat::Text, LogFormat::Json].into_iter().find(|word| word.as_str() == text)
    }
}

/// Which lines are written, in the syntax of `tracing` filters: `info`, or `info,ramal::delivery=debug`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter(String);

impl Default for LogFilter {
    fn default() -> Self {
        Self("info".to_owned())
    }
}

impl FromStr for LogFilter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // Left to itself the filter takes any bare word for a target, so that `verbose` would silence everything.
        let known = |word: &str| {
            word.contains('=')
                || word.contains("::")
                || matches!(word, "off" | "error" | "warn" | "info" | "debug" | "trace")
        };
        match text.split(',').map(str::trim).find(|word| !known(word)) {
            Some(word) => Err(format!("`{word}` is not one of off, error, warn, info, debug, trace")),
            None => match EnvFilter::builder().parse(text) {
                Ok(_) => Ok(Self(text.to_owned())),
                Err(error) => Err(error.to_string()),
            },
        }
    }
}

impl fmt::Display for LogFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The `[log]` part of the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogSettings {
    pub format: LogFormat,
    pub level: LogFilter,
    /// Also a line per event and per request, whatever `level` says.
    pub event_lines: bool,
}

impl LogSettings {
    /// The whole filter: the level asked for, the quiet of libraries that chatter at INFO, and the lines per event.
    fn filter(&self) -> EnvFilter {
        let events = if self.event_lines { ",ramal::event=debug" } else { "" };
        let text = format!("sqlx::query=warn,{}{events}", self.level);
        EnvFilter::builder().parse(text).expect("a LogFilter was parsed when it was made")
    }
}

/// Writes every line from now on. A second call in one process changes nothing.
pub fn start(settings: &LogSettings) {
    start_on(settings, queue);
}

/// The same, through somebody who says other things at the same place.
pub fn start_to(settings: &LogSettings, sink: impl io::Write + Send + 'static) {
    start_on(settings, || Queue::start(sink));
}

fn start_on(settings: &LogSettings, queue: impl FnOnce() -> io::Result<Queue>) {
    let writer = match QUEUE.get().map_or_else(queue, |queue| Ok(queue.clone())) {
        Ok(queue) => BoxMakeWriter::new(QUEUE.get_or_init(|| queue).clone()),
        // Without a thread or a descriptor to spare there is still the way that waits.
        Err(_) => BoxMakeWriter::new(io::stdout),
    };
    let text = match settings.format {
        LogFormat::Text => true,
        LogFormat::Json => false,
        LogFormat::Auto => io::stdout().is_terminal(),
    };
    let registry = tracing_subscriber::registry().with(settings.filter()).with(Ceiling::default());
    let outcome = if text {
        registry.with(terminal::layer(writer)).try_init()
    } else {
        registry.with(json_layer(writer)).try_init()
    };
    // The only error is "already started", by a test or by the demo around us: its writer stays.
    if outcome.is_ok() {
        panics::into_the_log();
    }
}

/// A queue to the descriptor itself: what the standard library keeps around it has a lock that others take too.
fn queue() -> io::Result<Queue> {
    Queue::start(File::from(io::stdout().as_fd().try_clone_to_owned()?))
}

/// Waits until everything said so far is written, no longer than this: before the process ends.
pub fn flush(within: Duration) {
    if let Some(queue) = QUEUE.get() {
        queue.flush(within);
    }
}

/// Lines that were lost because nobody read, or nothing could be written.
pub fn lines_lost() -> u64 {
    QUEUE.get().map_or(0, Queue::lost)
}

/// One JSON object a line: timestamp, level, target, message and the event's fields at the top.
fn json_layer<S, W>(writer: W) -> impl tracing_subscriber::Layer<S>
where
    S: tracing::Subscriber + for<'span> tracing_subscriber::registry::LookupSpan<'span>,
    W: for<'writer> tracing_subscriber::fmt::MakeWriter<'writer> + Send + Sync + 'static,
{
    tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .map_event_format(Counted)
        .with_writer(writer)
}

#[cfg(test)]
mod tests;
