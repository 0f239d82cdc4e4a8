//! Metrics as text, made from what the rooms count at the moment of asking: in the OpenMetrics format for who asks for
//! it, else in Prometheus' own, which everything reads (`promtool check metrics` among it; a test holds the page to that).
//!
//! Nothing is kept here: a figure has one home, the room that counts it, and no path of an event touches a registry.

use std::collections::HashSet;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use crate::duties::{Duties, Status};
use crate::journal::Journal;
use crate::listener;
use crate::store::Store;

/// What runs, as the runtime counts it.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// Lines by state.
    pub lines: Vec<(&'static str, usize)>,
    /// Webhooks by health.
    pub webhooks: Vec<(&'static str, usize)>,
    /// Webhooks that are sent to no faster than their endpoint takes.
    pub paced: usize,
    pub delivered: u64,
    pub failed: u64,
    pub died: u64,
    pub not_wanted: u64,
    pub crowded_out: u64,
    /// Events that wait, all webhooks together; `None` when they could not be counted.
    pub backlog: Option<u64>,
    pub held: usize,
    pub in_flight: usize,
    /// Bytes of what couriers hold.
    pub webhook_bytes: usize,
    /// Microseconds of all exchanges.
    pub exchange_us: u64,
    pub panics: u64,
    /// Calls whose provider was to be told where they go, by what came of it.
    pub decisions: Vec<(&'static str, u64)>,
    pub decision_attempts: u64,
    /// Microseconds from the question to the answer by which it was taken, of all `sent`.
    pub decision_us: u64,
    /// Looks at what is wanted of every company, and of one.
    pub looks_at_everything: u64,
    pub looks_at_companies: u64,
    /// Rows that were read for them.
    pub rows_looked_at: u64,
    pub frame_bytes: usize,
    pub frame_capacity: usize,
    pub unread_sessions: usize,
    pub overloads: u64,
    /// Live pages that are open.
    pub live_viewers: usize,
    /// How often anything was read and written for them.
    pub live_looks: u64,
    /// What others have open to us.
    pub connections: listener::Figures,
    pub log_lines_lost: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct State {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Duty {
    duty: &'static str,
}

/// How a page of metrics is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Prometheus' text format 0.0.4.
    Plain,
    OpenMetrics,
}

impl Format {
    /// What an `Accept` header asks for.
    pub fn asked(accept: &str) -> Self {
        if accept.contains("application/openmetrics-text") { Format::OpenMetrics } else { Format::Plain }
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Format::Plain => "text/plain; version=0.0.4; charset=utf-8",
            Format::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// The whole page.
pub fn text(figures: &Figures, journal: &Journal, format: Format) -> String {
    let text = open_metrics(figures, journal);
    match format {
        Format::OpenMetrics => text,
        Format::Plain => plain(&text),
    }
}

/// The same page in Prometheus' own format: what is said of a counter is said of its sample, which ends in `_total`; units
/// and the end of the page are OpenMetrics' own.
fn plain(text: &str) -> String {
    let counters: HashSet<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter")).collect();
    let mut page = String::with_capacity(text.len());
    for line in text.lines().filter(|line| *line != "# EOF" && !line.starts_with("# UNIT ")) {
        let described = ["# HELP ", "# TYPE "].into_iter().find_map(|start| {
            let (name, rest) = line.strip_prefix(start)?.split_once(' ')?;
            counters.contains(name).then(|| format!("{start}{name}_total {rest}"))
        });
        page.push_str(described.as_deref().unwrap_or(line));
        page.push('\n');
    }
    page
}

fn open_metrics(figures: &Figures, journal: &Journal) -> String {
    let mut registry = Registry::with_prefix("ramal");
    running(&mut registry, figures);
    connections(&mut registry, &figures.connections);
    counter(&mut registry, "log_lines_lost", "Lines of the log that nobody took", figures.log_lines_lost);
    deliveries(&mut registry, figures);
    decisions(&mut registry, figures);
    duties(&mut registry, &journal.duties());
    written(&mut registry, journal);
    let mut text = String::new();
    match encode(&mut text, &registry) {
        Ok(()) => text,
        // Writing to memory does not fail; an empty page would only hide that it did.
        Err(error) => format!("# {error}\n# EOF\n"),
    }
}

fn running(registry: &mut Registry, figures: &Figures) {
    by_state(registry, "sources", "Socket sources by state", &figures.lines);
    by_state(registry, "webhooks", "Webhooks by health", &figures.webhooks);
    counter(registry, "task_panics", "Tasks that panicked and were started again", figures.panics);
    looks(registry, figures);
    bytes(registry, "frame_queue_bytes", "Received frames that wait for the journal", figures.frame_bytes);
    bytes(registry, "frame_queue_capacity_bytes", "Bound of the frame queue", figures.frame_capacity);
    gauge(
        registry,
        "sessions_unread",
        "Sockets that go unread because the frame queue is full",
        figures.unread_sessions,
    );
    counter(registry, "overloads", "Times that a socket went unread", figures.overloads);
    gauge(registry, "live_viewers", "Live pages of the panel that are open", figures.live_viewers);
    counter(
        registry,
        "live_looks",
        "Times that a live page was made, for all its viewers at once",
        figures.live_looks,
    );
}

/// A change of one company costs a look at that company, however many there are.
fn looks(registry: &mut Registry, figures: &Figures) {
    let everything = figures.looks_at_everything;
    counter(registry, "reconciliation_full_looks", "Looks at what is wanted of every company", everything);
    counter(
        registry,
        "reconciliation_company_looks",
        "Looks at what is wanted of a company that has changed",
        figures.looks_at_companies,
    );
    counter(
        registry,
        "reconciliation_rows",
        "Companies, sources and webhooks read for both",
        figures.rows_looked_at,
    );
}

fn duties(registry: &mut Registry, duties: &Duties) {
    let statuses = duties.statuses();
    let counts = |of: fn(&Status) -> u64| {
        let family = Family::<Duty, Counter>::default();
        for status in &statuses {
            family.get_or_create(&Duty { duty: status.name }).inc_by(of(status));
        }
        family
    };
    registry.register("duty_runs", "Runs of what is done in the background", counts(|duty| duty.runs));
    registry.register("duty_failures", "Those that ended with an error", counts(|duty| duty.failures));
    registry.register("duty_panics", "Those that panicked", counts(|duty| duty.panics));
    let ended = Family::<Duty, Gauge<f64, AtomicU64>>::default();
    for (status, last) in statuses.iter().filter_map(|status| Some((status, status.last.as_ref()?))) {
        let at = Duration::from_micros(u64::try_from(last.ended_at.0).unwrap_or(0));
        ended.get_or_create(&Duty { duty: status.name }).set(at.as_secs_f64());
    }
    let help = "When the last of them ended, in seconds since 1970";
    registry.register_with_unit("duty_last_run_timestamp", help, Unit::Seconds, ended);
    let began = Family::<Duty, Gauge<f64, AtomicU64>>::default();
    for status in &statuses {
        if let crate::duties::State::Running { since } = status.state {
            let at = Duration::from_micros(u64::try_from(since.0).unwrap_or(0));
            began.get_or_create(&Duty { duty: status.name }).set(at.as_secs_f64());
        }
    }
    let help = "Since when those run that run just now, in seconds since 1970";
    registry.register_with_unit("duty_running_since_timestamp", help, Unit::Seconds, began);
}

fn connections(registry: &mut Registry, figures: &listener::Figures) {
    gauge(registry, "connections", "Connections that others have open to us", whole(figures.open));
    counter(
        registry,
        "connections_refused",
        "Connections answered with 503: every place was in use",
        figures.refused,
    );
    counter(
        registry,
        "connections_displaced",
        "Connections closed while they waited, because another one needed the place",
        figures.displaced,
    );
    counter(
        registry,
        "connections_overdue",
        "Connections closed because their peer took too long",
        figures.overdue,
    );
    counter(registry, "bodies_refused", "Bodies not read because others filled their room", figures.no_room);
}

fn whole(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn deliveries(registry: &mut Registry, figures: &Figures) {
    gauge(
        registry,
        "webhooks_paced",
        "Webhooks that are sent to no faster than their endpoint takes",
        figures.paced,
    );
    counter(registry, "deliveries", "Requests answered with 2xx", figures.delivered);
    counter(registry, "delivery_failures", "Requests that did not succeed", figures.failed);
    seconds(registry, "delivery_seconds", "Time of all exchanges", figures.exchange_us);
    counter(registry, "events_dead", "Events that will not be tried again by themselves", figures.died);
    counter(registry, "events_not_wanted", "Events that a webhook did not want", figures.not_wanted);
    counter(
        registry,
        "events_crowded_out",
        "Events given up because the held set was full",
        figures.crowded_out,
    );
    if let Some(backlog) = figures.backlog {
        let waiting = usize::try_from(backlog).unwrap_or(usize::MAX);
        gauge(registry, "backlog_events", "Events that webhooks want and have not settled", waiting);
    }
    gauge(registry, "held_events", "Events set aside, dead ones not counted", figures.held);
    gauge(registry, "requests_in_flight", "Requests under way", figures.in_flight);
    gauge(
        registry,
        "webhook_bytes",
        "Memory of what webhooks have in hand and set aside",
        figures.webhook_bytes,
    );
}

fn decisions(registry: &mut Registry, figures: &Figures) {
    let ended = Family::<State, Counter>::default();
    for (state, count) in &figures.decisions {
        ended.get_or_create(&State { state }).inc_by(*count);
    }
    let help = "Calls whose provider was to be told where they go, by what came of it";
    registry.register("decisions", help, ended);
    counter(
        registry,
        "decision_attempts",
        "Times that a provider was told where a call goes",
        figures.decision_attempts,
    );
    seconds(
        registry,
        "decision_seconds",
        "Time from the question to the answer by which it was taken",
        figures.decision_us,
    );
}

fn written(registry: &mut Registry, journal: &Journal) {
    let counts = journal.counts();
    counter(registry, "events", "Events committed to the journal", counts.events);
    bytes_so_far(registry, "event_bytes", "Payload bytes committed to the journal", counts.bytes);
    counter(registry, "event_duplicates", "Events that a webhook source sent again", counts.duplicates);
    counter(registry, "commits", "Transactions committed", counts.commits);
    seconds(registry, "commit_seconds", "Time of all commits", counts.commit_us);
    counter(registry, "commit_failures", "Commits that failed and were tried again", counts.failures);
    counter(registry, "events_rejected", "Events that the database does not take", counts.rejected);
    counter(
        registry,
        "results_rejected",
        "Results of deliveries that the database does not take",
        counts.results_rejected,
    );
    counter(
        registry,
        "events_disowned",
        "Events not written because another process has their company",
        counts.disowned,
    );
    counter(
        registry,
        "results_disowned",
        "Results of deliveries not written because another process has their company",
        counts.results_disowned,
    );
    counter(
        registry,
        "events_lost",
        "Events that were written, and that the database came back without",
        counts.lost,
    );
    counter(
        registry,
        "events_expired",
        "Events that retention took before they were settled",
        counts.expired,
    );
    bytes(
        registry,
        "append_queue_bytes",
        "Accepted events that are not committed yet",
        journal.queue_depth().append_bytes,
    );
    bytes(registry, "tail_bytes", "Newest events kept in memory", journal.tail_bytes());
    space(registry, journal.store());
    gauge(
        registry,
        "recorder_working",
        "1 while events can be written down",
        usize::from(journal.health().borrow().is_working()),
    );
}

/// What keeps SQLite's write-ahead log from being cut shows here before the disk is full.
fn space(registry: &mut Registry, store: &Store) {
    let log = usize::try_from(store.wal_bytes()).unwrap_or(usize::MAX);
    bytes(registry, "write_ahead_log_bytes", "SQLite's write-ahead log; 0 on PostgreSQL", log);
    let oldest = store.oldest_read().unwrap_or_default().as_secs_f64();
    let gauge: Gauge<f64, AtomicU64> = Gauge::default();
    gauge.set(oldest);
    let help = "Age of the longest read of the database under way; 0 when there is none";
    registry.register_with_unit(named("oldest_read_seconds", &Unit::Seconds), help, Unit::Seconds, gauge);
}

fn counter(registry: &mut Registry, name: &str, help: &str, value: u64) {
    registry.register(name, help, ConstCounter::new(value));
}

/// What is counted in microseconds, in the unit that metrics have.
fn seconds(registry: &mut Registry, name: &str, help: &str, microseconds: u64) {
    let seconds = Duration::from_micros(microseconds).as_secs_f64();
    registry.register_with_unit(named(name, &Unit::Seconds), help, Unit::Seconds, ConstCounter::new(seconds));
}

fn bytes(registry: &mut Registry, name: &str, help: &str, value: usize) {
    let gauge: Gauge = Gauge::default();
    gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
    registry.register_with_unit(named(name, &Unit::Bytes), help, Unit::Bytes, gauge);
}

fn bytes_so_far(registry: &mut Registry, name: &str, help: &str, value: u64) {
    registry.register_with_unit(named(name, &Unit::Bytes), help, Unit::Bytes, ConstCounter::new(value));
}

/// A metric's name without its unit, which the registry adds: names stand here as they are looked for.
fn named<'a>(name: &'a str, unit: &Unit) -> &'a str {
    name.strip_suffix(unit.as_str()).and_then(|name| name.strip_suffix('_')).unwrap_or(name)
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: usize) {
    let gauge: Gauge = Gauge::default();
    gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
    registry.register(name, help, gauge);
}

fn by_state(registry: &mut Registry, name: &str, help: &str, counts: &[(&'static str, usize)]) {
    let family = Family::<State, Gauge>::default();
    for (state, count) in counts {
        family.get_or_create(&State { state }).set(i64::try_from(*count).unwrap_or(i64::MAX));
    }
    registry.register(name, help, family);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_says_of_a_counter_what_its_readers_look_for() {
        let text = "# HELP a_seconds Time.\n# TYPE a_seconds counter\n# UNIT a_seconds seconds\na_seconds_total 1.5\n\
            # HELP b Things.\n# TYPE b gauge\nb{state=\"x\"} 2\n# EOF\n";
        let expected = "# HELP a_seconds_total Time.\n# TYPE a_seconds_total counter\na_seconds_total 1.5\n\
            # HELP b Things.\n# TYPE b gauge\nb{state=\"x\"} 2\n";
        assert_eq!(plain(text), expected);
    }

    #[test]
    fn who_asks_for_openmetrics_gets_it_and_anyone_else_what_everything_reads() {
        let prometheus =
            "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        assert_eq!(Format::asked(prometheus), Format::OpenMetrics);
        for plain in ["", "*/*", "text/plain;version=0.0.4"] {
            assert_eq!(Format::asked(plain), Format::Plain);
        }
    }
}
