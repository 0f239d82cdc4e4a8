//! What became of an event at each webhook, in words. A page whose event is on its way somewhere, or was just sent again,
//! asks for this part again for a while.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::http::StatusCode;
use axum::response::IntoResponse;

use super::super::parts::{Badge, Icon, Tone};
use super::super::ui::Moment;
use super::super::webhooks::{delivery, health};
use super::super::who::who;
use super::super::{Pairs, Panel, Shown, Ui, Visit, lines, show};
use crate::admin::{AdminError, AttemptView, FateView, PauseReason, Role, Verdict, WaitingView};
use crate::domain::{CompanyId, EventId, HeldReason, HeldState, Operator as Test, Timestamp};

/// How long a page follows what becomes of its event.
pub const FOLLOWED: Duration = Duration::from_secs(30);
/// In the address of an event that was just sent again.
pub const RESENT: &str = "resent";
/// The part of the page.
#[derive(Template)]
#[template(path = "panel/events/fates.html")]
pub struct Fates {
    ui: Ui,
    id: String,
    csrf: String,
    shown: Vec<Fate>,
    /// Of when it is.
    at: Moment,
    may_resend: bool,
    /// Changes when something happens.
    seen: u64,
    /// Where to ask for it again.
    again: Option<String>,
}

impl HtmlSafe for Fates {}

impl Fates {
    /// Followed until that time where something is on its way, or `resent`.
    pub async fn of(
        panel: &Panel,
        visit: &Visit,
        id: EventId,
        resent: bool,
        until: Timestamp,
    ) -> Result<Self, AdminError> {
        let (ui, fates) = (&visit.ui, panel.admin.fates(&visit.actor, visit.ui.lang, id).await?);
        let moves = |fate: &FateView| matches!(fate.verdict, Verdict::Pending { .. });
        let follows = (resent || fates.iter().any(moves)) && ui.now < until;
        let seen = seen(&fates);
        let again = format!("/events/{id}/fates?until={}&seen={seen}", until.0);
        Ok(Self {
            id: id.to_string(),
            csrf: visit.csrf.clone(),
            shown: fates.into_iter().map(|one| fate(ui, id.company, one)).collect(),
            at: ui.clock(ui.now),
            may_resend: visit.actor.role >= Role::Operator,
            again: follows.then_some(again),
            seen,
            ui: ui.clone(),
        })
    }
}

/// What a page compares: another number where something has happened.
fn seen(fates: &[FateView]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for fate in fates {
        std::mem::discriminant(&fate.verdict).hash(&mut hasher);
        let waiting = fate.waiting.as_ref();
        waiting.map(|it| (it.before_in_lane, &it.cause, &it.next_try_at)).hash(&mut hasher);
        fate.attempts_made.iter().for_each(|attempt| attempt.at.hash(&mut hasher));
    }
    hasher.finish()
}

/// The part again; nothing where nothing has happened since, so that what is open in it stays so.
pub async fn again(panel: &Panel, visit: &Visit, id: EventId, asked: &Pairs) -> Shown {
    let now = visit.ui.now;
    let until = asked.text("until").parse().map_or(now, Timestamp).min(now.plus(FOLLOWED));
    let part = Fates::of(panel, visit, id, true, until).await?;
    if part.seen.to_string() != asked.text("seen") {
        return show(&part);
    }
    // By 286 htmx ends asking.
    let status =
        if now < until { StatusCode::NO_CONTENT } else { StatusCode::from_u16(286).unwrap_or_default() };
    Ok((status, [("hx-reswap", "none")]).into_response())
}

pub struct Fate {
    pub webhook: String,
    /// Of its page.
    pub path: String,
    pub id: String,
    pub badge: Badge,
    pub why: String,
    /// Sending it again would do something.
    pub resendable: bool,
    pub attempts: Vec<Attempt>,
    pub attempts_word: String,
}

/// One request and what came of it.
pub struct Attempt {
    pub at: Moment,
    pub good: bool,
    pub what: String,
    /// Times of the phases.
    pub phases: String,
    pub answer: Option<String>,
}

pub fn fate(ui: &Ui, company: CompanyId, fate: FateView) -> Fate {
    let why = why(ui, &fate);
    let mut n = 0;
    let attempt = |attempt: AttemptView| {
        n += i32::from(attempt.origin != "test");
        tried(ui, n, attempt)
    };
    let attempts: Vec<_> = fate.attempts_made.into_iter().map(attempt).collect();
    Fate {
        badge: badge(ui, &fate.verdict),
        why,
        path: format!("/companies/{company}/webhooks/{}", fate.webhook_id),
        resendable: !matches!(
            fate.verdict,
            Verdict::Pending { .. } | Verdict::Paused { .. } | Verdict::Expired
        ),
        attempts_word: ui.say("became-attempts").with("n", attempts.len()).text(),
        attempts,
        webhook: fate.webhook_name,
        id: fate.webhook_id,
    }
}

