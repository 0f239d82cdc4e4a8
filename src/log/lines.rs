//! One function per thing worth saying. The texts that people see are in [`Line::sentence`] and nowhere else; the
//! four documented ones are held to the letter by tests.
//!
//! Every line carries the ids of what it is about. Callers on the hot path need not ask whether a line is wanted:
//! a disabled line costs one comparison, and its arguments are formatted only when it is written.

use std::fmt::Display;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use tracing::{debug, error, info, warn};

pub use super::sentences::Line;
use super::sentences::advice;
use super::{EVENT_TARGET, LINE_TARGET, ShownUrl};
use crate::domain::{CompanyId, EventId, Lang, Seq, SourceId, WebhookId};

/// The master key was made just now; nothing else opens the secrets of this database.
pub fn master_key_made(path: &Path) {
    let path = path.display();
    warn!(target: LINE_TARGET, line = Line::MasterKeyMade.as_str(), %path, "master key made");
}

/// Nobody can sign in to the panel yet; whoever has the code creates the first administrator. It is worth nothing
/// afterwards, which is why it may stand in a log.
pub fn setup_open(address: impl Display, code: &str) {
    let url = format!("http://{address}/setup?code={code}");
    warn!(target: LINE_TARGET, line = Line::SetupOpen.as_str(), %address, code, url, "the first administrator is to be created");
}

/// A form of the panel came from an origin that is not the host it was sent to. A proxy that replaces the host, or does not
/// pass it on in a way that is believed, makes every form look so; then it says what to set.
pub fn foreign_origin(client: Option<IpAddr>, origin: &str, host: &str, unbelieved: Option<&str>) {
    let client = client.map(|client| client.to_string());
    let advice = advice(unbelieved.is_some()).text(Lang::En);
    warn!(
        target: LINE_TARGET, line = Line::ForeignOrigin.as_str(), client, origin = short(origin), host = short(host),
        x_forwarded_host = unbelieved.map(short), advice, "a form from another origin was refused"
    );
}

/// What a stranger wrote, and no more of it than helps.
fn short(text: &str) -> &str {
    text.get(..200).unwrap_or(text)
}

/// The program listens and does its work. `address` and `inbound` are those really bound.
pub fn listening(version: &str, node: &str, address: impl Display, inbound: &[impl Display]) {
    let inbound: Vec<_> = inbound.iter().map(ToString::to_string).collect();
    let inbound = (!inbound.is_empty()).then(|| inbound.join(", "));
    info!(target: LINE_TARGET, line = Line::Listening.as_str(), version, node, %address, inbound, "listening");
}

/// A stop was asked for; what is in flight is being finished.
pub fn stopping(reason: &str) {
    info!(target: LINE_TARGET, line = Line::Stopping.as_str(), reason, "stopping");
}

/// Everything accepted is on disk and every socket is closed.
pub fn stopped() {
    info!(target: LINE_TARGET, line = Line::Stopped.as_str(), "stopped");
}

/// A socket source is connected. `provider` is what people call its provider, here as below.
pub fn connected(provider: &str, company: CompanyId, source: SourceId, socket_id: &str) {
    info!(target: LINE_TARGET, line = Line::Connected.as_str(), provider_name = provider, %company, %source, socket_id, "source connected");
}

/// A socket source lost its connection, or gave it up.
pub fn disconnected(provider: &str, company: CompanyId, source: SourceId, reason: impl Display) {
    warn!(target: LINE_TARGET, line = Line::Disconnected.as_str(), provider_name = provider, %company, %source, %reason, "source disconnected");
}

/// A socket source was stopped because a person, or the end of the program, wanted it.
pub fn source_stopped(company: CompanyId, source: SourceId) {
    info!(target: LINE_TARGET, line = Line::SourceStopped.as_str(), %company, %source, "source stopped");
}

/// The next try to connect; `attempt` counts from 1.
pub fn reconnecting(company: CompanyId, source: SourceId, wait: Duration, attempt: u32) {
    let wait_ms = millis(wait);
    info!(target: LINE_TARGET, line = Line::Reconnecting.as_str(), %company, %source, wait_ms, attempt, "source waits");
}

/// The provider refused the token; `reason` is its own text.
pub fn refused(provider: &str, company: CompanyId, source: SourceId, reason: impl Display) {
    error!(target: LINE_TARGET, line = Line::Refused.as_str(), provider_name = provider, %company, %source, %reason, "source refused");
}

/// A stretch of time in which a socket source heard nothing.
pub fn gap(company: CompanyId, source: SourceId, lasted: Duration, reason: impl Display) {
    let lasted_ms = millis(lasted);
    warn!(target: LINE_TARGET, line = Line::Gap.as_str(), %company, %source, lasted_ms, %reason, "gap recorded");
}

/// Whether lines about single events are written, for callers that would have to prepare one.
pub fn per_event() -> bool {
    tracing::enabled!(target: EVENT_TARGET, tracing::Level::DEBUG)
}

/// An event has arrived and is on its way to the journal.
pub fn event_received(company: CompanyId, source: SourceId, event: &str) {
    debug!(
        target: EVENT_TARGET, line = Line::EventReceived.as_str(), %company, %source, event,
        "event received"
    );
}

/// One request, as every line about it names it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub company: CompanyId,
    pub webhook: WebhookId,
    pub seq: Seq,
    pub event: &'a str,
    pub url: &'a ShownUrl,
    /// 1 for the first request of this event to this webhook.
    pub attempt: u32,
}

