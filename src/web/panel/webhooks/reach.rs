//! What somebody who has just saved a webhook is told of its URL: whether anybody answers there.
//!
//! What must hold here: saving and the page wait for nothing; the look is made by a request of its own, once the page
//! stands, or by a link where no script runs.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::Router;
use axum::extract::State;
use axum::routing::get;

use super::InWebhook;
use crate::admin::{AdminError, ReachView};
use crate::web::panel::frame::describe;
use crate::web::panel::parts::{Icon, Tone};
use crate::web::panel::{Operator, Pairs, Panel, Shown, Ui, Visit, show};

pub fn routes() -> Router<Panel> {
    Router::new().route("/companies/{company}/webhooks/{webhook}/reach", get(alone))
}

/// The webhook's page for who has just saved its URL.
pub fn after_saving(path: &str) -> String {
    format!("{path}?reach=soon")
}

/// A sentence on the URL, or the place where it will stand.
#[derive(Template)]
#[template(path = "panel/webhooks/reach.html")]
pub struct Reach {
    ui: Ui,
    /// Of the webhook's page.
    path: String,
    /// `None` while it is awaited.
    found: Option<Found>,
}

struct Found {
    tone: Tone,
    icon: Icon,
    text: String,
    advice: String,
}

impl HtmlSafe for Reach {}

impl Reach {
    /// What the address of the webhook's page asks for.
    pub async fn asked(
        panel: &Panel,
        visit: &Visit,
        at: &InWebhook,
        asked: &Pairs,
    ) -> Result<Option<Self>, AdminError> {
        match asked.text("reach") {
            "soon" => Ok(Some(Self { ui: visit.ui.clone(), path: at.path(), found: None })),
            "now" => Self::looked(panel, visit, at).await.map(Some),
            _ => Ok(None),
        }
    }

    async fn looked(panel: &Panel, visit: &Visit, at: &InWebhook) -> Result<Self, AdminError> {
        let ui = &visit.ui;
        let found = match panel.admin.reach_webhook(&visit.actor, at.id).await {
            Ok(view) => told(ui, &view),
            Err(error @ (AdminError::Invalid(_) | AdminError::TooManyTries { .. })) => {
                let (_, title, advice) = describe(ui, &error);
                Found { tone: Tone::Bad, icon: Icon::new("circle-x"), text: title.text(), advice }
            }
            Err(error) => return Err(error),
        };
        Ok(Self { ui: ui.clone(), path: at.path(), found: Some(found) })
    }
}

async fn alone(Operator(visit): Operator, at: InWebhook, State(panel): State<Panel>) -> Shown {
    show(&Reach::looked(&panel, &visit, &at).await?)
}

fn told(ui: &Ui, view: &ReachView) -> Found {
    let Some(kind) = view.failed else {
        let ms = |us: u32| ui.took(f64::from(us) / 1_000.0);
        let said = match view.phases.tls_us {
            Some(tls) => ui.say("webhook-reached-tls").with("tls", ms(tls)),
            None => ui.say("webhook-reached"),
        };
        let text = said.with("connect", ms(view.phases.connect_us.unwrap_or_default())).text();
        let advice = ui.say("webhook-reached-advice").text();
        return Found { tone: Tone::Ok, icon: Icon::new("circle-check"), text, advice };
    };
    let unreached = ui.say("webhook-unreached").with("cause", kind.as_str());
    let unreached = unreached.with("host", view.host.as_str()).with("at", view.at.as_str());
    // As the diagnosis advises: by the step that failed.
    let step = kind.as_str().split('_').next().unwrap_or_default();
    let advice = ui.say("diagnosis-error-advice").with("cause", step).text();
    Found { tone: Tone::Bad, icon: Icon::new("circle-x"), text: unreached.text(), advice }
}
