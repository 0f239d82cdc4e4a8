//! One call: the line of its states, its events with what became of each at every webhook, and what is known of it.

use askama::Template;
use axum::extract::{Path, State};
use serde::Deserialize;

use super::super::parts::{Badge, Pager};
use super::super::ui::Moment;
use super::super::{Asked, Frame, Panel, Reader, Section, Shown, Ui, events, lines, show};
use super::strip::{Knot, strip};
use super::words;
use crate::admin::{self, AdminError, CallEventView, CallView, DecisionView, EventView, Role};
use crate::domain::CallId;
use crate::domain::call::{Context, Message};
use crate::sources;

/// Events of a page.
const ON_A_PAGE: u32 = 100;

#[derive(Template)]
#[template(path = "panel/calls/call.html")]
struct One {
    ui: Ui,
    frame: Frame,
    id: String,
    title: String,
    state: Badge,
    company: (String, String),
    heard: Moment,
    knots: Vec<Knot>,
    warnings: Vec<String>,
    presumed: bool,
    /// The names of the webhooks, over the columns of what became of the events.
    webhooks: Vec<String>,
    events: Vec<Row>,
    count: String,
    pager: Pager,
    facts: Vec<(String, String)>,
    /// What the bot has computed, and the conversation before the call.
    values: Vec<(String, String)>,
    messages: Vec<Message>,
    /// What can be done with it just now by who looks: to answer it is the page's where that is done, and needs a microphone.
    rings: bool,
    /// The rest, by the action's name, with what its button says.
    deeds: Vec<(&'static str, String)>,
}

struct Row {
    href: String,
    at: Moment,
    name: String,
    what: Option<String>,
    fates: Vec<Badge>,
}

pub async fn one(
    Reader(visit): Reader,
    State(panel): State<Panel>,
    Path(call): Path<String>,
    Asked(asked): Asked,
) -> Shown {
    let ui = &visit.ui;
    let id: CallId = call.parse().map_err(|_| AdminError::not_found("call", &call))?;
    let at = asked.given("cursor").filter(|cursor| cursor.parse::<i64>().is_ok());
    let found = panel.admin.call(&visit.actor, id, at, Some(ON_A_PAGE)).await?;
    let company = panel.admin.company(&visit.actor, id.company).await?;
    let call = &found.call;
    let operates = visit.actor.role >= Role::Operator;
    let offers = |action: &str| operates && found.offers.contains(&action);
    let mut deeds = Vec::new();
    if offers("reject") {
        deeds.push(("reject", ui.say("answer-reject").text()));
    }
    if offers("hangup") && call.state != "finished" {
        deeds.push(("hangup", ui.say("answer-hangup").text()));
    }
    let first = found.events.first().map(|one| &one.deliveries);
    show(&One {
        rings: offers("accept"),
        deeds,
        frame: visit.frame(Section::Calls).of_company(id.company),
        title: title(ui, call),
        state: words::state(ui, call),
        company: (company.name, format!("/companies/{}/calls", id.company)),
        heard: ui.ago(lines::moment(Some(&call.heard_at)).unwrap_or(ui.now)),
        knots: strip(ui, call),
        warnings: call
            .warnings
            .iter()
            .map(|word| ui.say("call-warning").with("warning", *word).text())
            .collect(),
        presumed: call.presumed,
        webhooks: first.into_iter().flatten().map(|fate| fate.webhook_name.clone()).collect(),
        count: ui.say("events-n").with("n", call.events_total).text(),
        facts: facts(ui, call)
            .into_iter()
            .chain(decided(ui, found.decision.as_ref()))
            .chain(led(ui, found.context.as_ref()))
            .collect(),
        values: values(found.context.as_ref()),
        messages: found.context.map(|context| context.messages).unwrap_or_default(),
        pager: Pager::new(ui, &format!("/calls/{id}"), at, found.next.as_deref()),
        id: call.id.clone(),
        events: found.events.into_iter().map(|one| row(ui, one)).collect(),
        ui: ui.clone(),
    })
}

fn title(ui: &Ui, call: &CallView) -> String {
    let who = words::who(ui, call);
    match words::agent(call) {
        Some(agent) if call.answered_at.is_some() => {
            ui.say("call-title-agent").with("who", who).with("agent", agent).text()
        }
        _ => who,
    }
}

fn row(ui: &Ui, CallEventView { event, deliveries }: CallEventView) -> Row {
    Row {
        href: format!("/events/{}", event.id),
        at: lines::moment(Some(&event.received_at)).map_or_else(|| ui.clock(ui.now), |at| ui.clock(at)),
        what: told(ui, &event).or_else(|| admin::description(&event.name, ui.lang)),
        name: event.name,
        fates: deliveries.iter().map(|fate| events::badge(ui, &fate.verdict)).collect(),
    }
}

/// What an event of ours says: that the provider was told where the call goes, and what came of it.
#[derive(Deserialize)]
struct Told {
    destination: String,
    status: Option<u16>,
    error: Option<String>,
    took_ms: Option<u64>,
    by: Option<String>,
}

/// In words; `None` for events of the provider.
fn told(ui: &Ui, event: &EventView) -> Option<String> {
    let action = sources::named(event.provider)?.routing()?.action();
    event.name.strip_prefix(action)?.strip_prefix('.')?;
    let told: Told = serde_json::from_str(event.payload.get()).ok()?;
    let mut parts = vec![ui.say("call-told-to").with("destination", told.destination).text()];
    parts.extend(told.status.map(|status| format!("HTTP {status}")));
    parts.extend(told.error);
    parts.extend(told.took_ms.map(|ms| ui.say("call-told-took").with("ms", ms).text()));
    parts.extend(told.by.map(|who| ui.say("call-told-by").with("who", who).text()));
    Some(parts.join(" · "))
}

fn facts(ui: &Ui, call: &CallView) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let mut fact = |name: &'static str, value: Option<String>| {
        facts.extend(value.map(|value| (ui.say("call-fact").with("fact", name).text(), value)));
    };
    fact("their_number", call.their_number.as_deref().map(words::phone));
    fact("our_number", call.our_number.as_deref().map(words::phone));
    fact("direction", call.direction.map(|word| ui.say("call-direction").with("direction", word).text()));
    fact("agent", words::agent(call));
    fact("extension", call.agent.as_ref().and_then(|agent| agent.extension.clone()));
    fact("queue", call.queue.clone());
    fact("last_event", Some(call.last_event.clone()));
    fact("provider", Some(sources::name(call.provider).to_owned()));
    fact("provider_call_id", Some(call.provider_call_id.clone()));
    facts
}

