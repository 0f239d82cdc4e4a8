//! How a webhook is doing, as people are told: a badge, a sentence, and what to do next.

use crate::admin::WebhookStatusView;
use crate::texts::{self, Message, Saying, msg};
use crate::web::panel::parts::{Badge, Tone, icon};
use crate::web::panel::{Ui, lines};

/// What the worst state asks for first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Resume,
    SeeFailures,
    SeeDead,
    Nothing,
}

/// The badge of a webhook's health.
pub fn badge(ui: &Ui, status: &WebhookStatusView) -> Badge {
    match status.health.as_str() {
        "healthy" => at_rest(ui, status.last_success_at.is_some(), status.last_failure_at.is_some()),
        "unstable" => Badge::new(Tone::Warn, icon("triangle-alert"), &unstable(ui, status)),
        "slow" => Badge::new(Tone::Warn, icon("refresh-cw"), &ui.say("webhook-slow")),
        "failing" => Badge::new(Tone::Bad, icon("circle-x"), &ui.say("webhook-failing")),
        _ => Badge::new(Tone::Off, icon("circle-pause"), &ui.say("webhook-paused")),
    }
}

/// The badge of one against which nothing speaks: whether it has delivered anything yet, or only failed.
pub fn at_rest(ui: &Ui, delivered: bool, failed: bool) -> Badge {
    match (delivered, failed) {
        (true, _) => Badge::new(Tone::Ok, icon("circle-check"), &ui.say("webhook-healthy")),
        (false, true) => Badge::new(Tone::Warn, icon("triangle-alert"), &ui.say("webhook-undelivered")),
        (false, false) => Badge::new(Tone::Info, icon("info"), &ui.say("webhook-ready")),
    }
}

/// Unstable, with the share of the last hour by which it is.
fn unstable(ui: &Ui, status: &WebhookStatusView) -> Saying {
    let share = status.success_last_hour.unwrap_or_default() * 100.0;
    ui.say("webhook-unstable").with("share", ui.decimal(share, 1))
}

/// The tone of its sentence.
pub fn tone(status: &WebhookStatusView) -> Tone {
    match status.health.as_str() {
        "healthy" if count(status, "dead") > 0 || only_failed(status) => Tone::Warn,
        "healthy" if status.last_success_at.is_none() => Tone::Info,
        "healthy" => Tone::Ok,
        "slow" | "unstable" => Tone::Warn,
        "failing" => Tone::Bad,
        _ => Tone::Off,
    }
}

/// What is the matter, where many stand in a list: without the event and without the next try, which its own page says.
pub fn in_a_list(status: &WebhookStatusView) -> String {
    texts::sentence(&status.sentence_alone)
}

/// The sentence, and of an endpoint that fails when it is tried again.
pub fn sentence(ui: &Ui, status: &WebhookStatusView) -> String {
    let sentence = texts::sentence(&status.sentence);
    let next = (status.health == "failing").then(|| next_try(ui, status.next_try_at.as_deref())).flatten();
    next.map_or_else(|| sentence.clone(), |next| format!("{sentence} {next}"))
}

/// What waits for it, as a number with how well it is known.
pub fn backlog(ui: &Ui, status: &WebhookStatusView) -> String {
    ui.say("backlog-count").with("n", status.backlog).with("known", status.backlog_known).text()
}

/// The same in words.
pub fn waiting(status: &WebhookStatusView) -> Message {
    msg("backlog-waiting").with("n", status.backlog).with("known", status.backlog_known)
}

/// When an endpoint that fails is tried again, as a sentence; nothing while that is being done.
pub fn next_try(ui: &Ui, at: Option<&str>) -> Option<String> {
    let at = lines::moment(at).filter(|at| *at > ui.now)?;
    Some(ui.say("webhook-next-try").with("time", ui.short(at)).text())
}

/// What to do next.
pub fn step(status: &WebhookStatusView) -> Step {
    match status.health.as_str() {
        "paused" => Step::Resume,
        "failing" | "slow" | "unstable" => Step::SeeFailures,
        _ if only_failed(status) => Step::SeeFailures,
        _ if count(status, "dead") > 0 => Step::SeeDead,
        _ => Step::Nothing,
    }
}

/// It has been tried and has taken nothing yet, and too few failed to call the endpoint down.
fn only_failed(status: &WebhookStatusView) -> bool {
    status.last_success_at.is_none() && status.last_failure_at.is_some()
}

/// Events that are set aside in this state.
pub fn count(status: &WebhookStatusView, state: &str) -> i64 {
    status.held.get(state).copied().unwrap_or_default()
}

/// The events that are set aside and will be tried again.
pub fn held(status: &WebhookStatusView) -> i64 {
    ["retrying", "alone", "waiting"].iter().map(|state| count(status, state)).sum()
}
