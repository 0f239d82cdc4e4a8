//! A webhook's replays, and the form that begins one: first the events are counted, then exactly those are sent.
//!
//! What must hold here: counting changes nothing and stands wholly in the address; what is begun is the range that was
//! counted, from its first event to its last, whatever has come since.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::typed::written;
use super::{InWebhook, replay};
use crate::admin::{AdminError, Expected, Fault, FieldFault, ReplayCountView, ReplayInput, ReplayView, Role};
use crate::web::panel::parts::{Badge, Crumbs, Empty, Pager, icon};
use crate::web::panel::ui::Moment;
use crate::web::panel::who::who;
use crate::web::panel::{
    Asked, Errors, Failed, Field, Frame, Operator, Pairs, Panel, Reader, Section, Sent, Shown, Ui, Visit,
    lines, refuse, show, zones,
};

/// Replays of a page.
const ON_A_PAGE: u32 = 20;
/// The fields of the form.
const FIELDS: [&str; 6] = ["undelivered", "from", "to", "events", "rate_per_second", "as_new"];

pub fn routes() -> Router<Panel> {
    let list = "/companies/{company}/webhooks/{webhook}/replays";
    Router::new().route(list, get(page).post(begin)).route(&format!("{list}/live"), get(live))
}

#[derive(Template)]
#[template(path = "panel/webhooks/replays.html")]
struct Replays {
    ui: Ui,
    frame: Frame,
    crumbs: Crumbs,
    path: String,
    name: String,
    operates: bool,
    fields: Vec<Field>,
    counted: Option<Counted>,
    past: Past,
    /// One of them is under way, and this is their first page: it is live.
    runs: bool,
    empty: Empty,
    pager: Pager,
}

/// The list, newest first.
#[derive(Template)]
#[template(path = "panel/webhooks/replays_past.html")]
struct Past {
    ui: Ui,
    rows: Vec<Row>,
}

impl HtmlSafe for Past {}

