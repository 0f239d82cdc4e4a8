//! The events that a webhook's courier has set aside, by state.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;

use super::InWebhook;
use crate::admin::{HeldView, Role};
use crate::web::panel::parts::{Crumbs, Empty, Pager, icon};
use crate::web::panel::ui::Moment;
use crate::web::panel::{Asked, Frame, Panel, Reader, Section, Shown, Ui, lines, show};

const ON_A_PAGE: u32 = 100;
/// In the order of the tabs.
const STATES: [&str; 4] = ["dead", "retrying", "alone", "waiting"];

pub fn routes() -> Router<Panel> {
    Router::new().route("/companies/{company}/webhooks/{webhook}/held", get(page))
}

#[derive(Template)]
#[template(path = "panel/webhooks/held.html")]
struct Held {
    ui: Ui,
    frame: Frame,
    crumbs: Crumbs,
    path: String,
    name: String,
    operates: bool,
    /// Those that can be sent again and that nobody has put away, where they are shown to who may send them.
    undelivered: i64,
    state: &'static str,
    tabs: Vec<(&'static str, String, String)>,
    rows: Vec<Row>,
    /// Of when they are.
    at: Moment,
    empty: Empty,
    pager: Pager,
}

struct Row {
    event: String,
    event_type: Option<String>,
    reason: String,
    lane: Option<String>,
    attempts: String,
    next: Option<Moment>,
    since: Option<Moment>,
}

async fn page(
    Reader(visit): Reader,
    at: InWebhook,
    State(panel): State<Panel>,
    Asked(asked): Asked,
) -> Shown {
    let (ui, path) = (&visit.ui, at.path());
    let state = STATES.into_iter().find(|state| *state == asked.text("state")).unwrap_or("dead");
    let cursor = asked.given("cursor");
    let status = panel.admin.webhook_status(&visit.actor, ui.lang, at.id).await?;
    let page = panel.admin.held(&visit.actor, at.id, state, cursor, ON_A_PAGE).await?;
    let operates = visit.actor.require(Role::Operator).is_ok();
    let counts = operates && state == "dead";
    let undelivered = if counts { panel.admin.undelivered_count(&visit.actor, at.id).await? } else { 0 };
    let tab = |state: &'static str| {
        let count = status.held.get(state).copied().unwrap_or_default();
        (state, ui.say("held-state").with("state", state).text(), ui.number(count))
    };
    show(&Held {
        frame: visit.frame(Section::Companies).of_company(at.company),
        crumbs: at.crumbs(ui),
        name: at.webhook.name,
        operates,
        undelivered,
        tabs: STATES.map(tab).into(),
        at: ui.clock(ui.now),
        rows: page.items.into_iter().map(|held| row(ui, held)).collect(),
        empty: Empty::new(icon("inbox"), &ui.say("held-none"), &ui.say("held-none-text")),
        pager: Pager::new(ui, &format!("{path}/held?state={state}"), cursor, page.next.as_deref()),
        path,
        state,
        ui: ui.clone(),
    })
}

fn row(ui: &Ui, held: HeldView) -> Row {
    Row {
        reason: ui.say("held-reason").with("reason", held.reason).text(),
        lane: held.lane,
        attempts: ui.number(held.attempts),
        next: lines::moment(held.next_at.as_deref()).map(|at| ui.clock(at)),
        since: lines::moment(Some(&held.since)).map(|at| ui.ago(at)),
        event: held.event_id,
        event_type: held.event_type,
    }
}
