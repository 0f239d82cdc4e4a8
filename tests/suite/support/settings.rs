//! Settings of webhooks and of retention, made of plain values.

use std::time::Duration;

use ramal::domain::bounds::Name;
use ramal::domain::retention::Limit;
use ramal::domain::webhook::{EventTypes, Pause, Pauses};
use ramal::domain::{MaskedUrl, WebhookSettings, Wishes};

pub fn settings(name: &str, url: &str) -> WebhookSettings {
    WebhookSettings::new(Name::new(name).expect("a name"), MaskedUrl::of(url))
}

pub fn pauses(seconds: &[u32]) -> Pauses {
    let pauses = seconds.iter().map(|seconds| Pause::new(*seconds).expect("a pause"));
    Pauses::new(pauses.collect()).expect("as many as there may be")
}

/// What wants these names.
pub fn wanting(events: &[&str]) -> Wishes {
    let events = events.iter().map(|text| text.parse().expect("a pattern")).collect();
    Wishes { events: EventTypes::new(events).expect("as many as there may be"), ..Wishes::default() }
}

pub fn ages(soft: Duration, hard: Duration) -> Limit<Duration> {
    Limit::new(soft, hard).expect("the hard one is not below")
}
