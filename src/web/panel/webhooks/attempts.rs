//! The latest attempts of a webhook, newest first, and beside them one of them: what was answered, and how long each part took.

use askama::Template;
use askama::filters::HtmlSafe;

use super::delivery::{self, Attempt};
use super::{InWebhook, health};
use crate::admin::{AdminError, WebhookStatusView};
use crate::web::panel::parts::{Empty, Pager, icon};
use crate::web::panel::{Pairs, Panel, Ui, Visit, charts, pairs};

/// Attempts of a page.
const ON_A_PAGE: u32 = 30;

/// `{{ attempts }}` in a template.
#[derive(Template)]
#[template(path = "panel/webhooks/attempts.html")]
pub struct Attempts {
    ui: Ui,
    /// Of the webhook's page.
    path: String,
    /// The period of the charts, for links to this page.
    kept: String,
    outcome: Option<String>,
    /// When it is tried again, where that stands at the beginning of the list.
    next: Option<String>,
    rows: Vec<Row>,
    shown: Option<Attempt>,
    empty: Empty,
    pager: Pager,
}

impl HtmlSafe for Attempts {}

struct Row {
    made: Attempt,
    /// Shows it beside the list.
    href: String,
    is_shown: bool,
}

impl Attempts {
    /// Those that the address asks for; beside them the one that it names, or the newest.
    pub async fn asked(
        panel: &Panel,
        visit: &Visit,
        at: &InWebhook,
        asked: &Pairs,
        status: &WebhookStatusView,
    ) -> Result<Self, AdminError> {
        let ui = &visit.ui;
        let outcome = asked.given("outcome").filter(|outcome| ["delivered", "failed"].contains(outcome));
        let cursor = asked.given("cursor");
        let made = panel.admin.attempts(&visit.actor, at.id, outcome, cursor, ON_A_PAGE).await?;
        let (path, span) = (at.path(), asked.text("span"));
        let next = made.next;
        let made: Vec<_> = made.items.into_iter().map(|made| delivery::attempt(ui, made)).collect();
        let named = asked.given("shown").and_then(|key| made.iter().position(|made| made.key == key));
        let chosen = named.unwrap_or_default();
        let empty = match outcome {
            None => Empty::new(icon("send"), &ui.say("attempts-none"), &ui.say("attempts-none-text")),
            Some(_) => {
                Empty::new(icon("search"), &ui.say("attempts-none-such"), &ui.say("attempts-none-such-text"))
            }
        };
        let here = [("span", span), ("outcome", outcome.unwrap_or_default())];
        let row = |(place, made): (usize, Attempt)| {
            let mut query = here.to_vec();
            query.extend([("cursor", cursor.unwrap_or_default()), ("shown", made.key.as_str())]);
            Row { href: pairs::address(&path, &query), is_shown: place == chosen, made }
        };
        Ok(Self {
            shown: made.get(chosen).cloned(),
            rows: made.into_iter().enumerate().map(row).collect(),
            next: health::next_try(ui, status.next_try_at.as_deref())
                .filter(|_| cursor.is_none() && outcome != Some("delivered")),
            empty,
            pager: Pager::new(ui, &pairs::address(&path, &here), cursor, next.as_deref()),
            kept: charts::kept(asked),
            outcome: outcome.map(str::to_owned),
            path,
            ui: ui.clone(),
        })
    }
}
