//! What is set of a webhook beside its address and its events, in words.

use std::time::Duration;

use super::form_parts::format_name;
use crate::admin::WebhookView;
use crate::web::panel::Ui;

pub struct Set {
    pub format: String,
    /// What of a payload is not sent; empty where all of it is.
    pub redacted: String,
    pub pace: String,
    pub order: String,
    pub retries: String,
}

impl Set {
    pub fn of(ui: &Ui, webhook: &WebhookView) -> Self {
        let seconds = |seconds: u32| ui.span(Duration::from_secs(u64::from(seconds)));
        let pace = match webhook.rate_per_second {
            Some(rate) => ui.say("webhook-set-pace-bounded").with("rate", rate),
            None => ui.say("webhook-set-pace"),
        };
        let pace =
            pace.with("n", webhook.concurrency).with("timeout", seconds(webhook.timeout_seconds.into()));
        let pauses: Vec<_> = webhook.retry_seconds.iter().map(|pause| seconds(*pause)).collect();
        let order =
            if webhook.ordered { ui.say("webhook-set-ordered") } else { ui.say("webhook-set-unordered") };
        Self {
            format: format_name(ui, webhook.format),
            redacted: webhook.redact.join(", "),
            pace: pace.text(),
            order: order.text(),
            retries: ui
                .say("webhook-set-retries")
                .with("n", webhook.retry_seconds.len())
                .with("pauses", pauses.join(", "))
                .text(),
        }
    }
}