/// What led to the call.
fn led(ui: &Ui, context: Option<&Context>) -> Vec<(String, String)> {
    let Some(context) = context else { return Vec::new() };
    let label = |fact: &'static str| ui.say("call-fact").with("fact", fact).text();
    let ids = [
        ("tag", &context.tag),
        ("conversation", &context.conversation_id),
        ("bot", &context.bot_id),
        ("halt", &context.halt_id),
    ];
    ids.into_iter().filter_map(|(fact, id)| Some((label(fact), id.clone()?))).collect()
}

fn values(context: Option<&Context>) -> Vec<(String, String)> {
    context.into_iter().flat_map(|context| context.values.clone()).collect()
}

/// Where the call goes whose provider asked for that.
fn decided(ui: &Ui, decision: Option<&DecisionView>) -> Vec<(String, String)> {
    let Some(decision) = decision else { return Vec::new() };
    let label = |fact: &'static str| ui.say("call-fact").with("fact", fact).text();
    let state = ui.say("call-decision-state").with("state", decision.state.as_str()).text();
    let state = match decision.took_ms {
        Some(ms) => ui.say("call-decision-took").with("state", state).with("ms", ms).text(),
        None => state,
    };
    let caller = ui.say("call-caller").with("caller", decision.contact.as_str()).text();
    let mut facts = vec![
        (label("caller"), caller),
        (label("destination"), decision.destination.clone()),
        (label("decision"), state),
    ];
    let failed = decision.attempts.iter().rev().find(|attempt| !attempt.taken);
    let why = failed.and_then(|attempt| {
        attempt.error.clone().or_else(|| attempt.status.map(|status| format!("HTTP {status}")))
    });
    facts.extend(why.map(|why| (label("refusal"), why)));
    facts
}
