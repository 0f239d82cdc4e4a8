//! What a webhook is: its address and what is set, beside what happens to it.

use askama::Template;
use askama::filters::HtmlSafe;

use super::rules::{self, RuleLine};
use super::set::Set;
use crate::admin::WebhookView;
use crate::web::panel::Ui;

/// `{{ identity }}` in a template.
#[derive(Template)]
#[template(path = "panel/webhooks/identity.html")]
pub struct Identity {
    ui: Ui,
    /// Of the webhook's page.
    path: String,
    url: String,
    events: String,
    rules: Vec<RuleLine>,
    set: Set,
    masks: Vec<String>,
    administers: bool,
}

impl HtmlSafe for Identity {}

impl Identity {
    pub fn of(ui: &Ui, path: &str, webhook: &WebhookView, administers: bool) -> Self {
        Self {
            events: webhook.events.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            rules: rules::lines(ui, &webhook.rules),
            set: Set::of(ui, webhook),
            url: webhook.url.clone(),
            masks: webhook.secret_masks.clone(),
            path: path.to_owned(),
            administers,
            ui: ui.clone(),
        }
    }
}
