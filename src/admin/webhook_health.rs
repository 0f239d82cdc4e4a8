//! How a webhook is doing, in one sentence for people.

use crate::delivery::Status;
use crate::delivery::courier::{Health, SlowReason};
use crate::domain::{CompanyId, Lang};
use crate::incidents::losses;
use crate::texts::{Message, msg};
use crate::watch::size;

/// How a webhook is doing, as a sentence.
pub(super) fn sentence(status: &Status, company: CompanyId, lang: Lang) -> String {
    let sentence = health(status).text(lang);
    let troubled = losses::troubled(company, status);
    // Of one that was set aside before this process began it is not known what it was answered.
    let troubled = troubled.and_then(|(event, _)| event.last.clone().zip(Some(event)));
    let Some((last, event)) = troubled else { return sentence };
    let size = event.bytes.map_or_else(String::new, |bytes| format!(" ({})", size(bytes, lang)));
    let troubled = msg("health-troubled").with("health", sentence).with("event", event.id.to_string());
    troubled.with("size", size).with("last", last.text(lang)).text(lang)
}

/// The same without the event that has not been taken.
pub(super) fn alone(status: &Status, lang: Lang) -> String {
    health(status).text(lang)
}

fn health(status: &Status) -> Message {
    match &status.health {
        // Nothing is claimed of an endpoint that has not taken an event yet.
        Health::Healthy if status.last_success_at.is_none() && status.last_failure_at.is_some() => {
            msg("health-nothing-yet-failed")
        }
        Health::Healthy if status.last_success_at.is_none() => msg("health-nothing-yet"),
        Health::Healthy if status.last_failure_at > status.last_success_at => msg("health-retrying"),
        Health::Slow { reason: SlowReason::Paced } => {
            let pace = status.pace.filter(|pace| *pace > 0.0);
            pace.map_or_else(|| status.health.message(None), paced)
        }
        health => health.message(status.last_failure.as_ref()),
    }
}

/// The endpoint refuses what comes faster than so many requests a second.
fn paced(per_second: f64) -> Message {
    if per_second < 1.0 {
        msg("health-paced-minute").with("count", (per_second * 60.0).round().to_string())
    } else {
        msg("health-paced-second").with("count", per_second.round().to_string())
    }
}