/// A request has been started.
pub fn webhook_sent(request: Request<'_>) {
    let Request { company, webhook, seq, event, url, attempt } = request;
    debug!(
        target: EVENT_TARGET, line = Line::WebhookSent.as_str(), %company, %webhook, seq = seq.0, event, %url, attempt,
        "webhook sent"
    );
}

/// A request was answered with 2xx.
pub fn webhook_delivered(request: Request<'_>, status: u16, took: Duration) {
    let Request { company, webhook, seq, event, url, attempt } = request;
    debug!(
        target: EVENT_TARGET, line = Line::WebhookDelivered.as_str(), %company, %webhook, seq = seq.0, event, %url,
        attempt, status, took_ms = millis(took), "webhook delivered"
    );
}

/// A request failed; `error` is what came of it (`status 503`, `connect: refused`). The log has some of them
/// ([`ceiling`](super::ceiling)), the page of the webhook every one.
pub fn webhook_failed(request: Request<'_>, error: impl Display) {
    let Request { company, webhook, seq, event, url, attempt } = request;
    warn!(
        target: EVENT_TARGET, line = Line::WebhookFailed.as_str(), %company, %webhook, seq = seq.0, event, %url,
        attempt, %error, "webhook failed"
    );
}

/// An event will not be tried again by itself.
pub fn event_dead(
    company: CompanyId,
    webhook: WebhookId,
    seq: Seq,
    url: &ShownUrl,
    attempts: i32,
    reason: impl Display,
) {
    let event = EventId { company, seq };
    warn!(
        target: EVENT_TARGET, line = Line::EventDead.as_str(), %company, %webhook, seq = seq.0, %event, %url, attempts,
        %reason, "event dead"
    );
}

/// A webhook's health changed for the worse: `slow` or `failing`, and the sentence that says why.
pub fn webhook_troubled(
    company: CompanyId,
    webhook: WebhookId,
    url: &ShownUrl,
    health: &str,
    reason: impl Display,
) {
    warn!(
        target: LINE_TARGET, line = Line::WebhookTroubled.as_str(), %company, %webhook, %url, health, %reason,
        "webhook troubled"
    );
}

/// A webhook is healthy again.
pub fn webhook_recovered(company: CompanyId, webhook: WebhookId, url: &ShownUrl) {
    info!(target: LINE_TARGET, line = Line::WebhookRecovered.as_str(), %company, %webhook, %url, "webhook recovered");
}

/// A webhook was paused: by whom, or by what.
pub fn webhook_paused(company: CompanyId, webhook: WebhookId, reason: impl Display) {
    warn!(target: LINE_TARGET, line = Line::WebhookPaused.as_str(), %company, %webhook, %reason, "webhook paused");
}

/// A webhook goes on.
pub fn webhook_resumed(company: CompanyId, webhook: WebhookId) {
    info!(target: LINE_TARGET, line = Line::WebhookResumed.as_str(), %company, %webhook, "webhook resumed");
}

/// The database does not take writes; sources wait, nothing accepted is lost. `reason` is the word for metrics.
pub fn store_troubled(reason: &str, error: impl Display) {
    error!(target: LINE_TARGET, line = Line::StoreTroubled.as_str(), reason, %error, "store troubled");
}

/// The program cannot begin yet: the database is not there, or another process has it.
pub fn waiting_for_database(error: impl Display, gives_up_in: Duration) {
    let gives_up_ms = millis(gives_up_in);
    warn!(target: LINE_TARGET, line = Line::WaitingForDatabase.as_str(), %error, gives_up_ms, "waiting for the database");
}

/// Events were not written down and will not be: the database refuses their content, or this process may not write them.
pub fn not_written(company: CompanyId, count: usize, error: impl Display) {
    error!(target: LINE_TARGET, line = Line::NotWritten.as_str(), %company, count, %error, "events not written");
}

/// The database takes writes again.
pub fn store_recovered(after: Duration) {
    info!(target: LINE_TARGET, line = Line::StoreRecovered.as_str(), after_ms = millis(after), "store recovered");
}

/// Events went before a webhook had them, because the hard limits of retention came first.
pub fn events_expired(company: CompanyId, webhook: WebhookId, count: u64) {
    error!(target: LINE_TARGET, line = Line::EventsExpired.as_str(), %company, %webhook, count, "events expired");
}

/// A task panicked; it is started again after `restart_in`.
pub fn task_panicked(task: &str, restart_in: Duration) {
    error!(
        target: LINE_TARGET, line = Line::TaskPanicked.as_str(), task, restart_ms = millis(restart_in),
        "task panicked"
    );
}

/// Lines could not be written, because nobody read them or there was no room; now they can be again.
pub fn lines_lost(count: u64) {
    warn!(target: LINE_TARGET, line = Line::LinesLost.as_str(), count, "log lines lost");
}

/// The settings were read again: the companies in them are up to date. `restart` says whether others have changed too,
/// which count from the next start.
pub fn settings_read(companies: usize, restart: bool) {
    info!(target: LINE_TARGET, line = Line::SettingsRead.as_str(), companies, restart, "settings read again");
}

/// The settings were read again and something in them is wrong; everything stays as it was.
pub fn settings_refused(error: impl Display) {
    error!(target: LINE_TARGET, line = Line::SettingsRefused.as_str(), %error, "settings refused");
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