/// What became of an event, in a word.
pub fn badge(ui: &Ui, verdict: &Verdict) -> Badge {
    named(
        ui,
        match verdict {
            Verdict::Delivered { .. } => "delivered",
            // What was not tried has not failed: it waits for its lane, or is about to be sent again.
            Verdict::Pending { .. } | Verdict::Held { attempts: 0, .. } => "pending",
            Verdict::Paused { .. } => "paused",
            Verdict::Held { .. } => "held",
            Verdict::Dead { .. } => "dead",
            Verdict::NotSubscribed { .. } => "unsubscribed",
            Verdict::RuleNotMet { .. } => "filtered",
            Verdict::BeforeStart { .. } => "before",
            Verdict::Skipped { .. } => "skipped",
            Verdict::Expired => "expired",
            Verdict::Settled => "settled",
        },
    )
}

/// The words that stand beside their signs where only those are shown, the best first.
pub fn key(ui: &Ui) -> Vec<Badge> {
    ["delivered", "pending", "held", "dead", "paused", "filtered", "unsubscribed"]
        .map(|word| named(ui, word))
        .into()
}

fn named(ui: &Ui, word: &'static str) -> Badge {
    let (tone, sign) = match word {
        "delivered" => (Tone::Ok, "delivered"),
        "settled" => (Tone::Off, "delivered"),
        "pending" => (Tone::Info, "queued"),
        "held" => (Tone::Warn, "retrying"),
        "dead" | "expired" => (Tone::Bad, "undelivered"),
        "skipped" => (Tone::Off, "undelivered"),
        "paused" => (Tone::Off, "paused"),
        "filtered" => (Tone::Off, "barred"),
        _ => (Tone::Off, "unwanted"),
    };
    Badge::new(tone, Icon::outcome(sign), &ui.say("became").with("fate", word))
}

/// Why it is so, and of an event that waits for what, since when, behind how many and what comes next.
pub fn why(ui: &Ui, fate: &FateView) -> String {
    let made = fate.attempts_made.iter().filter(|made| made.origin != "test" && !succeeded(made)).count();
    let waiting = fate.waiting.as_ref();
    let saying = match &fate.verdict {
        Verdict::Delivered { at, n, origin, status, total_us, .. } => ui
            .say("became-delivered")
            .with("time", ui.exact(*at))
            .with("status", status.to_string())
            .with("took", total_us.map_or_else(|| "–".into(), |us| ui.took(f64::from(us) / 1_000.0)))
            .with("n", nth(fate, *at).unwrap_or(i64::from(*n)))
            .with("origin", origin.as_str()),
        Verdict::Pending { .. } => return pending(ui, made, waiting),
        Verdict::Paused { reason, .. } => {
            let paused = match reason {
                PauseReason::Gone => ui.say("became-paused-gone"),
                PauseReason::Operator(note) if note.is_empty() => ui.say("became-paused"),
                PauseReason::Operator(note) => ui.say("became-paused-note").with("note", note),
            };
            return sentences([Some(paused.text()), waiting.map(|waiting| behind(ui, waiting))]);
        }
        Verdict::Held { state: HeldState::Alone, reason: HeldReason::LaneBusy, attempts: 0, .. } => {
            let then = waiting.and_then(|waiting| failing(ui, waiting));
            return sentences([Some(ui.say("became-resent").text()), then]);
        }
        Verdict::Held { next_at: Some(next), .. } => {
            let tried = ui.say("became-tried").with("n", made);
            // Once its time has come it waits for the endpoint, which is tried in its own time.
            let then = match waiting.and_then(|waiting| failing(ui, waiting)) {
                Some(failing) => failing,
                None if *next > ui.now => ui.say("became-next").with("time", ui.short(*next)).text(),
                None => ui.say("became-due").text(),
            };
            return sentences([Some(tried.text()), Some(then)]);
        }
        Verdict::Held { next_at: None, .. } => {
            let first = ui.say("became-waiting").text();
            return sentences([Some(first), waiting.and_then(|waiting| failing(ui, waiting))]);
        }
        Verdict::Dead { reason, attempts, since } => ui
            .say("became-dead")
            .with("reason", reason.as_str())
            .with("n", *attempts)
            .with("time", ui.short(*since)),
        Verdict::NotSubscribed { revision } => ui.say("became-unsubscribed").with("revision", *revision),
        Verdict::RuleNotMet { unmet, .. } => {
            let saying = ui
                .say("became-filtered")
                .with("path", &unmet.path)
                .with("test", test(unmet.operator))
                .with("wanted", &unmet.wanted)
                .text();
            let was = match &unmet.actual {
                Some(value) => ui.say("became-filtered-was").with("value", value),
                None => ui.say("became-filtered-nothing"),
            };
            return format!("{saying} {was}");
        }
        Verdict::BeforeStart { .. } => ui.say("became-before"),
        Verdict::Skipped { .. } => match &fate.skipped_by {
            Some((by, at)) => {
                ui.say("became-skipped-by").with("who", who(ui, by)).with("time", ui.short(*at))
            }
            None => ui.say("became-skipped"),
        },
        Verdict::Expired => ui.say("became-expired"),
        Verdict::Settled => ui.say("became-settled"),
    };
    saying.text()
}