/// What would be sent, and how it is told to begin.
struct Counted {
    events: i64,
    /// The first and the last: its id, and when it came.
    ends: [(String, String); 2],
    /// Why there is none.
    none: String,
    /// What else matters for it.
    notes: Vec<String>,
    /// What the form says, and the range as it was counted.
    hidden: Vec<(&'static str, String)>,
}

struct Row {
    path: String,
    name: String,
    state: Badge,
    done: String,
    delivered: String,
    failed: String,
    at: Option<Moment>,
    by: String,
}

async fn page(
    Reader(visit): Reader,
    at: InWebhook,
    State(panel): State<Panel>,
    Asked(asked): Asked,
) -> Shown {
    if !asked.has("count") || visit.actor.require(Role::Operator).is_err() {
        return show(&replays(&panel, &visit, &at, &asked, &Errors::default()).await?);
    }
    let ui = &visit.ui;
    let from = asked.given("from").map(|from| ui.typed_time(from.trim()));
    let to = asked.given("to").map(|to| ui.typed_time(to));
    let counted = match input(&asked, from, to) {
        Ok(input) => panel.admin.count_replay(&visit.actor, at.id, &input).await,
        Err(fault) => Err(fault),
    };
    match counted {
        Ok(count) => {
            let mut page = replays(&panel, &visit, &at, &asked, &Errors::default()).await?;
            let mut ends = [&count.from, &count.to].map(|event| (event.clone(), event.clone()));
            for (event, shown) in &mut ends {
                let id = event.parse().map_err(|_| AdminError::not_found("event", &*event))?;
                let found = panel.admin.event(&visit.actor, id).await.ok();
                if let Some(at) = found.and_then(|event| lines::moment(Some(&event.received_at))) {
                    *shown = ui.short(at);
                }
            }
            page.counted = Some(told(ui, &at, &asked, count, ends));
            show(&page)
        }
        Err(error) => refuse(&replays(&panel, &visit, &at, &asked, &Errors::of(error)?).await?),
    }
}

async fn begin(
    Operator(visit): Operator,
    at: InWebhook,
    State(panel): State<Panel>,
    Sent(typed): Sent,
) -> Shown {
    let [first, last] = ["first", "last"].map(|end| typed.given(end).map(str::to_owned));
    let begun = match input(&typed, first, last) {
        Ok(input) => panel.admin.create_replay(&visit.actor, at.id, &input).await,
        Err(fault) => Err(fault),
    };
    match begun {
        Ok(made) => {
            let path = format!("{}/replays/{}", at.path(), made.id);
            Ok(visit.done(&path, &visit.ui.say("replay-begun")))
        }
        Err(error) => refuse(&replays(&panel, &visit, &at, &typed, &Errors::of(error)?).await?),
    }
}

/// The form as input, over this range.
fn input(typed: &Pairs, from: Option<String>, to: Option<String>) -> Result<ReplayInput, AdminError> {
    let events: Vec<_> = written(typed.text("events")).map(str::to_owned).collect();
    let rate = typed.given("rate_per_second").map(str::parse::<u32>).transpose().map_err(|_| {
        let fault = Fault::Malformed { expected: Expected::Whole { min: 1, max: 10_000 } };
        AdminError::Invalid(vec![FieldFault::new("rate_per_second", fault)])
    })?;
    Ok(ReplayInput {
        from,
        to,
        events: (!events.is_empty()).then_some(events),
        undelivered_only: typed.has("undelivered"),
        as_new: typed.has("as_new"),
        rate_per_second: rate,
    })
}

fn told(
    ui: &Ui,
    at: &InWebhook,
    typed: &Pairs,
    count: ReplayCountView,
    ends: [(String, String); 2],
) -> Counted {
    let undelivered = typed.has("undelivered");
    let rules = !at.webhook.rules.is_empty() && !undelivered;
    let notes = [
        (at.webhook.state != "active", ui.say("replay-note-paused")),
        (rules, ui.say("replay-note-rules")),
        (undelivered, ui.say("replay-note-undelivered")),
        (typed.has("as_new"), ui.say("replay-note-new")),
    ];
    let given = FIELDS.iter().filter(|name| !typed.text(name).is_empty());
    let mut hidden: Vec<_> = given.map(|name| (*name, typed.text(name).to_owned())).collect();
    hidden.push(("first", count.from));
    hidden.push(("last", count.to));
    let none =
        if undelivered { ui.say("conflict-nothing-undelivered") } else { ui.say("replay-counted-none") };
    Counted {
        none: none.text(),
        events: count.events,
        ends,
        notes: notes.into_iter().filter(|(holds, _)| *holds).map(|(_, note)| note.text()).collect(),
        hidden,
    }
}

async fn replays(
    panel: &Panel,
    visit: &Visit,
    at: &InWebhook,
    typed: &Pairs,
    errors: &Errors,
) -> Result<Replays, AdminError> {
    let (ui, path) = (&visit.ui, format!("{}/replays", at.path()));
    let cursor = typed.given("cursor").filter(|cursor| cursor.parse::<i64>().is_ok());
    let found = panel.admin.replays(&visit.actor, at.id, cursor, ON_A_PAGE).await?;
    Ok(Replays {
        frame: visit.frame(Section::Companies).of_company(at.company),
        crumbs: at.crumbs(ui),
        name: at.webhook.name.clone(),
        operates: visit.actor.require(Role::Operator).is_ok(),
        fields: fields(ui, typed, errors),
        counted: None,
        runs: cursor.is_none() && found.items.iter().any(|replay| !replay::has_ended(replay)),
        past: past(ui, &path, &found.items),
        empty: Empty::new(icon("history"), &ui.say("replays-none"), &ui.say("replays-none-text")),
        pager: Pager::new(ui, &path, cursor, found.next.as_deref()),
        path,
        ui: ui.clone(),
    })
}

/// The first page of the list.
async fn live(Reader(visit): Reader, at: InWebhook, State(panel): State<Panel>) -> Result<Response, Failed> {
    let (admin, actor, ui) = (panel.admin.clone(), visit.actor.clone(), visit.ui.clone());
    let (id, path) = (at.id, format!("{}/replays", at.path()));
    Ok(panel.hub.stream(&visit, &format!("replays of {id}"), move || {
        let (admin, actor, ui, path) = (admin.clone(), actor.clone(), ui.afresh(), path.clone());
        async move {
            let found = admin.replays(&actor, id, None, ON_A_PAGE).await?;
            let html = past(&ui, &path, &found.items).render();
            let html = html.map_err(|error| AdminError::Internal(format!("a page: {error}")))?;
            Ok(vec![("past".to_owned(), html)])
        }
    }))
}

fn past(ui: &Ui, path: &str, replays: &[ReplayView]) -> Past {
    Past { rows: replays.iter().map(|replay| row(ui, path, replay)).collect(), ui: ui.clone() }
}

fn fields(ui: &Ui, typed: &Pairs, errors: &Errors) -> Vec<Field> {
    let zone = ui.say("replay-zone").with("zone", zones::name(ui.zone_name()));
    let fields = [
        Field::checkbox("undelivered", &ui.say("replay-undelivered"), typed.has("undelivered"))
            .hint(&ui.say("replay-undelivered-hint")),
        Field::typed("datetime-local", "from", &ui.say("replay-from"), typed.text("from")).hint(&zone),
        Field::typed("datetime-local", "to", &ui.say("replay-to"), typed.text("to"))
            .optional(ui)
            .hint(&ui.say("replay-to-hint")),
        Field::text("events", &ui.say("replay-events"), typed.text("events"))
            .mono()
            .optional(ui)
            .placeholder("call-*")
            .hint(&ui.say("replay-events-hint")),
        Field::text("rate_per_second", &ui.say("webhook-rate"), typed.text("rate_per_second"))
            .optional(ui)
            .hint(&ui.say("replay-rate-hint")),
        Field::checkbox("as_new", &ui.say("replay-as-new"), typed.has("as_new"))
            .hint(&ui.say("replay-as-new-hint")),
    ];
    fields.map(|field| field.error(ui, errors)).into()
}

fn row(ui: &Ui, path: &str, replay: &ReplayView) -> Row {
    Row {
        path: format!("{path}/{}", replay.id),
        name: replay::name(ui, replay),
        state: replay::badge(ui, replay),
        done: ui.say("replay-percent").with("n", replay::percent(replay)).text(),
        delivered: ui.number(replay.delivered),
        failed: ui.number(replay.failed),
        at: lines::moment(Some(&replay.created_at)).map(|at| ui.clock(at)),
        by: who(ui, &replay.created_by),
    }
}
