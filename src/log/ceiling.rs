//! How many lines of one kind are written, whatever causes them.
//!
//! What must hold here: nothing that comes from outside (a stranger's requests, a receiver's refusals, a provider's
//! nonsense) can make the log grow without bound. So that no line can forget it, it is not the lines that ask but every
//! event passes here, kind by kind: a kind is a place in the program that says something. Lines that were left out are
//! counted, and the next one of that kind carries their number in its field `suppressed`. What was asked for by a level
//! below INFO is not bounded.

use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::callsite::Identifier;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::LINE_TARGET;
use super::allowance::Allowance;

/// Of the lines about what the program itself does: a node with hundreds of sources says as many at once.
const OWN: (u32, Duration) = (1_000, Duration::from_millis(50));
/// Of all others.
const OTHERS: (u32, Duration) = (20, Duration::from_millis(200));

thread_local! {
    /// Lines left out before the one that this thread is about to write.
    static SUPPRESSED: Cell<u64> = const { Cell::new(0) };
}

/// How many lines were left out before this one; asked once for each.
pub(super) fn suppressed() -> u64 {
    SUPPRESSED.take()
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Ceiling {
    /// As many as there are places that say something.
    kinds: Mutex<HashMap<Identifier, Allowance>>,
}

impl<S: Subscriber> Layer<S> for Ceiling {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        let kind = event.metadata();
        if *kind.level() > Level::INFO {
            return true;
        }
        let (burst, every) = if kind.target() == LINE_TARGET { OWN } else { OTHERS };
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let allowance = kinds.entry(kind.callsite()).or_insert_with(|| Allowance::new(burst, every));
        let taken = allowance.take(Instant::now());
        SUPPRESSED.set(taken.unwrap_or(0));
        taken.is_some()
    }
}

/// JSON with that number in it.
pub(super) struct Counted<F>(pub F);

impl<S, N, F> FormatEvent<S, N> for Counted<F>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut to: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let suppressed = suppressed();
        if suppressed == 0 {
            return self.0.format_event(context, to, event);
        }
        let mut text = String::new();
        self.0.format_event(context, Writer::new(&mut text), event)?;
        match text.trim_end().strip_suffix('}') {
            Some(open) => writeln!(to, "{open},\"suppressed\":{suppressed}}}"),
            None => to.write_str(&text),
        }
    }
}