/// What keeps an event waiting that is in a webhook's queue.
fn pending(ui: &Ui, made: usize, waiting: Option<&WaitingView>) -> String {
    let tried = (made > 0).then(|| ui.say("became-tried").with("n", made).text());
    let Some(waiting) = waiting else {
        return sentences([Some(ui.say("became-pending").text()), tried]);
    };
    sentences([failing(ui, waiting), Some(behind(ui, waiting)), tried])
}

/// What an endpoint that fails does, since when, and when it is tried again.
fn failing(ui: &Ui, waiting: &WaitingView) -> Option<String> {
    let since = lines::moment(Some(&waiting.since)).map(|at| ui.short(at)).unwrap_or_default();
    let cause = waiting.cause.as_deref()?;
    let failing = ui.say("became-failing").with("cause", cause).with("time", since);
    let next = health::next_try(ui, waiting.next_try_at.as_deref());
    Some(sentences([Some(failing.text()), next]))
}

/// What goes out before it: of its own lane how many, where that is known; of others nothing is certain.
fn behind(ui: &Ui, waiting: &WaitingView) -> String {
    let order = waiting.order.as_str();
    match waiting.before_in_lane {
        Some(before) => ui.say("became-behind").with("n", before).with("order", order).text(),
        None => ui.say("became-behind-some").with("order", order).text(),
    }
}

fn sentences<const N: usize>(parts: [Option<String>; N]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The operator as the catalogue names it.
fn test(operator: Test) -> &'static str {
    match operator {
        Test::Equals => "equals",
        Test::NotEquals => "not-equals",
        Test::GreaterThan => "greater",
        Test::LessThan => "less",
        Test::Contains => "contains",
        Test::NotContains => "not-contains",
        Test::Exists => "exists",
    }
}

/// Which of all its requests was made then. They are counted through by time: a courier that starts anew begins again at one.
fn nth(fate: &FateView, at: Timestamp) -> Option<i64> {
    let made = || fate.attempts_made.iter().filter(|made| made.origin != "test");
    let place = made().position(|made| lines::moment(Some(&made.at)) == Some(at))?;
    i64::try_from(place + 1).ok()
}

fn succeeded(attempt: &AttemptView) -> bool {
    attempt.error.is_none() && attempt.status.is_some_and(|status| (200..300).contains(&status))
}

/// The nth request of all that were made for it.
fn tried(ui: &Ui, n: i32, attempt: AttemptView) -> Attempt {
    let phases = [
        ("dns", attempt.dns_ms),
        ("connect", attempt.connect_ms),
        ("tls", attempt.tls_ms),
        ("first", attempt.first_byte_ms),
        ("total", attempt.total_ms),
    ];
    let phase = |(phase, took): (&str, Option<f64>)| {
        Some(ui.say("attempt-phase").with("phase", phase).with("took", ui.took(took?)).text())
    };
    let good = succeeded(&attempt);
    let redirect = attempt.error.as_deref().and_then(|error| error.strip_prefix("redirect: "));
    let redirect = redirect.map(|to| ui.say("attempt-redirect").with("to", to).text());
    let outcome = match (attempt.status, attempt.error) {
        (Some(status), _) => {
            let said = ui.say("attempt-status").with("status", status.to_string()).text();
            redirect.map_or_else(|| said.clone(), |to| format!("{said} ({to})"))
        }
        (None, Some(error)) => delivery::unanswered(ui, &error),
        (None, None) => "–".to_owned(),
    };
    Attempt {
        at: lines::moment(Some(&attempt.at)).map_or_else(|| ui.clock(ui.now), |at| ui.clock(at)),
        what: ui.say("attempt").with("n", n).with("origin", attempt.origin).with("outcome", outcome).text(),
        phases: phases.into_iter().filter_map(phase).collect::<Vec<_>>().join(" · "),
        answer: attempt.answer.filter(|answer| !answer.is_empty()),
        good,
    }
}

#[cfg(test)]
mod tests;
